// Which signs of life of other hosts a host has put on record. They come by the thousand; one of each
// kind every now and then becomes a fact, enough to see silence in a history.

import type { VirtualTime } from "../base/time.ts";
import { HEARD_EVERY, type PeerSignal } from "../history/fact.ts";

export type SignsOfLifeSnapshot = readonly (readonly [string, number])[];

export class SignsOfLife {
  /** By host and signal: from when on the next sign of life becomes a fact. */
  #next: Map<string, number>;

  constructor() {
    this.#next = new Map();
  }

  /** Whether this one becomes a fact. */
  isNews(from: string, signal: PeerSignal, now: VirtualTime): boolean {
    const key = `${from} ${signal}`;
    if (now < (this.#next.get(key) ?? 0)) return false;
    this.#next.set(key, now + HEARD_EVERY);
    return true;
  }

  snapshot(): SignsOfLifeSnapshot {
    return [...this.#next];
  }

  restore(snapshot: SignsOfLifeSnapshot): void {
    this.#next = new Map(snapshot);
  }
}
