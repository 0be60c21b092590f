// report.html: one file that opens from disk, offline, and says what happened, whether it is healthy,
// why it is right, what the machines said and how it was run. Its only script is this project's own,
// named by its hash in the page's policy: text that slipped into the page could still not run.

import { formatSeconds } from "../base/time.ts";
import { number } from "../base/words.ts";
import { allCharts } from "./charts/all.ts";
import type { Chart } from "./charts/chart.ts";
import { inSeconds } from "./charts/chart.ts";
import { describeAcross, describeAway, describeExposures } from "./away.ts";
import { causalRows } from "./causal-excerpt.ts";
import type { ExcerptRow } from "./excerpt.ts";
import { collectFigures } from "./figures.ts";
import { consolesSection } from "./html-consoles.ts";
import {
  chartsSection,
  checkersSection,
  faultsSection,
  findingSection,
  pictureSection,
} from "./html-sections.ts";
import { PAGE_STYLE } from "./html-style.ts";
import { commandLine } from "./html-table.ts";
import { html, type Markup, NOTHING, scriptJson, trusted } from "./markup.ts";
import { FACTS_MAX, keepFacts, type KeptFacts } from "./kept-facts.ts";
import { type PackedFacts, packFacts } from "./packed-facts.ts";
import {
  DATA_ID,
  FACTS_DEFLATED,
  FACTS_ID,
  FACTS_JSON,
  type PageData,
  THEME_ID,
} from "./page-data.ts";
import type { ReportRun } from "./report-run.ts";
import { storyOf } from "./run-story.ts";
import type { Story } from "./story.ts";
import { verdictSentence, verdictWord } from "./verdict-words.ts";

/** What scripts/bundle-page.mjs made: the script, and "sha256-..." of exactly these characters. */
export interface PageScript {
  readonly text: string;
  readonly hash: string;
}

/** What only the caller can do: deflate, in base64; and how much of a long run the file may hold. */
export interface ReportOptions {
  readonly deflate?: (text: string) => string;
  readonly factsMax?: number;
}

/** The whole file. Without a script it is complete but for the picture and the charts. */
export function reportHtml(
  run: ReportRun,
  script: PageScript | undefined,
  options: ReportOptions = {},
): string {
  const story = storyOf(run);
  const charts = allCharts(story, run.facts, run.commands.log);
  const { findings } = run.conclusion;
  const excerpts = findings.map((finding) => causalRows(run, finding));
  const kept = keepFacts({
    facts: run.facts,
    hosts: story.hosts,
    named: excerpts.flatMap((rows) => rows.map(({ index }) => index)),
    most: options.factsMax ?? FACTS_MAX,
  });
  const data = pageData({ run, story, charts, excerpts, kept });
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="ftsim ${run.version}">
<title>${verdictWord(run)}: ${run.scenario.name}, seed ${run.seed} - ftsim</title>
<style>${trusted(PAGE_STYLE)}</style>
</head>
<body>
${header(run, story, excerpts)}
<main>
${pictureSection(story.moments, leftOutSentence(run, kept))}
${chartsSection(charts, figuresParagraph(run, story))}
${checkersSection(run)}
${faultsSection(run)}
${consolesSection(run)}
${howSection(run)}
</main>
<script type="application/json" id="${DATA_ID}">${scriptJson(data)}</script>
${factsElement(packFacts(kept.facts), options)}
${scriptElement(script)}
</body>
</html>
`;
  return page.markup;
}

function factsElement(facts: PackedFacts, { deflate }: ReportOptions): Markup {
  if (deflate === undefined)
    return html`<script type="${FACTS_JSON}" id="${FACTS_ID}">${scriptJson(facts)}</script>`;
  const packed = trusted(deflate(JSON.stringify(facts)));
  return html`<script type="${FACTS_DEFLATED}" id="${FACTS_ID}">${packed}</script>`;
}

function leftOutSentence({ commands, facts }: ReportRun, kept: KeptFacts): Markup {
  if (kept.density === undefined) return NOTHING;
  return html`<p class="notice-quiet" id="left-out">${number(facts.length - kept.facts.length)} of ${number(facts.length)} facts are left out of this file for its size: it has those around faults, roles and findings, and of the rest how many there were. Everything: <code>${commands.again} --all-facts</code></p>`;
}

/** A module only because modules wait: the page is painted before a megabyte is compiled. */
function scriptElement(script: PageScript | undefined): Markup {
  if (script === undefined) return NOTHING;
  return html`<script type="module">${trusted(script.text)}</script>`;
}

/** Nothing is loaded from anywhere; the one script is known by its hash. */
function policy(script: PageScript | undefined): string {
  const scripts = script === undefined ? "'none'" : `'${script.hash}'`;
  return `default-src 'none'; script-src ${scripts}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'`;
}

function header(
  run: ReportRun,
  story: Story,
  excerpts: readonly (readonly ExcerptRow[])[],
): Markup {
  const figures = collectFigures(run, story);
  const { scenario, commands, variants } = run;
  const { findings } = run.conclusion;
  const first = html`<p class="verdict ${run.verdict}"><b class="word">${verdictWord(run)}</b>: ${verdictSentence(run, story, figures)}</p>`;
  const found = findings.map((finding, at) => findingSection(run, finding, excerpts[at] ?? [], at));
  return html`<header id="verdict">
<button type="button" id="${THEME_ID}" title="light or dark">dark</button>
<h1><b>${scenario.name}</b>, seed <b>${run.seed}</b>. ${scenario.about}</h1>
${variants.map(({ kind, name, meaning }) => html`<p class="notice">${kind === "bug" ? "With planted bug" : kind === "protection" ? "Without" : "With"} ${name}: ${meaning}</p>`)}
${first}
${found}
<div class="commands">${commandLine("run it again", commands.again)}${commandLine("make it small", commands.small)}${commandLine("break it", commands.break)}${commandLine("understand it", commands.why)}</div>
</header>`;
}

function figuresParagraph(run: ReportRun, story: Story): Markup {
  const figures = collectFigures(run, story);
  const across = describeAcross(figures);
  const unprotected = describeExposures(figures.exposures);
  const told = [
    ...describeAway(figures),
    ...(unprotected === "" ? [] : [`unprotected ${unprotected}`]),
  ].map((text) => `${text[0]?.toUpperCase()}${text.slice(1)}. `);
  return html`<p class="quiet">${number(figures.answered)} of ${number(figures.asked)} requests answered${across === "" ? "" : `, ${across}`}. ${told.join("")}${number(figures.positions)} positions of both machines compared, ${number(figures.hashes)} equal state hashes; ${number(figures.bytesCompared)} bytes on ${number(figures.connectionsCompared)} connections compared with a machine that never failed.</p>`;
}

function howSection(run: ReportRun): Markup {
  const { scenario, guest } = run;
  const steps = [...run.steps].map(([node, taken]) => `${node} ${number(taken)}`).join(", ");
  const wall =
    run.wallSeconds === undefined
      ? NOTHING
      : html`<dt>took</dt><dd>${formatSeconds(Math.round(run.wallSeconds * 1e9), 1)} s of real time</dd>`;
  const parameters = run.parameters.map(
    ({ name, value }) => html`<div><dt>${name}</dt><dd class="mono">${value}</dd></div>`,
  );
  return html`<section id="how"><h2>How was it run?</h2>
<dl><dt>ftsim</dt><dd>${run.version}${run.revision === "" ? "" : ` (${run.revision})`}</dd>
<dt>scenario</dt><dd>${scenario.name}: ${scenario.title}${scenario.paper.length === 0 ? "" : `; paper ${scenario.paper.join(", ")}`}${scenario.shows.length === 0 ? "" : `; ${scenario.shows.join(", ")}`}</dd>
<dt>seed</dt><dd class="mono">${run.seed}</dd>
<dt>guest</dt><dd>${guest.name} <span class="mono">${guest.digest}</span></dd>
<dt>protocol</dt><dd>${run.protocol}</dd>
<dt>load</dt><dd>${run.load}</dd>
<dt>digest</dt><dd class="mono">${run.digest}</dd>
<dt>length</dt><dd>${formatSeconds(run.endTime, 3)} s of virtual time, ${number(run.events)} events, ${number(run.facts.length)} facts; guest steps: ${steps}</dd>${wall}</dl>
${parameters.length === 0 ? NOTHING : html`<h3>Everything that was set or drawn</h3><div class="parameters"><dl>${parameters}</dl></div>`}
<footer>exit ${run.outcome.exitCode} (${run.outcome.words}; seed ${run.seed})</footer></section>`;
}

interface PageParts {
  readonly run: ReportRun;
  readonly story: Story;
  readonly charts: readonly Chart[];
  readonly excerpts: readonly (readonly ExcerptRow[])[];
  readonly kept: KeptFacts;
}

function pageData({ run, story, charts, excerpts, kept }: PageParts): PageData {
  return {
    charts: charts.filter(({ empty }) => empty === "").map(({ id, spec }) => ({ id, spec })),
    endTime: inSeconds(Math.max(1, story.endTime)),
    hosts: story.hosts,
    total: kept.total,
    spans: kept.spans,
    density: kept.density ?? null,
    findings: run.conclusion.findings.map(({ cause }, at) => ({
      time: cause.time,
      facts: (excerpts[at] ?? []).map(({ index }) => index),
    })),
  };
}
