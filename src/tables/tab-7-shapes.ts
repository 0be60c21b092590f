// TAB-7, one protocol at a time: the shape that its making predicts, over the one thing that it
// depends on. Stopping at outputs over their rate, epochs over their length, acks of the executed over
// the backup's pace, checkpoints over their interval.

import { bedWithLogRtt, RTT_1G } from "./parameters.ts";
import {
  idOf,
  type RunSpec,
  runSpec,
  type ScenarioValues,
  WITH_FT,
  WITHOUT_FT,
} from "./run-spec.ts";
import type { Measurement } from "./meter.ts";
import { type Figure, lineThrough } from "./statistics.ts";
import {
  allWithin,
  cell,
  type Hold,
  hold,
  increases,
  list,
  type Part,
  plain,
  type Results,
  type Row,
  valueOf,
} from "./table.ts";

export const STOP_ON_OUTPUT = "stop-on-output";
export const EPOCHS = "epochs";
export const ACK_ON_EXECUTE = "ack-on-execute";
export const CHECKPOINTS = "checkpoints";

/** Steps a second: slow enough to be computed; costs and links are in ns. */
const SPEED = 5_000_000;
const RTT_US = 150;
const US = 1_000;
const MS = 1_000_000;
const PERCENT = 100;

/** Disk writes a second, each an output; of a machine at work. */
const WRITES = [100, 300, 900] as const;
/** us, and as steps of this speed. */
const EPOCH_LENGTHS = [500, 1_000, 2_000] as const;
/** Of the backup's processor, percent of the primary's: what it is behind when it has a request to execute. */
const PACES = [100, 50, 25] as const;
/** ms: 40, 20 and 10 checkpoints a second. */
const INTERVALS = [25, 50, 100] as const;

interface Shape {
  readonly protocol: string;
  runs(): readonly RunSpec[];
  part(results: Results): Part;
  holds(results: Results): readonly Hold[];
}

const SHAPES: readonly Shape[] = [
  {
    protocol: STOP_ON_OUTPUT,
    runs: () =>
      WRITES.flatMap((writes) =>
        [WITHOUT_FT, WITH_FT, STOP_ON_OUTPUT].map((protocol) => workRun(protocol, { writes })),
      ),
    part: stopPart,
    holds: stopHolds,
  },
  {
    protocol: EPOCHS,
    runs: () => [
      workRun(WITHOUT_FT, {}),
      workRun(WITH_FT, {}),
      ...EPOCH_LENGTHS.map((length) => epochRun(length)),
    ],
    part: epochPart,
    holds: epochHolds,
  },
  {
    protocol: ACK_ON_EXECUTE,
    runs: () => [
      answerRun(WITHOUT_FT, {}),
      ...PACES.flatMap((pace) =>
        [WITH_FT, ACK_ON_EXECUTE].map((protocol) => laggingRun(protocol, pace)),
      ),
    ],
    part: laggingPart,
    holds: laggingHolds,
  },
  {
    protocol: CHECKPOINTS,
    runs: () => [
      answerRun(WITHOUT_FT, {}),
      workRun(WITHOUT_FT, { every: SELDOM }),
      ...INTERVALS.flatMap((interval) => [checkpointAnswers(interval), checkpointWork(interval)]),
    ],
    part: checkpointPart,
    holds: checkpointHolds,
  },
];

export function shapeRuns(names: readonly string[]): readonly RunSpec[] {
  return shapesOf(names).flatMap((shape) => shape.runs());
}

export function shapeParts(results: Results, names: readonly string[]): readonly Part[] {
  return shapesOf(names).map((shape) => shape.part(results));
}

export function shapeHolds(results: Results, names: readonly string[]): readonly Hold[] {
  return shapesOf(names).flatMap((shape) => shape.holds(results));
}

function shapesOf(names: readonly string[]): readonly Shape[] {
  return SHAPES.filter(({ protocol }) => names.includes(protocol));
}

interface RunChange {
  /** What is different, in words for the id. */
  readonly as?: string;
  readonly writes?: number;
  /** Between two questions. */
  readonly every?: string;
  readonly settings?: ScenarioValues;
  readonly backup?: ScenarioValues;
}

/** A processor at work: its pace, and how long its answers take. */
function workRun(
  protocol: string,
  { as = "", writes = 0, every = "7ms", settings = {} }: RunChange,
): RunSpec {
  return runSpec({
    id: idOf("work", protocol, writes, every, as),
    protocol,
    guest: "cpu",
    topology: bed(),
    settings,
    // Writes are begun at ticks: one at each tick at most, or many would be one output.
    workload: {
      kind: "cpu",
      timer: writes === 0 ? 100 : 1_000,
      every,
      writes,
      "write-size": "4KiB",
    },
    warmUp: 200,
    measured: 1_000,
  });
}

/** An idle machine, asked so seldom that no answer waits for another, at every phase of an interval. */
function answerRun(protocol: string, { as = "", settings = {}, backup = {} }: RunChange): RunSpec {
  return runSpec({
    id: idOf("answers", protocol, as),
    protocol,
    guest: "cpu",
    topology: { ...bed(), "backup-host": backup },
    settings,
    workload: { kind: "cpu", timer: 100, busy: false, every: "137ms" },
    warmUp: 500,
    measured: 6_000,
  });
}

function bed(): ScenarioValues {
  const values = bedWithLogRtt(RTT_1G);
  return { ...values, host: { ...(values["host"] as object), speed: SPEED } };
}

function epochRun(us: number): RunSpec {
  return workRun(EPOCHS, {
    as: `${us}us`,
    settings: { "epoch-steps": (us * SPEED) / 1_000_000 },
  });
}

function laggingRun(protocol: string, pace: number): RunSpec {
  return answerRun(protocol, { as: `${pace}%`, backup: { speed: (SPEED * pace) / PERCENT } });
}

function everySo(ms: number): RunChange {
  return { as: `${ms}ms`, settings: { "checkpoint-interval": `${ms}ms` } };
}

/** Asked seldom: answers that come late must not spare it questions. */
const SELDOM = "200ms";

function checkpointWork(interval: number): RunSpec {
  return workRun(CHECKPOINTS, { ...everySo(interval), every: SELDOM });
}

function checkpointAnswers(interval: number): RunSpec {
  return answerRun(CHECKPOINTS, everySo(interval));
}

/** Percent of its pace that a machine loses. */
function slowDown(results: Results, run: RunSpec, base: RunSpec): Figure | undefined {
  return results.combine(
    run.id,
    base.id,
    (one) => one.workRate,
    (a, b) => (1 - a / b) * PERCENT,
  );
}

function added(results: Results, run: RunSpec, base: RunSpec): Figure | undefined {
  return results.difference(run.id, base.id, medianUs);
}

function medianUs({ latency }: Measurement): number {
  return latency === undefined ? Number.NaN : latency.median / US;
}

function stopPart(results: Results): Part {
  return {
    title: "Stop on output: what a machine at work loses to its outputs",
    columns: [
      { title: "VM-FT", unit: "%" },
      { title: "stop on output", unit: "%" },
      { title: "rate x rtt", unit: "%" },
    ],
    rows: WRITES.map((writes) => ({
      label: `${writes} writes/s`,
      cells: [
        cell(stopLoss(results, WITH_FT, writes), { decimals: 1 }),
        cell(stopLoss(results, STOP_ON_OUTPUT, writes), { decimals: 1 }),
        plain((writes * RTT_US * PERCENT) / 1_000_000, 1),
      ],
    })),
  };
}

function stopLoss(results: Results, protocol: string, writes: number): Figure | undefined {
  return slowDown(results, workRun(protocol, { writes }), workRun(WITHOUT_FT, { writes }));
}

function stopHolds(results: Results): readonly Hold[] {
  const more = WRITES.map(
    (writes) =>
      valueOf(stopLoss(results, STOP_ON_OUTPUT, writes)) -
      valueOf(stopLoss(results, WITH_FT, writes)),
  );
  const { slope } = lineThrough(WRITES.map((writes, at) => [writes, more[at] as number]));
  const each = (slope * 1_000_000) / PERCENT;
  return [
    hold(
      "stop on output: the slow-down grows with the outputs, by a round trip each (1 to 1.5)",
      increases(more) && each >= RTT_US && each <= 1.5 * RTT_US,
      `${list(more, 1)} % more than VM-FT at ${WRITES.join(", ")} writes/s: ${each.toFixed(0)} us each`,
    ),
  ];
}

function epochPart(results: Results): Part {
  const base = workRun(WITHOUT_FT, {});
  const row = (label: string, run: RunSpec): Row => ({
    label,
    cells: [
      cell(added(results, run, base), { decimals: 0 }),
      cell(slowDown(results, run, base), { decimals: 1 }),
    ],
  });
  return {
    title: "Epochs: over their length, of a machine at work",
    columns: [
      { title: "added latency", unit: "us" },
      { title: "slow-down", unit: "%" },
    ],
    rows: [
      row("VM-FT", workRun(WITH_FT, {})),
      ...EPOCH_LENGTHS.map((us) => row(`epochs of ${us} us`, epochRun(us))),
    ],
  };
}

function epochHolds(results: Results): readonly Hold[] {
  const base = workRun(WITHOUT_FT, {});
  const paper = valueOf(added(results, workRun(WITH_FT, {}), base));
  const waits = EPOCH_LENGTHS.map((us) => valueOf(added(results, epochRun(us), base)) - paper);
  const losses = EPOCH_LENGTHS.map((us) => valueOf(slowDown(results, epochRun(us), base)));
  // Each epoch has one wait at its end: what is lost of a unit of work, as us an epoch.
  const stops = losses.map((loss, at) => ((EPOCH_LENGTHS[at] as number) * loss) / (PERCENT - loss));
  const [least = Number.NaN] = [...stops].sort((a, b) => a - b);
  return [
    hold(
      "epochs: an answer takes up to an epoch and its round trip longer than with VM-FT",
      waits.every((wait, at) => wait > 0 && wait <= (EPOCH_LENGTHS[at] as number) + RTT_US),
      `${list(waits, 0)} us longer with ${EPOCH_LENGTHS.join(", ")} us`,
    ),
    hold(
      "epochs: the slow-down grows as 1/length: each costs the same (within a fifth)",
      increases([...losses].reverse()) && stops.every((one) => one <= 1.2 * least),
      `${list(losses, 1)} %: ${list(stops, 0)} us an epoch`,
    ),
  ];
}

function laggingPart(results: Results): Part {
  const base = answerRun(WITHOUT_FT, {});
  return {
    title: "Ack on execute: added latency over the pace of the backup's processor",
    columns: [
      { title: "VM-FT", unit: "us" },
      { title: "ack on execute", unit: "us" },
    ],
    rows: PACES.map((pace) => ({
      label: `${pace} % of the primary's`,
      cells: [WITH_FT, ACK_ON_EXECUTE].map((protocol) =>
        cell(added(results, laggingRun(protocol, pace), base), { decimals: 0 }),
      ),
    })),
  };
}

function laggingHolds(results: Results): readonly Hold[] {
  const base = answerRun(WITHOUT_FT, {});
  const of = (protocol: string): readonly number[] =>
    PACES.map((pace) => valueOf(added(results, laggingRun(protocol, pace), base)));
  const [paper, executed] = [of(WITH_FT), of(ACK_ON_EXECUTE)];
  const lags = executed.map((us, at) => us - (paper[at] as number));
  const works = lags.map((us, at) => (us * (PACES[at] as number)) / PERCENT);
  const [least = Number.NaN] = [...works].sort((a, b) => a - b);
  return [
    hold(
      "VM-FT: a lagging backup adds nothing to a round trip (1 to 1.5)",
      allWithin(paper, RTT_US, 1.5 * RTT_US),
      `${list(paper, 0)} us`,
    ),
    hold(
      "ack on execute: a round trip and the lag, which is the same work at the backup's pace (within a tenth)",
      increases(lags) && lags.every((lag) => lag > 0) && works.every((us) => us <= 1.1 * least),
      `${list(lags, 0)} us beyond VM-FT at ${PACES.join(", ")} %`,
    ),
  ];
}

function checkpointPart(results: Results): Part {
  const work = workRun(WITHOUT_FT, { every: SELDOM });
  return {
    title: "Checkpoints: over their interval",
    columns: [
      { title: "added latency", unit: "ms" },
      { title: "channel of a busy machine", unit: "Mb/s" },
      { title: "each", unit: "MB" },
      { title: "slow-down", unit: "%" },
    ],
    rows: INTERVALS.map((interval) => {
      const busy = checkpointWork(interval);
      return {
        label: `every ${interval} ms`,
        cells: [
          cell(waitOf(results, interval), { decimals: 1 }),
          cell(
            results.figure(busy.id, (one) => one.logMbit),
            { decimals: 1 },
          ),
          cell(megabytesOf(results, interval), { decimals: 2 }),
          cell(slowDown(results, busy, work), { decimals: 2 }),
        ],
      };
    }),
  };
}

/** ms. */
function waitOf(results: Results, interval: number): Figure | undefined {
  const base = answerRun(WITHOUT_FT, {});
  return results.difference(checkpointAnswers(interval).id, base.id, (one) =>
    one.latency === undefined ? Number.NaN : one.latency.median / MS,
  );
}

function megabytesOf(results: Results, interval: number): Figure | undefined {
  const busy = checkpointWork(interval);
  return results.figure(busy.id, (one) => (one.logMbit / 8) * (interval / 1_000));
}

function checkpointHolds(results: Results): readonly Hold[] {
  const waits = INTERVALS.map((interval) => valueOf(waitOf(results, interval)));
  const sizes = INTERVALS.map((interval) => valueOf(megabytesOf(results, interval)));
  const work = workRun(WITHOUT_FT, { every: SELDOM });
  const losses = INTERVALS.map((interval) =>
    valueOf(slowDown(results, checkpointWork(interval), work)),
  );
  const [fewest = Number.NaN] = [...sizes].sort((a, b) => a - b);
  return [
    hold(
      "checkpoints: an answer waits half an interval and the transfer (within a quarter of an interval)",
      waits.every((wait, at) => {
        const interval = INTERVALS[at] as number;
        return Math.abs(wait - interval / 2) <= interval / 4;
      }),
      `${list(waits, 1)} ms of ${INTERVALS.join(", ")}`,
    ),
    hold(
      "checkpoints: bandwidth is dirty pages by rate: each carries what the guest wrote to (within a fifth)",
      sizes.every((size) => size <= 1.2 * fewest),
      `${list(sizes, 2)} MB each`,
    ),
    hold(
      "checkpoints: the CPU-bound slow-down grows with their rate",
      increases([...losses].reverse()),
      `${list(losses, 2)} % at 40, 20, 10 a second`,
    ),
  ];
}
