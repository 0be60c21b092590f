// Everything that crosses a machine's port, kept by the testbed whatever the protocol sends (D14):
// the surviving machine's record is replayed on a reference machine by the oracle.

import type { Entry, Output } from "../vm/exit.ts";

export type Crossing =
  | { readonly kind: "entry"; readonly count: number; readonly entry: Entry }
  | { readonly kind: "time"; readonly count: number; readonly ticks: number }
  | { readonly kind: "entropy"; readonly count: number; readonly bytes: Uint8Array }
  | { readonly kind: "output"; readonly count: number; readonly outputs: readonly Output[] };

/** A crossing with the state hash just after it ("" where the hash interval skipped it). */
export interface RecordedCrossing {
  readonly crossing: Crossing;
  readonly stateHash: string;
}

export class FlightRecorder {
  #crossings: RecordedCrossing[];

  constructor() {
    this.#crossings = [];
  }

  get length(): number {
    return this.#crossings.length;
  }

  append(recorded: RecordedCrossing): void {
    this.#crossings.push(recorded);
  }

  crossings(): readonly RecordedCrossing[] {
    return this.#crossings;
  }

  snapshot(): readonly RecordedCrossing[] {
    return this.#crossings.slice();
  }

  restore(snapshot: readonly RecordedCrossing[]): void {
    this.#crossings = snapshot.slice();
  }
}
