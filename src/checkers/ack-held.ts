// INV-02: an ack through n means that the backup's hypervisor holds every entry up to n, without a
// gap; and an ack that a primary counts on was really sent. A copy holds, in its memory, what the log says
// up to where it begins.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { isForgotten, keepTwoNewest } from "./two-newest.ts";
import { at } from "./words.ts";

interface Buffer {
  /** Everything from the first entry through here is held. */
  frontier: number;
  /** Held, but behind a gap. */
  beyond: Set<number>;
}

interface Log {
  /** First lsn appended; null before. */
  first: number | null;
  /** The fact of the newest entry appended; -1 before. */
  newest: number;
  buffers: Map<NodeName, Buffer>;
  /** Highest ack sent by anybody. */
  sent: number | null;
}

interface State {
  /** By generation; the two newest. */
  logs: Map<number, Log>;
  looked: number;
  entries: number;
}

export const ACK_HELD: CheckerKind = defineChecker({
  name: "ack-held",
  invariants: ["INV-02"],
  rejects: "an ack of an entry that the backup does not hold, or that nobody sent",
  property: "safety",
  appliesTo: "replay",
  hears: ["log-begin", "log-append", "log-buffered", "log-ack-send", "log-ack-receive"],
  begin: (): State => ({ logs: new Map(), looked: 0, entries: 0 }),
  observe(state, fact, index, desk) {
    if (isForgotten(state.logs, fact.generation)) return;
    if (fact.kind === "log-begin") {
      const held = { frontier: fact.lsn, beyond: new Set<number>() };
      logOf(state, fact.generation).buffers.set(fact.node, held);
    } else if (fact.kind === "log-append") {
      const log = logOf(state, fact.generation);
      log.first ??= fact.lsn;
      log.newest = index;
    } else if (fact.kind === "log-buffered") buffer(state, fact);
    else if (fact.kind === "log-ack-send") judgeSend(state, fact, index, desk);
    else if (fact.kind === "log-ack-receive") judgeReceive(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "ack")}, each of entries that were held (${count(state.entries, "entry", "entries")})`,
    looked: state.looked,
    idle: "no log entry was acknowledged",
  }),
});

function logOf(state: State, generation: number): Log {
  const known = state.logs.get(generation);
  if (known !== undefined) return known;
  const log: Log = { first: null, newest: -1, buffers: new Map(), sent: null };
  state.logs.set(generation, log);
  keepTwoNewest(state.logs);
  return log;
}

function buffer(state: State, fact: FactOf<"log-buffered">): void {
  const log = logOf(state, fact.generation);
  let held = log.buffers.get(fact.node);
  if (held === undefined) {
    held = { frontier: (log.first ?? fact.lsn) - 1, beyond: new Set() };
    log.buffers.set(fact.node, held);
  }
  state.entries += 1;
  if (fact.lsn > held.frontier) held.beyond.add(fact.lsn);
  while (held.beyond.delete(held.frontier + 1)) held.frontier += 1;
}

function judgeSend(state: State, fact: FactOf<"log-ack-send">, index: number, desk: Desk): void {
  const log = logOf(state, fact.generation);
  state.looked += 1;
  log.sent = Math.max(log.sent ?? fact.through, fact.through);
  const held = log.buffers.get(fact.node)?.frontier ?? (log.first ?? fact.through + 1) - 1;
  if (fact.through <= held) return;
  desk.report({
    invariant: "INV-02",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} acknowledged the log through entry ${fact.through}, but did not hold entry ${held + 1}`,
    facts: [index],
    mark: `it does not hold ${held + 1}`,
  });
}

function judgeReceive(
  state: State,
  fact: FactOf<"log-ack-receive">,
  index: number,
  desk: Desk,
): void {
  const log = logOf(state, fact.generation);
  state.looked += 1;
  if (fact.through <= (log.sent ?? (log.first ?? 0) - 1)) return;
  const sent = log.sent === null ? "no ack had been sent" : `the highest ack sent was ${log.sent}`;
  desk.report({
    invariant: "INV-02",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} counted on an ack through entry ${fact.through}, but ${sent}`,
    facts: [log.newest, index],
    mark: log.sent === null ? "no ack was sent" : `no ack beyond ${log.sent} was sent`,
  });
}
