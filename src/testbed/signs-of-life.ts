// Which signs of life of its peer a host has put on record. They come by the thousand; one of each
// kind every now and then becomes a fact, enough to see silence in a history.

import type { VirtualTime } from "../base/time.ts";
import { HEARD_EVERY, type PeerSignal } from "../history/fact.ts";

export type SignsOfLifeSnapshot = readonly (readonly [PeerSignal, number])[];

export class SignsOfLife {
  /** By signal: from when on the next sign of life becomes a fact. */
  #next: Map<PeerSignal, number>;

  constructor() {
    this.#next = new Map();
  }

  /** Whether this one becomes a fact. */
  isNews(signal: PeerSignal, now: VirtualTime): boolean {
    if (now < (this.#next.get(signal) ?? 0)) return false;
    this.#next.set(signal, now + HEARD_EVERY);
    return true;
  }

  snapshot(): SignsOfLifeSnapshot {
    return [...this.#next];
  }

  restore(snapshot: SignsOfLifeSnapshot): void {
    this.#next = new Map(snapshot);
  }
}
