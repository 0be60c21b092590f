// report.html of the tables: one file without a script, in the look of the other reports.

import { PAGE_STYLE } from "../report/html-style.ts";
import { tableOf } from "../report/html-table.ts";
import { html, type Markup, NOTHING, trusted } from "../report/markup.ts";
import { PARAMETERS } from "./parameters.ts";
import type { Cell, Hold, Part, Table, TableChart } from "./table.ts";
import { oursText, ratioText } from "./text.ts";

export interface TablesPage {
  readonly version: string;
  readonly command: string;
  readonly seeds: readonly string[];
  readonly tables: readonly Table[];
}

/** A chart as SVG: only the caller can draw. */
export type Draw = (chart: TableChart) => string;

const STYLE = `
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.paper { color: var(--second); } td.ratio { color: var(--quiet); }
.plot { margin: 1rem 0; overflow-x: auto; } .plot svg { max-width: 100%; height: auto; }
.plot text { font-family: var(--text-face); }
.holds b { color: var(--valid); } .fails b { color: var(--failed); } .waits b { color: var(--unknown); }
`;

export function tablesHtml(page: TablesPage, draw: Draw): string {
  const { version, command, seeds, tables } = page;
  const broken = tables.flatMap(({ holds }) => holds).filter(({ holds }) => !holds).length;
  const kept = tables.flatMap(({ holds }) => holds).length - broken;
  const missing = tables.flatMap((table) => table.missing).length;
  return document({
    title: "The paper's tables",
    version,
    body: html`<header>
<h1><b>The paper's tables</b>, in virtual time, ${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}</h1>
<p class="verdict ${broken === 0 ? "valid" : "invalid"}">${kept} of ${kept + broken} rules <b class="word">hold</b>; ${missing} ${missing === 1 ? "thing is" : "things are"} not built yet.</p>
<div class="command"><span>run it again</span><code>${command}</code></div>
<p class="quiet">Figures of ours stand beside the paper's, never mixed. A star marks a cell by which a cost was chosen: it shows nothing. ± is the distance of the farthest seed from the mean.</p>
</header>
<main>${parametersSection()}${tables.map((table) => tableSection(table, draw))}</main>`,
  });
}

/** The frame of such a page: no script, nothing loaded. */
export function document(parts: {
  readonly title: string;
  readonly version: string;
  readonly body: Markup;
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="ftsim ${parts.version}">
<title>${parts.title} - ftsim</title>
<style>${trusted(PAGE_STYLE)}${trusted(STYLE)}</style>
</head>
<body>
${parts.body}
</body>
</html>
`.markup;
}

export function chartFigure(chart: TableChart, draw: Draw): Markup {
  return html`<figure class="plot"><figcaption><h3>${chart.title}</h3><span class="quiet">${chart.about}</span></figcaption>${trusted(draw(chart))}</figure>`;
}

function parametersSection(): Markup {
  const rows = PARAMETERS.map(
    ({ name, value, origin }) => html`<tr><td>${name}</td><td>${value}</td><td>${origin}</td></tr>`,
  );
  return html`<section id="costs"><h2>Costs</h2><p>Declared once, the same for all tables.</p>${tableOf("costs", ["cost", "value", "origin"], rows)}</section>`;
}

function tableSection(table: Table, draw: Draw): Markup {
  const { number, title, source, parts, holds, missing, notes, problems, charts } = table;
  return html`<section id="tab-${number}">
<h2>TAB-${number} ${title} <span class="quiet">${source}</span></h2>
${problems.map((text) => html`<p class="notice">A run that was not in order: ${text}</p>`)}
${parts.map(partMarkup)}
${holds.map(holdMarkup)}
${missing.map((text) => html`<p class="waits"><b>not yet</b> ${text}</p>`)}
${notes.map((text) => html`<p class="quiet">${text}</p>`)}
${charts.map((chart) => chartFigure(chart, draw))}
</section>`;
}

function holdMarkup({ rule, holds, figures, why }: Hold): Markup {
  if (holds) return html`<p class="holds"><b>holds</b> ${rule}: ${figures}</p>`;
  return html`<p class="fails"><b>does not hold</b> ${rule}: ${figures}${why === "" ? "" : `. Why: ${why}`}</p>`;
}

export function partMarkup({ title, columns, rows }: Part): Markup {
  const isCompared = columns.map((_, at) =>
    rows.some(({ cells }) => {
      const cell = cells[at];
      return cell?.kind === "value" && cell.paper !== undefined;
    }),
  );
  const heads = columns.flatMap(({ title: name, unit }, at) => {
    const ours = unit === "" ? name : `${name} (${unit})`;
    return isCompared[at] === true ? [ours, "paper", "ratio"] : [ours];
  });
  const head = heads.map((text) => html`<th scope="col" class="figure">${text}</th>`);
  const body = rows.map(
    ({ label, cells }) =>
      html`<tr><th scope="row">${label}</th>${columns.map((_, at) => cellMarkup(cells[at], isCompared[at] === true))}</tr>`,
  );
  return html`<h3>${title}</h3><div class="scroll"><table><thead><tr><th scope="col"></th>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function cellMarkup(cell: Cell | undefined, isCompared: boolean): Markup {
  const ours = html`<td class="figure">${cell === undefined ? "" : oursText(cell)}</td>`;
  if (!isCompared) return ours;
  const isPaired = cell?.kind === "value" && cell.paper !== undefined;
  const paper = isPaired ? html`${cell.paper}` : NOTHING;
  const ratio = isPaired ? html`${ratioText(cell)}` : NOTHING;
  return html`${ours}<td class="figure paper">${paper}</td><td class="figure ratio">${ratio}</td>`;
}
