// F and D by the host's float unit, where that cannot be told from the interpreter's integers
// (core/float/arithmetic.ts has the rule): mstatus.FS is Dirty, inexact is set, frm is nearest even,
// and the result is a normal number, or a zero or subnormal one that is known to be exact. Whatever
// else is the interpreter's. Registers are f64 locals: moves, loads and sign operations of WebAssembly
// keep the bits of a NaN, and no arithmetic result that is a NaN is ever kept.

import { FCSR, LOAD_TLB, MSTATUS, STORE_TLB } from "../layout.ts";
import {
  f3Of,
  immI,
  immS,
  type Instruction,
  opcodeOf,
  OPCODE,
  rdOf,
  rs1Of,
  rs2Of,
} from "./decode.ts";
import { MEM, OP } from "./encoder.ts";
import {
  FIRST_DOUBLE,
  FIRST_SINGLE,
  type Frame,
  MULTIPLY_ADD,
  SCRATCH,
  SECOND_SINGLE,
} from "./frame.ts";
import { putHostAddress, putLookup } from "./tlb-access.ts";

/** What has been looked at since the block began: neither can change within it but to the good. */
export interface FloatState {
  isDirty: boolean;
  isFast: boolean;
}

const FS_DIRTY = 0x6000;
const BOX = -0x100000000;
const LARGEST = { 32: 3.4028234663852886e38, 64: 1.7976931348623157e308 } as const;
const SMALLEST = { 32: 1.1754943508222875e-38, 64: 2.2250738585072014e-308 } as const;

export function isFloat(word: number): boolean {
  const opcode = opcodeOf(word);
  const isAccess = opcode === OPCODE.loadFloat || opcode === OPCODE.storeFloat;
  return isAccess || opcode === OPCODE.opFloat || isFused(opcode);
}

function isFused(opcode: number): boolean {
  return opcode >= OPCODE.fusedFirst && opcode <= OPCODE.fusedLast;
}

export function putFloat(frame: Frame, at: Instruction, unused: number, state: FloatState): void {
  const { word } = at;
  const leaveIf = (): void => frame.interpretIf(at.pc, unused);
  if (!state.isDirty) putDirtyCheck(frame, leaveIf);
  state.isDirty = true;
  const opcode = opcodeOf(word);
  if (opcode === OPCODE.loadFloat) return putLoad(frame, at, unused);
  if (opcode === OPCODE.storeFloat) return putStore(frame, at, unused);
  const f5 = word >>> 27;
  const isExact = opcode === OPCODE.opFloat && EXACT.includes(f5);
  if (!isExact && !state.isFast) putFastCheck(frame, leaveIf);
  state.isFast ||= !isExact;
  const op: Operation = { frame, word, isSingle: ((word >>> 25) & 3) === 0, leaveIf };
  if (isFused(opcode)) return putFused(op);
  if (f5 < 4 || f5 === 11) return putArithmetic(op, f5);
  if (f5 === 4) return putSign(op);
  if (f5 === 5) return putExtreme(op);
  if (f5 === 8) return putConversion(op);
  if (f5 === 20) return putComparison(op);
  if (f5 === 24) return putToInteger(op);
  if (f5 === 26) return putFromInteger(op);
  return putMove(op, f5);
}

/** Sign injection, minimum and maximum, comparison, moves: no rounding. */
const EXACT: readonly number[] = [4, 5, 20, 28, 30];

interface Operation {
  readonly frame: Frame;
  readonly word: number;
  readonly isSingle: boolean;
  /** To the interpreter, at this instruction, if there is not 0 on the stack. */
  readonly leaveIf: () => void;
}

function putDirtyCheck({ code }: Frame, leaveIf: () => void): void {
  code.i32(0);
  code.memory(MEM.i32Load, MSTATUS);
  code.i32(FS_DIRTY);
  code.op(OP.i32And);
  code.i32(FS_DIRTY);
  code.op(OP.i32Ne);
  leaveIf();
}

/** frm is 0, and inexact is set. */
function putFastCheck({ code }: Frame, leaveIf: () => void): void {
  code.i32(0);
  code.memory(MEM.i32Load, FCSR);
  code.i32(0xe1);
  code.op(OP.i32And);
  code.i32(1);
  code.op(OP.i32Ne);
  leaveIf();
}

// ---- loads and stores -------------------------------------------------------------------------

function putLoad(frame: Frame, { word, pc }: Instruction, unused: number): void {
  const { code } = frame;
  const isSingle = f3Of(word) === 2;
  const tlb = LOAD_TLB + frame.views.data;
  const size = isSingle ? 4 : 8;
  putLookup(frame, tlb, { base: rs1Of(word), offset: immI(word), size, pc, unused });
  putHostAddress(frame, tlb);
  if (isSingle) {
    code.memory(MEM.i64Load32U);
    putBoxed(frame);
  } else code.memory(MEM.f64Load);
  frame.setFloat(rdOf(word));
}

function putStore(frame: Frame, { word, pc }: Instruction, unused: number): void {
  const { code } = frame;
  const isSingle = f3Of(word) === 2;
  const tlb = STORE_TLB + frame.views.data;
  const size = isSingle ? 4 : 8;
  putLookup(frame, tlb, { base: rs1Of(word), offset: immS(word), size, pc, unused });
  putHostAddress(frame, tlb);
  frame.getFloat(rs2Of(word));
  if (isSingle) {
    code.op(OP.i64ReinterpretF64);
    code.memory(MEM.i64Store32);
  } else code.memory(MEM.f64Store);
}

/** 32 bits in an i64 become a register. */
function putBoxed({ code }: Frame): void {
  code.i64(BOX);
  code.op(OP.i64Or);
  code.op(OP.f64ReinterpretI64);
}

// ---- operands and results ---------------------------------------------------------------------

/** An operand in its format; a single that is not boxed is a NaN, and the interpreter's. */
function putOperand({ frame, isSingle, leaveIf }: Operation, register: number): void {
  const { code } = frame;
  frame.getFloat(register);
  if (!isSingle) return;
  putSingleBits(frame, leaveIf);
  code.op(OP.f32ReinterpretI32);
}

/** Takes a register off the stack, leaves the bits of its single, 32 of them. */
function putSingleBits({ code }: Frame, leaveIf: () => void): void {
  const [bits] = SCRATCH;
  code.op(OP.i64ReinterpretF64);
  code.tee(bits);
  code.i64(BOX);
  code.op(OP.i64LtU);
  leaveIf();
  code.get(bits);
  code.op(OP.i32WrapI64);
}

/** From the stack, in its format. */
function putResult({ frame, word, isSingle }: Operation): void {
  const { code } = frame;
  if (isSingle) {
    code.op(OP.i32ReinterpretF32);
    code.op(OP.i64ExtendI32U);
    putBoxed(frame);
  }
  frame.setFloat(rdOf(word));
}

function pick(isSingle: boolean, single: number, double: number): number {
  return isSingle ? single : double;
}

/** Leaves whether the local's magnitude is above `low` (or there is no such bound) and finite. */
function putIsFinite({ frame: { code }, isSingle }: Operation, local: number, low: boolean): void {
  const format = isSingle ? 32 : 64;
  const magnitude = (): void => {
    code.get(local);
    code.op(pick(isSingle, OP.f32Abs, OP.f64Abs));
  };
  magnitude();
  code.float(format, LARGEST[format]);
  code.op(pick(isSingle, OP.f32Le, OP.f64Le));
  if (!low) return;
  magnitude();
  code.float(format, SMALLEST[format]);
  code.op(pick(isSingle, OP.f32Gt, OP.f64Gt));
  code.op(OP.i32And);
}

function putIsZero({ frame: { code }, isSingle }: Operation): void {
  code.float(isSingle ? 32 : 64, 0);
  code.op(pick(isSingle, OP.f32Eq, OP.f64Eq));
}

// ---- arithmetic -------------------------------------------------------------------------------

const DOUBLE_OPS: readonly number[] = [OP.f64Add, OP.f64Sub, OP.f64Mul, OP.f64Div];
const SINGLE_OPS: readonly number[] = [OP.f32Add, OP.f32Sub, OP.f32Mul, OP.f32Div];
const SQUARE_ROOT = 11;

function putArithmetic(op: Operation, f5: number): void {
  const { frame, word, isSingle, leaveIf } = op;
  const { code } = frame;
  const result = isSingle ? FIRST_SINGLE : FIRST_DOUBLE;
  putOperand(op, rs1Of(word));
  if (f5 === SQUARE_ROOT) code.op(pick(isSingle, OP.f32Sqrt, OP.f64Sqrt));
  else {
    putOperand(op, rs2Of(word));
    code.op((isSingle ? SINGLE_OPS : DOUBLE_OPS)[f5]);
  }
  code.set(result);
  // A sum that is tiny is exact.
  putIsFinite(op, result, f5 > 1);
  code.op(OP.i32Eqz);
  if (f5 < 2) leaveIf();
  else {
    code.if();
    putIsExactZero(op, f5, result);
    code.op(OP.i32Eqz);
    leaveIf();
    code.end();
  }
  code.get(result);
  putResult(op);
}

/** Zero because an operand is: of a product either one, of the others the first. */
function putIsExactZero(op: Operation, f5: number, result: number): void {
  const { code } = op.frame;
  code.get(result);
  putIsZero(op);
  putOperand(op, rs1Of(op.word));
  putIsZero(op);
  if (f5 === 2) {
    putOperand(op, rs2Of(op.word));
    putIsZero(op);
    code.op(OP.i32Or);
  }
  code.op(OP.i32And);
}

/** fmadd and its kin: WebAssembly has none, so this is the one call that regions make. */
function putFused(op: Operation): void {
  const { frame, word, isSingle } = op;
  const { code } = frame;
  const opcode = opcodeOf(word);
  const operand = (register: number, isNegated: boolean): void => {
    putOperand(op, register);
    if (isSingle) {
      // A NaN that is widened by the host may lose its bits.
      code.tee(FIRST_SINGLE);
      code.get(FIRST_SINGLE);
      code.op(OP.f32Ne);
      op.leaveIf();
      code.get(FIRST_SINGLE);
      code.op(OP.f64PromoteF32);
    }
    if (isNegated) code.op(OP.f64Neg);
    code.op(OP.i64ReinterpretF64);
  };
  const [a, b] = [SCRATCH[1], SCRATCH[2]];
  operand(rs1Of(word), (opcode & 2) !== 0);
  code.set(a);
  operand(rs2Of(word), false);
  code.set(b);
  operand(word >>> 27, (opcode & 1) !== 0);
  code.set(SCRATCH[0]);
  code.get(a);
  code.get(b);
  code.get(SCRATCH[0]);
  code.i32(isSingle ? 1 : 0);
  code.i32(0);
  code.call(MULTIPLY_ADD);
  if (isSingle) putBoxed(frame);
  else code.op(OP.f64ReinterpretI64);
  frame.setFloat(rdOf(word));
}

// ---- what does not round ----------------------------------------------------------------------

/** fsgnj, fsgnjn, fsgnjx: also moves, negation and magnitude. */
function putSign(op: Operation): void {
  const { frame, word, isSingle, leaveIf } = op;
  const { code } = frame;
  const way = f3Of(word);
  const bits = (register: number): void => {
    frame.getFloat(register);
    if (isSingle) {
      putSingleBits(frame, leaveIf);
      code.op(OP.i64ExtendI32U);
    } else code.op(OP.i64ReinterpretF64);
  };
  const sign = SIGN[isSingle ? 32 : 64];
  bits(rs2Of(word));
  if (way === 1) {
    code.i64(-1);
    code.op(OP.i64Xor);
  } else if (way === 2) {
    bits(rs1Of(word));
    code.op(OP.i64Xor);
  }
  code.bit(sign);
  code.op(OP.i64And);
  bits(rs1Of(word));
  code.bit(sign);
  code.i64(-1);
  code.op(OP.i64Xor);
  code.op(OP.i64And);
  code.op(OP.i64Or);
  if (isSingle) putBoxed(frame);
  else code.op(OP.f64ReinterpretI64);
  frame.setFloat(rdOf(word));
}

/** The number of the bit that is the sign. */
const SIGN = { 32: 31, 64: 63 } as const;

/** Both operands into locals; NaNs are the interpreter's. */
function putNumbers(op: Operation): readonly [number, number] {
  const { frame, word, isSingle, leaveIf } = op;
  const { code } = frame;
  const a = isSingle ? FIRST_SINGLE : FIRST_DOUBLE;
  const b = isSingle ? SECOND_SINGLE : FIRST_DOUBLE + 1;
  putOperand(op, rs1Of(word));
  code.set(a);
  putOperand(op, rs2Of(word));
  code.set(b);
  for (const local of [a, b]) {
    code.get(local);
    code.get(local);
    code.op(pick(isSingle, OP.f32Ne, OP.f64Ne));
  }
  code.op(OP.i32Or);
  leaveIf();
  return [a, b];
}

function putExtreme(op: Operation): void {
  const { frame, word, isSingle } = op;
  const [a, b] = putNumbers(op);
  frame.code.get(a);
  frame.code.get(b);
  const isMaximum = f3Of(word) === 1;
  frame.code.op(
    isMaximum ? pick(isSingle, OP.f32Max, OP.f64Max) : pick(isSingle, OP.f32Min, OP.f64Min),
  );
  putResult(op);
}

/** fle, flt, feq. */
const DOUBLE_COMPARISONS: readonly number[] = [OP.f64Le, OP.f64Lt, OP.f64Eq];
const SINGLE_COMPARISONS: readonly number[] = [OP.f32Le, OP.f32Lt, OP.f32Eq];

function putComparison(op: Operation): void {
  const { frame, word, isSingle } = op;
  const [a, b] = putNumbers(op);
  frame.code.get(a);
  frame.code.get(b);
  frame.code.op((isSingle ? SINGLE_COMPARISONS : DOUBLE_COMPARISONS)[f3Of(word)]);
  frame.code.op(OP.i64ExtendI32U);
  frame.set(rdOf(word));
}

/** fmv.x.w, fmv.x.d (28), fmv.w.x, fmv.d.x (30). */
function putMove({ frame, word, isSingle }: Operation, f5: number): void {
  const { code } = frame;
  if (f5 === 28) {
    frame.getFloat(rs1Of(word));
    code.op(OP.i64ReinterpretF64);
    if (isSingle) {
      code.op(OP.i32WrapI64);
      code.op(OP.i64ExtendI32S);
    }
    return frame.set(rdOf(word));
  }
  frame.get(rs1Of(word));
  if (isSingle) putBoxed(frame);
  else code.op(OP.f64ReinterpretI64);
  frame.setFloat(rdOf(word));
}

// ---- conversions ------------------------------------------------------------------------------

/** Between the formats; `isSingle` is what comes out. */
function putConversion(op: Operation): void {
  const { frame, word, isSingle, leaveIf } = op;
  const { code } = frame;
  const from: Operation = { ...op, isSingle: !isSingle };
  putOperand(from, rs1Of(word));
  if (!isSingle) {
    code.tee(FIRST_SINGLE);
    code.get(FIRST_SINGLE);
    code.op(OP.f32Ne);
    leaveIf();
    code.get(FIRST_SINGLE);
    code.op(OP.f64PromoteF32);
    return putResult(op);
  }
  code.op(OP.f32DemoteF64);
  code.set(FIRST_SINGLE);
  putIsFinite(op, FIRST_SINGLE, true);
  putOperand(from, rs1Of(word));
  putIsZero(from);
  code.op(OP.i32Or);
  code.op(OP.i32Eqz);
  leaveIf();
  code.get(FIRST_SINGLE);
  putResult(op);
}

/** By rs2: w, wu, l, lu. Between the bounds, themselves out, every number has an integer part that fits. */
const BOUNDS: readonly (readonly [number, number])[] = [
  [-2147483649, 2147483648],
  [-1, 4294967296],
  [-9223372036854777856, 9223372036854775808],
  [-1, 18446744073709551616],
];
const TRUNCATIONS: readonly number[] = [
  OP.i32TruncF64S,
  OP.i32TruncF64U,
  OP.i64TruncF64S,
  OP.i64TruncF64U,
];

function putToInteger(op: Operation): void {
  const { frame, word, isSingle, leaveIf } = op;
  const { code } = frame;
  const kind = rs2Of(word);
  const [low, high] = BOUNDS[kind];
  putOperand(op, rs1Of(word));
  if (isSingle) code.op(OP.f64PromoteF32);
  code.tee(FIRST_DOUBLE);
  code.float(64, low);
  code.op(OP.f64Gt);
  code.get(FIRST_DOUBLE);
  code.float(64, high);
  code.op(OP.f64Lt);
  code.op(OP.i32And);
  code.op(OP.i32Eqz);
  leaveIf();
  code.get(FIRST_DOUBLE);
  code.op(TRUNCATIONS[kind]);
  if (kind < 2) code.op(OP.i64ExtendI32S);
  frame.set(rdOf(word));
}

const TO_DOUBLE: readonly number[] = [
  OP.f64ConvertI32S,
  OP.f64ConvertI32U,
  OP.f64ConvertI64S,
  OP.f64ConvertI64U,
];
const TO_SINGLE: readonly number[] = [
  OP.f32ConvertI32S,
  OP.f32ConvertI32U,
  OP.f32ConvertI64S,
  OP.f32ConvertI64U,
];

function putFromInteger(op: Operation): void {
  const { frame, word, isSingle } = op;
  const kind = rs2Of(word);
  frame.get(rs1Of(word));
  if (kind < 2) frame.code.op(OP.i32WrapI64);
  frame.code.op((isSingle ? TO_SINGLE : TO_DOUBLE)[kind]);
  putResult(op);
}
