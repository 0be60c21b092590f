// Spans of equal length that cover a run, the same in every chart, with a nice length: 1, 2 or 5
// times a power of ten. However long a run is, there are never more than a few hundred.

const BINS_MAX = 240;
const MICROSECOND = 1_000;

export interface Bins {
  /** ns */
  readonly width: number;
  readonly length: number;
}

export function binsFor(endTime: number): Bins {
  let decade = MICROSECOND;
  for (;;) {
    for (const factor of [1, 2, 5]) {
      const width = decade * factor;
      const length = Math.floor(endTime / width) + 1;
      if (length <= BINS_MAX) return { width, length };
    }
    decade *= 10;
  }
}

export function binOf(bins: Bins, time: number): number {
  return Math.min(bins.length - 1, Math.max(0, Math.floor(time / bins.width)));
}

/** The largest value in each bin; -1 where there was none. */
export class Maxima {
  readonly #bins: Bins;
  readonly values: number[];

  constructor(bins: Bins) {
    this.#bins = bins;
    this.values = Array.from({ length: bins.length }, () => -1);
  }

  add(time: number, value: number): void {
    const at = binOf(this.#bins, time);
    this.values[at] = Math.max(this.values[at] ?? -1, value);
  }

  /** A value that held from one moment to another counts in every bin that it touches. */
  addSpan(from: number, to: number, value: number): void {
    for (let at = binOf(this.#bins, from); at <= binOf(this.#bins, to); at++)
      this.values[at] = Math.max(this.values[at] ?? -1, value);
  }
}

/** Sums in each bin. */
export class Sums {
  readonly #bins: Bins;
  readonly values: number[];

  constructor(bins: Bins) {
    this.#bins = bins;
    this.values = Array.from({ length: bins.length }, () => 0);
  }

  add(time: number, value: number): void {
    const at = binOf(this.#bins, time);
    this.values[at] = (this.values[at] ?? 0) + value;
  }
}
