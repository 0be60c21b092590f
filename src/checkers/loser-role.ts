// INV-12, by claims: a node that got the answer "lost" claims HALTED within the settling time, and
// from the answer on its machine takes nothing, nothing of it gets out and it announces nothing. A
// backup may replay on until then: it asks whether the generation was over when it asked, and while
// something is wrong that answer may not come. If it was over, and the arbiter has it as the backup of
// the next, it may be that instead; the votes for it may be known before who asked has counted them.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { isOutput } from "./acts.ts";
import { type Admission, isAdmittedSince, observeAdmission, startAdmission } from "./admission.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at } from "./words.ts";

interface Loser {
  readonly time: number;
  readonly fact: number;
  readonly generation: number;
  /** The later generation of which it says it is the backup; -1: none. */
  readonly follows: number;
  readonly isReported: boolean;
}

interface State {
  /** Until they claim HALTED; then in `halted`. */
  losers: Map<NodeName, Loser>;
  halted: Set<NodeName>;
  admission: Admission;
  roles: RoleBook;
  disturbance: Disturbance;
  looked: number;
}

export const LOSER_ROLE: CheckerKind = defineChecker({
  name: "loser-role",
  invariants: ["INV-12"],
  rejects: "a node that knows it lost and does not halt, or lets something out",
  property: "safety",
  appliesTo: "replay",
  begin: (): State => ({
    losers: new Map(),
    halted: new Set(),
    admission: startAdmission(),
    roles: new Map(),
    disturbance: startDisturbance(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    observeAdmission(state.admission, fact);
    observeRole(state.roles, fact, index);
    observeDisturbance(state.disturbance, fact);
    if (fact.kind === "test-and-set-result" && fact.result === "lost") {
      state.looked += 1;
      if (!state.losers.has(fact.node) && !state.halted.has(fact.node)) {
        const { time, generation } = fact;
        const loser = { time, fact: index, generation, follows: -1, isReported: false };
        state.losers.set(fact.node, Object.freeze(loser));
      }
    } else if (fact.kind === "role") followRole(state, fact);
    else if (fact.kind === "open-generation") acquit(state);
    else if (fact.kind === "machine-stop") {
      // A crash, too, ends what is asked of it.
      state.losers.delete(fact.node);
    } else if (fact.kind === "machine-start") {
      state.losers.delete(fact.node);
      state.halted.delete(fact.node);
    }
    if (state.losers.size > 0) judge(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "lost answer")}, each followed by HALTED and silence`,
    looked: state.looked,
    idle: "no node was told that it lost",
  }),
});

function followRole(state: State, { node, role, generation }: FactOf<"role">): void {
  const loser = state.losers.get(node);
  if (loser === undefined) return;
  if (role === "HALTED") {
    state.losers.delete(node);
    state.halted.add(node);
  } else if (role === "BACKUP" && generation > loser.generation) {
    state.losers.set(node, Object.freeze({ ...loser, follows: generation }));
    acquit(state);
  }
}

/** Of those that follow a later generation: whom the arbiter has admitted to it. */
function acquit({ admission, losers }: State): void {
  for (const [node, { generation, follows }] of losers)
    if (follows >= 0 && isAdmittedSince(admission, node, generation)) losers.delete(node);
}

function judge(state: State, fact: Fact, index: number, desk: Desk): void {
  for (const [node, loser] of state.losers) {
    const problem = loser.isReported ? null : problemOf(state, node, loser, fact, desk);
    if (problem === null) continue;
    state.losers.set(node, Object.freeze({ ...loser, isReported: true }));
    desk.report({
      invariant: "INV-12",
      time: fact.time,
      message: `${at(fact.time)} ${node} ${problem}, though it knew ${at(loser.time)} that it had lost the test-and-set`,
      facts: [loser.fact, index],
    });
  }
}

function problemOf(
  state: State,
  node: NodeName,
  loser: Loser,
  fact: Fact,
  desk: Desk,
): string | null {
  if (fact.kind === "announce" && fact.node === node) return "announced the VM's address";
  if (fact.kind === "release" && fact.node === node && isOutput(fact))
    return `released ${fact.outputClass} output ${fact.ordinal}`;
  if (fact.kind === "crossing" && fact.node === node && fact.isLive)
    return `executed on (${fact.crossing} at step ${fact.count})`;
  const times = { from: loser.time, now: fact.time, bound: desk.context.settleBound };
  const mustAsk = state.roles.get(node)?.side === "BACKUP";
  const isLate = mustAsk
    ? isOverdue(state.disturbance, times)
    : fact.time > loser.time + times.bound;
  return isLate ? "had not halted" : null;
}
