// One scenario over the values of one of its parameters: what its clients waited, what they got, and
// how long a failover took. "At what cost?", as a curve.

import { chartFigure, document, type Draw, partMarkup } from "./html.ts";
import { lineChart } from "./charts.ts";
import type { Measurement } from "./meter.ts";
import { html } from "../report/markup.ts";
import { cell, type Cell, type Part, type TableChart } from "./table.ts";
import { figureOf } from "./statistics.ts";

const MS = 1_000_000;

export interface SweptValue {
  /** As a scenario would say it: "150us". */
  readonly text: string;
  /** Where it stands on the axis. */
  readonly position: number;
  /** One for each seed. */
  readonly measured: readonly Measurement[];
}

export interface ParameterSweep {
  readonly scenario: string;
  readonly protocol: string;
  /** "log-link.rtt". */
  readonly parameter: string;
  /** Of the axis: "ms"; "" for a plain number. */
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly values: readonly SweptValue[];
}

export function sweepPart({ scenario, protocol, parameter, values }: ParameterSweep): Part {
  return {
    title: `${scenario} under ${protocol}, over ${parameter}`,
    columns: [
      { title: "median", unit: "ms" },
      { title: "p99", unit: "ms" },
      { title: "answered", unit: "/s" },
      { title: "moved", unit: "Mb/s" },
      { title: "logging", unit: "Mb/s" },
      { title: "failover", unit: "ms" },
    ],
    rows: values.map(({ text, measured }) => ({
      label: text,
      cells: [
        figure(measured, medianOf, 3),
        figure(measured, p99Of, 3),
        figure(measured, (one) => one.operationRate, 1),
        figure(measured, (one) => one.movedMbit, 1),
        figure(measured, (one) => one.logMbit, 2),
        figure(measured, failoverOf, 1),
      ],
    })),
  };
}

export function sweepCharts(sweep: ParameterSweep): readonly TableChart[] {
  const { parameter, unit, isLogarithmic, values } = sweep;
  const x = { title: unit === "" ? parameter : `${parameter} (${unit})`, isLogarithmic };
  const points = (
    pick: (one: Measurement) => number,
    of: string,
  ): Parameters<typeof lineChart>[0]["points"] =>
    values.map(({ position, measured }) => ({
      x: position,
      y: figureOf(measured.map(pick))?.value ?? Number.NaN,
      of,
    }));
  const charts = [
    lineChart({
      title: "Latency of clients' operations",
      x,
      y: { title: "ms", isLogarithmic: true },
      points: [...points(medianOf, "median"), ...points(p99Of, "p99")],
    }),
    lineChart({
      title: "Answered operations",
      x,
      y: { title: "per second" },
      points: points((one) => one.operationRate, "answered"),
    }),
  ];
  const failover = points(failoverOf, "from the crash to the announcement");
  if (failover.some(({ y }) => Number.isFinite(y)))
    charts.push(lineChart({ title: "Failover", x, y: { title: "ms" }, points: failover }));
  return charts;
}

export function sweepHtml(
  sweep: ParameterSweep,
  page: { readonly version: string; readonly command: string },
  draw: Draw,
): string {
  const { scenario, protocol, parameter } = sweep;
  return document({
    title: `${scenario} over ${parameter}`,
    version: page.version,
    body: html`<header><h1><b>${scenario}</b> under <b>${protocol}</b>, over <b>${parameter}</b>, in virtual time</h1>
<div class="command"><span>run it again</span><code>${page.command}</code></div></header>
<main>${partMarkup(sweepPart(sweep))}${problemsOf(sweep).map((text) => html`<p class="notice">${text}</p>`)}${sweepCharts(sweep).map((chart) => chartFigure(chart, draw))}</main>`,
  });
}

/** What checkers found, with the value under which they did. */
export function problemsOf({ values }: ParameterSweep): readonly string[] {
  return values.flatMap(({ text, measured }) =>
    measured.flatMap(({ problems }) => problems.map((problem) => `${text}: ${problem}`)),
  );
}

function figure(
  measured: readonly Measurement[],
  pick: (one: Measurement) => number,
  decimals: number,
): Cell {
  return cell(figureOf(measured.map(pick)), { decimals });
}

function medianOf({ latency }: Measurement): number {
  return latency === undefined ? Number.NaN : latency.median / MS;
}

function p99Of({ latency }: Measurement): number {
  return latency === undefined ? Number.NaN : latency.p99 / MS;
}

function failoverOf({ takeover }: Measurement): number {
  return takeover < 0 ? Number.NaN : takeover / MS;
}
