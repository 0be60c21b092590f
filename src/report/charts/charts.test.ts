// Charts: every specification compiles and runs in Vega-Lite and Vega without a warning, and the
// numbers in them are those of the run.

import { describe, expect, test } from "vitest";
import { tellStory } from "../story.ts";
import { client, failoverFacts, world } from "../../../test/support/report-run.ts";
import { allCharts } from "./all.ts";
import { binsFor, Maxima, Sums } from "./bins.ts";
import type { Chart } from "./chart.ts";
import { POINTS_MAX } from "./latency.ts";

// Their own declarations do not compile under our flags; a name that is not a literal has no types,
// but can only be imported dynamically.
// oxlint-disable-next-line ftsim/no-dynamic-import
const vegaLite = (await import("vega-lite" as string)) as {
  compile(spec: object, options: object): { spec: object };
};
// oxlint-disable-next-line ftsim/no-dynamic-import
const vega = (await import("vega" as string)) as {
  parse(spec: object, config: object, options: object): object;
};

const SECOND = 1_000_000_000;
const FACTS = failoverFacts();
const CHARTS = allCharts(tellStory(FACTS), FACTS, "npx ftsim log reports/failover-42");

function chart(id: string, charts: readonly Chart[] = CHARTS): Chart {
  const found = charts.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no chart ${id}`);
  return found;
}

function values(one: Chart): readonly Readonly<Record<string, unknown>>[] {
  return (one.spec["data"] as { values: readonly Readonly<Record<string, unknown>>[] }).values;
}

describe("every chart", () => {
  test.each(CHARTS.map((one) => [one.id, one] as const))("%s compiles", (_, one) => {
    const warnings: unknown[] = [];
    const note = (...args: unknown[]): object => {
      warnings.push(args);
      return logger;
    };
    const logger = {
      level: () => logger,
      error: note,
      warn: note,
      info: () => logger,
      debug: () => logger,
    };
    const { spec } = vegaLite.compile(one.spec, { logger });
    expect(warnings).toEqual([]);
    // Parsed as the page does it, for the interpreter: no code is made from text.
    expect(vega.parse(spec, {}, { ast: true })).toBeDefined();
    expect(JSON.stringify(one.spec)).toContain("virtual time (s)");
  });

  test("of a run in which nothing happened says so", () => {
    const story = tellStory([]);
    expect(allCharts(story, [], "").every(({ empty }) => empty !== "")).toBe(true);
  });
});

describe("the numbers", () => {
  test("of client latency", () => {
    expect(values(chart("latency"))).toMatchObject([
      { t: 0.1, ms: 4, outcome: "answered", op: "INCR n" },
      { t: 1.99, ms: 1981, outcome: "answered", op: "SET k v" },
    ]);
  });

  test("of execution lag, log bandwidth and held outputs", () => {
    expect(values(chart("execution-lag"))).toMatchObject([{ lag: 1 }]);
    const bytes = values(chart("log-bandwidth")).map(({ mbit, t, t2 }) => {
      return (Number(mbit) * (Number(t2) - Number(t)) * 1_000_000) / 8;
    });
    expect(Math.round(bytes.reduce((a, b) => a + b, 0))).toBe(300);
    expect(values(chart("hold-time")).map(({ time }) => time)).toEqual([2, 8, 8]);
  });

  test("of CPU limits, of the protocol and of a fault", () => {
    const facts = [
      ...FACTS,
      world(1_000_000_000, { kind: "cpu-limit", node: "h1", percent: 97 }),
      world(1_500_000_000, { kind: "host", node: "h2", what: "speed", detail: "50 %" }),
      world(1_600_000_000, { kind: "cpu-limit", node: "h1", percent: 94 }),
    ];
    const one = chart("cpu-limit", allCharts(tellStory(facts), facts, ""));
    const points = values(one).map(({ t, host, percent }) => [t, host, percent]);
    expect(points.filter(([, host]) => host === "h1").map(([, , percent]) => percent)).toEqual([
      100, 97, 94, 94,
    ]);
    expect(points.filter(([, host]) => host === "h2").slice(0, 2)).toEqual([
      [0, "h2", 100],
      [1.5, "h2", 50],
    ]);
    expect(one.legend.map(({ text }) => text)).toEqual([
      "h1, limited by its VMM",
      "h2, left by its host",
    ]);
    expect(vegaLite.compile(one.spec, {}).spec).toBeDefined();
  });

  test("of the longest silence", () => {
    expect(chart("rate").about).toContain("1.981 s, from 1.990 s");
  });
});

test("beyond twenty thousand operations the chart says what it leaves out, and keeps the failures", () => {
  const facts = [world(0, { kind: "run", phase: "start", hosts: ["h1", "h2"] })];
  for (let at = 0; at < POINTS_MAX * 2; at++) {
    facts.push(client(at * 1_000, `c-${at}`, { kind: "ping" }));
    // One in ten thousand is never answered.
    if (at % 10_000 !== 0)
      facts.push(client(at * 1_000 + 500, `c-${at}`, { kind: "ping" }, { kind: "done" }));
  }
  const story = tellStory(facts);
  const latency = chart("latency", allCharts(story, facts, "npx ftsim log X"));
  const drawn = values(latency);
  expect(drawn.length).toBeLessThanOrEqual(POINTS_MAX);
  expect(drawn.filter(({ outcome }) => outcome === "unanswered")).toHaveLength(4);
  expect(latency.leftOut).toMatch(/of 40,000 operations drawn.*npx ftsim log X --only client$/);
});

test("bins are few, of a nice length, and cover the run", () => {
  for (const end of [0, 1, 999, 5 * SECOND, 9.55 * SECOND, 3600 * SECOND]) {
    const { width, length } = binsFor(end);
    expect(length).toBeLessThanOrEqual(240);
    expect(width * length).toBeGreaterThan(end);
    expect(String(width)).toMatch(/^[125]0*$/);
  }
  const bins = binsFor(5 * SECOND);
  const maxima = new Maxima(bins);
  maxima.addSpan(0, bins.width * 2, 7);
  expect(maxima.values.slice(0, 4)).toEqual([7, 7, 7, -1]);
  const sums = new Sums(bins);
  sums.add(10 * SECOND, 3);
  expect(sums.values.at(-1)).toBe(3);
});
