// The sections of the page, in the order of the questions that they answer. Whatever text comes from
// a run goes through `html`, which escapes it.

import { formatSeconds } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import { OPERATIONS } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";
import type { Chart, ChartStyle } from "./charts/chart.ts";
import { CLIENTS, columnOf, describeFact } from "./describe-fact.ts";
import { excerptColumns, type ExcerptRow } from "./excerpt.ts";
import { momentLink, tableOf } from "./html-table.ts";
import { INVARIANTS } from "./invariants.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import {
  CHARTS_ID,
  CURSOR_ID,
  DETAILS_ID,
  FACT_PREFIX,
  HELP_ID,
  LEGEND_ID,
  MOMENT_PREFIX,
  PICTURE_ID,
  STATE_ID,
} from "./page-data.ts";
import type { ReportChecker, ReportFinding, ReportRun } from "./report-run.ts";
import type { Moment, MomentKind } from "./story.ts";
import { checkerText, describeFollows } from "./summary.ts";
import { timelineRows } from "./timeline.ts";

const MOMENTS_MAX = 200;
const STRIKE_LIST_MAX = 500;

/** On the first screen of a failing report: the rule, the moment and the packet, and how it came. */
export function findingSection(
  run: ReportRun,
  finding: ReportFinding,
  rows: readonly ExcerptRow[],
  at: number,
): Markup {
  const { cause } = finding;
  const columns = excerptColumns(run, finding, rows);
  const follows = describeFollows(finding);
  const body = rows.map(({ index, fact, isCause, isAgain }) => {
    const name = columnOf(fact);
    const own = columns.some((column) => column.name === name);
    const cells = columns.map((column) =>
      (own ? column.name === name : column.name === CLIENTS)
        ? html`<td>${own ? "" : `${name}: `}${describeFact(fact)}<span class="mark"></span>${isCause && cause.mark !== undefined ? html` <b>${cause.mark}</b>` : NOTHING}</td>`
        : html`<td></td>`,
    );
    const state = isCause ? "cause" : isAgain ? "again" : "";
    const link = html`<a href="#${FACT_PREFIX}${index}">${formatSeconds(fact.time, 6)} s</a>`;
    return html`<tr class="${state}"><td class="time">${link}</td>${cells}</tr>`;
  });
  const key = rows.find(({ isCause }) => isCause) ?? rows.at(-1);
  const target =
    key === undefined
      ? html`${MOMENT_PREFIX}${formatSeconds(cause.time, 9)}s`
      : html`${FACT_PREFIX}${key.index}`;
  return html`<section id="finding-${at + 1}" class="finding"><p><b>${cause.checker} (${cause.invariant})</b>: ${cause.message}. <a class="jump" href="#${target}">Show it in the picture</a></p>
${rows.length === 0 ? NOTHING : tableOf("excerpt", ["time", ...columns.map(({ title }) => title)], body)}
${follows === "" ? NOTHING : html`<p class="quiet">Follows from it: ${follows}.</p>`}</section>`;
}

const KIND_WORDS: ReadonlyMap<MomentKind, string> = new Map([
  ["fault", "Fault: "],
  ["fault-over", "Over: "],
  ["operation", "Operator: "],
]);

function turningPoints(moments: readonly Moment[]): Markup {
  const { rows, leftOut } = timelineRows(moments, MOMENTS_MAX);
  const body = rows.map(
    ({ time, kind, what, detail }) =>
      html`<tr><td class="time">${momentLink(time)}</td><td class="kind-${kind} name">${KIND_WORDS.get(kind) ?? ""}${what}</td><td>${detail}</td></tr>`,
  );
  const more =
    leftOut === 0
      ? NOTHING
      : html`<p class="quiet">${count(leftOut, "more moment")} not shown.</p>`;
  return html`<h3 id="moments">Turning points</h3>${tableOf("timeline", ["time", "moment", "as things stood"], body)}${more}`;
}

const LEGEND: readonly (readonly [string, string, string])[] = [
  ["client", "requests and replies", "Requests' arrivals are inferred: dotted"],
  ["log", "log entries", "From the one that records to the one that replays"],
  ["ack", "acknowledgements", "Dashed, on the way back"],
  ["disk", "disk commands", "Dashed: their completion"],
  ["arbiter", "test-and-set", "The question, and the answer"],
];

/** The space-time picture. Its height is fixed, so that nothing moves when it is drawn. */
export function pictureSection(moments: readonly Moment[], leftOut: Markup): Markup {
  const legend = LEGEND.map(
    ([group, text, title]) =>
      html`<button type="button" data-group="${group}" aria-pressed="true" title="${title}; press to hide or show"><i class="swatch line-${group}" aria-hidden="true"></i>${text}</button>`,
  );
  return html`<section id="picture"><h2>What happened?</h2>
<div class="legend" id="${LEGEND_ID}">${legend}<span><i class="swatch held" aria-hidden="true"></i>outputs while held</span><span class="keys">Drag, <kbd>&larr;</kbd> <kbd>&rarr;</kbd> <kbd>+</kbd> <kbd>-</kbd> or Ctrl and wheel; click to pin; <kbd>?</kbd> for help</span></div>
${leftOut}
<noscript><p class="notice">The picture and the charts need JavaScript; everything else on this page does not.</p></noscript>
<div class="picture"><canvas id="${PICTURE_ID}" tabindex="0" role="img" aria-label="Space-time picture: one lane for the clients, each host and the storage, virtual time from left to right. The turning points below say the same in words."></canvas></div>
<section id="${DETAILS_ID}" aria-live="polite" hidden></section>
<h3 id="state-heading">At the cursor</h3><div id="${STATE_ID}"></div>
${turningPoints(moments)}
${helpDialog()}</section>`;
}

function helpDialog(): Markup {
  const keys: readonly (readonly [string, string])[] = [
    ["Left, Right", "move"],
    ["+, -", "zoom in, zoom out"],
    ["0, double click", "the whole run"],
    [", and .", "pin the fact before, the fact after"],
    ["Esc", "unpin; close this"],
    ["?", "this help"],
  ];
  return html`<dialog id="${HELP_ID}"><p><b>How to read and move the picture</b></p><dl class="help">${keys.map(([key, meaning]) => html`<dt><kbd>${key}</kbd></dt><dd>${meaning}</dd>`)}</dl>
<p>Far out, bars beside a lane say how many messages left it, towards which side. Near, each is a line from its sending to its arrival, and nearer still it has its name. Lines come from the facts at their two ends: what was lost on the way has none.</p>
<p>Bars in the lane of the clients are operations, a row for each client, from request to answer. A ring is what is pinned; its chain of causes and effects stands out.</p>
<p>Every time on this page is a link to its moment. In the address, <code>#t=2.0001s</code> is a moment and <code>#fact=123</code> a fact.</p><form method="dialog"><button>close</button></form></dialog>`;
}

export function chartsSection(charts: readonly Chart[], figures: Markup): Markup {
  return html`<section id="health"><h2>Is it healthy?</h2>
${figures}
<p class="quiet">The same time axis and the same cursor as the picture. <span style="color:var(--fault)">Solid lines</span> are faults, <span style="color:var(--live)">dashed lines</span> hosts that go live.</p>
<div id="${CHARTS_ID}" tabindex="0" role="group" aria-label="Charts over virtual time">${charts.map(figure)}<div id="${CURSOR_ID}" hidden><span></span></div></div></section>`;
}

const SIGNS: Readonly<Record<ChartStyle, string>> = {
  answered: "\u25CF",
  failed: "\u2715",
  unanswered: "\u25B2",
  asked: "\u2014",
  measure: "\u25A0",
  second: "\u25A1",
  third: "\u25B3",
  fault: "|",
  live: "\u00A6",
};

function figure({ id, title, about, legend, leftOut, empty }: Chart): Markup {
  const items = legend.map(
    ({ style, text }) =>
      html`<span><i style="color:var(--${style})" aria-hidden="true">${SIGNS[style]}</i>${text}</span>`,
  );
  const said = leftOut === "" ? NOTHING : html`<p class="quiet">${leftOut}</p>`;
  const plot =
    empty === ""
      ? html`<div class="chart" data-chart="${id}"></div>`
      : html`<p class="empty">${empty}</p>`;
  return html`<figure id="${id}"><figcaption><h3>${title}</h3><p class="quiet">${about}</p><div class="legend">${empty === "" ? items : []}</div></figcaption>${said}${plot}</figure>`;
}

export function checkersSection(run: ReportRun): Markup {
  const rank = ({ result }: ReportChecker): number =>
    result.isIdle === true
      ? 3
      : result.verdict === "invalid"
        ? 0
        : result.verdict === "unknown"
          ? 1
          : 2;
  const indexed = run.checkers.map((checker, at) => ({ checker, at }));
  indexed.sort((a, b) => rank(a.checker) - rank(b.checker) || a.at - b.at);
  return html`<section id="checkers"><h2>Why is it right?</h2>
<p class="quiet">Each checker is a rule that this run could have broken. An idle one met nothing that it judges.</p>
${tableOf(
  "checkers",
  ["verdict", "checker", "looked at", "would have rejected", "invariants"],
  indexed.map(({ checker }) => checkerRow(checker)),
)}</section>`;
}

function checkerRow({ result, rejects }: ReportChecker): Markup {
  const state = stateOf(result);
  const ids = result.invariants.flatMap((id, at) => {
    const invariant = INVARIANTS.get(id);
    const name =
      invariant === undefined
        ? html`${id}`
        : html`<abbr title="${invariant.name}: ${invariant.meaning}">${id}</abbr>`;
    return at === 0 ? [name] : [html`, `, name];
  });
  return html`<tr id="checker-${result.checker}" class="${state === "idle" ? "idle" : ""}"><td class="state-${state}">${state}</td><td class="name">${result.checker}</td><td>${checkerText(result)}</td><td class="quiet">${rejects}</td><td>${ids}</td></tr>`;
}

function stateOf(result: CheckerResult): string {
  return result.isIdle === true ? "idle" : result.verdict;
}

export function faultsSection(run: ReportRun): Markup {
  const rows = run.faults
    .slice(0, STRIKE_LIST_MAX)
    .map(
      ({ asked, struck }) =>
        html`<tr><td class="${struck === 0 ? "state-unknown" : ""}">${times(struck)}</td><td>${asked}</td></tr>`,
    );
  const marks = [...run.marks].map(
    ([name, hits]) => html`<tr><td class="number">${times(hits)}</td><td>${name}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? html`<p class="quiet">This scenario asks for no fault.</p>`
      : tableOf("faults", ["struck", "asked for"], rows);
  const struck = run.fired.filter(({ fault }) => !OPERATIONS.has(fault));
  const fired = struck.map(
    ({ fault, strikes, bites }) =>
      html`<tr><td>${fault}</td><td class="number">${times(strikes)}</td><td class="number">${number(bites)}</td></tr>`,
  );
  const hits =
    fired.length === 0
      ? NOTHING
      : html`<h3>What really happened of it</h3>${tableOf("fired", ["fault", "struck", "packets, commands or hosts hit"], fired)}`;
  const marked =
    marks.length === 0
      ? NOTHING
      : html`<h3>Rare situations that came up</h3>${tableOf("marks", ["met", "mark"], marks)}`;
  return html`<section id="faults"><h2>What was done to it?</h2>${table}${hits}${marked}</section>`;
}

function times(value: number): string {
  if (value === 0) return "never";
  return value === 1 ? "once" : count(value, "time");
}
