// What all parts of the compiler write to: a region's code, its locals, and the ways out of it.

import { F, PC, X } from "../layout.ts";
import {
  Code,
  type FunctionType,
  F32,
  F64,
  I32,
  I64,
  type ImportedFunction,
  type Label,
  MEM,
  OP,
} from "./encoder.ts";

/** Parameters and locals of a region; the registers that it uses come behind them. */
export const ENTRY = 0;
export const LEFT = 1;
const NEXT_PC = 2;
const FLAG = 3;
/** Where to go on, and how many steps to give back. */
const SIDE = 4;
/** An address, 64 bits. */
export const ADDRESS = 5;
/** Scratch, 64 bits. */
export const SCRATCH: readonly number[] = [6, 7, 8];
/** Scratch, 32 bits. */
export const SLOT = 9;
export const OTHER_SLOT = 10;
export const FIRST_DOUBLE = 11;
export const FIRST_SINGLE = 13;
export const SECOND_SINGLE = 14;
const FIRST_REGISTER = 15;

/** What regions call (core/float/multiply.ts): operands as doubles, is it single, rounding mode. */
export const IMPORTS: readonly ImportedFunction[] = [
  { name: "multiplyAdd", type: { parameters: [I64, I64, I64, I32, I32], results: [I64] } },
];
export const MULTIPLY_ADD = 0;

export const REGION_TYPE: FunctionType = { parameters: [I32, I64], results: [I64] };
/** Steps given back are the low bits of SIDE. */
const UNUSED_BITS = 8;
const SIDE_UNIT = 256;

/** How far the TLBs of the views lie behind those of view 0 (layout.ts). */
export interface Views {
  readonly data: number;
  readonly fetch: number;
}

/** Bit n: register n. What is written is used, too; x0 is neither. */
export interface Registers {
  readonly used: number;
  readonly written: number;
}

export interface Used {
  readonly integers: Registers;
  readonly floats: Registers;
}

const REGISTERS: readonly number[] = Array.from({ length: 32 }, (_, n) => n);

export class Frame {
  readonly code: Code = new Code();
  readonly views: Views;
  readonly #used: Used;
  readonly #locals: readonly number[];
  readonly #floatLocals: readonly number[];
  /** Behind the first label the interpreter goes on, behind the second some other code. */
  #side: Label;
  #exit: Label;
  /** SIDE counts from here. */
  readonly #base: number;

  constructor(base: number, views: Views, used: Used) {
    this.views = views;
    this.#base = base;
    this.#used = used;
    let count = FIRST_REGISTER;
    const number = (mask: number): readonly number[] =>
      REGISTERS.map((n) => (isIn(mask, n) ? count++ : -1));
    this.#locals = number(used.integers.used);
    this.#floatLocals = number(used.floats.used);
    this.#side = 0;
    this.#exit = 0;
  }

  get localTypes(): readonly (readonly [number, number])[] {
    return [
      [7, I64],
      [2, I32],
      [2, F64],
      [2, F32],
      [this.#locals.filter((local) => local >= 0).length, I64],
      [this.#floatLocals.filter((local) => local >= 0).length, F64],
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

  getFloat(n: number): void {
    this.code.get(this.#floatLocals[n]);
  }

  setFloat(n: number): void {
    this.code.set(this.#floatLocals[n]);
  }

  begin(): void {
    const { integers, floats } = this.#used;
    for (const n of REGISTERS) {
      if (isIn(integers.used, n)) this.#load(MEM.i64Load, X + 8 * n, this.#locals[n]);
      if (isIn(floats.used, n)) this.#load(MEM.f64Load, F + 8 * n, this.#floatLocals[n]);
    }
    this.#exit = this.code.block();
    this.#side = this.code.block();
  }

  finish(): void {
    this.code.end();
    this.#leaveAtSide();
    this.code.end();
    const { integers, floats } = this.#used;
    for (const n of REGISTERS) {
      if (isIn(integers.written, n)) this.#store(MEM.i64Store, X + 8 * n, this.#locals[n]);
      if (isIn(floats.written, n)) this.#store(MEM.f64Store, F + 8 * n, this.#floatLocals[n]);
    }
    this.#store(MEM.i64Store, PC, NEXT_PC);
    this.code.get(LEFT);
    this.code.get(FLAG);
    this.code.op(OP.i64Xor);
    this.code.finish();
  }

  #load(op: number, address: number, local: number): void {
    this.code.i32(0);
    this.code.memory(op, address);
    this.code.set(local);
  }

  #store(op: number, address: number, local: number): void {
    this.code.i32(0);
    this.code.get(local);
    this.code.memory(op, address);
  }

  /**
   * Leaves for the interpreter, which goes on at `pc`; `unused` steps were debited and not taken. All
   * such ways out are one: what differs is a constant, which costs nothing until it is needed.
   */
  interpret(pc: number, unused: number): void {
    this.#setSide(pc, unused);
    this.code.branchTo(this.#side);
  }

  /** The same if there is not 0 on the stack. */
  interpretIf(pc: number, unused: number): void {
    this.#setSide(pc, unused);
    this.code.branchIf(this.#side);
  }

  #setSide(pc: number, unused: number): void {
    this.code.i64((pc - this.#base) * SIDE_UNIT + unused);
    this.code.set(SIDE);
  }

  #leaveAtSide(): void {
    const { code } = this;
    code.get(LEFT);
    code.get(SIDE);
    code.i64(SIDE_UNIT - 1);
    code.op(OP.i64And);
    code.op(OP.i64Add);
    code.set(LEFT);
    code.get(SIDE);
    code.i64(UNUSED_BITS);
    code.op(OP.i64ShrS);
    code.i64(this.#base);
    code.op(OP.i64Add);
    code.set(NEXT_PC);
    code.i64(-1);
    code.set(FLAG);
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

function isIn(mask: number, n: number): boolean {
  return ((mask >>> n) & 1) !== 0;
}
