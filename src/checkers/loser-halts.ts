// INV-12, by world facts: a node to which the storage said "lost" never announces, falls silent, and
// its machine stops. The answer may be late or lost on the way, so the bound for stopping runs from
// the moment when nothing is wrong with the network any more; announcing is wrong at once, because
// only the owner of the flag may do it. Who asked for the flag of a generation that was over, and is a
// member of the one that is open, is no loser, whichever of the two is told first; nor is a machine that
// began when that generation was over: the request is its host's, of a former life.

import { count } from "../base/words.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import { isOutput } from "./acts.ts";
import { type Admission, isMemberSince, observeAdmission, startAdmission } from "./admission.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk, nearer } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import { at } from "./words.ts";

interface Loser {
  readonly time: number;
  readonly fact: number;
  readonly generation: number;
  readonly isReported: boolean;
}

interface State {
  disturbance: Disturbance;
  admission: Admission;
  /** The generation in which each machine began as a copy: it will be a member of a later one. */
  begunIn: Map<NodeName, number>;
  /** Losers whose machine has not stopped. */
  losers: Map<NodeName, Loser>;
  stopped: Set<NodeName>;
  /** Hosts on which a machine runs: one that is given another state begins no new life. */
  running: Set<NodeName>;
  lost: number;
  nearest: number | undefined;
  halted: number;
}

export const LOSER_HALTS: CheckerKind = defineChecker({
  name: "loser-halts",
  invariants: ["INV-12"],
  rejects: "a node that lost the flag and still announces, speaks or runs",
  property: "safety",
  appliesTo: "any",
  begin: (): State => ({
    disturbance: startDisturbance(),
    admission: startAdmission(),
    begunIn: new Map(),
    losers: new Map(),
    stopped: new Set(),
    running: new Set(),
    lost: 0,
    nearest: undefined,
    halted: 0,
  }),
  observe(state, fact, index, desk) {
    observeDisturbance(state.disturbance, fact);
    observeAdmission(state.admission, fact);
    if (fact.kind === "test-and-set" && fact.result === "lost") {
      state.lost += 1;
      const { owner, time, generation } = fact;
      const isLoser =
        !isMemberSince(state.admission, owner, generation) &&
        generation > (state.begunIn.get(owner) ?? 0);
      if (isLoser && !state.losers.has(owner) && !state.stopped.has(owner)) {
        const loser = { time, fact: index, generation, isReported: false };
        state.losers.set(owner, Object.freeze(loser));
      }
    } else if (fact.kind === "machine-stop") {
      state.stopped.add(fact.node);
      state.running.delete(fact.node);
      const lostAt = state.losers.get(fact.node)?.time;
      if (lostAt !== undefined)
        state.nearest = nearer(state.nearest, lostAt + desk.context.settleBound - fact.time);
      if (state.losers.delete(fact.node)) state.halted += 1;
    } else if (fact.kind === "machine-start") {
      state.stopped.delete(fact.node);
      state.losers.delete(fact.node);
      if (fact.time > 0 && !state.running.has(fact.node))
        state.begunIn.set(fact.node, Math.max(1, state.admission.generation));
      state.running.add(fact.node);
    } else if (fact.kind === "open-generation") acquit(state);
    else if (state.losers.size > 0) judge(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.lost, "request")} for the flag lost, ${count(state.halted, "loser")} halted`,
    looked: state.lost,
    idle: "nobody lost a test-and-set",
  }),
  closeness: {
    unit: "ns",
    between: "the end of a loser's machine and the bound for it",
    of: ({ nearest }) => nearest,
  },
});

/** The votes for a generation can end the one before it a while before who asked for them counts them. */
function acquit({ admission, losers }: State): void {
  for (const [node, { generation }] of losers)
    if (isMemberSince(admission, node, generation)) losers.delete(node);
}

function judge(state: State, fact: Fact, index: number, desk: Desk): void {
  for (const [node, loser] of state.losers) {
    if (loser.isReported) continue;
    const problem = problemOf(state, node, loser, fact, desk);
    if (problem === null) continue;
    state.losers.set(node, Object.freeze({ ...loser, isReported: true }));
    desk.report({
      invariant: "INV-12",
      time: fact.time,
      message: `${at(fact.time)} ${node} ${problem}, though it had lost the test-and-set of generation ${loser.generation} ${at(loser.time)}: a loser halts`,
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
  const bound = desk.context.settleBound;
  if (fact.kind === "announce" && fact.node === node) return "announced the VM's address";
  const isLate = fact.time > loser.time + bound;
  if (fact.kind === "release" && fact.node === node && isOutput(fact) && isLate)
    return `released ${fact.outputClass} output ${fact.ordinal}`;
  const times = { from: loser.time, now: fact.time, bound };
  if (!isOverdue(state.disturbance, times)) return null;
  return fact.kind === "crossing" && fact.node === node
    ? `still executed (${fact.crossing} at step ${fact.count})`
    : "still had a running machine";
}
