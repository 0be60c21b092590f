// PERF-1: an output that waits does not stop its machine. Between the moment in which the
// guest performs an output and the moment in which it leaves, the primary's machine executes steps.
// A guest that has nothing to do executes none, so the judgement is on many outputs together.

import { count, number } from "../base/words.ts";
import type { FactOf } from "../history/fact.ts";
import { isOutput } from "./acts.ts";
import { forgetNode, setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Report } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at } from "./words.ts";

const REMEMBERED = 4096;
/** Fewer held outputs than this prove nothing. */
const ENOUGH = 16;
/** Of the outputs that waited, at least one in so many saw the machine go on. */
const ONE_IN = 10;

interface Performed {
  readonly time: number;
  readonly count: number;
}

interface State {
  roles: RoleBook;
  performed: Map<string, Performed>;
  waited: number;
  wentOn: number;
  steps: number;
  /** The last output during whose wait the machine stood. */
  stood: { readonly time: number; readonly fact: number } | null;
}

export const RUNS_WHILE_HELD: CheckerKind = defineChecker({
  name: "runs-while-held",
  invariants: ["PERF-1"],
  rejects: "a machine that stands while its outputs wait for their acks",
  property: "liveness",
  appliesTo: "replay",
  hears: ["machine-start", "output", "release", "role"],
  begin: (): State => ({
    roles: new Map(),
    performed: new Map(),
    waited: 0,
    wentOn: 0,
    steps: 0,
    stood: null,
  }),
  observe(state, fact, index) {
    observeRole(state.roles, fact, index);
    // What a former machine performed there and never let out is another one's future.
    if (fact.kind === "machine-start") forgetNode(state.performed, fact.node);
    else if (fact.kind === "output" && isOutput(fact)) {
      if (state.roles.get(fact.node)?.side !== "PRIMARY") return;
      const performed = Object.freeze({ time: fact.time, count: fact.count });
      setBounded(state.performed, [`${fact.node} ${fact.ordinal}`, performed], REMEMBERED);
    } else if (fact.kind === "release" && isOutput(fact)) measure(state, fact, index);
  },
  missing: (state) => missing(state),
  describe: (state) => ({
    summary: `${count(state.waited, "output")} waited, and during ${number(state.wentOn)} of the waits the machine went on (${count(state.steps, "step")})`,
    looked: state.waited,
    idle: "no output of a primary waited",
    figures: [
      ["waited", state.waited],
      ["wentOn", state.wentOn],
    ],
  }),
});

function measure(state: State, fact: FactOf<"release">, index: number): void {
  const performed = state.performed.get(`${fact.node} ${fact.ordinal}`);
  state.performed.delete(`${fact.node} ${fact.ordinal}`);
  if (performed === undefined || fact.time <= performed.time) return;
  state.waited += 1;
  // The step that performed the output is counted at its release, and not yet at the output.
  const steps = fact.count - performed.count - 1;
  if (steps > 0) {
    state.wentOn += 1;
    state.steps += steps;
  } else state.stood = Object.freeze({ time: fact.time, fact: index });
}

function missing(state: State): readonly Report[] {
  const { waited, wentOn, stood } = state;
  if (waited < ENOUGH || stood === null || wentOn * ONE_IN >= waited) return [];
  return [
    {
      invariant: "PERF-1",
      time: stood.time,
      message: `${at(stood.time)} and before, the machine went on during ${number(wentOn)} of ${count(waited, "wait")} of its outputs only: an output waits, its machine does not`,
      facts: [stood.fact],
      mark: "the machine stood while it was held",
    },
  ];
}
