// What the reference machine already did (D14), kept for forks: branches of one run share their past,
// and replaying it once is enough. A branch's replay begins here only if its own record was in the
// same state at the same crossing; then the machine and the streams are what they would have become.

import type { RecordedCrossing } from "../flight-recorder.ts";
import type { WorldSpec } from "../world-spec.ts";
import { ReferenceReplay } from "./reference.ts";

export class ReferencePrefix {
  readonly #replay: ReferenceReplay;
  #crossings: number;
  #last: RecordedCrossing | undefined;
  #isBroken: boolean;

  constructor({ booted }: WorldSpec) {
    this.#replay = ReferenceReplay.begin(booted);
    this.#crossings = 0;
    this.#last = undefined;
    this.#isBroken = false;
  }

  /** Of a record that only grew since the last time, so many crossings. */
  follow(record: readonly RecordedCrossing[], crossings: number): void {
    while (this.#crossings < crossings && !this.#isBroken) {
      const recorded = record[this.#crossings] as RecordedCrossing;
      if (!this.#replay.follow(recorded.crossing)) this.#isBroken = true;
      else {
        this.#crossings += 1;
        this.#last = recorded;
      }
    }
  }

  /** A replay that has done the first crossings of this record; undefined where it must begin anew. */
  replayFor(
    record: readonly RecordedCrossing[],
  ): { readonly replay: ReferenceReplay; readonly done: number } | undefined {
    const own = record[this.#crossings - 1];
    const last = this.#last;
    if (this.#isBroken || own === undefined || last === undefined) return undefined;
    // Something must be left to compare.
    if (this.#crossings >= record.length) return undefined;
    const isSame =
      own.stateHash !== "" &&
      own.stateHash === last.stateHash &&
      own.crossing.count === last.crossing.count;
    if (!isSame) return undefined;
    return { replay: this.#replay.fork(), done: this.#crossings };
  }

  release(): void {
    this.#replay.release();
  }
}
