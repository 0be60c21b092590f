// INV-05 to INV-08: a machine that replays is the same machine. Everything that crosses its port does
// so at the same index, the same step, the same place and with the same value as on the machine that
// it follows, and leaves the same state hash. It is never ahead of that machine, and takes nothing
// from its own host before it got the VM.
//
// What the leading machine did is kept until its follower has passed it; a machine that goes live
// leads from there on, and what the old leader still does is not compared with anything.

import { count, number } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { type ChunkList, dropBefore, emptyList, endOf, itemAt, push } from "./chunk-list.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

type Crossing = FactOf<"crossing">;

/** Kept of a leader that nobody follows: a clone's start may be noticed late. */
const UNFOLLOWED = 1024;

interface Seen {
  readonly crossing: string;
  readonly phase: string;
  readonly count: number;
  readonly pc: string;
  readonly privilege: number;
  readonly valueHash: string;
  readonly stateHash: string;
  readonly fact: number;
}

interface Start {
  readonly node: NodeName;
  readonly count: number;
  readonly stateHash: string;
  readonly fact: number;
}

interface State {
  reign: Reign;
  streams: Map<NodeName, ChunkList<Seen>>;
  /** Whom a replaying machine follows. */
  leaders: Map<NodeName, NodeName>;
  diverged: Set<NodeName>;
  /** The newest entry that each node said it held: told beside a divergence, judged by nobody here. */
  newest: Map<NodeName, { readonly lsn: number; readonly fact: number }>;
  lastStart: Start | null;
  positions: number;
  hashes: number;
  steps: number;
}

export const SAME_EXECUTION: CheckerKind = defineChecker({
  name: "same-execution",
  invariants: ["INV-05", "INV-06", "INV-07", "INV-08"],
  rejects: "a replaying machine that is ahead, elsewhere, in another state, or uses its own host",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "machine-start",
    "machine-stop",
    "crossing",
    "test-and-set",
    "open-generation",
    "log-buffered",
    "diverged",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    streams: new Map(),
    leaders: new Map(),
    diverged: new Set(),
    newest: new Map(),
    lastStart: null,
    positions: 0,
    hashes: 0,
    steps: 0,
  }),
  observe(state, fact, index, desk) {
    const before = state.reign.authority;
    observeReign(state.reign, fact, index);
    if (fact.kind === "open-generation") handOver(state, before, state.reign.authority);
    if (fact.kind === "machine-start") beginMachine(state, fact, index, desk);
    else if (fact.kind === "machine-stop") state.leaders.delete(fact.node);
    else if (fact.kind === "diverged") confess(state, fact, index, desk);
    else if (fact.kind === "log-buffered")
      state.newest.set(fact.node, Object.freeze({ lsn: fact.lsn, fact: index }));
    else if (fact.kind === "crossing") {
      state.steps = Math.max(state.steps, fact.count);
      // An event came before the very step at which the last machine began: it is in another state.
      if (fact.phase === "before" && fact.count === state.lastStart?.count) state.lastStart = null;
      if (fact.isLive) lead(state, fact, index, desk);
      else follow(state, fact, index, desk);
    }
  },
  describe: (state) => ({
    summary: `${number(state.positions)} positions compared: same step, same value; ${count(state.hashes, "state hash", "state hashes")} equal; ${count(state.steps, "step")}`,
    looked: state.positions,
    figures: [
      ["positions", state.positions],
      ["hashes", state.hashes],
      ["steps", state.steps],
    ],
  }),
});

function beginMachine(
  state: State,
  fact: FactOf<"machine-start">,
  index: number,
  desk: Desk,
): void {
  const { node, stateHash } = fact;
  const before = state.lastStart;
  const isTwin = before !== null && before.node !== node && before.count === fact.count;
  if (isTwin && before.stateHash !== "" && stateHash !== "" && before.stateHash !== stateHash)
    desk.report({
      invariant: "INV-07",
      time: fact.time,
      message: `${at(fact.time)} ${node} began at step ${fact.count} in state ${stateHash}, but ${before.node} was in state ${before.stateHash} there`,
      facts: [before.fact, index],
    });
  state.lastStart = Object.freeze({ node, count: fact.count, stateHash, fact: index });
  state.diverged.delete(node);
  if (node === state.reign.authority) return;
  state.streams.delete(node);
  state.leaders.set(node, state.reign.authority);
}

/** the VM went on on another host, with the past of the machine that it is a copy of. */
function handOver(state: State, from: NodeName, to: NodeName): void {
  if (from === to) return;
  state.leaders.delete(to);
  for (const [node, leader] of state.leaders) if (leader === from) state.leaders.set(node, to);
  const stream = state.streams.get(from);
  state.streams.delete(from);
  if (stream !== undefined) state.streams.set(to, stream);
}

function lead(state: State, fact: Crossing, index: number, desk: Desk): void {
  const { node } = fact;
  if (!state.reign.hadIt.includes(node)) {
    if (state.diverged.has(node)) return;
    state.diverged.add(node);
    desk.report({
      invariant: "INV-08",
      time: fact.time,
      message: `${at(fact.time)} ${node} took ${fact.crossing} input ${fact.index} from its own host (step ${fact.count}) while it was replaying: everything that a replica cannot recompute comes from the log`,
      facts: [index],
    });
    return;
  }
  const followed = state.leaders.get(node);
  if (followed !== undefined) {
    // It goes live here: nobody needs what its old leader did.
    state.leaders.delete(node);
    if (![...state.leaders.values()].includes(followed)) state.streams.delete(followed);
  }
  let stream = state.streams.get(node);
  if (stream === undefined || endOf(stream) !== fact.index) {
    stream = emptyList(fact.index);
    state.streams.set(node, stream);
  }
  push(stream, seen(fact, index));
  if (![...state.leaders.values()].includes(node)) dropBefore(stream, fact.index - UNFOLLOWED);
}

function follow(state: State, fact: Crossing, index: number, desk: Desk): void {
  const { node } = fact;
  const leader = leaderOf(state, node);
  if (leader === null || state.diverged.has(node)) return;
  const stream = state.streams.get(leader);
  if (stream !== undefined && fact.index < stream.start) return;
  state.positions += 1;
  const other = stream === undefined ? undefined : itemAt(stream, fact.index);
  const verdict = other === undefined ? aheadOf(fact, leader) : differenceOf(fact, other, leader);
  if (other !== undefined && other.stateHash !== "" && fact.stateHash !== "") state.hashes += 1;
  if (stream !== undefined) dropBefore(stream, fact.index);
  if (verdict === null) return;
  state.diverged.add(node);
  desk.report({
    invariant: verdict.invariant,
    time: fact.time,
    message: `${at(fact.time)} ${node} ${verdict.what}`,
    facts: [other?.fact ?? -1, index],
  });
}

/** The one claim that is believed: a replica that speaks against itself. */
function confess(state: State, fact: FactOf<"diverged">, index: number, desk: Desk): void {
  if (state.diverged.has(fact.node)) return;
  state.diverged.add(fact.node);
  const newest = state.newest.get(fact.node);
  const held = newest === undefined ? "" : `, of which it held entry ${newest.lsn} last`;
  desk.report({
    invariant: "INV-07",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} found that its machine had left the log${held}: ${fact.detail}`,
    facts: [newest?.fact ?? -1, index],
  });
}

function leaderOf(state: State, node: NodeName): NodeName | null {
  const known = state.leaders.get(node);
  if (known !== undefined) return known;
  const leader = node === state.reign.authority ? state.reign.superseded : state.reign.authority;
  if (leader !== null) state.leaders.set(node, leader);
  return leader;
}

interface Difference {
  readonly invariant: string;
  readonly what: string;
}

function aheadOf(fact: Crossing, leader: NodeName): Difference {
  return {
    invariant: "INV-05",
    what: `replayed ${fact.crossing} ${fact.index} at step ${fact.count}, which ${leader} has not had: a backup never runs ahead`,
  };
}

function differenceOf(fact: Crossing, other: Seen, leader: NodeName): Difference | null {
  const name = `${fact.crossing} ${fact.index}`;
  if (fact.crossing !== other.crossing)
    return {
      invariant: "INV-06",
      what: `had ${name} where ${leader} had ${other.crossing}: the order of what crossed the port differs`,
    };
  const here = `${fact.phase} step ${number(fact.count)}, pc ${fact.pc}, privilege ${fact.privilege}`;
  const there = `${other.phase} step ${number(other.count)}, pc ${other.pc}, privilege ${other.privilege}`;
  if (here !== there) {
    const steps = fact.count - other.count;
    const off =
      steps === 0 ? "" : `${count(Math.abs(steps), "step")} too ${steps < 0 ? "early" : "late"}: `;
    return { invariant: "INV-06", what: `had ${name} ${off}${here}; ${leader} had it ${there}` };
  }
  if (fact.valueHash !== other.valueHash)
    return {
      invariant: "INV-07",
      what: `had ${name} with value ${fact.valueHash} at step ${number(fact.count)}; on ${leader} it was ${other.valueHash}`,
    };
  if (fact.stateHash === "" || other.stateHash === "" || fact.stateHash === other.stateHash)
    return null;
  return {
    invariant: "INV-07",
    what: `was in state ${fact.stateHash} after ${name} (step ${number(fact.count)}); ${leader} was in ${other.stateHash}: the machines diverged`,
  };
}

function seen(fact: Crossing, index: number): Seen {
  const { crossing, phase, pc, privilege, valueHash, stateHash } = fact;
  return Object.freeze({
    crossing,
    phase,
    count: fact.count,
    pc,
    privilege,
    valueHash,
    stateHash,
    fact: index,
  });
}
