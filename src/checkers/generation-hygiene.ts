// INV-43: once a generation is opened, nothing of an older one has an effect. The storage applies no
// command with an older fence, but what the new generation's own primary had sent before it knew that
// it is open (D11): the answer takes its time, and may be lost and asked for again. And a replica that
// has a role in the new generation keeps no log and counts no acks of an older one. An old flag that is
// won late is the flag checker's (INV-14), a node that was superseded inside one generation
// stale-writer's (INV-25).
//
// It is idle where nothing opens a second generation. What a message of an older one does inside a
// replica shows when it is counted: in ack-held (an ack that nobody sent in this generation) and
// log-integrity (an entry that nobody appended in it).

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at, describeDisk } from "./words.ts";

const REMEMBERED = 1024;

interface Opened {
  readonly generation: number;
  readonly primary: NodeName;
  readonly time: number;
  readonly fact: number;
}

interface Taken {
  readonly generation: number;
  readonly time: number;
  readonly fact: number;
}

interface State {
  newest: Opened | null;
  /** When a command was last sent, by "node ioId". */
  sent: Map<string, number>;
  /** Some of those have been dropped. */
  hasForgotten: boolean;
  /** The newest generation in which a node claimed a role. */
  roles: Map<NodeName, Taken>;
  looked: number;
}

export const GENERATION_HYGIENE: CheckerKind = defineChecker({
  name: "generation-hygiene",
  invariants: ["INV-43"],
  rejects: "a command, an entry or an ack of an older generation that still has an effect",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "release",
    "disk-apply",
    "open-generation",
    "role",
    "log-buffered",
    "log-ack-receive",
    "log-replay",
  ],
  begin: (): State => ({
    newest: null,
    sent: new Map(),
    hasForgotten: false,
    roles: new Map(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    if (fact.kind === "open-generation") open(state, fact, index);
    else if (fact.kind === "release" && fact.disk !== null)
      noteSent(state, `${fact.node} ${fact.disk.ioId}`, fact.time);
    else if (fact.kind === "disk-apply") {
      // A disk of the host's own is nobody else's, and has no fence.
      if (desk.context.areDisksSeparate !== true) judgeCommand(state, fact, index, desk);
    } else if (fact.witness === "claim") judgeClaim(state, fact, index, desk);
  },
  describe: (state, context) => ({
    summary: `${count(state.looked, "act")} after a newer generation was opened, none of an older one had an effect`,
    looked: state.looked,
    idle:
      state.newest !== null && context.areDisksSeparate === true
        ? "each host writes to its own disk, and nobody heard of an older generation"
        : "no second generation was opened in this run",
  }),
});

function noteSent(state: State, command: string, time: number): void {
  const dropped = setBounded(state.sent, [command, time], REMEMBERED);
  if (dropped !== undefined) state.hasForgotten = true;
}

function open(state: State, fact: FactOf<"open-generation">, index: number): void {
  const { generation, primary, time } = fact;
  if (fact.result !== "won" || generation <= (state.newest?.generation ?? 0)) return;
  state.newest = Object.freeze({ generation, primary, time, fact: index });
}

function judgeCommand(state: State, fact: FactOf<"disk-apply">, index: number, desk: Desk): void {
  const { newest } = state;
  if (newest === null) return;
  state.looked += 1;
  if (fact.result !== "ok" || fact.fenceGeneration >= newest.generation) return;
  if (fact.node === newest.primary && !hadSentKnowing(state, newest, fact)) return;
  desk.report({
    invariant: "INV-43",
    time: fact.time,
    message: `${at(fact.time)} the storage applied ${describeDisk(fact.disk)} of ${fact.node} with the fence of generation ${fact.fenceGeneration}, though generation ${newest.generation} was opened ${at(newest.time)}`,
    facts: [newest.fact, index],
  });
}

/** Whether the command left when its sender had its role in the newest generation. */
function hadSentKnowing(
  { sent, hasForgotten, roles }: State,
  newest: Opened,
  fact: FactOf<"disk-apply">,
): boolean {
  const role = roles.get(fact.node);
  const knew = role === undefined || role.generation < newest.generation ? Infinity : role.time;
  const left = sent.get(`${fact.node} ${fact.disk.ioId}`);
  // Of what left so long ago that it is forgotten nobody can tell.
  return left === undefined ? !hasForgotten : left > knew;
}

function judgeClaim(
  state: State,
  fact: Extract<Fact, { readonly witness: "claim" }>,
  index: number,
  desk: Desk,
): void {
  const { node, generation, time } = fact;
  const known = state.roles.get(node);
  if (fact.kind === "role" && generation > (known?.generation ?? 0)) {
    state.roles.set(node, Object.freeze({ generation, time, fact: index }));
    return;
  }
  if (known === undefined || generation >= known.generation) return;
  state.looked += 1;
  const isEffect =
    fact.kind === "log-buffered" || fact.kind === "log-replay" || fact.kind === "log-ack-receive";
  if (!isEffect) return;
  desk.report({
    invariant: "INV-43",
    time: fact.time,
    message: `${at(fact.time)} ${node} took ${fact.kind === "log-ack-receive" ? "an ack" : "an entry"} of generation ${generation}, though it has a role in generation ${known.generation}: what is old is ignored`,
    facts: [known.fact, index],
  });
}
