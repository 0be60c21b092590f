// The facts that a page has, by position; with their place in the whole history, which is what links
// name. Facts may come one by one, and may have gaps between them.

import type { Fact } from "../history/fact.ts";

interface Stretch {
  /** Position here, and index in the history, of its first fact. */
  readonly position: number;
  readonly index: number;
}

export class FactStore {
  readonly facts: Fact[];
  readonly #stretches: Stretch[];

  constructor() {
    this.facts = [];
    this.#stretches = [];
  }

  get length(): number {
    return this.facts.length;
  }

  /** Returns its position. Indices rise. */
  append(fact: Fact, index: number): number {
    const position = this.facts.length;
    const last = this.#stretches.at(-1);
    if (last === undefined || last.index - last.position !== index - position)
      this.#stretches.push({ position, index });
    this.facts.push(fact);
    return position;
  }

  /** Place in the history; -1 before anything is here. */
  indexOf(position: number): number {
    const stretch = this.#stretches.findLast((one) => one.position <= position);
    return stretch === undefined ? -1 : stretch.index + position - stretch.position;
  }

  /** undefined when the page does not have this fact. */
  positionOf(index: number): number | undefined {
    const stretch = this.#stretches.findLast((one) => one.index <= index);
    if (stretch === undefined) return undefined;
    const position = stretch.position + index - stretch.index;
    return position < this.length && this.indexOf(position) === index ? position : undefined;
  }

  /** Pairs of positions with facts missing between them. */
  gaps(): readonly { readonly before: number; readonly after: number }[] {
    return this.#stretches.slice(1).map(({ position }) => ({
      before: position - 1,
      after: position,
    }));
  }

  /** The last fact at or before a moment (ns); -1 when there is none. */
  lastAt(time: number): number {
    let low = 0;
    let high = this.facts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.facts[middle]?.time ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
