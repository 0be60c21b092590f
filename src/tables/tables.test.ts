// The tables' pure part, on measurements that are made up: cells, ratios to the paper's, what must
// hold, and that it can fail to. The runs themselves are test/cli/tables.test.ts.

import { describe, expect, it } from "vitest";
import { parseScenario } from "../testbed/scenario-file.ts";
import { tablesHtml } from "./html.ts";
import type { Measurement } from "./meter.ts";
import { type ParameterSweep, problemsOf, sweepCharts, sweepPart } from "./parameter-sweep.ts";
import { computeTable, isInOrder, runsOf, TABLES } from "./registry.ts";
import { type Abilities, Results, type Table } from "./table.ts";
import { parametersText, partText, tableText } from "./text.ts";

const ABILITIES: Abilities = { protocols: ["vm-ft", "none"], accepts: () => false };
const EVERYTHING: Abilities = {
  protocols: ["vm-ft", "none", "checkpoints", "ack-on-execute"],
  accepts: () => true,
};

const NOTHING: Measurement = {
  seconds: 1,
  operations: 0,
  operationRate: 0,
  movedMbit: 0,
  workRate: 0,
  latency: undefined,
  longestGap: 0,
  logMbit: 0,
  logWireMbit: 0,
  ackWireMbit: 0,
  entryMbit: 0,
  entryRate: 0,
  receivedMbit: 0,
  diskReadMegabytes: 0,
  takeover: -1,
  lag: [],
  limit: [],
  problems: [],
};

function tableOf(
  number: number,
  measured: Readonly<Record<string, Partial<Measurement>>>,
  abilities: Abilities = ABILITIES,
): Table {
  const runs = Object.getOwnPropertyNames(measured).map(
    (id) => [id, [{ ...NOTHING, ...measured[id] }]] as const,
  );
  const spec = TABLES.find((table) => table.number === number);
  if (spec === undefined) throw new Error(`no table ${number}`);
  return computeTable(spec, new Results(new Map(runs)), abilities);
}

function ruleOf(table: Table, words: RegExp): boolean | undefined {
  return table.holds.find(({ rule }) => words.test(rule))?.holds;
}

const IDLE = {
  "idle/82/vm-ft": { logMbit: 0.1 },
  "idle/250/vm-ft": { logMbit: 0.28 },
  "idle/1000/vm-ft": { logMbit: 1.1 },
};

describe("all tables", () => {
  it.each([ABILITIES, EVERYTHING])("ask for runs whose scenarios are sound", (abilities) => {
    const runs = runsOf(TABLES, abilities);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
    expect(runs.length).toBeGreaterThan(30);
    const isFuture = /backup-reads/;
    for (const { id, scenario, from, to } of runs) {
      expect(to).toBeGreaterThan(from);
      if (isFuture.test(id)) continue;
      const parsed = parseScenario({ name: "t", file: id, text: JSON.stringify(scenario) }, []);
      expect(parsed.ok ? "" : parsed.error).toBe("");
    }
  });

  it.each(TABLES.map(({ number }) => number))(
    "TAB-%i holds of nothing that was not measured",
    (n) => {
      const table = tableOf(n, {});
      expect(table.holds.filter(({ holds }) => holds)).toEqual([]);
      expect(table.holds.length + table.missing.length).toBeGreaterThan(0);
      expect(tableText(table)).toContain(`TAB-${n} `);
    },
  );

  it("say their costs first, and which rows chose them", () => {
    expect(parametersText()).toMatch(/record-cost .*\n?.*FITTED ON: TAB-1 row SPECjbb2005/);
  });
});

describe("TAB-3", () => {
  it("holds of a line that goes up", () => {
    const table = tableOf(3, IDLE);
    expect(isInOrder(table)).toBe(true);
    expect(tableText(table)).toMatch(/1000 Hz \(RHEL5\) +1\.10 +1\.43 +0\.77/);
  });

  it("does not hold of one that goes down, or is bent", () => {
    const down = tableOf(3, { ...IDLE, "idle/1000/vm-ft": { logMbit: 0.2 } });
    expect(ruleOf(down, /increasing/)).toBe(false);
    const bent = tableOf(3, { ...IDLE, "idle/250/vm-ft": { logMbit: 0.9 } });
    expect(ruleOf(bent, /increasing/)).toBe(true);
    expect(ruleOf(bent, /line/)).toBe(false);
    expect(isInOrder(bent)).toBe(false);
    expect(tableText(bent)).toContain("DOES NOT HOLD  roughly a line");
  });

  it("is not in order when one of its runs was not", () => {
    const table = tableOf(3, {
      ...IDLE,
      "idle/82/vm-ft": { logMbit: 0.1, problems: ["INV-01: early"] },
    });
    expect(isInOrder(table)).toBe(false);
    expect(tableText(table)).toContain("INVALID RUN    idle/82/vm-ft: INV-01: early");
  });
});

describe("TAB-1", () => {
  const pace = {
    "jbb/none": { workRate: 1_000 },
    "jbb/vm-ft": { workRate: 980, logMbit: 1.1 },
    "kcompile/none": { workRate: 1_000 },
    "kcompile/vm-ft": { workRate: 960, logMbit: 2.7 },
    "swing/none": { operationRate: 100 },
    "swing/vm-ft": { operationRate: 99, logMbit: 12 },
    "dvd/none": { operationRate: 100 },
    "dvd/vm-ft": { operationRate: 95, logMbit: 17 },
    ...IDLE,
  };

  it("divides by the machine without FT, and marks what was fitted", () => {
    const table = tableOf(1, pace);
    const [jbb, kcompile] = table.parts[0]?.rows ?? [];
    expect(jbb?.cells[0]).toMatchObject({ value: 0.98, paper: 0.98, isFitted: true });
    expect(kcompile?.cells[0]).toMatchObject({ value: 0.96, paper: 0.95 });
    expect(tableText(table)).toMatch(/SPECjbb2005 +0\.980\* +0\.98 +1\.00/);
    expect(ruleOf(table, /jbb < kcompile/)).toBe(true);
  });

  it("counts a fitted cell for nothing: only predicted ones can break its rule", () => {
    const fitted = tableOf(1, { ...pace, "jbb/vm-ft": { workRate: 500, logMbit: 1.1 } });
    expect(ruleOf(fitted, /predicted ratio/)).toBe(true);
    const predicted = tableOf(1, { ...pace, "dvd/vm-ft": { operationRate: 85, logMbit: 17 } });
    expect(ruleOf(predicted, /predicted ratio/)).toBe(false);
  });
});

describe("TAB-2", () => {
  const sent = {
    "netperf/receive/1 Gb/none": { movedMbit: 940 },
    "netperf/transmit/1 Gb/none": { movedMbit: 940 },
    "netperf/receive/1 Gb/vm-ft": { movedMbit: 604, logMbit: 700 },
    "netperf/transmit/1 Gb/vm-ft": { movedMbit: 855, logMbit: 42 },
    "netperf/receive/10 Gb/vm-ft": { movedMbit: 860, logMbit: 990 },
    "netperf/transmit/10 Gb/vm-ft": { movedMbit: 935, logMbit: 60 },
  };

  it("holds of the paper's own figures", () => {
    expect(tableOf(2, sent).holds.filter(({ holds }) => !holds)).toEqual([]);
  });

  it.each([
    [/Transmit > Receive/, "netperf/transmit/1 Gb/vm-ft", { movedMbit: 600, logMbit: 30 }],
    [/10 Gb > 1 Gb/, "netperf/receive/10 Gb/vm-ft", { movedMbit: 600, logMbit: 660 }],
    [/log of Receive/, "netperf/receive/10 Gb/vm-ft", { movedMbit: 860, logMbit: 1_200 }],
    [/log of Transmit/, "netperf/transmit/1 Gb/vm-ft", { movedMbit: 855, logMbit: 90 }],
    [/gap to base/, "netperf/receive/10 Gb/vm-ft", { movedMbit: 500, logMbit: 550 }],
  ])("%s can fail", (rule, id, one) => {
    expect(ruleOf(tableOf(2, { ...sent, [id]: one }), rule)).toBe(false);
  });
});

describe("what waits for something that is not built", () => {
  it("says what it waits for, and is measured when it is there", () => {
    expect(tableOf(4, {}).missing.join()).toContain("R-11.2");
    expect(tableOf(4, {}, EVERYTHING).missing).toEqual([]);
    expect(tableOf(7, {}).missing.join()).toContain("no protocol checkpoints");
    expect(tableOf(7, {}, EVERYTHING).missing.join()).not.toContain("checkpoints (Remus)");
  });

  it("judges the throttle by its limit and the lag", () => {
    const lag = Array.from({ length: 90 }, (_, at) => [at, at === 3 ? 1_100 : 200] as const);
    const limit = [
      [3, 97],
      [4, 94],
      [65, 100],
    ] as const;
    const settled = tableOf(8, { "overcommitted/vm-ft": { lag, limit } });
    expect(settled.holds.map(({ holds }) => holds)).toEqual([true, true, true, true]);
    const abrupt = tableOf(8, { "overcommitted/vm-ft": { lag, limit: [[3, 20]] } });
    expect(abrupt.holds.map(({ holds }) => holds)).toEqual([true, false, true, false]);
  });
});

describe("the page", () => {
  it("escapes, and has no script", () => {
    const table = tableOf(3, {
      ...IDLE,
      "idle/82/vm-ft": { logMbit: 0.1, problems: ["<script>alert(1)</script>"] },
    });
    const page = tablesHtml(
      { version: "1", command: "npx ftsim tables 3", seeds: ["1"], tables: [table] },
      () => "<svg></svg>",
    );
    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;");
    expect(page).toContain("<svg></svg>");
    expect(page).toMatch(/<td class="figure">1\.10<\/td><td class="figure paper">1\.43<\/td>/);
  });
});

describe("a sweep over a parameter", () => {
  const one = (median: number, takeover: number): Measurement => ({
    ...NOTHING,
    operationRate: 10,
    latency: { count: 3, median, p99: 2 * median, most: 3 * median },
    takeover,
  });
  const sweep: ParameterSweep = {
    scenario: "failover",
    protocol: "vm-ft",
    parameter: "log-link.rtt",
    unit: "ms",
    isLogarithmic: true,
    values: [
      { text: "1ms", position: 1, measured: [one(4_000_000, 2_000_000_000)] },
      { text: "9ms", position: 9, measured: [{ ...one(12_000_000, -1), problems: ["INV-1: x"] }] },
    ],
  };

  it("says latency, throughput and failover, and that there was none", () => {
    const text = partText(sweepPart(sweep));
    expect(text).toMatch(/1ms +4\.000 +8\.000 +10\.0 .* 2000\.0\n/);
    expect(text).toMatch(/9ms +12\.000 +24\.000 +10\.0 .* -\n/);
    expect(problemsOf(sweep)).toEqual(["9ms: INV-1: x"]);
  });

  it("draws a failover only where there was one", () => {
    expect(sweepCharts(sweep).map(({ title }) => title)).toContain("Failover");
    const without = sweep.values.slice(1);
    expect(sweepCharts({ ...sweep, values: without }).map(({ title }) => title)).not.toContain(
      "Failover",
    );
  });
});
