// Guest instructions for the compiler, read where the core would fetch them: through the fetch TLB of
// the region's view, and in view 0, where nothing is translated, anywhere in RAM.

import { expandCompressed } from "../compressed.ts";
import { FETCH_TLB, META, META_GENERATION, META_SHIFT, RAM_BASE, RAM_PAGES } from "../layout.ts";
import { type CodePage, type CodeSource, PAGE, pageBase } from "./blocks.ts";
import type { JitHost } from "./compiler.ts";
import type { Instruction } from "./decode.ts";
import type { Views } from "./frame.ts";
import type { Targets } from "./targets.ts";

const TWO_POW_32 = 4294967296;

export class CodeReader implements CodeSource {
  readonly #host: JitHost;
  readonly #words: Uint32Array;
  readonly #views: Views;
  readonly #targets: Targets;
  readonly #pageIds: number[];

  constructor(host: JitHost, views: Views, targets: Targets) {
    this.#targets = targets;
    this.#host = host;
    this.#words = host.words;
    this.#views = views;
    this.#pageIds = [];
  }

  /** Pool pages that were read, each once. */
  get pageIds(): readonly number[] {
    return this.#pageIds;
  }

  isWarm(pc: number): boolean {
    return this.#targets.isWarm(pc, this.#views);
  }

  isCompiled(pc: number): boolean {
    return this.#targets.slot(pc, this.#views) !== 0;
  }

  pageOf(pc: number): CodePage | undefined {
    const base = pageBase(pc);
    const host = this.#fetched(base) ?? this.#untranslated(base);
    // The page of zeros has no owner to mark.
    if (host === undefined || host < PAGE) return undefined;
    const id = host >>> 12;
    this.#pageIds.push(id);
    const generation = this.#words[(META + (id << META_SHIFT) + META_GENERATION) >> 2];
    return { base, host, generation, at: (where) => this.#instruction(where, host + where - base) };
  }

  #fetched(base: number): number | undefined {
    const at = (FETCH_TLB + this.#views.fetch + ((base / 256) & 0xff0)) >> 2;
    const words = this.#words;
    const isHit = words[at] === base >>> 0 && words[at + 1] === Math.floor(base / TWO_POW_32) >>> 0;
    return isHit ? (base + words[at + 2]) >>> 0 : undefined;
  }

  #untranslated(base: number): number | undefined {
    const page = (base - RAM_BASE) / PAGE;
    const isRam = page >= 0 && page < this.#words[RAM_PAGES >> 2];
    if (this.#views.fetch !== 0 || !isRam) return undefined;
    return this.#host.exports.pageForRead(page) >>> 0;
  }

  #instruction(pc: number, host: number): Instruction | undefined {
    const low = this.#half(host);
    if ((low & 3) !== 3) return { pc, word: expandCompressed(low), bytes: 2 };
    if ((host & (PAGE - 1)) === PAGE - 2) return undefined;
    return { pc, word: low | (this.#half(host + 2) << 16), bytes: 4 };
  }

  #half(host: number): number {
    const word = this.#words[host >> 2];
    return host & 2 ? word >>> 16 : word & 0xffff;
  }
}
