// What lies under the pointer, in words beside it.

import { formatDuration, formatSeconds } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import { columnOf, describeFact } from "../report/describe-fact.ts";
import { printable } from "../report/text.ts";
import type { Hover } from "./picture.ts";

const LINES_MAX = 6;

type FactAt = (position: number) => Fact | undefined;

export class Tip {
  readonly #canvas: HTMLCanvasElement;
  readonly #element: HTMLElement;
  readonly #factAt: FactAt;

  /** `factAt`: the fact at a position of the picture's model. */
  constructor(canvas: HTMLCanvasElement, factAt: FactAt) {
    this.#canvas = canvas;
    this.#factAt = factAt;
    this.#element = document.createElement("div");
    this.#element.className = "tip";
    this.#element.hidden = true;
    canvas.parentElement?.append(this.#element);
  }

  hide(): void {
    this.#element.hidden = true;
  }

  show(hover: Hover | undefined): void {
    const canvas = this.#canvas;
    const lines = hover === undefined ? [] : linesOf(hover.facts, this.#factAt);
    this.#element.hidden = lines.length === 0;
    canvas.style.cursor = lines.length === 0 ? "crosshair" : "pointer";
    if (hover === undefined || lines.length === 0) return;
    this.#element.replaceChildren(...lines.map(lineElement));
    const isRight = hover.x > canvas.clientWidth * 0.6;
    this.#element.style.left = isRight ? "auto" : `${hover.x + 14}px`;
    this.#element.style.right = isRight ? `${canvas.clientWidth - hover.x + 14}px` : "auto";
    this.#element.style.top = `${hover.y + 14}px`;
  }
}

/** A line each, and how far the first and the last are apart. */
export function linesOf(positions: readonly number[], factAt: FactAt): readonly string[] {
  const shown = positions.slice(0, LINES_MAX).flatMap((position) => {
    const fact = factAt(position);
    if (fact === undefined) return [];
    return [`${formatSeconds(fact.time, 6)} s  ${columnOf(fact)}: ${describeFact(fact)}`];
  });
  if (positions.length > LINES_MAX) shown.push(`and ${positions.length - LINES_MAX} more`);
  const [first, last] = [factAt(positions[0] ?? -1), factAt(positions.at(-1) ?? -1)];
  if (first !== undefined && last !== undefined && last.time > first.time)
    shown.push(`${formatDuration(last.time - first.time)} apart`);
  return shown;
}

/** As text: nothing that a guest or a client wrote is ever read as markup. */
function lineElement(line: string): HTMLElement {
  const made = document.createElement("div");
  made.textContent = printable(line);
  return made;
}
