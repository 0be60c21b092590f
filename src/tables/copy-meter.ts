// What a copy of a running machine took: of the first copy that was admitted. When the guest
// stood still and how many pages a round had are the source's claims; when the machine has a backup
// is the storage's word.

import type { Fact } from "../history/fact.ts";

const PAGE_BYTES = 4_096;
const NS_PER_SECOND = 1_000_000_000;

/** Times in ns, sizes in bytes; NaN for what did not happen. */
export interface CopyFigures {
  /** How long the guest stood still. */
  readonly pause: number;
  /** From its beginning until the pair was admitted. */
  readonly took: number;
  readonly rounds: number;
  /** The first round: all pages that hold anything. */
  readonly image: number;
  /** All rounds. */
  readonly moved: number;
  /** What was left for the pause. */
  readonly last: number;
  /** Bytes a second in pages that the guest wrote while it was copied. */
  readonly dirtied: number;
}

export const NO_COPY: CopyFigures = {
  pause: Number.NaN,
  took: Number.NaN,
  rounds: Number.NaN,
  image: Number.NaN,
  moved: Number.NaN,
  last: Number.NaN,
  dirtied: Number.NaN,
};

interface Round {
  readonly time: number;
  readonly bytes: number;
}

export class CopyMeter {
  #began: number | undefined;
  #rounds: Round[];
  #pausedAt: number;
  #pause: number;
  #admittedAt: number | undefined;

  constructor() {
    this.#began = undefined;
    this.#rounds = [];
    this.#pausedAt = Number.NaN;
    this.#pause = Number.NaN;
    this.#admittedAt = undefined;
  }

  observe(fact: Fact): void {
    if (fact.kind === "open-generation" && fact.result === "won") this.#admittedAt ??= fact.time;
    if (fact.kind !== "copy") return;
    if (fact.stage === "resume") {
      this.#pause = fact.time - this.#pausedAt;
      return;
    }
    if (this.#admittedAt !== undefined) return;
    if (fact.stage === "begin") {
      this.#began = fact.time;
      this.#rounds = [];
    } else if (fact.stage === "round")
      this.#rounds.push({ time: fact.time, bytes: fact.pages * PAGE_BYTES });
    else if (fact.stage === "pause") this.#pausedAt = fact.time;
  }

  result(): CopyFigures {
    const [first] = this.#rounds;
    const last = this.#rounds[this.#rounds.length - 1];
    if (this.#began === undefined || this.#admittedAt === undefined) return NO_COPY;
    if (first === undefined || last === undefined) return NO_COPY;
    const moved = this.#rounds.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      pause: this.#pause,
      took: this.#admittedAt - this.#began,
      rounds: this.#rounds.length,
      image: first.bytes,
      moved,
      last: last.bytes,
      dirtied: ((moved - first.bytes) * NS_PER_SECOND) / Math.max(1, last.time - first.time),
    };
  }
}
