// Which facts of a long run go into its report: everything that decided it (faults, roles, findings)
// with as much of its surroundings as there is room for. Of the rest the page shows how much there
// was, and says that it was left out.

import type { Fact, NodeName } from "../history/fact.ts";
import { columnOf, WORLD } from "./describe-fact.ts";
import { applyFact, copyState, initialState, type WorldState } from "./world-state.ts";

/** About twelve bytes each in the file. */
export const FACTS_MAX = 80_000;
const DENSITY_BINS = 1_000;
/** Of a long run with a fault every few seconds: those of one failover stand together. */
const ANCHORS_MAX = 1_500;

/** Facts that stand in the report without a gap between them. */
export interface KeptSpan {
  /** Index into the whole history. */
  readonly first: number;
  readonly length: number;
  /** How things stood before its first fact. */
  readonly before: WorldState;
}

export interface Density {
  /** ns */
  readonly binWidth: number;
  readonly lanes: readonly { readonly lane: string; readonly counts: readonly number[] }[];
}

export interface KeptFacts {
  readonly total: number;
  readonly facts: readonly Fact[];
  readonly spans: readonly KeptSpan[];
  /** Of all facts; undefined when none is left out. */
  readonly density: Density | undefined;
}

export interface KeepRequest {
  readonly facts: readonly Fact[];
  readonly hosts: readonly NodeName[];
  /** Indices that findings name. */
  readonly named: readonly number[];
  readonly most: number;
}

export function keepFacts({ facts, hosts, named, most }: KeepRequest): KeptFacts {
  if (facts.length <= most) {
    const whole = { first: 0, length: facts.length, before: initialState(hosts) };
    return { total: facts.length, facts, spans: [whole], density: undefined };
  }
  const anchors = anchorsOf(facts, named);
  const ranges = chooseRanges(anchors, facts.length, most);
  return {
    total: facts.length,
    facts: ranges.flatMap(({ first, length }) => facts.slice(first, first + length)),
    spans: withStates(ranges, facts, hosts),
    density: densityOf(facts, hosts),
  };
}

interface Range {
  readonly first: number;
  readonly length: number;
}

/** Facts that come by the thousand, and decide nothing by themselves. */
export function isBulk(fact: Fact): boolean {
  switch (fact.kind) {
    case "heard":
    case "disk-transfer":
    case "client-datagram":
    case "crossing":
    case "output":
    case "release":
    case "disk-apply":
    case "member-read":
    case "disk-issue":
    case "disk-content":
    case "disk-memory":
    case "client":
    case "client-read":
    case "client-connection":
    case "switch-learn":
    case "announce":
    case "stream-compared":
    case "log-append":
    case "log-buffered":
    case "log-ack-send":
    case "log-ack-receive":
    case "log-replay":
    case "output-hold":
    case "output-release":
    case "output-suppress":
    case "lag":
    case "log-traffic":
    case "log-packed":
    case "stalled":
      return true;
    default:
      return false;
  }
}

/** In order, without repetition. Findings come first when there are too many. */
function anchorsOf(facts: readonly Fact[], named: readonly number[]): readonly number[] {
  const chosen = new Set(named.slice(0, ANCHORS_MAX / 2));
  for (let index = 0; index < facts.length && chosen.size < ANCHORS_MAX; index++) {
    const fact = facts[index];
    if (fact !== undefined && !isBulk(fact)) chosen.add(index);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The widest surroundings, equal for all anchors, that fit. */
function chooseRanges(anchors: readonly number[], total: number, most: number): readonly Range[] {
  let fits = 0;
  let tooWide = total;
  while (tooWide - fits > 1) {
    const radius = Math.floor((fits + tooWide) / 2);
    if (sizeOf(rangesAround(anchors, radius, total)) <= most) fits = radius;
    else tooWide = radius;
  }
  return rangesAround(anchors, fits, total);
}

function rangesAround(anchors: readonly number[], radius: number, total: number): readonly Range[] {
  const ranges: { first: number; length: number }[] = [];
  for (const anchor of anchors) {
    const first = Math.max(0, anchor - radius);
    const end = Math.min(total, anchor + radius + 1);
    const last = ranges.at(-1);
    if (last !== undefined && first <= last.first + last.length) last.length = end - last.first;
    else ranges.push({ first, length: end - first });
  }
  return ranges;
}

function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

function withStates(
  ranges: readonly Range[],
  facts: readonly Fact[],
  hosts: readonly NodeName[],
): readonly KeptSpan[] {
  const state = initialState(hosts);
  const spans: KeptSpan[] = [];
  let at = 0;
  for (const { first, length } of ranges) {
    for (; at < first; at++) {
      const fact = facts[at];
      if (fact !== undefined) applyFact(state, fact);
    }
    spans.push({ first, length, before: copyState(state) });
  }
  return spans;
}

function densityOf(facts: readonly Fact[], hosts: readonly NodeName[]): Density {
  const endTime = facts.at(-1)?.time ?? 0;
  const binWidth = Math.max(1, Math.ceil((endTime + 1) / DENSITY_BINS));
  const lanes = ["clients", ...hosts, "storage"].map((lane) => ({
    lane,
    counts: Array.from({ length: DENSITY_BINS }, () => 0),
  }));
  const byLane = new Map(lanes.map(({ lane, counts }) => [lane, counts]));
  for (const fact of facts) {
    const lane = columnOf(fact);
    if (lane === WORLD) continue;
    const counts = byLane.get(lane);
    const bin = Math.floor(fact.time / binWidth);
    if (counts !== undefined) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { binWidth, lanes };
}
