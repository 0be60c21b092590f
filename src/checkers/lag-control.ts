// INV-29: a primary whose backup stays far behind gets less CPU, a few per cent at first, never less
// than the floor; one whose backup has caught up gets it back. How far the backup is behind is
// measured on what crossed the machines' ports, and the limits are what the hosts really imposed.
//
// A lag of seconds shows the pace of seconds ago. So a high lag asks for a cut only while what the
// backup has to execute does not shrink; and judged are lags that are clearly high, clearly low.

import { formatDuration } from "../base/time.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Desk, type Report } from "./define.ts";
import {
  type Behind,
  observeFollowing,
  type Following,
  FOLLOWING_HEARS,
  primaryOf,
  startFollowing,
} from "./following.ts";
import { at } from "./words.ts";

const FULL = 100;
/** Per cent: the first cut is "only a few". */
const FIRST_CUT = 5;
/** Looks of the control loop within which a cut, or a step back, must come. */
const LOOKS_TO_CUT = 6;
const LOOKS_TO_RETURN = 10;
/** What a hypervisor measures differs a little from what the machines did. */
const CLEARLY = 5 / 4;

interface Stretch {
  readonly since: number;
  readonly fact: number;
  readonly steps: number;
}

interface State {
  following: Following;
  limits: Map<NodeName, { readonly percent: number; readonly fact: number }>;
  /** The lag has been clearly high, and the limit has not moved, since; the same for low. */
  high: Stretch | null;
  low: Stretch | null;
  most: number;
  least: number;
  /** Nodes that went on alone with a limit. */
  alone: Map<NodeName, { readonly time: number; readonly fact: number }>;
  judged: number;
}

export const LAG_CONTROL: CheckerKind = defineChecker({
  name: "lag-control",
  invariants: ["INV-29"],
  rejects: "a backup that falls far behind without a slower primary; a CPU limit without a reason",
  property: "liveness",
  appliesTo: "replay",
  hears: [...FOLLOWING_HEARS, "cpu-limit", "machine-start"],
  begin: (): State => ({
    following: startFollowing(),
    limits: new Map(),
    high: null,
    low: null,
    most: 0,
    least: FULL,
    alone: new Map(),
    judged: 0,
  }),
  observe(state, fact, index, desk) {
    const behind = observeFollowing(state.following, fact, index);
    if (fact.kind === "role") noteRole(state, fact, index);
    else if (fact.kind === "cpu-limit") judgeMove(state, fact, index, desk);
    else if (fact.kind === "machine-start") state.limits.delete(fact.node);
    if (behind !== null) judgeLag(state, behind, fact, index, desk);
  },
  missing,
  describe: (state) => ({
    summary: `the backup was at most ${formatDuration(state.most)} behind, its primary's CPU limited to ${state.least} % at least, and only as long as needed`,
    looked: state.judged,
    idle: "no backup was far behind, and no CPU was limited",
    figures: [
      ["mostLag", state.most],
      ["leastCpu", state.least],
    ],
  }),
});

function limitOf(state: State, node: NodeName): number {
  return state.limits.get(node)?.percent ?? FULL;
}

function noteRole(state: State, fact: FactOf<"role">, index: number): void {
  state.high = null;
  state.low = null;
  if (fact.role === "SOLO" && limitOf(state, fact.node) < FULL)
    state.alone.set(fact.node, Object.freeze({ time: fact.time, fact: index }));
  else state.alone.delete(fact.node);
}

function judgeMove(state: State, fact: FactOf<"cpu-limit">, index: number, desk: Desk): void {
  const { node, percent, time } = fact;
  const { cpuFloor } = desk.context.channel;
  const before = limitOf(state, node);
  const last = state.limits.get(node)?.fact ?? -1;
  state.limits.set(node, Object.freeze({ percent, fact: index }));
  state.least = Math.min(state.least, percent);
  state.judged += 1;
  // A primary that the VM went on without has another lag, or none that anybody could measure.
  const isPrimary = node === primaryOf(state.following);
  const isLow =
    isPrimary && state.low !== null && time - state.low.since > desk.context.channel.lagPeriod;
  if (isPrimary) state.high = null;
  if (percent > before) {
    if (isPrimary) state.low = null;
    state.alone.delete(node);
  }
  const problem =
    percent < cpuFloor
      ? `less than the floor of ${cpuFloor} %`
      : before === FULL && before - percent > FIRST_CUT
        ? `a first cut of ${before - percent} points: it is to be a few per cent`
        : percent < before && isLow
          ? "though its backup was close behind"
          : null;
  if (problem === null) return;
  desk.report({
    invariant: "INV-29",
    time,
    message: `${at(time)} the VM on ${node} was limited to ${percent} % of its CPU, ${problem}`,
    facts: [last, index],
  });
}

function judgeLag(state: State, behind: Behind, fact: Fact, index: number, desk: Desk): void {
  const { lagHigh, lagLow, lagPeriod } = desk.context.channel;
  const node = primaryOf(state.following);
  if (node === null) return;
  const { time } = fact;
  const stretch = Object.freeze({ since: time, fact: index, steps: behind.steps });
  state.most = Math.max(state.most, behind.lag);
  state.high = behind.lag > lagHigh * CLEARLY ? (state.high ?? stretch) : null;
  state.low =
    behind.lag < lagLow / CLEARLY && limitOf(state, node) < FULL ? (state.low ?? stretch) : null;
  if (state.high !== null && time - state.high.since >= LOOKS_TO_CUT * lagPeriod) {
    judgeHigh(state, { node, behind, since: state.high }, fact, index, desk);
    state.high = stretch;
  }
  if (state.low === null || time - state.low.since < LOOKS_TO_RETURN * lagPeriod) return;
  state.judged += 1;
  desk.report({
    invariant: "INV-29",
    time,
    message: `${at(time)} the VM on ${node} was still limited to ${limitOf(state, node)} % of its CPU, though its backup had been close behind for ${formatDuration(time - state.low.since)}: it gets back what it does not have to do without`,
    facts: [state.limits.get(node)?.fact ?? -1, state.low.fact, index],
    mark: `still at ${limitOf(state, node)} %`,
  });
  state.low = stretch;
}

/** The limit has not moved in all this time. */
function judgeHigh(
  state: State,
  judged: { readonly node: NodeName; readonly behind: Behind; readonly since: Stretch },
  fact: Fact,
  index: number,
  desk: Desk,
): void {
  const { node, behind, since } = judged;
  const limit = limitOf(state, node);
  state.judged += 1;
  if (limit <= desk.context.channel.cpuFloor || behind.steps < since.steps) return;
  desk.report({
    invariant: "INV-29",
    time: fact.time,
    message: `${at(fact.time)} the backup was ${formatDuration(behind.lag)} behind, and had been more than ${formatDuration(desk.context.channel.lagHigh)} behind for ${formatDuration(fact.time - since.since)}, while ${node} went on with ${limit} % of its CPU: the primary must become slower, a few per cent at a time`,
    facts: [since.fact, index],
    mark: `still at ${limit} %`,
  });
}

function missing(state: State, _context: CheckerContext): readonly Report[] {
  return [...state.alone].map(([node, { time, fact }]) => ({
    invariant: "INV-29",
    time,
    message: `${at(time)} ${node} went on alone with ${limitOf(state, node)} % of its CPU, and got no more until the end: nobody has to keep up with it`,
    facts: [state.limits.get(node)?.fact ?? -1, fact],
    isAbsence: true,
  }));
}
