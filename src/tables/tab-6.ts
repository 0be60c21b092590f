// TAB-6: what FT costs those who wait for it. Added latency over the log's round trip; time from a
// crash to the backup's announcement over its lag and over the detection timeout.

import { lineChart } from "./charts.ts";
import { pingRun } from "./loads.ts";
import { TEST_BED } from "./parameters.ts";
import { idOf, type RunSpec, runSpec, WITH_FT, WITHOUT_FT } from "./run-spec.ts";
import { type Figure, lineThrough } from "./statistics.ts";
import { cell, hold, list, plain, type Results, type TableSpec, valueOf } from "./table.ts";

const RTTS: readonly { readonly text: string; readonly ns: number }[] = [
  { text: "90us", ns: 90_000 },
  { text: "150us", ns: 150_000 },
  { text: "1ms", ns: 1_000_000 },
  { text: "10ms", ns: 10_000_000 },
  { text: "20ms", ns: 20_000_000 },
];
const LAGS = [10, 50, 100, 500, 1_000] as const;
const TIMEOUTS = [1_000, 2_000, 3_000] as const;
const USUAL_LAG = 10;
const USUAL_TIMEOUT = 2_000;
const MS = 1_000_000;
const US = 1_000;
/** When the primary dies, ms. */
const CRASH_AT = 1_500;
/** Where the steps of a lag are executed as fast as they were recorded, and a little more. */
const SPEED = 20_000_000;

export const TAB_6: TableSpec = {
  number: 6,
  title: "Output latency and failover",
  source: "paper, 2.2, 2.3, 3.2 and 4.3",
  runs: () => [
    pingRun("150us", WITHOUT_FT),
    ...RTTS.map(({ text }) => pingRun(text, WITH_FT)),
    ...LAGS.map((lag) => failoverRun(lag, USUAL_TIMEOUT)),
    ...TIMEOUTS.map((timeout) => failoverRun(USUAL_LAG, timeout)),
  ],
  compute: (results) => ({
    parts: [latencyPart(results), lagPart(results), timeoutPart(results)],
    holds: [...latencyHolds(results), ...failoverHolds(results)],
    missing: [
      "(c) FT VMotion's pause over the dirty rate: needs FT VMotion (R-6.1), which this build does not have",
      "(d) time to re-protection: needs a second generation (R-6.3), which this build does not have",
    ],
    notes: [
      "(b) the backup's VM hangs from `lag` before the crash until the failure is detected, on a busy machine: all of the lag is still to be executed then.",
    ],
    charts: [
      lineChart({
        title: "Added latency over the log's round trip",
        x: { title: "round trip (ms)", isLogarithmic: true },
        y: { title: "added (ms)", isLogarithmic: true },
        points: RTTS.map(({ text, ns }) => ({
          x: ns / MS,
          y: valueOf(addedAt(results, text)) / US,
          of: "median of one byte's answer",
        })),
      }),
      lineChart({
        title: "Failover over the backup's lag",
        x: { title: "lag (ms)" },
        y: { title: "from crash to announcement (ms)" },
        points: LAGS.map((lag) => ({
          x: lag,
          y: valueOf(takeoverAt(results, lag, USUAL_TIMEOUT)),
          of: "timeout 2 s",
        })),
      }),
    ],
  }),
};

function failoverRun(lag: number, timeout: number): RunSpec {
  return runSpec({
    id: idOf("failover", `lag-${lag}`, `timeout-${timeout}`),
    protocol: WITH_FT,
    guest: "cpu",
    topology: { ...TEST_BED, host: { ...(TEST_BED["host"] as object), speed: SPEED } },
    settings: { "heartbeat-timeout": `${timeout}ms`, "log-timeout": `${timeout}ms` },
    workload: { kind: "cpu", timer: 250, every: "10ms" },
    faults: [
      // Until every silence that counts has been long enough.
      { at: `${CRASH_AT - lag}ms`, stall: "h2", for: `${lag + timeout}ms` },
      { at: `${CRASH_AT}ms`, crash: "h1" },
    ],
    warmUp: 100,
    measured: CRASH_AT + timeout + 2 * lag + 1_000,
  });
}

/** us, without the same path without FT. */
function addedAt(results: Results, rtt: string): Figure | undefined {
  const base = pingRun("150us", WITHOUT_FT).id;
  return results.difference(pingRun(rtt, WITH_FT).id, base, (one) =>
    one.latency === undefined ? Number.NaN : one.latency.median / US,
  );
}

function takeoverAt(results: Results, lag: number, timeout: number): Figure | undefined {
  return results.figure(failoverRun(lag, timeout).id, ({ takeover }) =>
    takeover < 0 ? Number.NaN : takeover / MS,
  );
}

function latencyPart(results: Results): ReturnType<TableSpec["compute"]>["parts"][number] {
  const median = (id: string): Figure | undefined =>
    results.figure(id, (one) => (one.latency?.median ?? Number.NaN) / US);
  return {
    title: "(a) Added latency of one byte's answer",
    columns: [
      { title: "without FT", unit: "us" },
      { title: "with FT", unit: "us" },
      { title: "added", unit: "us" },
      { title: "added/rtt", unit: "" },
    ],
    rows: RTTS.map(({ text, ns }) => ({
      label: `log link of ${text}`,
      cells: [
        cell(median(pingRun("150us", WITHOUT_FT).id), { decimals: 0 }),
        cell(median(pingRun(text, WITH_FT).id), { decimals: 0 }),
        cell(addedAt(results, text), {
          decimals: 0,
          ...(text === "20ms" ? { paper: 20_000 } : {}),
        }),
        plain((valueOf(addedAt(results, text)) * US) / ns, 2),
      ],
    })),
  };
}

function lagPart(results: Results): ReturnType<TableSpec["compute"]>["parts"][number] {
  return {
    title: "(b) From the crash to the backup's announcement, timeout 2 s",
    columns: [
      { title: "failover", unit: "ms" },
      { title: "beyond timeout + lag", unit: "ms" },
    ],
    rows: LAGS.map((lag) => ({
      label: `lag of ${lag} ms`,
      cells: [
        cell(takeoverAt(results, lag, USUAL_TIMEOUT), { decimals: 0 }),
        plain(valueOf(takeoverAt(results, lag, USUAL_TIMEOUT)) - lag - USUAL_TIMEOUT, 0),
      ],
    })),
  };
}

function timeoutPart(results: Results): ReturnType<TableSpec["compute"]>["parts"][number] {
  return {
    title: "(b) The same over the timeout, lag 10 ms",
    columns: [
      { title: "failover", unit: "ms" },
      { title: "beyond timeout + lag", unit: "ms" },
    ],
    rows: TIMEOUTS.map((timeout) => ({
      label: `timeout of ${timeout / 1_000} s`,
      cells: [
        cell(takeoverAt(results, USUAL_LAG, timeout), { decimals: 0 }),
        plain(valueOf(takeoverAt(results, USUAL_LAG, timeout)) - USUAL_LAG - timeout, 0),
      ],
    })),
  };
}

function latencyHolds(results: Results): readonly ReturnType<typeof hold>[] {
  const points = RTTS.map(({ text, ns }) => [ns / US, valueOf(addedAt(results, text))] as const);
  const { slope, start } = lineThrough(points);
  return [
    hold(
      "(a) added latency grows with the round trip, slope 1 (within a twentieth)",
      Math.abs(slope - 1) <= 0.05,
      `slope ${slope.toFixed(3)}, and ${start.toFixed(0)} us besides`,
    ),
  ];
}

function failoverHolds(results: Results): readonly ReturnType<typeof hold>[] {
  const byLag = LAGS.map((lag) => [lag, valueOf(takeoverAt(results, lag, USUAL_TIMEOUT))] as const);
  const byTimeout = TIMEOUTS.map(
    (timeout) => [timeout, valueOf(takeoverAt(results, USUAL_LAG, timeout))] as const,
  );
  const overLag = lineThrough(byLag);
  const overTimeout = lineThrough(byTimeout);
  const beyond = byLag.map(([lag, takeover]) => takeover - lag - USUAL_TIMEOUT);
  return [
    hold(
      "(b) failover grows with the lag, slope 1 (within a tenth)",
      Math.abs(overLag.slope - 1) <= 0.1,
      `slope ${overLag.slope.toFixed(3)}; beyond timeout and lag ${list(beyond, 0)} ms`,
    ),
    hold(
      "(b) failover grows with the timeout, slope 1 (within a twentieth)",
      Math.abs(overTimeout.slope - 1) <= 0.05,
      `slope ${overTimeout.slope.toFixed(3)}, and ${overTimeout.start.toFixed(0)} ms besides`,
    ),
  ];
}
