// The core's records of jump targets (layout.ts, TARGETS), as the compiler reads and writes them. Two
// targets may want the same place; the later one has it.

import * as layout from "../layout.ts";
import type { JitHost } from "./compiler.ts";
import type { Views } from "./frame.ts";

const TWO_POW_32 = 4294967296;
const VISITS = layout.TARGET_VISITS >> 2;
const SLOT = layout.TARGET_SLOT >> 2;

/** Compiled code for a target. */
export interface TargetCode {
  readonly slot: number;
  readonly host: number;
  readonly generation: number;
  readonly entry: number;
}

export class Targets {
  readonly #host: JitHost;
  /** A target that was seen this often is warm. */
  readonly #warm: number;
  readonly #threshold: number;

  constructor(host: JitHost, threshold: number) {
    this.#host = host;
    this.#threshold = threshold;
    this.#warm = threshold >> 6;
  }

  isWarm(pc: number, views: Views): boolean {
    if (this.#warm === 0) return true;
    const at = this.#find(pc, views);
    if (at < 0) return false;
    const words = this.#host.words;
    return words[at + SLOT] !== 0 || this.#threshold - words[at + VISITS] >= this.#warm;
  }

  /** Where a target's compiled code is in the table; 0: there is none. */
  slot(pc: number, views: Views): number {
    const at = this.#find(pc, views);
    return at < 0 ? 0 : this.#host.words[at + SLOT];
  }

  /** How many visits more until the core asks again. */
  setVisits(pc: number, views: Views, visits: number): void {
    const at = this.#find(pc, views);
    if (at >= 0) this.#host.words[at + VISITS] = visits;
  }

  setCode(pc: number, views: Views, code: TargetCode): void {
    const at = place(pc, views);
    const words = this.#host.words;
    words[at] = pc >>> 0;
    words[at + 1] = Math.floor(pc / TWO_POW_32) >>> 0;
    words[at + VISITS] = 0;
    words[at + SLOT] = code.slot;
    words[at + (layout.TARGET_HOST >> 2)] = code.host;
    words[at + (layout.TARGET_GENERATION >> 2)] = code.generation;
    words[at + (layout.TARGET_ENTRY >> 2)] = code.entry;
    words[at + (layout.TARGET_VIEWS >> 2)] = views.data | (views.fetch << 16);
  }

  /** Index of the record's first word; -1: the place has another one. */
  #find(pc: number, views: Views): number {
    const at = place(pc, views);
    const words = this.#host.words;
    const isIt = words[at] === pc >>> 0 && words[at + 1] === Math.floor(pc / TWO_POW_32) >>> 0;
    return isIt ? at : -1;
  }
}

function place(pc: number, views: Views): number {
  const offset = ((pc << 4) ^ (views.data << layout.VIEW_SHIFT)) & layout.TARGET_MASK;
  return (layout.TARGETS + offset) >> 2;
}
