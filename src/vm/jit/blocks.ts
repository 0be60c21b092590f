// Finds the basic blocks that are reached from hot entries by direct jumps, by calls that were seen,
// and by what follows a call: nearest first, until a region is full. A block never leaves its page;
// an instruction that straddles two pages is the interpreter's.

import { immB, immJ, type Instruction, type Kind, kindOf, rdOf } from "./decode.ts";

/** Where guest instructions are read. */
export interface CodeSource {
  /** The page of a pc, or undefined when it cannot be had now. */
  pageOf(pc: number): CodePage | undefined;
  /** Whether jumps to this pc are worth following, by how often they were seen. */
  isWarm(pc: number): boolean;
  /** Whether some other region begins at this pc. */
  isCompiled(pc: number): boolean;
}

export interface CodePage {
  /** Virtual address of its first byte, signed. */
  readonly base: number;
  /** Host address of its first byte. */
  readonly host: number;
  /** Of its pool page: goes up when it is written. */
  readonly generation: number;
  /** The expanded instruction at a pc of this page, or undefined when it straddles the page's end. */
  at(pc: number): Instruction | undefined;
}

export interface Block {
  readonly pc: number;
  readonly page: CodePage;
  /** Steps of the block. Its last one is the jump, if it ends in one. */
  readonly instructions: readonly Instruction[];
  /** "plain": it goes on at `next`. "leave": so it does, in the interpreter. */
  readonly end: Kind;
  /** The pc behind it. */
  readonly next: number;
}

export interface RegionLimits {
  readonly instructions: number;
  readonly pages: number;
}

/** Bounds the interpreter's tail when the budget is short. */
const LONGEST_BLOCK = 64;
export const PAGE = 4096;
const SYSTEM_RETURNS: readonly number[] = [0x00100073, 0x30200073, 0x10200073];

export function pageBase(pc: number): number {
  return Math.floor(pc / PAGE) * PAGE;
}

/** Where a direct jump or branch goes to when it is taken. */
export function targetOf({ pc, word }: Instruction, end: Kind): number {
  return pc + (end === "branch" ? immB(word) : immJ(word));
}

/** The blocks by their pc, in the order in which they were found. */
export function findBlocks(
  source: CodeSource,
  entries: readonly number[],
  limits: RegionLimits,
): ReadonlyMap<number, Block> {
  const leaders = new Scan(source, limits).leadersFrom(entries);
  const blocks = new Map<number, Block>();
  const queue = [...leaders];
  for (const [pc, page] of queue) {
    if (blocks.has(pc)) continue;
    const block = cut(pc, page, leaders);
    blocks.set(pc, block);
    // A long block goes on in another one.
    if (block.instructions.length === LONGEST_BLOCK && block.end === "plain")
      if (pageBase(block.next) === page.base) queue.push([block.next, page]);
  }
  return blocks;
}

function cut(pc: number, page: CodePage, leaders: ReadonlyMap<number, CodePage>): Block {
  const instructions: Instruction[] = [];
  let next = pc;
  for (;;) {
    const instruction = pageBase(next) === page.base ? page.at(next) : undefined;
    if (instruction === undefined) {
      const end = pageBase(next) === page.base ? "leave" : "plain";
      return { pc, page, instructions, end, next };
    }
    const kind = kindOf(instruction.word);
    if (kind === "leave") return { pc, page, instructions, end: kind, next };
    instructions.push(instruction);
    next += instruction.bytes;
    const isFull = instructions.length === LONGEST_BLOCK || leaders.has(next);
    if (kind !== "plain" || isFull) return { pc, page, instructions, end: kind, next };
  }
}

/** One walk over the code; every instruction is looked at once. */
class Scan {
  readonly #source: CodeSource;
  readonly #limits: RegionLimits;
  readonly #leaders = new Map<number, CodePage>();
  readonly #seen = new Set<number>();
  readonly #pages = new Map<number, CodePage>();

  constructor(source: CodeSource, limits: RegionLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  leadersFrom(entries: readonly number[]): ReadonlyMap<number, CodePage> {
    const queue = [...entries];
    for (const pc of queue) {
      if (this.#leaders.has(pc) || this.#seen.size >= this.#limits.instructions) continue;
      const page = this.#pageOf(pc);
      if (page === undefined) continue;
      this.#leaders.set(pc, page);
      queue.push(...this.#walk(pc, page));
    }
    return this.#leaders;
  }

  #pageOf(pc: number): CodePage | undefined {
    const base = pageBase(pc);
    const known = this.#pages.get(base);
    if (known !== undefined || this.#pages.size >= this.#limits.pages) return known;
    const page = this.#source.pageOf(pc);
    if (page !== undefined) this.#pages.set(base, page);
    return page;
  }

  /** Along one run of instructions; returns where else to look. */
  #walk(start: number, page: CodePage): readonly number[] {
    let pc = start;
    while (pageBase(pc) === page.base) {
      if (this.#seen.has(pc)) return [];
      const instruction = page.at(pc);
      if (instruction === undefined) return [];
      this.#seen.add(pc);
      const next = pc + instruction.bytes;
      const kind = kindOf(instruction.word);
      if (kind !== "plain") return this.#after(instruction, kind, next);
      pc = next;
    }
    return [pc];
  }

  #after(instruction: Instruction, kind: Kind, next: number): readonly number[] {
    const isCall = rdOf(instruction.word) !== 0;
    if (kind === "indirect") return isCall ? [next] : [];
    if (kind === "leave") return goesOn(instruction.word) ? [next] : [];
    const target = targetOf(instruction, kind);
    const isWarm = this.#source.isWarm(target);
    if (kind === "branch") return isWarm || target <= instruction.pc ? [next, target] : [next];
    if (!isCall) return [target];
    return isWarm && !this.#source.isCompiled(target) ? [target, next] : [next];
  }
}

/** Whether the interpreter comes back to the pc behind this instruction, as far as one can tell. */
export function goesOn(word: number): boolean {
  return (word & 3) === 3 && word !== 0xffffffff && !SYSTEM_RETURNS.includes(word);
}
