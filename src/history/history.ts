// The append-only history of a run. Forks share nothing: a restore truncates to the snapshot's
// length and takes the facts that were there.

import type { Fact } from "./fact.ts";

export interface HistorySnapshot {
  readonly facts: readonly Fact[];
}

export class History {
  #facts: Fact[];

  constructor() {
    this.#facts = [];
  }

  get length(): number {
    return this.#facts.length;
  }

  append(fact: Fact): number {
    this.#facts.push(fact);
    return this.#facts.length - 1;
  }

  facts(): readonly Fact[] {
    return this.#facts;
  }

  snapshot(): HistorySnapshot {
    return { facts: this.#facts.slice() };
  }

  restore(snapshot: HistorySnapshot): void {
    this.#facts = snapshot.facts.slice();
  }
}
