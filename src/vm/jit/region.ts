// A region as one function: its blocks, nested as structure.ts says, each of which debits its steps
// before it begins (core/tiers.ts says what the function takes and gives).

import {
  FETCH_TLB,
  META,
  META_GENERATION,
  META_SHIFT,
  TARGET_ENTRY,
  TARGET_GENERATION,
  TARGET_HOST,
  TARGET_MASK,
  TARGET_SLOT,
  TARGETS,
  VIEW_SHIFT,
} from "../layout.ts";
import type { Block, CodePage } from "./blocks.ts";
import {
  type Accesses,
  f3Of,
  floatRegistersOf,
  immI,
  type Instruction,
  rdOf,
  registersOf,
  rs1Of,
  rs2Of,
} from "./decode.ts";
import { type Body, type Label, MEM, OP } from "./encoder.ts";
import { directTargets, type Flow } from "./flow.ts";
import {
  ADDRESS,
  ENTRY,
  Frame,
  LEFT,
  OTHER_SLOT,
  type Registers,
  SLOT,
  type Views,
} from "./frame.ts";
import { type FloatState, isFloat, putFloat } from "./float.ts";
import { putInstruction } from "./instructions.ts";
import { type Structure, structureOf } from "./structure.ts";
import { putSlot } from "./tlb-access.ts";

export interface CompiledRegion {
  readonly body: Body;
  /** Blocks at which it may be entered; the argument to enter at entries[i] is i. */
  readonly entries: readonly Block[];
}

/** `slot`: where the function will be in the core's table. */
export function compileRegion(flow: Flow, views: Views, slot: number): CompiledRegion {
  return new Writer(flow, views, slot).write();
}

class Writer {
  readonly #flow: Flow;
  readonly #slot: number;
  readonly #structure: Structure;
  readonly #frame: Frame;
  /** By node: the labels that lead to it while they are open. */
  readonly #loops: Label[] = [];
  readonly #ends: Label[] = [];
  /** By node: the steps that must be left where it begins; 0: whoever leads to it has seen to that. */
  readonly #needs: readonly number[];

  constructor(flow: Flow, views: Views, slot: number) {
    this.#flow = flow;
    this.#slot = slot;
    this.#structure = structureOf(flow.successors);
    this.#needs = needsOf(flow, this.#structure);
    const words = flow.blocks.flatMap((block) => block.instructions.map(({ word }) => word));
    const integers = union(words.map(registersOf));
    const floats = union(words.map(floatRegistersOf));
    this.#frame = new Frame(flow.blocks[0].pc, views, { integers, floats });
  }

  write(): CompiledRegion {
    const frame = this.#frame;
    frame.begin();
    this.#tree(0);
    frame.finish();
    const entries = this.#structure.entries.map((node) => this.#flow.blocks[node - 1]);
    return { body: { locals: frame.localTypes, code: frame.code.bytes }, entries };
  }

  /** A node and all that it dominates. */
  #tree(node: number): void {
    const { code } = this.#frame;
    const isLoop = this.#structure.isLoop[node];
    if (isLoop) this.#loops[node] = code.loop();
    const ends = this.#structure.ends[node];
    for (const end of ends) this.#ends[end] = code.block();
    if (node === 0) this.#dispatch();
    else this.#block(node, this.#flow.blocks[node - 1]);
    for (const end of [...ends].reverse()) {
      code.end();
      this.#tree(end);
    }
    if (isLoop) code.end();
  }

  #dispatch(): void {
    const { code } = this.#frame;
    code.get(ENTRY);
    code.branchTable(this.#structure.entries.map((node) => this.#ends[node]));
  }

  #block(node: number, block: Block): void {
    const steps = block.instructions.length;
    this.#debit(node, block.pc, steps);
    const isStraight = block.end === "plain" || block.end === "leave";
    const straight = isStraight ? block.instructions : block.instructions.slice(0, -1);
    const floats: FloatState = { isDirty: false, isFast: false };
    for (const [index, instruction] of straight.entries()) {
      const unused = steps - index;
      if (isFloat(instruction.word)) putFloat(this.#frame, instruction, unused, floats);
      else putInstruction(this.#frame, instruction, unused);
    }
    const last = block.instructions.at(-1);
    if (block.end === "leave") return this.#frame.interpret(block.next, 0);
    if (block.end === "plain" || last === undefined) return this.#go(node, block.next);
    if (block.end === "branch") return this.#branch(node, block, last);
    if (block.end === "indirect") return this.#indirect(node, block, last);
    this.#link(last, block.next);
    this.#go(node, directTargets(block)[0]);
  }

  /**
   * A node that can be come to in several ways asks for the steps of the longest way on from it to
   * the next such node; those between only take theirs. A shorter budget is the interpreter's.
   */
  #debit(node: number, pc: number, steps: number): void {
    const { code } = this.#frame;
    const need = this.#needs[node];
    if (need > 0) {
      code.get(LEFT);
      code.i64(need);
      code.op(OP.i64LtS);
      this.#frame.interpretIf(pc, 0);
    }
    if (steps === 0) return;
    code.get(LEFT);
    code.i64(steps);
    code.op(OP.i64Sub);
    code.set(LEFT);
  }

  #link({ word }: Instruction, next: number): void {
    if (rdOf(word) === 0) return;
    this.#frame.code.i64(next);
    this.#frame.set(rdOf(word));
  }

  #branch(node: number, block: Block, { word }: Instruction): void {
    const { code } = this.#frame;
    const [next, taken] = directTargets(block);
    this.#frame.get(rs1Of(word));
    if (rs2Of(word) === 0 && f3Of(word) < 2) {
      code.op(OP.i64Eqz);
      if (f3Of(word) === 1) code.op(OP.i32Eqz);
    } else {
      this.#frame.get(rs2Of(word));
      code.op(CONDITIONS[f3Of(word)]);
    }
    code.if();
    this.#go(node, taken);
    code.end();
    this.#go(node, next);
  }

  /** To a pc that is known now, from the end of a node. */
  #go(from: number, pc: number): void {
    const { code } = this.#frame;
    const to = this.#flow.nodes.get(pc);
    if (to === undefined) return this.#frame.jumpOut(pc);
    const { page } = this.#flow.blocks[to - 1];
    if (page.base !== this.#flow.blocks[from - 1].page.base) this.#checkPage(page, pc);
    const { entries, isEnd, order } = this.#structure;
    if (this.#structure.isIndirect(from, to)) {
      code.i32(entries.indexOf(to));
      code.set(ENTRY);
      code.branchTo(this.#loops[0]);
    } else if (order[to] <= order[from]) code.branchTo(this.#loops[to]);
    else if (isEnd[to]) code.branchTo(this.#ends[to]);
    else this.#tree(to);
  }

  /** Another page of the region: it must still be there, and hold the code that was compiled. */
  #checkPage({ base, host, generation }: CodePage, pc: number): void {
    const { code } = this.#frame;
    const tlb = FETCH_TLB + this.#frame.views.fetch + ((base / 256) & 0xff0);
    code.i32(0);
    code.memory(MEM.i64Load, tlb);
    code.i64(base);
    code.op(OP.i64Ne);
    code.i32(0);
    code.memory(MEM.i32Load, tlb + 8);
    code.i32(host - (base | 0));
    code.op(OP.i32Ne);
    code.op(OP.i32Or);
    code.i32(0);
    code.memory(MEM.i32Load, META_GENERATION + META + ((host >>> 12) << META_SHIFT));
    code.i32(generation);
    code.op(OP.i32Ne);
    code.op(OP.i32Or);
    code.if();
    this.#frame.jumpOut(pc);
    code.end();
  }

  #indirect(node: number, block: Block, last: Instruction): void {
    const { code } = this.#frame;
    this.#frame.get(rs1Of(last.word));
    code.i64(immI(last.word));
    code.op(OP.i64Add);
    code.i64(-2);
    code.op(OP.i64And);
    code.set(ADDRESS);
    this.#link(last, block.next);
    for (const site of this.#flow.returns.get(node) ?? []) {
      const { pc } = this.#flow.blocks[site - 1];
      code.get(ADDRESS);
      code.i64(pc);
      code.op(OP.i64Eq);
      code.if();
      this.#go(node, pc);
      code.end();
    }
    this.#lookUp();
    code.get(ADDRESS);
    this.#frame.jumpOutTo();
  }

  /** To ADDRESS by its record, if that is current and of this region. */
  #lookUp(): void {
    const { code } = this.#frame;
    code.get(ADDRESS);
    code.op(OP.i32WrapI64);
    code.i32(4);
    code.op(OP.i32Shl);
    if (this.#frame.views.data !== 0) {
      code.i32(this.#frame.views.data << VIEW_SHIFT);
      code.op(OP.i32Xor);
    }
    code.i32(TARGET_MASK);
    code.op(OP.i32And);
    code.tee(SLOT);
    code.memory(MEM.i64Load, TARGETS);
    code.get(ADDRESS);
    code.op(OP.i64Eq);
    code.get(SLOT);
    code.memory(MEM.i32Load, TARGETS + TARGET_SLOT);
    code.i32(this.#slot);
    code.op(OP.i32Eq);
    code.op(OP.i32And);
    code.if();
    this.#pushIsCurrent();
    code.if();
    code.get(SLOT);
    code.memory(MEM.i32Load, TARGETS + TARGET_ENTRY);
    code.set(ENTRY);
    code.branchTo(this.#loops[0]);
    code.end();
    code.end();
  }

  #pushIsCurrent(): void {
    const { code, views } = this.#frame;
    const tlb = FETCH_TLB + views.fetch;
    code.get(ADDRESS);
    putSlot(code, OTHER_SLOT);
    code.memory(MEM.i64Load, tlb);
    code.get(ADDRESS);
    code.i64(-4096);
    code.op(OP.i64And);
    code.op(OP.i64Eq);
    code.get(ADDRESS);
    code.op(OP.i32WrapI64);
    code.get(OTHER_SLOT);
    code.memory(MEM.i32Load, tlb + 8);
    code.op(OP.i32Add);
    code.tee(OTHER_SLOT);
    code.get(SLOT);
    code.memory(MEM.i32Load, TARGETS + TARGET_HOST);
    code.op(OP.i32Eq);
    code.op(OP.i32And);
    code.get(OTHER_SLOT);
    code.i32(12);
    code.op(OP.i32ShrU);
    code.i32(META_SHIFT);
    code.op(OP.i32Shl);
    code.memory(MEM.i32Load, META + META_GENERATION);
    code.get(SLOT);
    code.memory(MEM.i32Load, TARGETS + TARGET_GENERATION);
    code.op(OP.i32Eq);
    code.op(OP.i32And);
  }
}

function union(all: readonly Accesses[]): Registers {
  let used = 0;
  let written = 0;
  for (const each of all) {
    used |= each.read | each.written;
    written |= each.written;
  }
  return { used, written };
}

/** The longest way between two looks at the budget, in steps; the interpreter's tail is shorter. */
const LONGEST_WAY = 96;

function needsOf(flow: Flow, { order, isEnd, isLoop }: Structure): readonly number[] {
  const needs = flow.successors.map(() => 0);
  const nodes = [...flow.successors.keys()].filter((node) => node > 0 && order[node] >= 0);
  for (const node of nodes.sort((a, b) => order[b] - order[a])) {
    const own = flow.blocks[node - 1].instructions.length;
    let way = own;
    for (const next of flow.successors[node]) {
      // Only a node that stands where this one leads to it: its need becomes a part of this one's.
      const isInline = next > 0 && order[next] > order[node] && !isEnd[next] && !isLoop[next];
      if (!isInline || own + needs[next] > LONGEST_WAY) continue;
      way = Math.max(way, own + needs[next]);
      needs[next] = 0;
    }
    needs[node] = way;
  }
  return needs;
}

/** By funct3 of a branch; 2 and 3 are none. */
const CONDITIONS: readonly number[] = [
  OP.i64Eq,
  OP.i64Ne,
  0,
  0,
  OP.i64LtS,
  OP.i64GeS,
  OP.i64LtU,
  OP.i64GeU,
];
