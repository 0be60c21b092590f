// What the machines said: the consoles of all hosts side by side, a row for each moment, so that
// lines that belong together stand beside each other. Guests write this text; it is never trusted.

import { formatSeconds } from "../base/time.ts";
import { count } from "../base/words.ts";
import { momentLink, tableOf } from "./html-table.ts";
import { html, type Markup } from "./markup.ts";
import type { ConsoleLine, ReportConsole, ReportRun } from "./report-run.ts";

const LINES_MAX = 2_000;
const TEXT_MAX = 2_000;

interface Row {
  readonly time: number | null;
  readonly cells: string[];
}

export function consolesSection(run: ReportRun): Markup {
  const { consoles } = run;
  const isSilent = consoles.every(({ lines }) => lines.length === 0);
  if (isSilent)
    return html`<section id="consoles"><h2>What did the machines say?</h2><p class="quiet">Nothing on their consoles.</p></section>`;
  const rows = alignRows(consoles).map(
    ({ time, cells }) =>
      html`<tr data-time="${time === null ? "0" : formatSeconds(time, 9)}"><td class="time">${time === null ? "boot" : momentLink(time)}</td>${cells.map((text) => html`<td>${text}</td>`)}</tr>`,
  );
  const dropped = consoles.reduce(
    (sum, { lines }) => sum + Math.max(0, lines.length - LINES_MAX),
    0,
  );
  const said =
    dropped === 0
      ? html``
      : html`<p class="quiet">${count(dropped, "later line")} left out${run.commands.log === "" ? "" : html`; all: <code>${run.commands.log}</code>`}.</p>`;
  return html`<section id="consoles"><h2>What did the machines say?</h2><p class="quiet">Each line at the moment at which it was complete; the cursor's is marked. How the nodes stood: <a href="#state-heading">at the cursor</a>.</p>${tableOf("consoles", ["time", ...consoles.map(({ node }) => node)], rows)}${said}</section>`;
}

/** Lines of the same moment share a row; lines of boot are paired one by one. */
export function alignRows(consoles: readonly ReportConsole[]): readonly Row[] {
  const cursors = consoles.map(() => 0);
  const rows: Row[] = [];
  for (;;) {
    const next = consoles.map(({ lines }, at) => nextOf(lines, cursors[at] ?? 0));
    const given = next.filter((line): line is ConsoleLine => line !== undefined);
    if (given.length === 0) return rows;
    const time = given.reduce<number | null>(
      (least, line) => earlier(least, line.time),
      given[0]?.time ?? null,
    );
    const cells = next.map((line, at) => {
      if (line === undefined || line.time !== time) return "";
      cursors[at] = (cursors[at] ?? 0) + 1;
      return line.text.length > TEXT_MAX ? `${line.text.slice(0, TEXT_MAX)}...` : line.text;
    });
    rows.push({ time, cells });
  }
}

function nextOf(lines: readonly ConsoleLine[], at: number): ConsoleLine | undefined {
  return at < LINES_MAX ? lines[at] : undefined;
}

/** Boot comes before everything. */
function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}
