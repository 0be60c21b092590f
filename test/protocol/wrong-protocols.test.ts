// The black-box checkers find what is wrong with protocols that claim nothing: `checkpoints` whose
// outputs leave one checkpoint too early, `colo` that does not compare, and a takeover that forgets
// the disk. Method: the real protocol with one message or effect changed on its way.

import { expect, it } from "vitest";
import type { Effect, Input, Protocol, Replica, StepContext } from "../../src/ft/protocol.ts";
import { CHECKPOINTS } from "../../src/protocols/checkpoints.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/protocols/checkpoint-message.ts";
import { encodeColo, twinOf } from "../../src/protocols/colo-message.ts";
import { COLO } from "../../src/protocols/colo.ts";
import { createTestEngine, runOf, scenarioOf, SMALL } from "../support/worlds.ts";

type Change = (replica: Replica, input: Input, context: StepContext) => readonly Effect[];

function changed(protocol: Protocol, change: Change): Protocol {
  const { name, family } = protocol;
  return {
    name: `wrong-${name}`,
    family,
    create: (config) => {
      const replica = protocol.create(config);
      return {
        step: (input, context) => change(replica, input, context),
        snapshot: () => replica.snapshot(),
        restore: (snapshot) => replica.restore(snapshot),
      };
    },
  };
}

/** Believes an ack to cover the checkpoint that is still to be taken. */
const OFF_BY_ONE = changed(CHECKPOINTS, (replica, input, context) => {
  if (input.kind !== "message" || input.channel !== "log") return replica.step(input, context);
  const message = decodeCheckpoint(input.bytes);
  if (message?.kind !== "ack") return replica.step(input, context);
  const bytes = encodeCheckpoint({ kind: "ack", through: message.through + 1 });
  return replica.step({ ...input, bytes }, context);
});

/** Takes every output of its own for the other machine's, too. */
const UNCOMPARED = changed(COLO, (replica, input, context) => {
  const effects = replica.step(input, context);
  if (input.kind !== "exit" || input.exit.kind !== "output") return effects;
  const bytes = encodeColo({ kind: "performed", twins: input.exit.outputs.map(twinOf) });
  return [
    ...effects,
    ...replica.step({ kind: "message", channel: "log", from: "h2", bytes }, context),
  ];
});

const FORGETFUL = changed(CHECKPOINTS, (replica, input, context) =>
  replica.step(input, context).filter((effect) => effect.kind !== "release" || effect.ordinal >= 0),
);

it.each([
  { protocol: OFF_BY_ONE, checker: "output-requirement" },
  { protocol: UNCOMPARED, checker: "output-requirement" },
  { protocol: FORGETFUL, checker: "reissue" },
])("$protocol.name is rejected by $checker", ({ protocol, checker }) => {
  const engine = createTestEngine();
  const rejectedBy = new Set<string>();
  for (const seed of ["1", "2", "3", "4", "5", "6"]) {
    if (rejectedBy.has(checker)) break;
    const scenario = scenarioOf("failover", SMALL);
    const { results } = runOf(engine, { scenario, seed, protocol });
    for (const one of results) if (one.verdict === "invalid") rejectedBy.add(one.checker);
  }
  expect([...rejectedBy]).toContain(checker);
});
