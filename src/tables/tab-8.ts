// TAB-8: how the lag is kept small when the backup's host is overcommitted (SCN-35).

import { lineChart } from "./charts.ts";
import type { Measurement, Series } from "./meter.ts";
import { TEST_BED } from "./parameters.ts";
import { idOf, type RunSpec, runSpec, WITH_FT } from "./run-spec.ts";
import { hold, type Hold, plain, type TableChart, type TableSpec } from "./table.ts";

/** Virtual s. */
const LOAD_FROM = 1;
const LOAD_TO = 61;
const END = 90;
const MOMENTS = [1, 3, 6, 11, 21, 31, 41, 51, 61, 71, 81, 90];
const LAG_MAX_MS = 1_000;

export const TAB_8: TableSpec = {
  number: 8,
  title: "Lag and CPU limit on an overcommitted backup host",
  source: "paper, 3.2",
  runs: () => [overcommitted()],
  compute: (results) => {
    const [first] = results.of(overcommitted().id);
    return {
      parts: [
        {
          title: `The backup has half of its CPU from ${LOAD_FROM} s to ${LOAD_TO} s`,
          columns: [
            { title: "lag", unit: "ms" },
            { title: "CPU limit", unit: "%" },
          ],
          rows: MOMENTS.map((moment) => ({
            label: `at ${moment} s`,
            cells:
              first === undefined
                ? []
                : [plain(lagAt(first, moment), 0), plain(limitAt(first, moment), 0)],
          })),
        },
      ],
      holds: first === undefined ? [] : holdsOf(first),
      missing: first === undefined ? ["not measured"] : [],
      notes: ["one seed is shown: nothing is drawn in this run."],
      charts: [
        seriesChart("Execution lag", "ms", first?.lag ?? []),
        seriesChart("CPU limit of the primary", "%", first?.limit ?? []),
      ],
    };
  },
};

function seriesChart(title: string, unit: string, series: Series): TableChart {
  return lineChart({
    title,
    x: { title: "virtual time (s)" },
    y: { title: unit },
    points: series.map(([x, y]) => ({ x, y, of: title.toLowerCase() })),
  });
}

function overcommitted(): RunSpec {
  return runSpec({
    id: idOf("overcommitted", WITH_FT),
    protocol: WITH_FT,
    guest: "cpu",
    topology: { ...TEST_BED, host: { ...(TEST_BED["host"] as object), speed: 2_000_000 } },
    workload: { kind: "cpu", timer: 100, every: "100ms" },
    faults: [{ at: `${LOAD_FROM}s`, slow: "h2", to: "50%", for: `${LOAD_TO - LOAD_FROM}s` }],
    warmUp: 100,
    measured: END * 1_000,
  });
}

function lagAt({ lag }: Measurement, moment: number): number {
  return lag.findLast(([at]) => at <= moment)?.[1] ?? 0;
}

function limitAt({ limit }: Measurement, moment: number): number {
  return limit.findLast(([at]) => at <= moment)?.[1] ?? 100;
}

function holdsOf(results: Measurement): readonly Hold[] {
  const { lag, limit } = results;
  const most = Math.max(...lag.map(([, ms]) => ms));
  const steps = limit.map(([, percent], at) => (limit[at - 1]?.[1] ?? 100) - percent);
  const settled = lag.filter(([at]) => at > LOAD_TO - 5 && at < LOAD_TO).map(([, ms]) => ms);
  const last = limitAt(results, END);
  return [
    hold("the lag crosses 1 s", most > LAG_MAX_MS, `${most.toFixed(0)} ms at most`),
    hold(
      "the limit goes down in steps of a few percent",
      steps.some((step) => step > 0) && steps.every((step) => step <= 10),
      `largest step ${Math.max(...steps)} %`,
    ),
    hold(
      "the lag settles below 1 s under the load",
      settled.every((ms) => ms < LAG_MAX_MS),
      `${Math.max(...settled).toFixed(0)} ms at most in the last 5 s of it`,
    ),
    hold("the limit returns to 100 %", last === 100, `${last} % at the end`),
  ];
}
