// Seeded randomness. One root seed, one named child stream per component: a draw that is added in
// one place does not move another. Integers only: no floating-point decision anywhere.
//
// The generator is seedrandom's `alea` with saved state.

import alea from "seedrandom/lib/alea.js";
import { assert } from "./assert.ts";

/** An exact probability or proportion. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

export interface PrngSnapshot {
  readonly state: object;
  readonly draws: number;
}

/** The state of a stream that nobody has drawn from. */
const NOT_DRAWN: object = Object.freeze({});

const TWO_POW_32 = 4294967296;

export class Prng {
  readonly #path: string;
  readonly #children: Prng[];
  /** Made when it is first needed: most streams of a world are never drawn from. */
  #generator: ReturnType<typeof alea> | undefined;
  #draws: number;

  constructor(path: string) {
    this.#path = path;
    this.#children = [];
    this.#generator = undefined;
    this.#draws = 0;
  }

  /** A stream of its own for a named component; the same name gives the same stream. */
  fork(name: string): Prng {
    const child = new Prng(`${this.#path}/${name}`);
    this.#children.push(child);
    return child;
  }

  /** Draws of this stream and of all streams forked from it, by path. */
  drawCounts(): readonly (readonly [string, number])[] {
    return [[this.#path, this.#draws], ...this.#children.flatMap((child) => child.drawCounts())];
  }

  /** How many numbers were drawn from this stream. Part of a run's identity. */
  get draws(): number {
    return this.#draws;
  }

  /** A uniform 32-bit unsigned integer. */
  uint32(): number {
    this.#draws += 1;
    this.#generator ??= alea(this.#path, { state: true });
    return this.#generator.int32() >>> 0;
  }

  /** A uniform integer in [0, bound). Rejection sampling: no modulo bias. */
  below(bound: number): number {
    assert(
      Number.isSafeInteger(bound) && bound > 0 && bound <= TWO_POW_32,
      () => `bad bound ${bound}`,
    );
    const limit = TWO_POW_32 - (TWO_POW_32 % bound);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % bound;
  }

  /** A uniform integer in [low, high], both ends included; up to 2^53 wide. */
  between(low: number, high: number): number {
    assert(low <= high, () => `empty range ${low}..${high}`);
    const width = high - low + 1;
    assert(Number.isSafeInteger(width), () => `range ${low}..${high} is too wide`);
    if (width <= TWO_POW_32) return low + this.below(width);
    const wide = this.below(2097152) * TWO_POW_32 + this.uint32();
    return low + (wide % width);
  }

  /** True with exactly the given probability. */
  chance(ratio: Ratio): boolean {
    if (ratio.numerator <= 0) return false;
    if (ratio.numerator >= ratio.denominator) return true;
    return this.below(ratio.denominator) < ratio.numerator;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, "pick from nothing");
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.uint32() & 0xff;
    return out;
  }

  snapshot(): PrngSnapshot {
    return { state: this.#generator?.state() ?? NOT_DRAWN, draws: this.#draws };
  }

  restore(snapshot: PrngSnapshot): void {
    this.#generator =
      snapshot.state === NOT_DRAWN ? undefined : alea("", { state: snapshot.state });
    this.#draws = snapshot.draws;
  }
}
