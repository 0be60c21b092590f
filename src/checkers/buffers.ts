// INV-30: both log buffers have an end. A primary whose buffer is full appends nothing,
// and its machine executes nothing until acks have made room; a backup takes no entry into a full
// buffer, but for the rest of a group when it holds nothing else, and its machine executes
// nothing while the buffer is empty. What the buffers hold is counted from appends, acks and replays;
// what the machines do is seen at their ports.
//
// A backup is in the newest log that it holds entries of: of a generation that began with another primary
// it may say nothing else. What was logged to a copy that is given up is in no buffer any more.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { type ChunkList, dropBefore, emptyList, endOf, itemAt, push } from "./chunk-list.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { keepTwoNewest } from "./two-newest.ts";
import { at } from "./words.ts";

interface Full {
  readonly time: number;
  readonly fact: number;
  /** Steps of its machine, once a fact has told them; -1. */
  readonly steps: number;
}

interface Size {
  readonly bytes: number;
  readonly isGroupEnd: boolean;
}

interface Held {
  stored: number;
  /** The newest end of a group that is stored: through it all can be replayed. */
  wholeThrough: number;
  replayed: number;
  bytes: number;
  storedBy: number;
}

interface Log {
  /** Of each entry, by its lsn, that somebody holds. */
  sizes: ChunkList<Size>;
  primary: NodeName;
  group: number;
  acked: number;
  bytes: number;
  full: Full | null;
  backups: Map<NodeName, Held>;
}

interface State {
  roles: RoleBook;
  /** By generation; the two newest. */
  logs: Map<number, Log>;
  reported: Set<string>;
  entries: number;
  stalls: number;
  most: number;
}

export const BUFFERS: CheckerKind = defineChecker({
  name: "buffers",
  invariants: ["INV-30"],
  rejects: "a log buffer that takes more than it holds; a machine that runs on a full one",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "crossing",
    "output",
    "release",
    "machine-stop",
    "role",
    "copy",
    "log-append",
    "log-ack-receive",
    "log-buffered",
    "log-replay",
  ],
  begin: (): State => ({
    roles: new Map(),
    logs: new Map(),
    reported: new Set(),
    entries: 0,
    stalls: 0,
    most: 0,
  }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    switch (fact.kind) {
      case "log-append":
        append(state, fact, index, desk);
        break;
      case "log-ack-receive":
        acknowledge(state, fact, desk);
        break;
      case "log-buffered":
        store(state, fact, index, desk);
        break;
      case "log-replay":
        replay(state, fact);
        break;
      case "crossing":
      case "output":
      case "release":
        judgeMachine(state, fact, index, desk);
        break;
      case "copy":
        if (fact.stage === "aborted") giveUp(state, fact);
        break;
      case "role":
      case "machine-stop":
        endLogs(state, fact);
        break;
    }
  },
  describe: (state) => ({
    summary: `${count(state.entries, "entry", "entries")} in buffers with an end (at most ${count(state.most, "byte")} without an ack), full ${count(state.stalls, "time")}`,
    looked: state.entries,
    idle: "no log entry was appended",
    figures: [
      ["mostUnacknowledged", state.most],
      ["full", state.stalls],
    ],
  }),
  closeness: {
    unit: "bytes",
    between: "what a primary's log buffer held and its end",
    of: ({ entries, most }, { channel }) =>
      entries === 0 ? undefined : channel.primaryBufferBytes - most,
  },
});

function append(state: State, fact: FactOf<"log-append">, index: number, desk: Desk): void {
  const { primaryBufferBytes } = desk.context.channel;
  const log = logOf(state, fact);
  state.entries += 1;
  if (fact.group !== log.group && log.bytes >= primaryBufferBytes)
    reportOnce(state, desk, {
      key: `append ${fact.generation}`,
      fact,
      index,
      earlier: log.full?.fact ?? -1,
      problem: `${fact.node} appended entry ${fact.lsn} while ${count(log.bytes, "byte")} of its log buffer of ${count(primaryBufferBytes, "byte")} were without an ack: a full buffer stops the machine, and nothing is dropped`,
    });
  log.group = fact.group;
  if (endOf(log.sizes) !== fact.lsn) log.sizes = emptyList(fact.lsn);
  push(log.sizes, Object.freeze({ bytes: fact.bytes, isGroupEnd: fact.isGroupEnd }));
  log.bytes += fact.bytes;
  state.most = Math.max(state.most, log.bytes);
  if (log.bytes < primaryBufferBytes || log.full !== null) return;
  log.full = Object.freeze({ time: fact.time, fact: index, steps: -1 });
  state.stalls += 1;
}

function acknowledge(state: State, fact: FactOf<"log-ack-receive">, desk: Desk): void {
  const log = state.logs.get(fact.generation);
  if (log === undefined) return;
  for (; log.acked < fact.through; log.acked++) log.bytes -= bytesOf(log, log.acked + 1);
  if (log.bytes < desk.context.channel.primaryBufferBytes) log.full = null;
  forget(log);
}

function store(state: State, fact: FactOf<"log-buffered">, index: number, desk: Desk): void {
  const { backupBufferBytes } = desk.context.channel;
  const log = state.logs.get(fact.generation);
  if (log === undefined) return;
  const held = heldBy(log, fact.node, fact.lsn);
  if (fact.lsn <= held.stored) return;
  const isRestOfGroup = held.wholeThrough <= held.replayed;
  if (held.bytes >= backupBufferBytes && !isRestOfGroup)
    reportOnce(state, desk, {
      key: `store ${fact.node}`,
      fact,
      index,
      earlier: held.storedBy,
      problem: `${fact.node} took entry ${fact.lsn} into a log buffer of ${count(backupBufferBytes, "byte")} that held ${count(held.bytes, "byte")}: what finds no room waits in the channel`,
    });
  held.stored = fact.lsn;
  held.storedBy = index;
  held.bytes += bytesOf(log, fact.lsn);
  if (itemAt(log.sizes, fact.lsn)?.isGroupEnd !== false) held.wholeThrough = fact.lsn;
}

function replay(state: State, fact: FactOf<"log-replay">): void {
  const log = state.logs.get(fact.generation);
  const held = log?.backups.get(fact.node);
  if (log === undefined || held === undefined || fact.lsn <= held.replayed) return;
  held.replayed = fact.lsn;
  held.bytes -= bytesOf(log, fact.lsn);
  forget(log);
}

/** Neither on a full buffer nor on an empty one does a machine get on. */
function judgeMachine(
  state: State,
  fact: FactOf<"crossing" | "output" | "release">,
  index: number,
  desk: Desk,
): void {
  const role = state.roles.get(fact.node);
  if (role === undefined) return;
  const log = state.logs.get(role.generation);
  if (role.side === "PRIMARY" && log?.primary === fact.node && log.full !== null)
    judgeFull(state, log, log.full, fact, index, desk);
  const held = newestHeld(state, fact.node);
  if (role.role !== "BACKUP" || held === undefined || held.stored > held.replayed) return;
  if (fact.kind === "release") return;
  reportOnce(state, desk, {
    key: `empty ${fact.node}`,
    fact,
    index,
    earlier: held.storedBy,
    problem: `the machine on ${fact.node} was at step ${fact.count} with nothing to replay: entry ${held.replayed}, the last that it held, was done`,
  });
}

function newestHeld({ logs }: State, node: NodeName): Held | undefined {
  let newest = -1;
  let held: Held | undefined;
  for (const [generation, { backups }] of logs) {
    const here = backups.get(node);
    if (here === undefined || generation < newest) continue;
    newest = generation;
    held = here;
  }
  return held;
}

function judgeFull(
  state: State,
  log: Log,
  full: Full,
  fact: FactOf<"crossing" | "output" | "release">,
  index: number,
  desk: Desk,
): void {
  // What the entry that filled the buffer is about happens at the same moment.
  if (fact.time <= full.time) return;
  if (fact.kind === "release" && (full.steps < 0 || fact.count <= full.steps)) {
    log.full = Object.freeze({ ...full, steps: fact.count });
    return;
  }
  reportOnce(state, desk, {
    key: `run ${fact.node}`,
    fact,
    index,
    earlier: full.fact,
    problem: `the machine on ${fact.node} was at step ${fact.count}, though its log buffer had been full since ${at(full.time).slice(3)}: a full buffer stops it`,
  });
}

interface Problem {
  readonly key: string;
  readonly fact: { readonly time: number };
  readonly index: number;
  readonly earlier: number;
  readonly problem: string;
}

function reportOnce(state: State, desk: Desk, told: Problem): void {
  const { key, fact, index, earlier, problem } = told;
  if (state.reported.has(key)) return;
  state.reported.add(key);
  const message = `${at(fact.time)} ${problem}`;
  desk.report({ invariant: "INV-30", time: fact.time, message, facts: [earlier, index] });
}

/** The generation that a copy was to begin will not begin with it. */
function giveUp(state: State, { node, generation }: FactOf<"copy">): void {
  for (const [of, log] of state.logs)
    if (log.primary === node && of > generation) state.logs.delete(of);
}

/** Alone or dead, nobody logs: what a buffer held is given up. */
function endLogs(state: State, fact: FactOf<"role" | "machine-stop">): void {
  const isOver = fact.kind === "machine-stop" || fact.role === "SOLO" || fact.role === "HALTED";
  if (!isOver) return;
  for (const [generation, log] of state.logs) {
    if (log.primary === fact.node && fact.kind === "role") state.logs.delete(generation);
    else if (log.primary === fact.node) log.full = null;
    log.backups.delete(fact.node);
  }
}

function logOf(state: State, fact: FactOf<"log-append">): Log {
  const known = state.logs.get(fact.generation);
  if (known !== undefined && known.primary === fact.node) return known;
  const log: Log = {
    sizes: emptyList(fact.lsn),
    primary: fact.node,
    group: -1,
    acked: fact.lsn - 1,
    bytes: 0,
    full: null,
    backups: new Map(),
  };
  state.logs.set(fact.generation, log);
  keepTwoNewest(state.logs);
  return log;
}

function heldBy(log: Log, node: NodeName, lsn: number): Held {
  const known = log.backups.get(node);
  if (known !== undefined) return known;
  const begin = lsn - 1;
  const held = { stored: begin, wholeThrough: begin, replayed: begin, bytes: 0, storedBy: -1 };
  log.backups.set(node, held);
  return held;
}

function bytesOf({ sizes }: Log, lsn: number): number {
  return itemAt(sizes, lsn)?.bytes ?? 0;
}

function forget(log: Log): void {
  let needed = log.acked + 1;
  for (const { replayed } of log.backups.values()) needed = Math.min(needed, replayed + 1);
  dropBefore(log.sizes, needed);
}
