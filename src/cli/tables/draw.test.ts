// Charts become pictures: every chart of every table is drawn by Vega itself, in the page's colours.

import { expect, it } from "vitest";
import { comparisonChart, lineChart } from "../../tables/charts.ts";
import { computeTable, TABLES } from "../../tables/registry.ts";
import { Results } from "../../tables/table.ts";
import { drawCharts } from "./draw.ts";

const NOTHING = new Results(new Map());
const ABILITIES = { protocols: ["vm-ft", "none"], accepts: () => true };

it("all charts of all tables are drawn, also when nothing was measured", async () => {
  const charts = TABLES.flatMap((table) => computeTable(table, NOTHING, ABILITIES).charts);
  expect(charts.length).toBeGreaterThan(7);
  const drawn = await drawCharts(charts);
  for (const chart of charts) expect(drawn.get(chart), chart.title).toMatch(/^<svg[^]*<\/svg>$/);
});

it("what is ours and what is the paper's have the page's colours and a shape each", async () => {
  const rows = [{ label: "Receive", ours: 600, paper: 604 }];
  const bars = comparisonChart({ title: "t", unit: "Mb/s", rows });
  const points = [
    { x: 1, y: 1, of: "ours" },
    { x: 10, y: 2, of: "ours" },
    { x: 1, y: 3, of: "paper" },
  ];
  const x = { title: "x", isLogarithmic: true };
  const lines = lineChart({ title: "t", x, y: { title: "y" }, points });
  const drawn = await drawCharts([bars, lines]);
  expect(drawn.get(bars)).toContain("var(--measure)");
  expect(drawn.get(bars)).toContain("var(--second)");
  expect(drawn.get(bars)).toContain("Receive");
  expect(drawn.get(lines)).toContain("var(--second)");
});

it("text of a chart is text", async () => {
  const rows = [{ label: "<script>", ours: 1, paper: 2 }];
  const chart = comparisonChart({ title: "t", unit: "x", rows });
  expect((await drawCharts([chart])).get(chart)).not.toContain("<script>");
});
