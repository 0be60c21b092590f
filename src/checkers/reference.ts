// INV-07 again, from outside: the oracle replayed the surviving lineage from the ready mark on a
// machine that took part in nothing, and every state hash on the way must be the same.

import { count } from "../base/words.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { at } from "./words.ts";

interface State {
  replays: number;
  empty: number;
  positions: number;
  steps: number;
}

export const REFERENCE: CheckerKind = defineChecker({
  name: "reference",
  invariants: ["INV-07"],
  rejects: "a survivor whose history does not lead to its state",
  property: "safety",
  appliesTo: "any",
  hears: ["reference"],
  begin: (): State => ({ replays: 0, empty: 0, positions: 0, steps: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind !== "reference") return;
    state.replays += 1;
    state.positions += fact.positions;
    state.steps += fact.steps;
    if (fact.positions === 0) state.empty += 1;
    if (fact.differsAt < 0) return;
    desk.report({
      invariant: "INV-07",
      time: fact.time,
      message: `${at(fact.time)} the reference machine, fed with everything that crossed the port of ${fact.node}, is in another state from crossing ${fact.differsAt} on (${count(fact.positions, "position")} compared)`,
      facts: [index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.positions, "position")} of the surviving history equal on a reference machine, ${count(state.steps, "step")}`,
    looked: state.positions,
    idle: "the oracle did not replay this run",
    ...(state.empty > 0 ? { undecided: "the oracle replayed nothing it could compare" } : {}),
  }),
});
