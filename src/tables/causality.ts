// How probable a violation was from each moment of a run on, as text, chart and page.

import { formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import { tableOf } from "../report/html-table.ts";
import { html, type Markup, NOTHING } from "../report/markup.ts";
import { labelled } from "../report/text.ts";
import { chartFigure, document, type Draw } from "./html.ts";
import type { Spec, TableChart } from "./table.ts";

export interface CausalityPoint {
  readonly afterEvent: number;
  readonly time: number;
  readonly violated: number;
  readonly of: number;
  /** Where the probability lies, with 95 %. */
  readonly low: number;
  readonly high: number;
}

export interface Causality {
  readonly scenario: string;
  readonly seed: string;
  readonly digest: string;
  readonly invariant: string;
  readonly checker: string;
  readonly message: string;
  /** The event and the moment at which it was violated. */
  readonly event: number;
  readonly time: number;
  /** In the order of events; the violation itself is none of them. */
  readonly points: readonly CausalityPoint[];
  /** Almost all forks violate it from there on; null: only the violation itself is that sure. */
  readonly inevitable: CausalityPoint | null;
  /** The steepest rise; null: it was as probable all the time. */
  readonly jump: CausalityJump | null;
}

export interface CausalityJump {
  readonly from: CausalityPoint;
  readonly to: CausalityPoint;
  /** What happened between them, in words. */
  readonly facts: readonly string[];
  /** Facts that are not told. */
  readonly more: number;
}

const BAR = 40;

export function causalityText(causality: Causality): string {
  const { invariant, checker, message, event, time, points } = causality;
  const lines = [
    ...labelled("  violated", `${invariant}, ${checker}`, 13),
    ...labelled("", message, 13),
    `             in event ${number(event)}`,
    "",
    "  from         event  of re-seeded forks, so many violate it",
    ...points.map(
      (point) =>
        `  ${formatSeconds(point.time, 6)} s ${number(point.afterEvent).padStart(8)}  ${bar(point)} ${point.violated}/${point.of}`,
    ),
    `  ${formatSeconds(time, 6)} s ${number(event).padStart(8)}  ${"#".repeat(BAR)} violated`,
    "",
    ...labelled("", sentence(causality), 2),
    ...jumpText(causality.jump),
  ];
  return `${lines.join("\n")}\n`;
}

function bar({ violated, of }: CausalityPoint): string {
  const full = Math.round((violated / of) * BAR);
  return "#".repeat(full) + ".".repeat(BAR - full);
}

function shareOf({ violated, of }: CausalityPoint): string {
  return `${violated} of ${of}`;
}

/** What the curve says. */
function sentence({ inevitable, jump, points, time, event }: Causality): string {
  const [first] = points;
  const isFromTheBeginning = inevitable !== null && inevitable.afterEvent === first?.afterEvent;
  if (isFromTheBeginning)
    return "It was inevitable from the beginning: whatever chance did, (almost) every fork violates it.";
  const last = points.at(-1);
  const rise =
    jump === null
      ? ""
      : ` The jump: from ${shareOf(jump.from)} after event ${number(jump.from.afterEvent)} to ${jump.to.of === 0 ? "certain" : shareOf(jump.to)} after event ${number(jump.to.afterEvent)}, at ${formatSeconds(jump.to.time, 6)} s.`;
  if (inevitable === null)
    return `It could have been missed up to the end: right before event ${number(event)}, at ${formatSeconds(time, 6)} s, ${last === undefined ? "nobody was asked" : `${shareOf(last)} forks violate it`}.${rise}`;
  return `It was (almost) inevitable from event ${number(inevitable.afterEvent)} on, at ${formatSeconds(inevitable.time, 6)} s.${rise}`;
}

function jumpText(jump: CausalityJump | null): readonly string[] {
  if (jump === null) return [];
  return [
    "",
    "  what happened there",
    ...(jump.more > 0 ? [`    ... ${count(jump.more, "other fact")}`] : []),
    ...jump.facts.flatMap((fact) => labelled("", fact, 4)),
  ];
}

export function causalityChart(causality: Causality): TableChart {
  const { points, time, inevitable, jump, scenario, seed, invariant } = causality;
  const values = [
    ...points.map(({ time: at, violated, of, low, high }) => ({
      t: at / 1e9,
      p: violated / of,
      low,
      high,
    })),
    { t: time / 1e9, p: 1, low: 1, high: 1 },
  ];
  const rules = [
    ...(jump === null ? [] : [{ t: jump.to.time / 1e9, what: "the jump" }]),
    ...(inevitable === null ? [] : [{ t: inevitable.time / 1e9, what: "inevitable" }]),
  ];
  const x = (title: string): Spec => ({
    field: "t",
    type: "quantitative",
    scale: { nice: false, zero: false },
    axis: { title, grid: false, tickCount: 12 },
  });
  const axis = x("re-seeded from (virtual s)");
  const y = (field: string): Spec => ({
    field,
    type: "quantitative",
    scale: { domain: [0, 1] },
    axis: { title: "violated", format: "%", tickCount: 5 },
  });
  const spec: Spec = {
    width: 900,
    height: 260,
    layer: [
      {
        data: { values },
        mark: { type: "area", style: "measure", opacity: 0.15 },
        encoding: { x: axis, y: y("low"), y2: { field: "high" } },
      },
      {
        data: { values },
        mark: { type: "line", style: "measure" },
        encoding: { x: axis, y: y("p") },
      },
      {
        data: { values },
        mark: { type: "point", style: "measure", filled: true, size: 30 },
        encoding: { x: axis, y: y("p") },
      },
      { data: { values: rules }, mark: { type: "rule", style: "fault" }, encoding: { x: axis } },
      {
        data: { values: [{ t: time / 1e9 }] },
        mark: { type: "rule", style: "second", strokeDash: [5, 3] },
        encoding: { x: axis },
      },
    ],
  };
  return {
    title: `${invariant} in ${scenario}, seed ${seed}`,
    about:
      "Share of re-seeded forks that violate it, by the moment from which on all chance was drawn anew; the band is where the probability lies with 95 %. Full rules: the jump, and from when on it is (almost) inevitable. Dashed: the violation.",
    spec,
  };
}

export function causalityHtml(
  causality: Causality,
  page: { readonly version: string; readonly command: string },
  draw: Draw,
): string {
  const { scenario, seed, invariant, checker, message, jump, points } = causality;
  const rows = points.map(
    (point) =>
      html`<tr><td class="figure">${formatSeconds(point.time, 6)} s</td><td class="figure">${number(point.afterEvent)}</td><td class="figure">${point.violated}</td><td class="figure">${point.of}</td></tr>`,
  );
  return document({
    title: `Causality of ${invariant} in ${scenario}`,
    version: page.version,
    body: html`<header>
<h1>From when on was it inevitable? <b>${scenario}</b>, seed <b>${seed}</b></h1>
<p class="verdict invalid"><b class="word">${invariant}</b> ${checker}: ${message}</p>
<p>${sentence(causality)}</p>
<div class="command"><span>run it again</span><code>${page.command}</code></div>
</header>
<main>
<section id="curve"><h2>How probable it was</h2>${chartFigure(causalityChart(causality), draw)}</section>
${jump === null ? NOTHING : jumpSection(jump)}
<section id="points"><h2>Every point</h2>${tableOf("points", ["re-seeded at", "after event", "violated", "of forks"], rows)}</section>
</main>`,
  });
}

function jumpSection({ from, to, facts, more }: CausalityJump): Markup {
  return html`<section id="jump"><h2>The jump</h2><p>Between event ${number(from.afterEvent)} and event ${number(to.afterEvent)}, ${formatSeconds(from.time, 6)} s to ${formatSeconds(to.time, 6)} s.</p><ul>${facts.map((fact) => html`<li><code>${fact}</code></li>`)}</ul>${more > 0 ? html`<p class="quiet">${count(more, "other fact")} are left out.</p>` : NOTHING}</section>`;
}
