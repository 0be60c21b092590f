// Who was paired with whom, generation by generation, and for how long the VM had no backup: a host is
// primary in one generation and backup in the next, and others stand by.

import type { Fact, FactOf, NodeName } from "../history/fact.ts";

interface Pair {
  primary: NodeName | undefined;
  backup: NodeName | undefined;
  /** A moved machine makes a new generation of a pair that had a backup all along. */
  began: number;
}

/** The VM runs on one host only, and another failure would be the end of it. */
export interface Exposure {
  readonly node: NodeName;
  readonly from: number;
  /** When the next generation began; null: it never did. */
  readonly to: number | null;
  /** The generation that ended it. */
  readonly generation: number;
}

export class Generations {
  readonly #pairs: Map<number, Pair>;
  readonly #exposures: Exposure[];
  #opened: number;
  #alone: { readonly node: NodeName; readonly from: number } | undefined;

  constructor() {
    this.#pairs = new Map();
    this.#exposures = [];
    this.#opened = -1;
    this.#alone = undefined;
  }

  observe(fact: Fact): void {
    switch (fact.kind) {
      case "open-generation":
        if (fact.result === "won") this.#open(fact);
        break;
      case "role":
        this.#takeRole(fact);
        break;
      case "machine-stop":
        // Nobody is exposed on a machine that is no more: the service is down, which is another thing.
        if (fact.node === this.#alone?.node) this.#end(fact.time, 0);
        break;
      default:
    }
  }

  /** The other one of its pair, in the generation that it speaks of. */
  peerOf(node: NodeName, generation: number): NodeName | undefined {
    const pair = this.#pairs.get(generation);
    if (pair === undefined) return undefined;
    if (pair.primary === node) return pair.backup;
    return pair.backup === node ? pair.primary : undefined;
  }

  /** Of the newest generation that has both. */
  newest(): { readonly primary: NodeName; readonly backup: NodeName } | undefined {
    let found: { readonly primary: NodeName; readonly backup: NodeName } | undefined;
    let newest = -1;
    for (const [generation, { primary, backup }] of this.#pairs) {
      if (generation < newest || primary === undefined || backup === undefined) continue;
      newest = generation;
      found = { primary, backup };
    }
    return found;
  }

  /** Who asks again is told again, which opens nothing. */
  wasOpened(generation: number): boolean {
    return generation <= this.#opened;
  }

  /** When this generation began. */
  beganAt(generation: number): number {
    return this.#pairs.get(generation)?.began ?? 0;
  }

  /** How long the VM has run alone by now; undefined: it does not. */
  aloneFor(time: number): number | undefined {
    return this.#alone === undefined ? undefined : time - this.#alone.from;
  }

  exposures(): readonly Exposure[] {
    if (this.#alone === undefined) return this.#exposures;
    return [...this.#exposures, { ...this.#alone, to: null, generation: 0 }];
  }

  #open({ generation, primary, backup, time }: FactOf<"open-generation">): void {
    if (this.wasOpened(generation)) return;
    this.#opened = generation;
    this.#pairs.set(generation, { primary, backup, began: time });
    this.#end(time, generation);
  }

  #takeRole({ node, role, generation, time }: FactOf<"role">): void {
    const pair = this.#pairs.get(generation) ?? {
      primary: undefined,
      backup: undefined,
      began: time,
    };
    // A copy says that it is a backup before its generation is open; the fact of that has the last word.
    if (role === "PRIMARY") this.#pairs.set(generation, { ...pair, primary: node });
    else if (role === "BACKUP") this.#pairs.set(generation, { ...pair, backup: node });
    else if (role === "SOLO" && this.#alone === undefined) this.#alone = { node, from: time };
    else if (role === "HALTED" && node === this.#alone?.node) this.#end(time, 0);
  }

  #end(time: number, generation: number): void {
    if (this.#alone === undefined) return;
    this.#exposures.push({ ...this.#alone, to: time, generation });
    this.#alone = undefined;
  }
}
