// HTML with holes that escape themselves. Whatever stands in a hole is text, unless it was made here:
// there is no way to put a guest's bytes into the page unescaped, except by calling `trusted`.

import { printable } from "./text.ts";

export interface Markup {
  readonly markup: string;
}

export type Hole = string | number | Markup | readonly Hole[] | undefined;

/** A tagged template: html`<p>${text}</p>`. Attribute values must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  let markup = parts[0] ?? "";
  holes.forEach((hole, at) => {
    markup += fill(hole) + (parts[at + 1] ?? "");
  });
  return { markup };
}

/** For what this project wrote itself: style and script. */
export function trusted(markup: string): Markup {
  return { markup };
}

export const NOTHING: Markup = { markup: "" };

export function escapeHtml(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/**
 * JSON to stand inside a script element: without `<` no text can end the element or open a comment.
 * U+2028 and U+2029 would be line ends to an old parser.
 */
export function scriptJson(value: unknown): Markup {
  return {
    markup: JSON.stringify(value)
      .replaceAll("<", "\\u003c")
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029"),
  };
}

function fill(hole: Hole): string {
  if (hole === undefined) return "";
  if (typeof hole === "string") return escapeHtml(hole);
  if (typeof hole === "number") return String(hole);
  if (isMarkup(hole)) return hole.markup;
  return hole.map(fill).join("");
}

function isMarkup(hole: Markup | readonly Hole[]): hole is Markup {
  return "markup" in hole;
}
