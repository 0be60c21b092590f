// How much of its CPU each machine may use: what the protocol's lag control lets it have, and
// what a fault leaves to its host. Beside the execution lag, on the same time axis, it is TAB-8.

import type { Fact, NodeName } from "../../history/fact.ts";
import type { Story } from "../story.ts";
import {
  type Chart,
  type ChartStyle,
  chartSpec,
  inSeconds,
  type Spec,
  timeAxis,
  valueAxis,
} from "./chart.ts";

interface Line {
  readonly host: NodeName;
  readonly style: ChartStyle;
  readonly what: string;
  readonly points: { readonly time: number; readonly percent: number }[];
}

export function cpuLimitChart(story: Story, facts: readonly Fact[]): Chart {
  const lines: Line[] = [];
  for (const fact of facts) {
    if (fact.kind === "cpu-limit") {
      const line = lineOf(lines, { host: fact.node, style: "measure", what: "limited by its VMM" });
      line.points.push(fact);
    } else if (fact.kind === "host" && fact.what === "speed") {
      const line = lineOf(lines, { host: fact.node, style: "second", what: "left by its host" });
      line.points.push({ time: fact.time, percent: Number.parseInt(fact.detail, 10) });
    }
  }
  return {
    id: "cpu-limit",
    title: "CPU limit",
    about: "How much of its CPU each machine may use, in per cent; a host without a line has all.",
    legend: lines.map(({ host, style, what }) => ({ style, text: `${host}, ${what}` })),
    leftOut: "",
    empty: lines.length === 0 ? "None in this run: no fact limits a host's processor." : "",
    spec: chartSpec({
      story,
      unit: "%",
      data: lines.flatMap((line, at) => recordsOf(line, at, story.endTime)),
      layers: lines.map(layerOf),
    }),
  };
}

function lineOf(lines: Line[], { host, style, what }: Omit<Line, "points">): Line {
  const known = lines.find((line) => line.host === host && line.style === style);
  if (known !== undefined) return known;
  const line: Line = { host, style, what, points: [{ time: 0, percent: 100 }] };
  lines.push(line);
  return line;
}

function recordsOf({ host, points }: Line, at: number, endTime: number): readonly Spec[] {
  const last = points.at(-1)?.percent ?? 100;
  return [...points, { time: Math.max(1, endTime), percent: last }].map(({ time, percent }) => ({
    t: inSeconds(time),
    line: at,
    host: /^\w+$/.test(host) ? host : "",
    percent,
  }));
}

function layerOf({ style }: Line, at: number): Spec {
  return {
    transform: [{ filter: `datum.line === ${at}` }],
    mark: {
      type: "line",
      style,
      strokeWidth: 1.6,
      strokeDash: style === "measure" ? [1, 0] : [5, 3],
      interpolate: "step-after",
      point: { size: 18 },
      clip: true,
    },
    encoding: {
      x: timeAxis(),
      y: valueAxis("percent", "%", { domain: [0, 100] }),
      tooltip: [
        { field: "t", type: "quantitative", title: "from (s)", format: ".3f" },
        { field: "host", type: "nominal", title: "host" },
        { field: "percent", type: "quantitative", title: "of its CPU (%)" },
      ],
    },
  };
}
