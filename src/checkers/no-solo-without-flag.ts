// INV-11, by world facts: a machine that never got the VM (the first host has it from the start, a
// test-and-set or the opening of a generation gives it) takes no input of its own, releases nothing
// and does not announce. What roles are claimed is solo-after-flag's business.

import { count } from "../base/words.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import { liveActor } from "./acts.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeRelease } from "./words.ts";

interface State {
  reign: Reign;
  reported: Set<NodeName>;
  looked: number;
}

export const NO_SOLO_WITHOUT_FLAG: CheckerKind = defineChecker({
  name: "no-solo-without-flag",
  invariants: ["INV-11"],
  rejects: "a backup that acts on the world without having won the flag",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "crossing", "release", "announce", "test-and-set", "open-generation"],
  begin: (context): State => ({ reign: startReign(context), reported: new Set(), looked: 0 }),
  observe(state, fact, index, desk) {
    observeReign(state.reign, fact, index);
    if (fact.kind === "machine-start") state.reported.delete(fact.node);
    const node = liveActor(fact);
    if (node === null) return;
    state.looked += 1;
    if (state.reign.hadIt.includes(node) || state.reported.has(node)) return;
    state.reported.add(node);
    desk.report({
      invariant: "INV-11",
      time: fact.time,
      message: `${at(fact.time)} ${node} ${describeAct(fact)} without having won a test-and-set: ${state.reign.authority} has the VM`,
      facts: [state.reign.wonFact, index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.looked, "act")} on the world, each by a node that had the VM`,
    looked: state.looked,
    idle: "no machine acted on the world",
  }),
});

function describeAct(fact: Fact): string {
  if (fact.kind === "release") return `released ${describeRelease(fact)}`;
  if (fact.kind === "crossing") return `took ${fact.crossing} input of its own`;
  return "announced the VM's address";
}
