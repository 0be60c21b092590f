// INV-37: what the backup holds is what the primary appended, entry for entry; the numbers have no
// gap on either side, and entries are replayed in their order, none that is not held.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { isForgotten, keepTwoNewest } from "./two-newest.ts";
import { at } from "./words.ts";

/** Entries that a primary can have appended and no backup holds. */
const REMEMBERED = 8192;

interface Position {
  buffered: number;
  replayed: number;
  /** The fact that told of the newest entry that is held without a gap; -1: none yet. */
  bufferedBy: number;
}

interface Log {
  appended: number;
  /** Somebody has appended to it. */
  isWritten: boolean;
  /** Hashes of entries that no backup holds yet. */
  hashes: Map<number, string>;
  forgotten: number;
  positions: Map<NodeName, Position>;
}

interface State {
  /** By generation; the two newest. */
  logs: Map<number, Log>;
  looked: number;
}

export const LOG_INTEGRITY: CheckerKind = defineChecker({
  name: "log-integrity",
  invariants: ["INV-37"],
  rejects: "a log entry that is altered, missing, or replayed out of order",
  property: "safety",
  appliesTo: "replay",
  hears: ["machine-start", "log-begin", "log-append", "log-buffered", "log-replay"],
  begin: (): State => ({ logs: new Map(), looked: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "machine-start") {
      forget(state, fact.node);
      return;
    }
    if (isForgotten(state.logs, fact.generation)) return;
    if (fact.kind === "log-begin") beginLog(state, fact);
    const before = fact.kind === "log-buffered" ? bufferedBefore(state, fact) : -1;
    const problem = problemOf(state, fact);
    if (fact.kind === "log-buffered") noteBuffered(state, fact, index);
    if (problem === null) return;
    desk.report({
      invariant: "INV-37",
      time: fact.time,
      message: `${at(fact.time)} ${problem}`,
      facts: [before, index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.looked, "log entry", "log entries")} held as appended, without a gap`,
    looked: state.looked,
    idle: "no log entry reached a backup",
  }),
});

function bufferedBefore(state: State, { generation, node }: FactOf<"log-buffered">): number {
  return state.logs.get(generation)?.positions.get(node)?.bufferedBy ?? -1;
}

function noteBuffered(state: State, { generation, node }: FactOf<"log-buffered">, index: number) {
  const position = state.logs.get(generation)?.positions.get(node);
  if (position !== undefined) position.bufferedBy = index;
}

function problemOf(state: State, fact: Fact): string | null {
  if (fact.kind === "log-append") return append(state, fact);
  if (fact.kind === "log-buffered") return buffer(state, fact);
  if (fact.kind === "log-replay") return replay(state, fact);
  return null;
}

function logOf(state: State, generation: number, lsn: number): Log {
  const known = state.logs.get(generation);
  if (known !== undefined) return known;
  const log: Log = {
    appended: lsn - 1,
    isWritten: false,
    hashes: new Map(),
    forgotten: lsn - 1,
    positions: new Map(),
  };
  state.logs.set(generation, log);
  keepTwoNewest(state.logs);
  return log;
}

/** Another machine runs there from now on, and follows another log. */
function forget(state: State, node: NodeName): void {
  for (const log of state.logs.values()) log.positions.delete(node);
}

/**
 * A copy holds, in its memory, what the log says up to here. A copy that was whole and never admitted
 * has begun a log that nobody wrote: the generation's is the one behind the copy that came after it.
 */
function beginLog(state: State, { generation, node, lsn }: FactOf<"log-begin">): void {
  const log = logOf(state, generation, lsn + 1);
  if (!log.isWritten) Object.assign(log, { appended: lsn, forgotten: lsn });
  log.positions.set(node, { buffered: lsn, replayed: lsn, bufferedBy: -1 });
}

function positionOf(state: State, generation: number, node: NodeName, lsn: number): Position {
  const log = logOf(state, generation, lsn);
  const known = log.positions.get(node);
  if (known !== undefined) return known;
  const position = positionBefore(state, generation, node) ?? firstPosition(log, lsn);
  log.positions.set(node, position);
  return position;
}

/** The backup of a primary that moved goes on where it was: its log is the same one. */
function positionBefore(state: State, generation: number, node: NodeName): Position | undefined {
  const before = state.logs.get(generation - 1)?.positions.get(node);
  return before && { ...before };
}

function firstPosition(log: Log, lsn: number): Position {
  const start = Math.min(lsn, log.forgotten + 1) - 1;
  return { buffered: start, replayed: start, bufferedBy: -1 };
}

function append(state: State, fact: FactOf<"log-append">): string | null {
  const log = logOf(state, fact.generation, fact.lsn);
  const expected = log.appended + 1;
  log.isWritten = true;
  log.appended = Math.max(log.appended, fact.lsn);
  const dropped = setBounded(log.hashes, [fact.lsn, fact.hash], REMEMBERED);
  if (dropped !== undefined) log.forgotten = dropped;
  if (fact.lsn === expected) return null;
  return `${fact.node} appended log entry ${fact.lsn} where ${expected} was next`;
}

function buffer(state: State, fact: FactOf<"log-buffered">): string | null {
  const { node, lsn } = fact;
  const log = logOf(state, fact.generation, lsn);
  const position = positionOf(state, fact.generation, node, lsn);
  // A second copy of what is held is no harm: it was sent again after a reconnect.
  if (lsn <= position.buffered) return null;
  state.looked += 1;
  const expected = position.buffered + 1;
  position.buffered = lsn;
  const hash = log.hashes.get(lsn);
  log.hashes.delete(lsn);
  if (lsn !== expected)
    return `${node} took log entry ${lsn} into its buffer where ${expected} was next: a gap`;
  if (lsn > log.appended) return `${node} holds log entry ${lsn}, which nobody appended`;
  if (hash === undefined || hash === fact.hash) return null;
  return `${node} holds log entry ${lsn} as ${fact.hash}, but it was appended as ${hash}`;
}

function replay(state: State, fact: FactOf<"log-replay">): string | null {
  const { node, lsn } = fact;
  const position = positionOf(state, fact.generation, node, lsn);
  const expected = position.replayed + 1;
  position.replayed = lsn;
  if (lsn !== expected) return `${node} replayed log entry ${lsn} where ${expected} was next`;
  if (lsn > position.buffered) return `${node} replayed log entry ${lsn}, which it did not hold`;
  return null;
}
