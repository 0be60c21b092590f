// sweep.html: the certificate as a page that opens from disk. Its picture is a heat strip: a column a
// boundary in the order of the run, a row a host, coloured by how the branch ended; under each row a
// bar for how long nobody served. An SVG drawn here: the page has no script.

import { formatDuration, formatSeconds } from "../base/time.ts";
import { number } from "../base/words.ts";
import { tableOf } from "./html-table.ts";
import { PAGE_STYLE } from "./html-style.ts";
import { html, type Markup, NOTHING, trusted } from "./markup.ts";
import { awayWords, type Certificate, type CertificateBranch } from "./sweep-certificate.ts";

const WIDTH = 1_280;
const LEFT = 40;
const ROW = 26;
const BAR = 34;
const GAP = 16;
/** Wider than the strip has pixels, neighbours share a column, and the worst of them is shown. */
const COLUMNS_MAX = WIDTH - LEFT;

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
  const { scenario, seed, verdict, fault, nodes, ftsim } = certificate;
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
<h1>A ${fault} of ${nodes.join(" or ")} at every boundary of <b>${scenario}</b>, seed <b>${seed}</b></h1>
<p class="verdict ${isGood ? "valid" : "invalid"}"><b class="word">${verdict.toUpperCase()}</b>: ${sentence(certificate)}</p>
${certificate.isComplete ? NOTHING : html`<p class="notice">Interrupted: not every boundary was tried.</p>`}
${firstBad(certificate)}
</header>
<main>
<section id="strip"><h2>Every branch</h2>${legend()}${strip(certificate)}</section>
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
  return html`<p class="notice">The first: ${branch.node} dies after event ${branch.afterEvent}, at ${formatSeconds(branch.time)} s. ${finding}</p><div class="commands"><div class="command"><span>from scratch</span><code>${command}</code></div></div>`;
}

function legend(): Markup {
  const keys = [...RANK]
    .reverse()
    .map(
      (outcome) =>
        html`<span><svg width="12" height="12" role="presentation"><rect width="12" height="12" fill="${COLOURS[outcome]}"/></svg> ${outcome}</span>`,
    );
  return html`<p class="legend">${keys}<span>bar: how long nobody served</span></p>`;
}

interface Column {
  readonly cells: CertificateBranch[];
}

function strip(certificate: Certificate): Markup {
  const { nodes, branches } = certificate;
  if (branches.length === 0) return html`<p class="empty">no branch was run</p>`;
  const events = [...new Set(branches.map(({ afterEvent }) => afterEvent))];
  const columns = Math.min(events.length, COLUMNS_MAX);
  const columnOf = new Map(
    events.map((event, at) => [event, Math.floor((at * columns) / events.length)]),
  );
  const longest = Math.max(1, ...branches.map(({ away }) => away));
  const width = (WIDTH - LEFT) / columns;
  const rows = nodes.map((node, row) => {
    const own: Column[] = Array.from({ length: columns }, () => ({ cells: [] }));
    for (const cell of branches)
      if (cell.node === node) own[columnOf.get(cell.afterEvent) ?? 0]?.cells.push(cell);
    const top = row * (ROW + BAR + GAP);
    const label = html`<text x="0" y="${top + 18}" fill="currentColor" font-size="14">${node}</text>`;
    return [
      label,
      ...own.map(({ cells }, at) =>
        columnMarkup(cells, { x: LEFT + at * width, width, top, longest }),
      ),
    ];
  });
  const height = nodes.length * (ROW + BAR + GAP);
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label="outcome of every branch">${rows}</svg><p class="quiet">Bars reach ${formatDuration(longest)}. ${axis(certificate)}</p>`;
}

function columnMarkup(
  cells: readonly CertificateBranch[],
  { x, width, top, longest }: { x: number; width: number; top: number; longest: number },
): Markup {
  const worst = [...cells].sort((a, b) => RANK.indexOf(b.outcome) - RANK.indexOf(a.outcome))[0];
  if (worst === undefined) return NOTHING;
  const away = Math.max(0, ...cells.map((cell) => cell.away));
  const bar = Math.round((away * BAR) / longest);
  const left = x.toFixed(2);
  const wide = width.toFixed(2);
  return html`<g><title>${cellWords(worst)}</title><rect x="${left}" y="${top}" width="${wide}" height="${ROW}" fill="${COLOURS[worst.outcome]}"/><rect x="${left}" y="${top + ROW + 2}" width="${wide}" height="${bar}" fill="var(--measure)"/></g>`;
}

function cellWords(cell: CertificateBranch): string {
  const { afterEvent, time, node, outcome, equalTo, isExpected, finding } = cell;
  const place = `${node} after event ${afterEvent}, ${formatSeconds(time)} s: `;
  if (outcome === "equal") return `${place}the same world as after event ${equalTo}`;
  if (outcome === "off") return `${place}it was off already`;
  const words = isExpected || finding === "" ? "" : `; ${finding}`;
  return `${place}${outcome}, ${awayWords(cell.away)}${words}`;
}

function axis({ branches }: Certificate): string {
  const [first] = branches;
  const last = branches.at(-1);
  if (first === undefined || last === undefined) return "";
  return `From event ${number(first.afterEvent)} (${formatSeconds(first.time, 3)} s) on the left to event ${number(last.afterEvent)} (${formatSeconds(last.time, 3)} s).`;
}

function kindsTable({ kinds, nodes }: Certificate): Markup {
  const headings = [
    "kind",
    "happened",
    "counted again",
    "gaps",
    ...nodes.map((node) => `tried on ${node}`),
    "equal",
    "valid",
    "outage",
    "unexpected",
  ];
  const rows = kinds.map((one) => {
    const equal = one.equal.reduce((sum, each) => sum + each, 0);
    const { valid, outage } = one.outcomes;
    const figures = [one.happened, one.recounted, one.boundaries, ...one.tried, equal, valid];
    const cells = [...figures, outage, one.unexpected].map(
      (value) => html`<td class="number">${number(value)}</td>`,
    );
    return html`<tr><td class="name">${one.kind}</td>${cells}</tr>`;
  });
  return tableOf("kinds", headings, rows);
}
