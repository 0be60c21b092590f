// INV-40: when one of the pair moves to another host, the log goes on without a gap or a
// repetition, what the old backup had acknowledged is where the new one is, and the host that the VM
// left does nothing any more: one copy is valid at any time.
//
// Who takes over goes on behind what it has replayed, which may be less than what it had acknowledged:
// of a group that was not whole nothing is left. So numbers are given a second time, and what
// was appended or acknowledged under the primary of before says nothing of the new log.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { liveActor } from "./acts.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { isOpening, observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface Position {
  readonly lsn: number;
  readonly fact: number;
}

interface State {
  reign: Reign;
  /** The newest entry that was appended for the VM, and the newest ack that its primary had. */
  appended: Position;
  acked: Position;
  /** Behind which entry the log of each machine goes on, if it goes live. */
  replayed: Map<NodeName, number>;
  /** Through which entry a copy has the log, from its clone point on. */
  holds: Map<NodeName, Position>;
  /** Whom the VM left, and when. */
  left: Map<NodeName, { readonly time: number; readonly fact: number }>;
  moves: number;
}

const NOTHING: Position = Object.freeze({ lsn: 0, fact: -1 });

export const MOVE_CONTINUITY: CheckerKind = defineChecker({
  name: "move-continuity",
  invariants: ["INV-40"],
  rejects: "a move that loses acknowledged entries, tears the log, or leaves two valid copies",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "machine-start",
    "crossing",
    "release",
    "announce",
    "test-and-set",
    "open-generation",
    "log-begin",
    "log-append",
    "log-buffered",
    "log-replay",
    "log-ack-receive",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    appended: NOTHING,
    acked: NOTHING,
    replayed: new Map(),
    holds: new Map(),
    left: new Map(),
    moves: 0,
  }),
  observe(state, fact, index, desk) {
    const before = state.reign.authority;
    const change = observeReign(state.reign, fact, index);
    if (change === "taken") {
      state.appended = NOTHING;
      state.acked = NOTHING;
    }
    if (fact.kind === "log-append") note(state, "appended", fact, fact.lsn, index);
    else if (fact.kind === "log-ack-receive") note(state, "acked", fact, fact.through, index);
    else if (fact.kind === "log-begin") {
      state.holds.set(fact.node, Object.freeze({ lsn: fact.lsn, fact: index }));
      state.replayed.set(fact.node, fact.lsn);
    } else if (fact.kind === "log-buffered") holdMore(state, fact, index);
    else if (fact.kind === "log-replay") state.replayed.set(fact.node, fact.lsn);
    else if (fact.kind === "machine-start") {
      state.left.delete(fact.node);
      state.replayed.delete(fact.node);
    } else if (fact.kind === "open-generation" && isOpening(change))
      judgeMove(state, fact, before, index, desk);
    judgeAct(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.moves, "move")} of a VM, its log without a gap, one copy valid at a time`,
    looked: state.moves,
    idle: "nothing moved",
    figures: [["moves", state.moves]],
  }),
});

/** What a node appends, or hears of, that the VM went on without is no part of its log. */
function note(
  state: State,
  which: "appended" | "acked",
  { node }: Fact & { readonly node: NodeName },
  lsn: number,
  index: number,
): void {
  if (node !== state.reign.authority) return;
  if (lsn > state[which].lsn) state[which] = Object.freeze({ lsn, fact: index });
}

/** A copy is logged to before it is admitted: what it holds begins behind its clone point and grows. */
function holdMore(state: State, { node, lsn }: FactOf<"log-buffered">, index: number): void {
  if (state.holds.get(node)?.lsn === lsn - 1)
    state.holds.set(node, Object.freeze({ lsn, fact: index }));
}

function judgeMove(
  state: State,
  fact: FactOf<"open-generation">,
  before: NodeName,
  index: number,
  desk: Desk,
): void {
  const isPrimary = fact.primary !== before;
  const node = isPrimary ? fact.primary : fact.backup;
  const begins = state.holds.get(node);
  if (begins === undefined) return;
  state.moves += 1;
  if (isPrimary) state.left.set(before, Object.freeze({ time: fact.time, fact: index }));
  const problem = isPrimary
    ? primaryProblem(lastOf(state, before), node, begins)
    : backupProblem(state, node, begins);
  if (problem === null) return;
  desk.report({
    invariant: "INV-40",
    time: fact.time,
    message: `${at(fact.time)} generation ${fact.generation} began with ${problem}`,
    facts: [begins.fact, state.acked.fact, index],
  });
}

/** The last entry of the log when this node had the VM: a log that nobody went on with ends where it began. */
function lastOf({ appended, replayed }: State, node: NodeName): number {
  return Math.max(appended.lsn, replayed.get(node) ?? 0);
}

function primaryProblem(last: number, node: NodeName, { lsn }: Position): string | null {
  return lsn === last
    ? null
    : `${node} as its primary, whose log goes on behind entry ${lsn}, though ${last} was the last that was appended`;
}

function backupProblem({ acked }: State, node: NodeName, { lsn }: Position): string | null {
  return lsn >= acked.lsn
    ? null
    : `${node} as its backup, which has nothing behind entry ${lsn}, though the log was acknowledged through entry ${acked.lsn}: what was let out on that ack is in no copy`;
}

function judgeAct(state: State, fact: Fact, index: number, desk: Desk): void {
  const node = liveActor(fact);
  const left = node === null ? undefined : state.left.get(node);
  if (node === null || left === undefined || node === state.reign.authority) return;
  state.left.delete(node);
  desk.report({
    invariant: "INV-40",
    time: fact.time,
    message: `${at(fact.time)} ${node} still acted for the VM, which had moved to ${state.reign.authority} ${at(left.time)}: two copies are valid`,
    facts: [left.fact, index],
  });
}
