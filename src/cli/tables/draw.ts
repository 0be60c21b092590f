// Vega-Lite to SVG, here and not in the reader's browser: the page needs no script. Colours are the
// page's own, by name, so that light and dark are decided in its style sheet.

import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { TableChart } from "../../tables/table.ts";

const STYLES = ["measure", "second", "live", "fault", "answered", "unanswered"] as const;

export async function drawCharts(
  charts: readonly TableChart[],
): Promise<ReadonlyMap<TableChart, string>> {
  const drawn = new Map<TableChart, string>();
  for (const chart of charts) drawn.set(chart, await draw(chart));
  return drawn;
}

async function draw(chart: TableChart): Promise<string> {
  const spec = { ...chart.spec, config: config(), background: null } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function config(): object {
  const line = "var(--line)";
  const quiet = "var(--quiet)";
  return {
    view: { stroke: null },
    axis: {
      domainColor: line,
      tickColor: line,
      gridColor: line,
      labelColor: quiet,
      titleColor: quiet,
      titleFontWeight: "normal",
      labelLimit: 260,
    },
    style: Object.fromEntries(STYLES.map((name) => [name, { color: `var(--${name})` }])),
  };
}
