// TAB-6 (c) and (d): what a copy of the running VM costs its guest, and how long the VM is without a
// backup.

import { lineChart } from "./charts.ts";
import type { CopyFigures } from "./copy-meter.ts";
import { bedWithLogRtt, RTT_1G } from "./parameters.ts";
import { idOf, type RunSpec, runSpec, type ScenarioValues, WITH_FT } from "./run-spec.ts";
import { type Figure, lineThrough } from "./statistics.ts";
import {
  cell,
  type Hold,
  hold,
  list,
  type Part,
  type Results,
  type TableChart,
  valueOf,
} from "./table.ts";

const MS = 1_000_000;
const MEGA = 1_000_000;
const KIB = 1_024;
const NS_PER_SECOND = 1_000_000_000;
const BITS = 8;
/** ns: the default `switch-time`. */
const SWITCH_TIME = 50 * MS;
const COPY_LINK = 1_000;

/** What writes into memory while it is copied: disk blocks at a rate, or a processor at work. */
const DIRTYING: readonly { readonly label: string; readonly workload: ScenarioValues }[] = [
  { label: "idle", workload: { busy: false } },
  ...[1, 5, 20, 80].map((megabytes) => ({
    label: `${megabytes} MB/s of reads`,
    workload: {
      busy: false,
      reads: Math.round((megabytes * MEGA) / 65_536),
      "read-size": "64KiB",
    },
  })),
  { label: "busy in 1 MiB", workload: { busy: true } },
  {
    label: "busy, and 80 MB/s of reads",
    workload: { busy: true, reads: 1_221, "read-size": "64KiB" },
  },
];

/** How much of its memory the guest has touched (a quarter of a MiB, or 1 MiB more), and the Mb/s of the link. */
const CASES: readonly { readonly label: "idle" | "busy"; readonly rate: number }[] = [
  ...[2, 10, 100, 1_000].map((rate) => ({ label: "idle", rate }) as const),
  ...[20, 100, 1_000].map((rate) => ({ label: "busy", rate }) as const),
];
/** ms: the default. */
const PROTECTION_DELAY = 5_000;
const CRASH_AT = 500;
/** Steps a second: a slow processor writes 1 MiB as fast as any link carries it. */
const SLOW = 5_000_000;

export function copyRuns(): readonly RunSpec[] {
  return [
    ...DIRTYING.map(({ label }) => pauseRun(label)),
    ...CASES.map(({ label, rate }) => reprotectionRun(label, rate)),
  ];
}

function pauseRun(label: string): RunSpec {
  return runSpec({
    id: idOf("copy", label),
    protocol: WITH_FT,
    guest: "cpu",
    topology: bedWithLogRtt(RTT_1G, `${COPY_LINK}Mb/s`),
    settings: { start: "alone", "protection-delay": "200ms" },
    workload: workloadOf(DIRTYING.find((one) => one.label === label)?.workload),
    warmUp: 100,
    measured: 400,
  });
}

function reprotectionRun(label: string, rate: number): RunSpec {
  const bed = bedWithLogRtt(RTT_1G, `${rate}Mb/s`);
  return runSpec({
    id: idOf("re-protection", label, rate),
    protocol: WITH_FT,
    guest: "cpu",
    topology: { ...bed, host: { ...(bed["host"] as object), speed: SLOW }, hosts: 3 },
    workload: workloadOf({ busy: label === "busy" }),
    faults: [{ at: `${CRASH_AT}ms`, crash: "h1" }],
    warmUp: 100,
    measured: 15_000,
  });
}

function workloadOf(workload: ScenarioValues = {}): ScenarioValues {
  return { kind: "cpu", timer: 250, every: "100ms", ...workload };
}

export function copyParts(results: Results): readonly Part[] {
  return [pausePart(results), reprotectionPart(results)];
}

function pausePart(results: Results): Part {
  return {
    title: `(c) FT VMotion's pause over what the guest dirties, ${COPY_LINK} Mb/s`,
    columns: [
      { title: "dirtied", unit: "MB/s" },
      { title: "rounds", unit: "" },
      { title: "last round", unit: "KiB" },
      { title: "pause", unit: "ms" },
      { title: "beyond the model", unit: "ms" },
    ],
    rows: DIRTYING.map(({ label }) => {
      const of = (pick: (copy: CopyFigures) => number): Figure | undefined =>
        copyOf(results, pauseRun(label), pick);
      return {
        label,
        cells: [
          cell(
            of(({ dirtied }) => dirtied / MEGA),
            { decimals: 1 },
          ),
          cell(
            of(({ rounds }) => rounds),
            { decimals: 0 },
          ),
          cell(
            of(({ last }) => last / KIB),
            { decimals: 0 },
          ),
          cell(pauseAt(results, label), { decimals: 1 }),
          cell(beyondAt(results, label), { decimals: 1 }),
        ],
      };
    }),
  };
}

function reprotectionPart(results: Results): Part {
  return {
    title: "(d) From the primary's death to a new pair, over the image and the link",
    columns: [
      { title: "image", unit: "KiB" },
      { title: "copied", unit: "KiB" },
      { title: "copied/link", unit: "ms" },
      { title: "copy", unit: "ms" },
      { title: "pause", unit: "ms" },
      { title: "all", unit: "ms" },
    ],
    rows: CASES.map(({ label, rate }) => {
      const run = reprotectionRun(label, rate);
      const of = (pick: (copy: CopyFigures) => number): Figure | undefined =>
        copyOf(results, run, pick);
      return {
        label: `${label} machine, ${rate} Mb/s`,
        cells: [
          cell(
            of(({ image }) => image / KIB),
            { decimals: 0 },
          ),
          cell(
            of(({ moved }) => moved / KIB),
            { decimals: 0 },
          ),
          cell(
            of(({ moved }) => transfer(moved, rate) / MS),
            { decimals: 0 },
          ),
          cell(
            of(({ took }) => took / MS),
            { decimals: 0 },
          ),
          cell(
            of(({ pause }) => pause / MS),
            { decimals: 0 },
          ),
          cell(
            results.figure(run.id, ({ reprotection }) =>
              reprotection < 0 ? Number.NaN : reprotection / MS,
            ),
            { decimals: 0 },
          ),
        ],
      };
    }),
  };
}

export function copyHolds(results: Results): readonly Hold[] {
  const pauses = DIRTYING.map(({ label }) => valueOf(pauseAt(results, label)));
  const beyond = DIRTYING.map(({ label }) => valueOf(beyondAt(results, label)));
  return [
    hold(
      "(c) FT VMotion's pause is less than 1 s on the default link",
      pauses.every((pause) => pause < 1_000),
      `${list(pauses, 1)} ms`,
    ),
    hold(
      "(c) the pause is 50 ms and the last pages over the link (within 10 ms)",
      beyond.every((more) => Math.abs(more) <= 10),
      `${list(beyond, 1)} ms beyond`,
    ),
    ...reprotectionHolds(results),
  ];
}

/** Each point: what the link needs for the pages, and what the copy took, ms. */
function reprotectionHolds(results: Results): readonly Hold[] {
  const points = CASES.map(({ label, rate }) => {
    const run = reprotectionRun(label, rate);
    const carried = valueOf(copyOf(results, run, ({ moved }) => transfer(moved, rate) / MS));
    const took = valueOf(copyOf(results, run, (copy) => copy.took / MS));
    const rest = valueOf(
      results.figure(
        run.id,
        ({ reprotection, takeover, copy }) =>
          (reprotection - takeover - copy.took) / MS - PROTECTION_DELAY,
      ),
    );
    return { carried, took, rest };
  });
  const { slope, start } = lineThrough(points.map(({ carried, took }) => [carried, took]));
  const rests = points.map(({ rest }) => rest);
  return [
    hold(
      "(d) a copy takes what its pages take on the link: slope 1 (within a tenth), and less than 0.5 s besides",
      Math.abs(slope - 1) <= 0.1 && start >= 0 && start < 500,
      `slope ${slope.toFixed(3)}, and ${start.toFixed(0)} ms besides`,
    ),
    hold(
      "(d) all else is the failover and the delay before a backup is asked for (within 0.1 s)",
      rests.every((rest) => rest >= 0 && rest <= 100),
      `${list(rests, 1)} ms besides`,
    ),
  ];
}

export function copyCharts(results: Results): readonly TableChart[] {
  return [
    lineChart({
      title: "Pause over the dirty rate",
      x: { title: "dirtied while it was copied (MB/s)" },
      y: { title: "pause (ms)" },
      isScatter: true,
      points: DIRTYING.map(({ label }) => ({
        x: valueOf(copyOf(results, pauseRun(label), ({ dirtied }) => dirtied / MEGA)),
        y: valueOf(pauseAt(results, label)),
        of: `${COPY_LINK} Mb/s`,
      })),
    }),
    lineChart({
      title: "A copy over its pages and its link",
      x: { title: "pages over link rate (ms)", isLogarithmic: true },
      y: { title: "copy (ms)", isLogarithmic: true },
      isScatter: true,
      points: CASES.map(({ label, rate }) => ({
        x: valueOf(
          copyOf(results, reprotectionRun(label, rate), ({ moved }) => transfer(moved, rate) / MS),
        ),
        y: valueOf(copyOf(results, reprotectionRun(label, rate), ({ took }) => took / MS)),
        of: `${label} machine`,
      })),
    }),
  ];
}

function copyOf(
  results: Results,
  run: RunSpec,
  pick: (copy: CopyFigures) => number,
): Figure | undefined {
  return results.figure(run.id, ({ copy }) => pick(copy));
}

function pauseAt(results: Results, label: string): Figure | undefined {
  return copyOf(results, pauseRun(label), ({ pause }) => pause / MS);
}

/** The specification's model of the pause: the last dirty set over the link, and 50 ms. */
function beyondAt(results: Results, label: string): Figure | undefined {
  return copyOf(
    results,
    pauseRun(label),
    ({ pause, last }) => (pause - SWITCH_TIME - transfer(last, COPY_LINK)) / MS,
  );
}

/** ns for so many bytes at so many Mb/s. */
function transfer(bytes: number, rate: number): number {
  return (bytes * BITS * NS_PER_SECOND) / (rate * MEGA);
}
