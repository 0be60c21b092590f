// The tables' charts as Vega-Lite: what is ours and what is the paper's have a style and a shape each.

import type { Spec, TableChart } from "./table.ts";

const OURS = "measure";
const PAPERS = "second";
const HEIGHT = 220;
const WIDTH = 560;

export interface ComparedRow {
  readonly label: string;
  readonly ours: number;
  readonly paper: number;
}

/** Bars of ours, with the paper's figure as a mark across. */
export function comparisonChart(parts: {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly ComparedRow[];
}): TableChart {
  const { title, unit, rows } = parts;
  const labels = rows.map(({ label }) => label);
  const y: Spec = { field: "label", type: "nominal", sort: labels, title: null };
  const data = rows.filter(({ ours }) => Number.isFinite(ours));
  return {
    title,
    about: "Bars are ours, diamonds the paper's.",
    spec: {
      width: WIDTH,
      height: { step: 28 },
      data: { values: data },
      layer: [
        {
          mark: { type: "bar", style: OURS, height: 14 },
          encoding: { y, x: { field: "ours", type: "quantitative", title: unit } },
        },
        {
          mark: { type: "point", style: PAPERS, shape: "diamond", filled: true, size: 110 },
          encoding: { y, x: { field: "paper", type: "quantitative" } },
        },
      ],
    },
  };
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Which line it belongs to. */
  readonly of: string;
}

export interface Axis {
  readonly title: string;
  readonly isLogarithmic?: boolean;
}

/** Lines by their name: the first has the chart's colour, the second the other one and its own shape. */
export function lineChart(parts: {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly points: readonly Point[];
  readonly isScatter?: boolean;
}): TableChart {
  const { title, x, y, points, isScatter = false } = parts;
  const names = [...new Set(points.map(({ of }) => of))];
  const encoding: Spec = { x: axis("x", x), y: axis("y", y) };
  const layers = names.map((name, at): Spec => {
    const style = STYLES[at % STYLES.length] as string;
    const shape = SHAPES[at % SHAPES.length] as string;
    return {
      data: { values: points.filter((point) => point.of === name && isFinitePoint(point)) },
      mark: isScatter
        ? { type: "point", style, shape, filled: true, size: 60 }
        : {
            type: "line",
            style,
            strokeDash: DASHES[at % DASHES.length],
            point: { style, shape, filled: true, size: 60 },
          },
      encoding,
    };
  });
  return {
    title,
    about: names.map((name, at) => `${name}: ${SHAPES[at % SHAPES.length]}s`).join("; "),
    spec: { width: WIDTH, height: HEIGHT, layer: layers },
  };
}

const STYLES = [OURS, PAPERS, "live", "fault", "answered", "unanswered"];
const SHAPES = ["circle", "diamond", "square", "triangle", "cross", "stroke"];
const DASHES = [
  [1, 0],
  [5, 3],
  [2, 2],
  [8, 3],
  [1, 3],
  [6, 2, 1, 2],
];

function axis(field: string, { title, isLogarithmic = false }: Axis): Spec {
  return {
    field,
    type: "quantitative",
    title,
    ...(isLogarithmic ? { scale: { type: "log" } } : {}),
  };
}

function isFinitePoint({ x, y }: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}
