// What all parts of the compiler write to: a region's code, its locals, and the ways out of it.

import { PC, X } from "../layout.ts";
import { Code, type FunctionType, I32, I64, type ImportedFunction, type Label, MEM, OP } from "./encoder.ts";

/** Parameters and locals of a region; the x registers that it uses come behind them. */
export const ENTRY = 0;
export const LEFT = 1;
const NEXT_PC = 2;
const FLAG = 3;
/** An address, 64 bits. */
export const ADDRESS = 4;
/** Scratch, 32 bits. */
export const SLOT = 5;
export const OTHER_SLOT = 6;
const FIRST_REGISTER = 7;

export const REGION_TYPE: FunctionType = { parameters: [I32, I64], results: [I64] };

const BINARY: FunctionType = { parameters: [I64, I64], results: [I64] };
const BINARY32: FunctionType = { parameters: [I32, I32], results: [I64] };

/** Exports of the core that regions call (core/tiers.ts, core/arithmetic.ts). */
export const HELPERS: readonly ImportedFunction[] = [
  { name: "regionLoad", type: { parameters: [I64, I32], results: [I64] } },
  { name: "regionStore", type: { parameters: [I64, I64, I32], results: [I32] } },
  { name: "regionAtomic", type: { parameters: [I32, I64], results: [I32] } },
  { name: "mulh", type: BINARY },
  { name: "mulhsu", type: BINARY },
  { name: "mulhu", type: BINARY },
  { name: "div64", type: BINARY },
  { name: "rem64", type: BINARY },
  { name: "div32", type: BINARY32 },
  { name: "rem32", type: BINARY32 },
];

const HELPER_INDEX = new Map(HELPERS.map(({ name }, index) => [name, index]));

/** How far the TLBs of the views lie behind those of view 0 (layout.ts). */
export interface Views {
  readonly data: number;
  readonly fetch: number;
}

export class Frame {
  readonly code: Code = new Code();
  readonly views: Views;
  readonly #used: number;
  readonly #written: number;
  readonly #locals: readonly number[];
  #exit: Label;

  /** Bit n of the masks: register n. */
  constructor(views: Views, used: number, written: number) {
    this.views = views;
    this.#used = used;
    this.#written = written;
    const locals: number[] = [];
    let count = FIRST_REGISTER;
    for (let n = 0; n < 32; n++) locals.push(isIn(used, n) ? count++ : -1);
    this.#locals = locals;
    this.#exit = 0;
  }

  get localTypes(): readonly (readonly [number, number])[] {
    const registers = this.#locals.filter((local) => local >= 0).length;
    return [
      [3, I64],
      [2, I32],
      [registers, I64],
    ];
  }

  /** Pushes a register. */
  get(n: number): void {
    if (n === 0) this.code.i64(0);
    else this.code.get(this.#locals[n]);
  }

  /** Pops into a register; x0 swallows it. */
  set(n: number): void {
    if (n === 0) this.code.op(OP.drop);
    else this.code.set(this.#locals[n]);
  }

  call(helper: string): void {
    this.code.call(HELPER_INDEX.get(helper) ?? -1);
  }

  begin(): void {
    for (let n = 1; n < 32; n++) if (isIn(this.#used, n)) this.reload(n);
    this.#exit = this.code.block();
  }

  finish(): void {
    this.code.end();
    for (let n = 1; n < 32; n++) if (isIn(this.#written, n)) this.spill(n);
    this.code.i32(0);
    this.code.get(NEXT_PC);
    this.code.memory(MEM.i64Store, PC);
    this.code.get(LEFT);
    this.code.get(FLAG);
    this.code.op(OP.i64Xor);
    this.code.finish();
  }

  /** A register's local to where the core has it. */
  spill(n: number): void {
    if (n === 0) return;
    this.code.i32(0);
    this.get(n);
    this.code.memory(MEM.i64Store, X + 8 * n);
  }

  reload(n: number): void {
    if (n === 0) return;
    this.code.i32(0);
    this.code.memory(MEM.i64Load, X + 8 * n);
    this.set(n);
  }

  /** Leaves for the interpreter, which goes on at `pc`; `unused` steps were debited and not taken. */
  interpret(pc: number, unused: number): void {
    if (unused > 0) {
      this.code.get(LEFT);
      this.code.i64(unused);
      this.code.op(OP.i64Add);
      this.code.set(LEFT);
    }
    this.code.i64(-1);
    this.code.set(FLAG);
    this.jumpOut(pc);
  }

  /** Leaves by a jump to a pc that is not in the region. */
  jumpOut(pc: number): void {
    this.code.i64(pc);
    this.jumpOutTo();
  }

  /** The same; the pc is on the stack. */
  jumpOutTo(): void {
    this.code.set(NEXT_PC);
    this.code.branchTo(this.#exit);
  }
}

export function isIn(mask: number, n: number): boolean {
  return ((mask >>> n) & 1) !== 0;
}
