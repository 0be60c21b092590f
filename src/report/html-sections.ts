// The sections of the page, in the order of the questions that they answer. Whatever text comes from
// a run goes through `html`, which escapes it.

import { formatSeconds } from "../base/time.ts";
import type { CheckerResult } from "../history/verdict.ts";
import type { Chart, ChartStyle } from "./charts/chart.ts";
import { CLIENTS, columnOf, describeFact } from "./describe-fact.ts";
import { excerptColumns, excerptRows } from "./excerpt.ts";
import { momentLink, tableOf } from "./html-table.ts";
import { INVARIANTS } from "./invariants.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import { CHARTS_ID, CURSOR_ID, HELP_ID, MOMENT_PREFIX } from "./page-data.ts";
import type { ReportChecker, ReportFinding, ReportRun } from "./report-run.ts";
import type { Moment } from "./story.ts";
import { checkerText, describeFollows } from "./summary.ts";
import { timelineRows } from "./timeline.ts";
import { count, number } from "./text.ts";

const MOMENTS_MAX = 200;
const STRIKE_LIST_MAX = 500;

export function findingSection(run: ReportRun, finding: ReportFinding, at: number): Markup {
  const { cause } = finding;
  const rows = excerptRows(run, finding);
  const columns = excerptColumns(run, finding, rows);
  const follows = describeFollows(finding);
  const body = rows.map(({ fact, isCause, isAgain }) => {
    const name = columnOf(fact);
    const own = columns.some((column) => column.name === name);
    const cells = columns.map((column) =>
      (own ? column.name === name : column.name === CLIENTS)
        ? html`<td>${own ? "" : `${name}: `}${describeFact(fact)}<span class="mark"></span></td>`
        : html`<td></td>`,
    );
    const state = isCause ? "cause" : isAgain ? "again" : "";
    return html`<tr class="${state}"><td class="time">${momentLink(fact.time, 6)}</td>${cells}</tr>`;
  });
  const seconds = formatSeconds(cause.time, 9);
  return html`<section id="finding-${at + 1}"><h2>What went wrong</h2>
<p><b>${cause.checker} (${cause.invariant})</b>: ${cause.message}.</p>
<p><a href="#${MOMENT_PREFIX}${seconds}">Show this moment in the charts</a></p>
${rows.length === 0 ? NOTHING : tableOf("excerpt", ["time", ...columns.map(({ title }) => title)], body)}
${follows === "" ? NOTHING : html`<p class="quiet">Follows from it: ${follows}.</p>`}</section>`;
}

export function timelineSection(moments: readonly Moment[]): Markup {
  const { rows, leftOut } = timelineRows(moments, MOMENTS_MAX);
  const body = rows.map(
    ({ time, kind, what, detail }) =>
      html`<tr><td class="time">${momentLink(time)}</td><td class="kind-${kind} name">${kind === "fault" ? "Fault: " : kind === "fault-over" ? "Over: " : ""}${what}</td><td>${detail}</td></tr>`,
  );
  const more =
    leftOut === 0
      ? NOTHING
      : html`<p class="quiet">${count(leftOut, "more moment")} not shown.</p>`;
  return html`<section id="moments"><h2>What happened</h2>${tableOf("timeline", ["time", "moment", "as things stood"], body)}${more}</section>`;
}

/** The space-time diagram goes into this element; until it is built nothing is shown here. */
export function pictureSection(): Markup {
  return html`<section id="picture" hidden></section>`;
}

export function chartsSection(charts: readonly Chart[]): Markup {
  return html`<section id="health"><h2>Is it healthy?</h2>
<p class="quiet">One time axis for all charts. <span style="color:var(--fault)">Solid lines</span> are faults, <span style="color:var(--live)">dashed lines</span> hosts that go live.
<span class="keys">Drag to move, <kbd>+</kbd> <kbd>-</kbd> or Ctrl and wheel to zoom, <kbd>0</kbd> for all, <kbd>?</kbd> for help.</span></p>
<noscript><p class="notice">The charts need JavaScript; everything else on this page does not.</p></noscript>
<div id="${CHARTS_ID}" tabindex="0" role="group" aria-label="Charts over virtual time">${charts.map(figure)}<div id="${CURSOR_ID}" hidden><span></span></div></div>
<dialog id="${HELP_ID}"><p><b>Keys</b></p><dl>
<dt><kbd>&larr;</kbd> <kbd>&rarr;</kbd></dt><dd>move the charts</dd><dt><kbd>+</kbd> <kbd>-</kbd></dt><dd>zoom</dd><dt><kbd>0</kbd></dt><dd>the whole run</dd><dt><kbd>?</kbd></dt><dd>this help</dd></dl>
<p>Every time on this page is a link to its moment in the charts.</p><form method="dialog"><button>close</button></form></dialog></section>`;
}

const SIGNS: Readonly<Record<ChartStyle, string>> = {
  answered: "\u25CF",
  failed: "\u2715",
  unanswered: "\u25B2",
  asked: "\u2014",
  measure: "\u25A0",
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
  const fired = run.fired.map(
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
