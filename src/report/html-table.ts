// Small pieces of the page that several sections share.

import { formatSeconds } from "../base/time.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import { MOMENT_PREFIX } from "./page-data.ts";

/** A link that shows a moment in all charts; the time is its text. */
export function momentLink(time: number, decimals: number = 3): Markup {
  const seconds = formatSeconds(time, 9);
  return html`<a href="#${MOMENT_PREFIX}${seconds}s">${formatSeconds(time, decimals)} s</a>`;
}

/** A command that can be copied; nothing when there is none. */
export function commandLine(label: string, command: string): Markup {
  if (command === "") return NOTHING;
  return html`<div class="command"><span>${label}</span><code>${command}</code><button type="button" data-copy="${command}">copy</button></div>`;
}

export function tableOf(
  className: string,
  headings: readonly string[],
  rows: readonly Markup[],
): Markup {
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  return html`<div class="scroll"><table class="${className}"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
