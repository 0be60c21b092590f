// PERF-3: the log carries what came in, and little more: received frames and disk blocks read, byte
// for byte, and a record of so many bytes for each event (R-1.2). What a host puts into its log
// channel stays within a tenth of that; disk writes and sent packets are recomputed, not sent.
//
// Where messages are packed (R-7.5) it is what they were before that counts, and packing must not make
// them longer.
//
// Both sides are the testbed's word: what crossed the primary's machine's port, and what its host
// handed to the channel. Times in which something was wrong do not count: a reconnect sends again. Nor
// does a second in which a full buffer stopped the machine (R-7.2): nothing can be logged, not even that
// it lives, which its hypervisor says in fewer bytes. What a primary sends that the VM went on without is
// read by nobody, and is no log.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerContext, CheckerKind, DeclaredChannel } from "./checker.ts";
import { defineChecker, type Report } from "./define.ts";
import { type Disturbance, observeDisturbance, startDisturbance } from "./disturbance.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

/** Bytes of a record beside what it carries: number, position, group, clock, kind, checksum. */
const RECORD = 43;
/** And of what it says: a packet's length, an I/O and its status, a reading, an output's name. */
const FRAME = 4;
const FRAMES = 4;
const READ = 9;
const SIGNAL = 5;
const ANSWER = 8;
const OUTPUT = 33;
const KEEP_ALIVE = 1;
/** Bytes around the records of one message. */
const MESSAGE = 21;
/** A tenth more or less. */
const TOLERANCE = 0.1;
/** Less than this is no rate. */
const ENOUGH_BYTES = 16_384;

interface State {
  roles: RoleBook;
  reign: Reign;
  disturbance: Disturbance;
  /** Since when the roles are as they are. */
  since: number;
  /** Of a primary whose buffer is full. */
  stalledSince: Map<NodeName, number>;
  /** Before it was packed, and on the channel. */
  sent: number;
  carried: number;
  /** Told just before the traffic that it is of; null: nothing was packed. */
  packed: FactOf<"log-packed"> | null;
  expected: number;
  /** The largest that came in at once: at the end of a second it may go into the log in the next one. */
  atTheBorder: number;
  elapsed: number;
  periods: number;
  last: { readonly time: number; readonly fact: number } | null;
}

export const LOG_RATE: CheckerKind = defineChecker({
  name: "log-rate",
  invariants: ["PERF-3"],
  rejects: "a log that carries much more, or much less, than what came into the machine",
  property: "liveness",
  appliesTo: "replay",
  hears: [
    "log-traffic",
    "log-packed",
    "role",
    "fault",
    "host",
    "run",
    "log-window",
    "stalled",
    "machine-start",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    roles: new Map(),
    reign: startReign(context),
    disturbance: startDisturbance(),
    since: 0,
    stalledSince: new Map(),
    sent: 0,
    carried: 0,
    packed: null,
    expected: 0,
    atTheBorder: 0,
    elapsed: 0,
    periods: 0,
    last: null,
  }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    observeReign(state.reign, fact, index);
    observeDisturbance(state.disturbance, fact);
    if (fact.kind === "log-packed") state.packed = fact;
    else if (fact.kind === "log-traffic") add(state, fact, index, desk.context);
    else if (fact.kind === "stalled") noteStall(state, fact);
    else {
      state.since = fact.time;
      // Whoever begins there again has an empty buffer.
      if (fact.kind === "host" && fact.what === "crash") state.stalledSince.delete(fact.node);
    }
  },
  missing,
  describe: (state) => ({
    summary: `${megabits(state.sent, state.elapsed)} Mb/s of log${state.carried === state.sent ? "" : ` (${megabits(state.carried, state.elapsed)} packed)`}, ${megabits(state.expected, state.elapsed)} Mb/s by what came into the machine, over ${count(state.periods, "quiet second")}`,
    looked: state.expected < ENOUGH_BYTES ? 0 : state.periods,
    idle: "too little was logged while nothing was wrong",
    figures: [
      ["sent", state.sent],
      ["expected", state.expected],
    ],
  }),
});

function add(
  state: State,
  fact: FactOf<"log-traffic">,
  index: number,
  context: CheckerContext,
): void {
  const { packed } = state;
  state.packed = null;
  const { open, slowed } = state.disturbance;
  if (open.size > 0 || slowed.size > 0) return;
  if (state.roles.get(fact.node)?.role !== "PRIMARY" || fact.node !== state.reign.authority) return;
  const elapsed = fact.time - fact.since;
  if (fact.since < settledAt(state, elapsed)) return;
  if ((state.stalledSince.get(fact.node) ?? Infinity) <= fact.since) return;
  state.sent += packed?.plainBytes ?? fact.sentBytes;
  state.carried += fact.sentBytes;
  const keepAlives = elapsed / context.channel.progressInterval;
  state.expected += expectedOf(fact, keepAlives, context.channel);
  state.atTheBorder = Math.max(state.atTheBorder, largestOf(fact));
  state.elapsed += elapsed;
  state.periods += 1;
  state.last = Object.freeze({ time: fact.time, fact: index });
}

/** Blocks of one size are read, and frames come in groups of a few. */
function largestOf({ reads, readBytes, receives, receivedBytes }: FactOf<"log-traffic">): number {
  return Math.max(readBytes / Math.max(1, reads), receivedBytes / Math.max(1, receives));
}

function noteStall({ stalledSince }: State, { node, isStalled, time }: FactOf<"stalled">): void {
  if (isStalled) stalledSince.set(node, time);
  else stalledSince.delete(node);
}

/** After a change what was held up by it is sent first: that belongs to no quiet second. */
function settledAt({ since }: State, elapsed: number): number {
  return since === 0 ? 0 : since + elapsed;
}

function expectedOf(
  fact: FactOf<"log-traffic">,
  keepAlives: number,
  { backupReads = false }: DeclaredChannel,
): number {
  // Reads are outputs of the machine, but none to be logged (R-2.3), unless the backup does them too.
  const outputs = backupReads ? fact.outputs : Math.max(0, fact.outputs - fact.reads);
  const records = fact.receives + fact.reads + fact.signals + fact.answers + outputs + keepAlives;
  const said =
    fact.receivedBytes +
    fact.receives * FRAMES +
    fact.receivedFrames * FRAME +
    (backupReads ? 0 : fact.readBytes) +
    fact.reads * READ +
    fact.signals * SIGNAL +
    fact.answers * ANSWER +
    outputs * OUTPUT +
    keepAlives * KEEP_ALIVE;
  return Math.round(
    records * RECORD + said + Math.min(fact.sentMessages, Math.ceil(records)) * MESSAGE,
  );
}

function missing(state: State): readonly Report[] {
  const { sent, carried, expected, atTheBorder, elapsed, last } = state;
  if (last === null || expected < ENOUGH_BYTES) return [];
  if (carried > sent)
    return [
      {
        invariant: "PERF-3",
        time: last.time,
        message: `${at(last.time)} and before, a log of ${megabits(sent, elapsed)} Mb/s took ${megabits(carried, elapsed)} Mb/s of the channel: packing is there to make it less`,
        facts: [last.fact],
      },
    ];
  if (Math.abs(sent - expected) <= TOLERANCE * expected + atTheBorder) return [];
  return [
    {
      invariant: "PERF-3",
      time: last.time,
      message: `${at(last.time)} and before, ${megabits(sent, elapsed)} Mb/s went into the log, though what came into the machine makes ${megabits(expected, elapsed)} Mb/s: a log carries what cannot be recomputed, once`,
      facts: [last.fact],
    },
  ];
}

function megabits(bytes: number, elapsed: number): string {
  return elapsed === 0 ? "0" : ((bytes * 8_000) / elapsed).toFixed(3);
}
