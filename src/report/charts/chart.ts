// What all charts have in common: the run's time axis, which the page moves by two parameters, and
// the faults and go-lives that stand in every one of them. A chart is a Vega-Lite specification
// without colours: marks name a style, and the page gives each style its colour, light or dark.

import type { Moment, Story } from "../story.ts";

/** A Vega-Lite specification; its own typings do not compile under our flags, tests compile it. */
export type Spec = { readonly [key: string]: unknown };

export interface Chart {
  /** Its permanent anchor. */
  readonly id: string;
  readonly title: string;
  /** What it shows, a sentence. */
  readonly about: string;
  readonly legend: readonly LegendItem[];
  /** What is not drawn, and how to see it; "" when everything is. */
  readonly leftOut: string;
  /** Why there is nothing to see; then there is no spec worth drawing. */
  readonly empty: string;
  readonly spec: Spec;
}

export interface LegendItem {
  readonly style: ChartStyle;
  readonly text: string;
}

/** Each has one meaning and one colour on the whole page. */
export type ChartStyle =
  | "answered"
  | "failed"
  | "unanswered"
  | "asked"
  | "measure"
  | "second"
  | "third"
  | "fault"
  | "live";

export interface ChartParts {
  readonly story: Story;
  /** Unit of the vertical axis. */
  readonly unit: string;
  readonly data: readonly Spec[];
  readonly layers: readonly Spec[];
  readonly scale?: Spec;
  /** Names of the faults above the first chart; the others have the rules only. */
  readonly hasLabels?: boolean;
}

export const SECOND = 1_000_000_000;
export const PLOT_HEIGHT = 110;

/** Seconds, as charts count. */
export function inSeconds(ns: number): number {
  return ns / SECOND;
}

/** The horizontal position: `t` of every record, in seconds. */
export function timeAxis(field: string = "t"): Spec {
  return {
    field,
    type: "quantitative",
    scale: { domain: [{ expr: "from" }, { expr: "to" }], nice: false, zero: false },
    axis: { title: "virtual time (s)", grid: false, labelFlush: false, tickCount: 12 },
  };
}

export function valueAxis(field: string, unit: string, scale?: Spec): Spec {
  return {
    field,
    type: "quantitative",
    ...(scale === undefined ? {} : { scale }),
    // All plots begin at the same column of the page, whatever stands at their axis.
    axis: {
      title: unit,
      titleAngle: 0,
      titleAlign: "left",
      titleAnchor: "end",
      titleX: -74,
      titleY: -9,
      minExtent: 74,
      maxExtent: 74,
      tickCount: 4,
    },
  };
}

/** A bar for each span of time: from `t` to `t2`, as high as `field`. */
export function spanLayer(field: string, unit: string, style: ChartStyle, title: string): Spec {
  return {
    mark: { type: "rect", style, opacity: 0.75, clip: true },
    encoding: {
      x: timeAxis(),
      x2: { field: "t2" },
      y: valueAxis(field, unit),
      y2: { datum: 0 },
      tooltip: [
        { field: "t", type: "quantitative", title: "from (s)", format: ".3f" },
        { field: "t2", type: "quantitative", title: "to (s)", format: ".3f" },
        { field, type: "quantitative", title, format: ",.4~g" },
      ],
    },
  };
}

export function chartSpec(parts: ChartParts): Spec {
  const { story, data, layers } = parts;
  return {
    width: "container",
    height: PLOT_HEIGHT,
    autosize: { type: "fit-x", contains: "padding" },
    padding: { left: 4, right: 14, top: parts.hasLabels === true ? 22 : 12, bottom: 4 },
    params: [
      { name: "from", value: 0 },
      { name: "to", value: inSeconds(Math.max(1, story.endTime)) },
    ],
    data: { values: data },
    layer: [faultSpans(story), ...layers, ...momentRules(story), ...labelsOf(parts)],
  };
}

/** Faults that ended, as spans: what was broken for how long. */
function faultSpans(story: Story): Spec {
  const open = new Map<string, number>();
  const spans: Spec[] = [];
  for (const { kind, what, time } of story.moments) {
    if (kind === "fault") open.set(what, time);
    const start = open.get(what);
    if (kind !== "fault-over" || start === undefined) continue;
    open.delete(what);
    spans.push({ t: inSeconds(start), t2: inSeconds(time), what });
  }
  return {
    data: { values: spans },
    mark: { type: "rect", style: "fault", opacity: 0.1, clip: true },
    encoding: {
      x: timeAxis(),
      x2: { field: "t2" },
      tooltip: [{ field: "what", type: "nominal", title: "fault" }],
    },
  };
}

/** Solid: a fault. Dashed: a host goes live. */
function momentRules(story: Story): readonly Spec[] {
  return [ruleLayer(story, "fault", [1, 0]), ruleLayer(story, "live", [5, 3])];
}

function ruleLayer(story: Story, kind: "fault" | "live", strokeDash: readonly number[]): Spec {
  return {
    data: { values: story.moments.filter((one) => one.kind === kind).map(ruleRecord) },
    mark: { type: "rule", style: kind, strokeDash, strokeWidth: 1.5, clip: true },
    encoding: {
      x: timeAxis(),
      tooltip: [
        { field: "t", type: "quantitative", title: "at (s)", format: ".6f" },
        { field: "what", type: "nominal", title: " " },
      ],
    },
  };
}

function labelsOf({ story, hasLabels }: ChartParts): readonly Spec[] {
  if (hasLabels !== true) return [];
  return [
    {
      data: { values: spacedLabels(story).map(ruleRecord) },
      mark: {
        type: "text",
        style: "rule-label",
        fontSize: 11,
        align: "left",
        baseline: "bottom",
        dx: -1,
        dy: -3,
        limit: 160,
      },
      encoding: {
        x: timeAxis(),
        y: { value: 0 },
        text: { field: "what", type: "nominal" },
        // Out of sight with its rule.
        opacity: { condition: { test: "datum.t >= from && datum.t <= to", value: 1 }, value: 0 },
      },
    },
  ];
}

function ruledMoments(story: Story): readonly Moment[] {
  return story.moments.filter(({ kind }) => kind === "fault" || kind === "live");
}

function ruleRecord({ time, kind, what }: Moment): Spec {
  return { t: inSeconds(time), kind, what };
}

/** Names that would lie on top of each other are left to the tooltips. */
function spacedLabels(story: Story): readonly Moment[] {
  const apart = story.endTime / 7;
  let last = -apart;
  return ruledMoments(story).filter(({ time }) => {
    if (time - last < apart) return false;
    last = time;
    return true;
  });
}
