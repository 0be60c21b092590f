// PERF-2: an output is held for one round trip of the log and little more: entries leave as soon as
// they are appended, and acks as soon as entries are stored. Judged is the median, of
// outputs during whose wait nothing was wrong and whose entries found the channel open and room in both
// log buffers: it says how the protocol is made, not who stood in line.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Report } from "./define.ts";
import { type Disturbance, observeDisturbance, startDisturbance } from "./disturbance.ts";
import {
  isHalfFull,
  LOG_FILL_HEARS,
  type LogFill,
  observeLogFill,
  startLogFill,
} from "./log-fill.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at, describeRelease } from "./words.ts";

/** Costs of the hosts, stacks and queues on the way. */
const MORE_THAN_ROUND_TRIP = 1_000_000;
/** Fewer outputs than this have no median. */
const ENOUGH = 16;
/** Waits are counted in steps of 50 us; whatever is longer than the last step is in it. */
const STEP = 50_000;
const STEPS = 2_000;

interface Held {
  readonly time: number;
  readonly fact: number;
  readonly groupEnd: number;
  /** What became of the entry that it waits for, as far as it got. */
  readonly buffered: Step | null;
  readonly acknowledged: Step | null;
  readonly acked: Step | null;
}

interface Step {
  readonly time: number;
  readonly fact: number;
}

type Leg = "buffered" | "acknowledged" | "acked";

interface Late {
  readonly held: Held;
  readonly release: Step & { readonly what: string };
}

interface State {
  roles: RoleBook;
  disturbance: Disturbance;
  held: Map<string, Held>;
  fill: LogFill;
  /** An ack has come since the roles are as they are: before, the channel may be about to be opened. */
  isChannelOpen: boolean;
  /** Nothing was wrong since. */
  quietSince: number;
  /** How many outputs waited for so many steps. */
  waits: Map<number, number>;
  looked: number;
  /** The first output that waited too long. */
  late: Late | null;
}

export const OUTPUT_LATENCY: CheckerKind = defineChecker({
  name: "output-latency",
  invariants: ["PERF-2"],
  rejects: "outputs that as a rule wait for longer than a round trip of the log",
  property: "liveness",
  appliesTo: "replay",
  hears: [
    "run",
    "host",
    "fault",
    "machine-stop",
    "release",
    "role",
    ...LOG_FILL_HEARS,
    "log-buffered",
    "log-ack-send",
    "output-hold",
  ],
  begin: (): State => ({
    roles: new Map(),
    disturbance: startDisturbance(),
    held: new Map(),
    fill: startLogFill(),
    isChannelOpen: false,
    quietSince: 0,
    waits: new Map(),
    looked: 0,
    late: null,
  }),
  observe: (state, fact, index, desk) => follow(state, fact, index, desk.context),
  missing,
  describe: (state, context) => ({
    summary: `${count(state.looked, "output")} held for ${formatDuration(medianOf(state))} in the median, at most a round trip and ${formatDuration(MORE_THAN_ROUND_TRIP)}`,
    looked: state.looked,
    idle:
      context.logRoundTrip === null
        ? "the log link is declared unreliable: a round trip has no bound"
        : "no output was held while nothing was wrong and the log buffers had room",
    figures: [["median", medianOf(state)]],
  }),
});

function follow(state: State, fact: Fact, index: number, context: CheckerContext): void {
  observeRole(state.roles, fact, index);
  observeDisturbance(state.disturbance, fact);
  observeLogFill(state.fill, fact);
  if (fact.kind === "output-hold") hold(state, fact, index, context);
  else if (fact.kind === "log-buffered") reach(state, "buffered", fact.lsn, [fact.time, index]);
  else if (fact.kind === "log-ack-send")
    reach(state, "acknowledged", fact.through, [fact.time, index]);
  else if (fact.kind === "log-ack-receive") hearAck(state, fact, index);
  else if (fact.kind === "release") measure(state, fact, index, context);
  else if (fact.kind === "machine-stop" || fact.kind === "role") {
    state.quietSince = fact.time;
    state.isChannelOpen = false;
    state.held.clear();
  }
}

function hold(
  state: State,
  fact: FactOf<"output-hold">,
  index: number,
  { channel }: CheckerContext,
): void {
  // A disk command may also wait for one that it overlaps: that is order, not the log.
  if (fact.outputClass === "disk" || !state.isChannelOpen || isHalfFull(state.fill, channel))
    return;
  const { time, groupEnd } = fact;
  const nowhere = { buffered: null, acknowledged: null, acked: null };
  state.held.set(keyOf(fact), Object.freeze({ time, fact: index, groupEnd, ...nowhere }));
}

function hearAck(state: State, { through, time }: FactOf<"log-ack-receive">, index: number): void {
  state.isChannelOpen = true;
  reach(state, "acked", through, [time, index]);
}

/** Every entry through this one has come so far. */
function reach(
  state: State,
  leg: Leg,
  through: number,
  [time, fact]: readonly [number, number],
): void {
  for (const [key, held] of state.held)
    if (held[leg] === null && held.groupEnd <= through)
      state.held.set(key, Object.freeze({ ...held, [leg]: Object.freeze({ time, fact }) }));
}

function keyOf(fact: { readonly node: NodeName; readonly ordinal: number }): string {
  return `${fact.node} ${fact.ordinal}`;
}

function measure(
  state: State,
  fact: FactOf<"release">,
  index: number,
  context: CheckerContext,
): void {
  const held = state.held.get(keyOf(fact));
  if (held === undefined) return;
  state.held.delete(keyOf(fact));
  const { open, slowed, quietSince } = state.disturbance;
  const isQuiet = open.size === 0 && slowed.size === 0;
  if (!isQuiet || held.time < Math.max(quietSince, state.quietSince)) return;
  if (state.roles.get(fact.node)?.role !== "PRIMARY" || context.logRoundTrip === null) return;
  const wait = fact.time - held.time;
  const step = Math.min(Math.ceil(wait / STEP), STEPS);
  state.looked += 1;
  state.waits.set(step, (state.waits.get(step) ?? 0) + 1);
  if (wait <= context.logRoundTrip + MORE_THAN_ROUND_TRIP || state.late !== null) return;
  state.late = Object.freeze({
    held,
    release: Object.freeze({ time: fact.time, fact: index, what: describeRelease(fact) }),
  });
}

/** ns, rounded up to a step. */
function medianOf(state: State): number {
  let left = Math.ceil(state.looked / 2);
  const steps = [...state.waits].sort((a, b) => a[0] - b[0]);
  for (const [step, outputs] of steps) {
    left -= outputs;
    if (left <= 0) return step * STEP;
  }
  return 0;
}

function missing(state: State, { logRoundTrip }: CheckerContext): readonly Report[] {
  if (state.looked < ENOUGH || state.late === null || logRoundTrip === null) return [];
  const median = medianOf(state);
  const bound = logRoundTrip + MORE_THAN_ROUND_TRIP;
  if (median - STEP <= bound) return [];
  const { held, release } = state.late;
  const steps = [held.buffered, held.acknowledged, held.acked, release];
  return [
    {
      invariant: "PERF-2",
      time: release.time,
      message: `${at(release.time)} ${release.what} left after ${formatDuration(release.time - held.time)}: ${describeWay(state.late)}. Half of ${count(state.looked, "output")} were held for ${formatDuration(median)} and longer while nothing was wrong, though entry and ack need ${formatDuration(logRoundTrip)}`,
      facts: [held.fact, ...steps.map((step) => step?.fact ?? -1)],
    },
  ];
}

/** Where the time went, from the entry to the backup and back to the output. */
function describeWay({ held, release }: Late): string {
  let since = held.time;
  const took = (step: Step): string => {
    const lasted = Math.max(0, step.time - since);
    since = step.time;
    return lasted === 0 ? "at once" : `after ${formatDuration(lasted)}`;
  };
  const told: string[] = [];
  if (held.buffered !== null) told.push(`reached the backup ${took(held.buffered)}`);
  if (held.acknowledged !== null) told.push(`was acknowledged ${took(held.acknowledged)}`);
  if (held.acked !== null) told.push(`its ack came ${took(held.acked)}`);
  told.push(`the output left ${took(release)}`);
  return `entry ${held.groupEnd} ${told.join(", ")}`;
}
