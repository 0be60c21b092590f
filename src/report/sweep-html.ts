// sweep.html: the certificate as a page that opens from disk. Its picture is a heat strip: a column a
// boundary in the order of the run, a row a strike, coloured by how the branch ended; under each row a
// bar for how long nobody served. An SVG drawn here: the page has no script.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { number } from "../base/words.ts";
import { tableOf } from "./html-table.ts";
import { PAGE_STYLE } from "./html-style.ts";
import { html, type Markup, NOTHING, trusted } from "./markup.ts";
import {
  awayWords,
  type Certificate,
  type CertificateBranch,
  type CertificateKind,
  type CertificateStrike,
  placeWords,
  strikesWords,
} from "./sweep-certificate.ts";

const WIDTH = 1_280;
/** Of a letter of a row's name. */
const LETTER = 7.4;
/** With more rows than this they are low, and without bars. */
const TALL_MOST = 6;
const TALL = { row: 26, bar: 34, gap: 16, text: 18 };
const LOW = { row: 16, bar: 0, gap: 4, text: 13 };

const COLOURS: Readonly<Record<CertificateBranch["outcome"], string>> = {
  valid: "var(--valid)",
  outage: "var(--role-going)",
  unknown: "var(--unknown)",
  liveness: "var(--second)",
  violation: "var(--failed)",
  equal: "var(--line)",
  off: "var(--wash)",
};
/** What a shared column shows: the later in this list, the sooner. */
const RANK: readonly CertificateBranch["outcome"][] = [
  "off",
  "equal",
  "valid",
  "outage",
  "unknown",
  "liveness",
  "violation",
];

export function sweepHtml(certificate: Certificate): string {
  const { scenario, seed, verdict, ftsim } = certificate;
  const isGood = verdict === "as expected";
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="ftsim ${ftsim.version}">
<title>${verdict}: sweep of ${scenario}, seed ${seed} - ftsim</title>
<style>${trusted(PAGE_STYLE)}</style>
</head>
<body>
<header id="verdict">
<h1>${strikesWords(certificate)} at ${certificate.drawn === certificate.boundaries ? "every boundary" : "boundaries"} of <b>${scenario}</b>, seed <b>${seed}</b></h1>
<p class="verdict ${isGood ? "valid" : "invalid"}"><b class="word">${verdict.toUpperCase()}</b>: ${sentence(certificate)}</p>
${certificate.isComplete ? NOTHING : html`<p class="notice">Interrupted: not every boundary was tried.</p>`}
${firstBad(certificate)}
</header>
<main>
<section id="strip"><h2>Every branch</h2>${strip(certificate)}</section>
<section id="strikes"><h2>Strikes</h2>${strikesTable("strikes", certificate.strikes)}${certificate.second === null ? NOTHING : html`<h3>the second</h3>${strikesTable("seconds", certificate.second.strikes)}`}${leftOut(certificate)}</section>
<section id="kinds"><h2>Boundaries by kind</h2>${kindsTable(certificate)}</section>
<section id="covers"><h2>What this covers</h2><ul>${certificate.covers.map((line) => html`<li>${line}</li>`)}</ul><h3>and what not</h3><ul>${certificate.doesNotCover.map((line) => html`<li>${line}</li>`)}</ul></section>
</main>
</body>
</html>
`;
  return page.markup;
}

function sentence({
  tried,
  boundaries,
  outcomes,
  unexpected,
  recheck,
  window,
}: Certificate): string {
  return `${number(boundaries)} boundaries between ${formatSeconds(window.from, 3)} s and ${formatSeconds(window.to, 3)} s, ${number(tried)} branches: ${number(outcomes.valid)} valid, ${number(outcomes.outage)} outages, ${number(unexpected)} unexpected. ${number(recheck.branches)} of them run again from scratch, ${number(recheck.differ)} with another digest.`;
}

function firstBad({ first }: Certificate): Markup {
  if (first === null) return NOTHING;
  const { branch, finding, command } = first;
  return html`<p class="notice">The first: ${placeWords(branch)}. ${finding}</p><div class="commands"><div class="command"><span>from scratch</span><code>${command}</code></div></div>`;
}

function leftOut({ leftOut: kinds }: Certificate): Markup {
  if (kinds.length === 0) return NOTHING;
  return html`<p class="quiet">Cannot strike here: ${kinds.join("; ")}.</p>`;
}

function legend(hasBars: boolean): Markup {
  const keys = [...RANK]
    .reverse()
    .map(
      (outcome) =>
        html`<span><svg width="12" height="12" role="presentation"><rect width="12" height="12" fill="${COLOURS[outcome]}"/></svg> ${outcome}</span>`,
    );
  return html`<p class="legend">${keys}${hasBars ? html`<span>bar: how long nobody served</span>` : NOTHING}</p>`;
}

/** A row of the strip: a strike, or two. */
function rowOf({ strike, second }: CertificateBranch): string {
  return second === null ? strike : `${strike}, ${second.strike}`;
}

function strip(certificate: Certificate): Markup {
  const { branches } = certificate;
  if (branches.length === 0) return html`<p class="empty">no branch was run</p>`;
  const names = [...new Set(branches.map(rowOf))];
  const size = names.length > TALL_MOST ? LOW : TALL;
  const left = Math.ceil(Math.max(...names.map(({ length }) => length)) * LETTER) + 12;
  const events = [...new Set(branches.map(({ afterEvent }) => afterEvent))];
  // Wider than the strip has pixels, neighbours share a column, and the worst of them is shown.
  const columns = Math.min(events.length, WIDTH - left);
  const columnOf = new Map(
    events.map((event, at) => [event, Math.floor((at * columns) / events.length)]),
  );
  const cells = new Map<string, CertificateBranch[]>();
  for (const branch of branches) {
    const key = `${rowOf(branch)} @${columnOf.get(branch.afterEvent) ?? 0}`;
    cells.set(key, [...(cells.get(key) ?? []), branch]);
  }
  const longest = Math.max(1, ...branches.map(({ away }) => away));
  const width = (WIDTH - left) / columns;
  const rows = names.map((name, row) => {
    const top = row * (size.row + size.bar + size.gap);
    const label = html`<text x="0" y="${top + size.text}" fill="currentColor" font-size="13">${name}</text>`;
    const own = Array.from({ length: columns }, (_, at) =>
      columnMarkup(cells.get(`${name} @${at}`) ?? [], {
        x: left + at * width,
        width,
        top,
        row: size.row,
        bar: size.bar / longest,
      }),
    );
    return [label, ...own];
  });
  const height = names.length * (size.row + size.bar + size.gap);
  const bars = size.bar === 0 ? "" : `Bars reach ${formatDuration(longest)}. `;
  return html`${legend(size.bar > 0)}<svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label="outcome of every branch">${rows}</svg><p class="quiet">${bars}${axis(certificate)}</p>`;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly top: number;
  readonly row: number;
  /** Pixels a nanosecond away. */
  readonly bar: number;
}

function columnMarkup(
  cells: readonly CertificateBranch[],
  { x, width, top, row, bar }: Place,
): Markup {
  const worst = [...cells].sort((a, b) => RANK.indexOf(b.outcome) - RANK.indexOf(a.outcome))[0];
  if (worst === undefined) return NOTHING;
  const away = Math.max(0, ...cells.map((cell) => cell.away));
  const left = x.toFixed(2);
  const wide = width.toFixed(2);
  const high = Math.round(away * bar);
  const under =
    high === 0
      ? NOTHING
      : html`<rect x="${left}" y="${top + row + 2}" width="${wide}" height="${high}" fill="var(--measure)"/>`;
  return html`<g><title>${cellWords(worst)}</title><rect x="${left}" y="${top}" width="${wide}" height="${row}" fill="${COLOURS[worst.outcome]}"/>${under}</g>`;
}

function cellWords(cell: CertificateBranch): string {
  const { outcome, equalTo, isExpected, finding } = cell;
  const place = placeWords(cell);
  if (outcome === "equal") return `${place}: the same world as after event ${equalTo}`;
  if (outcome === "off") return `${place}: its host was off already`;
  const words = isExpected || finding === "" ? "" : `; ${finding}`;
  return `${place}: ${outcome}, ${awayWords(cell.away)}${words}`;
}

function axis({ branches }: Certificate): string {
  const [first] = branches;
  const last = branches.at(-1);
  if (first === undefined || last === undefined) return "";
  return `From event ${number(first.afterEvent)} (${formatSeconds(first.time, 3)} s) on the left to event ${number(last.afterEvent)} (${formatSeconds(last.time, 3)} s).`;
}

const OUTCOMES = ["tried", "equal", "off", "valid", "outage", "unexpected"];

function kindsTable({ kinds }: Certificate): Markup {
  const rows = kinds.map((one) => {
    const { kind, happened, recounted, boundaries } = one;
    return rowMarkup(kind, [happened, recounted, boundaries, ...countsOf(one)]);
  });
  return tableOf("kinds", ["kind", "happened", "counted again", "gaps", ...OUTCOMES], rows);
}

function strikesTable(name: string, strikes: readonly CertificateStrike[]): Markup {
  const rows = strikes.map((one) => rowMarkup(one.strike, countsOf(one)));
  return tableOf(name, ["strike", ...OUTCOMES], rows);
}

/** In the order of `OUTCOMES`. */
function countsOf(one: CertificateStrike | CertificateKind): readonly number[] {
  const { tried, equal, off, outcomes, unexpected } = one;
  return [tried, equal, off, outcomes.valid, outcomes.outage, unexpected];
}

function rowMarkup(name: string, figures: readonly number[]): Markup {
  const cells = figures.map((value) => html`<td class="number">${number(value)}</td>`);
  return html`<tr><td class="name">${name}</td>${cells}</tr>`;
}
