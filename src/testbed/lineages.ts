// Which machine's history a shipped state belongs to. A protocol that ships state instead of a log
// puts one machine's state into another; from then on the other machine's past is the first one's.
// The testbed recognises the state by its bytes, whatever the protocol says about it.

import { clonePlain } from "../base/clone.ts";
import { hashBytes } from "../base/digest.ts";

export interface Lineage {
  readonly node: string;
  /** How much of that node's flight record had happened when the state was taken. */
  readonly crossings: number;
  /** Of that machine, memory and all, just then. */
  readonly stateHash: string;
  /** Of its host's own disk; "" where the disk is shared. */
  readonly diskHash: string;
}

interface LineagesState {
  known: Map<string, Lineage>;
}

export type LineagesSnapshot = LineagesState;

/** States on their way at one time; older ones have been put or lost. */
const KNOWN_MAX = 256;

export class Lineages {
  #state: LineagesState;

  constructor() {
    this.#state = { known: new Map() };
  }

  /** A state was taken from a machine. */
  note(state: Uint8Array, lineage: Lineage): void {
    const { known } = this.#state;
    known.set(hashBytes(state), lineage);
    if (known.size <= KNOWN_MAX) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      break;
    }
  }

  find(state: Uint8Array): Lineage | undefined {
    return this.#state.known.get(hashBytes(state));
  }

  snapshot(): LineagesSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: LineagesSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
