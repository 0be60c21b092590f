// Draws of a swarm. Every value has a stream of its own, named after what it decides: a value that is
// added to the swarm moves no other one (D2).

import { Prng, type Ratio } from "../../base/prng.ts";

export class Draws {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Draws of a part, e.g. of one fault: `fault 3`. */
  of(part: string): Draws {
    return new Draws(`${this.#path}/${part}`);
  }

  happens(name: string, chance: Ratio): boolean {
    return this.#stream(name).chance(chance);
  }

  pick<T>(name: string, items: readonly T[]): T {
    return this.#stream(name).pick(items);
  }

  /** One of the items, each as likely as its weight says. */
  weighted<T>(name: string, items: readonly (readonly [weight: number, item: T])[]): T {
    const total = items.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.#stream(name).below(total);
    for (const [weight, item] of items) {
      if (left < weight) return item;
      left -= weight;
    }
    throw new Error(`${name}: weights without an item`);
  }

  between(name: string, least: number, most: number): number {
    return this.#stream(name).between(least, most);
  }

  /** Every doubling is as likely as any other: small values are as frequent as large ones. */
  spread(name: string, least: number, most: number): number {
    const stream = this.#stream(name);
    const octaves: number[] = [];
    for (let from = least; from <= most; from *= 2) octaves.push(from);
    const from = stream.pick(octaves);
    return stream.between(from, Math.min(most, from * 2 - 1));
  }

  /** As `spread`, of times given in microseconds, as a scenario writes them. */
  time(name: string, least: number, most: number): string {
    return `${this.spread(name, least, most)}us`;
  }

  #stream(name: string): Prng {
    return new Prng(`${this.#path}/${name}`);
  }
}

/** One in so many. */
export const oneIn = (many: number): Ratio => ({ numerator: 1, denominator: many });
