// The code of instructions that do not end a block, one by one: the same results as the interpreter's
// (core/index.ts), which is the other half of the lockstep tests.

import { LOAD_TLB, STORE_TLB } from "../layout.ts";
import {
  f3Of,
  f7Of,
  immI,
  immS,
  immU,
  type Instruction,
  opcodeOf,
  OPCODE,
  rdOf,
  rs1Of,
  rs2Of,
} from "./decode.ts";
import { I64, MEM, OP } from "./encoder.ts";
import { type Frame, SCRATCH, SLOT } from "./frame.ts";
import { putHostAddress, putLookup } from "./tlb-access.ts";

/** `unused`: steps of the block from this one on, which was debited as a whole. */
export function putInstruction(frame: Frame, instruction: Instruction, unused: number): void {
  const { word, pc } = instruction;
  const opcode = opcodeOf(word);
  if (opcode === OPCODE.load) return putLoad(frame, instruction, unused);
  if (opcode === OPCODE.store) return putStore(frame, instruction, unused);
  if (opcode === OPCODE.amo) return putAtomic(frame, instruction, unused);
  const rd = rdOf(word);
  if (opcode === OPCODE.fence || rd === 0) return;
  if (opcode === OPCODE.lui) frame.code.i64(immU(word));
  else if (opcode === OPCODE.auipc) frame.code.i64(pc + immU(word));
  else if (opcode === OPCODE.opImm) putImmediate(frame, word);
  else if (opcode === OPCODE.opImm32) putImmediate32(frame, word);
  else if (f7Of(word) === 1) putProduct(frame, word, opcode === OPCODE.op32);
  else if (opcode === OPCODE.op32) putOperation32(frame, word);
  else putOperation(frame, word);
  frame.set(rd);
}

const SHIFT_RIGHT_ARITHMETIC = 0x40000000;
/** By funct3; 2 and 3 are comparisons and get an extension behind them. */
const OPERATIONS: readonly number[] = [
  OP.i64Add,
  OP.i64Shl,
  OP.i64LtS,
  OP.i64LtU,
  OP.i64Xor,
  OP.i64ShrU,
  OP.i64Or,
  OP.i64And,
];

function putImmediate(frame: Frame, word: number): void {
  const { code } = frame;
  const f3 = f3Of(word);
  const isShift = f3 === 1 || f3 === 5;
  const value = isShift ? rs2Of(word) | (word & 0x2000000 ? 32 : 0) : immI(word);
  if (f3 === 0 && rs1Of(word) === 0) return code.i64(value);
  frame.get(rs1Of(word));
  if (f3 === 0 && value === 0) return;
  code.i64(value);
  code.op(f3 === 5 && word & SHIFT_RIGHT_ARITHMETIC ? OP.i64ShrS : OPERATIONS[f3]);
  if (f3 === 2 || f3 === 3) code.op(OP.i64ExtendI32U);
}

function putImmediate32(frame: Frame, word: number): void {
  const { code } = frame;
  const f3 = f3Of(word);
  frame.get(rs1Of(word));
  code.op(OP.i32WrapI64);
  if (f3 === 0) {
    if (immI(word) !== 0) {
      code.i32(immI(word));
      code.op(OP.i32Add);
    }
  } else {
    code.i32(rs2Of(word));
    code.op(f3 === 1 ? OP.i32Shl : word & SHIFT_RIGHT_ARITHMETIC ? OP.i32ShrS : OP.i32ShrU);
  }
  code.op(OP.i64ExtendI32S);
}

function putOperation(frame: Frame, word: number): void {
  const f3 = f3Of(word);
  const isOther = (word & SHIFT_RIGHT_ARITHMETIC) !== 0;
  frame.get(rs1Of(word));
  frame.get(rs2Of(word));
  frame.code.op(isOther ? (f3 === 0 ? OP.i64Sub : OP.i64ShrS) : OPERATIONS[f3]);
  if (f3 === 2 || f3 === 3) frame.code.op(OP.i64ExtendI32U);
}

function putOperands32(frame: Frame, word: number): void {
  frame.get(rs1Of(word));
  frame.code.op(OP.i32WrapI64);
  frame.get(rs2Of(word));
  frame.code.op(OP.i32WrapI64);
}

function putOperation32(frame: Frame, word: number): void {
  const f3 = f3Of(word);
  const isOther = (word & SHIFT_RIGHT_ARITHMETIC) !== 0;
  putOperands32(frame, word);
  if (f3 === 0) frame.code.op(isOther ? OP.i32Sub : OP.i32Add);
  else if (f3 === 1) frame.code.op(OP.i32Shl);
  else frame.code.op(isOther ? OP.i32ShrS : OP.i32ShrU);
  frame.code.op(OP.i64ExtendI32S);
}

/** The M extension, by funct3: mul, mulh, mulhsu, mulhu, div, divu, rem, remu. */
function putProduct(frame: Frame, word: number, isShort: boolean): void {
  const { code } = frame;
  const f3 = f3Of(word);
  if (f3 > 3) return putDivision(frame, word, isShort);
  if (f3 > 0) return putUpperProduct(frame, word);
  if (isShort) putOperands32(frame, word);
  else putOperands(frame, word);
  code.op(isShort ? OP.i32Mul : OP.i64Mul);
  if (isShort) code.op(OP.i64ExtendI32S);
}

function putOperands(frame: Frame, word: number): void {
  frame.get(rs1Of(word));
  frame.get(rs2Of(word));
}

/** Traps of WebAssembly are results in RISC-V: x / 0 is all ones, x % 0 is x, and -x is x / -1. */
function putDivision(frame: Frame, word: number, isShort: boolean): void {
  const { code } = frame;
  const f3 = f3Of(word);
  const isRemainder = f3 > 5;
  const isOverflowing = f3 === 4;
  const divisor = (): void => {
    frame.get(rs2Of(word));
    if (isShort) code.op(OP.i32WrapI64);
  };
  divisor();
  code.op(isShort ? OP.i32Eqz : OP.i64Eqz);
  code.if(I64);
  if (isRemainder) putDividend(frame, word, isShort);
  else code.i64(-1);
  code.op(OP.else);
  if (isOverflowing) {
    divisor();
    if (isShort) code.i32(-1);
    else code.i64(-1);
    code.op(isShort ? OP.i32Eq : OP.i64Eq);
    code.if(I64);
    code.i64(0);
    putDividend(frame, word, isShort);
    code.op(OP.i64Sub);
    if (isShort) putSignExtension(frame);
    code.op(OP.else);
  }
  if (isShort) {
    putOperands32(frame, word);
    code.op(DIVISIONS_32[f3 - 4]);
    code.op(OP.i64ExtendI32S);
  } else {
    putOperands(frame, word);
    code.op(DIVISIONS[f3 - 4]);
  }
  if (isOverflowing) code.end();
  code.end();
}

const DIVISIONS: readonly number[] = [OP.i64DivS, OP.i64DivU, OP.i64RemS, OP.i64RemU];
const DIVISIONS_32: readonly number[] = [OP.i32DivS, OP.i32DivU, OP.i32RemS, OP.i32RemU];

function putSignExtension({ code }: Frame): void {
  code.op(OP.i32WrapI64);
  code.op(OP.i64ExtendI32S);
}

function putDividend(frame: Frame, word: number, isShort: boolean): void {
  frame.get(rs1Of(word));
  if (isShort) putSignExtension(frame);
}

/** Bits 64 to 127 of a product, by 32-bit halves; a negative operand takes the other one off. */
function putUpperProduct(frame: Frame, word: number): void {
  const { code } = frame;
  const [low, middle] = SCRATCH;
  const f3 = f3Of(word);
  const half = (register: number, isUpper: boolean): void => {
    frame.get(register);
    code.i64(isUpper ? 32 : 0xffffffff);
    code.op(isUpper ? OP.i64ShrU : OP.i64And);
  };
  const multiply = (isUpper1: boolean, isUpper2: boolean): void => {
    half(rs1Of(word), isUpper1);
    half(rs2Of(word), isUpper2);
    code.op(OP.i64Mul);
  };
  const shift = (): void => {
    code.i64(32);
    code.op(OP.i64ShrU);
  };
  multiply(false, false);
  shift();
  multiply(true, false);
  code.op(OP.i64Add);
  code.tee(middle);
  code.i64(0xffffffff);
  code.op(OP.i64And);
  multiply(false, true);
  code.op(OP.i64Add);
  code.set(low);
  multiply(true, true);
  code.get(middle);
  shift();
  code.op(OP.i64Add);
  code.get(low);
  shift();
  code.op(OP.i64Add);
  if (f3 < 3) putCorrection(frame, rs1Of(word), rs2Of(word));
  if (f3 === 1) putCorrection(frame, rs2Of(word), rs1Of(word));
}

/** Subtracts `other` if `signed` is negative. */
function putCorrection(frame: Frame, signed: number, other: number): void {
  const { code } = frame;
  frame.get(signed);
  code.i64(63);
  code.op(OP.i64ShrS);
  frame.get(other);
  code.op(OP.i64And);
  code.op(OP.i64Sub);
}

/** By funct3. */
const LOADS: readonly number[] = [
  MEM.i64Load8S,
  MEM.i64Load16S,
  MEM.i64Load32S,
  MEM.i64Load,
  MEM.i64Load8U,
  MEM.i64Load16U,
  MEM.i64Load32U,
];
const STORES: readonly number[] = [MEM.i64Store8, MEM.i64Store16, MEM.i64Store32, MEM.i64Store];

function putLoad(frame: Frame, { word, pc }: Instruction, unused: number): void {
  const f3 = f3Of(word);
  const tlb = LOAD_TLB + frame.views.data;
  putLookup(frame, tlb, { base: rs1Of(word), offset: immI(word), size: 1 << (f3 & 3), pc, unused });
  putHostAddress(frame, tlb);
  frame.code.memory(LOADS[f3]);
  frame.set(rdOf(word));
}

function putStore(frame: Frame, { word, pc }: Instruction, unused: number): void {
  const f3 = f3Of(word);
  const tlb = STORE_TLB + frame.views.data;
  putLookup(frame, tlb, { base: rs1Of(word), offset: immS(word), size: 1 << f3, pc, unused });
  putHostAddress(frame, tlb);
  frame.get(rs2Of(word));
  frame.code.memory(STORES[f3]);
}

/** AMO: both halves go through the store TLB. */
function putAtomic(frame: Frame, { word, pc }: Instruction, unused: number): void {
  const { code } = frame;
  const isShort = f3Of(word) === 2;
  const [old, operand] = SCRATCH;
  const tlb = STORE_TLB + frame.views.data;
  putLookup(frame, tlb, { base: rs1Of(word), offset: 0, size: isShort ? 4 : 8, pc, unused });
  putHostAddress(frame, tlb);
  code.tee(SLOT);
  code.memory(isShort ? MEM.i64Load32S : MEM.i64Load);
  code.set(old);
  frame.get(rs2Of(word));
  if (isShort) putSignExtension(frame);
  code.set(operand);
  code.get(SLOT);
  putAtomicResult(frame, word >>> 27, old, operand);
  code.memory(isShort ? MEM.i64Store32 : MEM.i64Store);
  code.get(old);
  frame.set(rdOf(word));
}

/** By bits 31..27: what combines, or what must hold for the old value to stay. */
const COMBINATIONS: ReadonlyMap<number, number> = new Map([
  [0, OP.i64Add],
  [4, OP.i64Xor],
  [8, OP.i64Or],
  [12, OP.i64And],
]);
const COMPARISONS: ReadonlyMap<number, number> = new Map([
  [16, OP.i64LtS],
  [20, OP.i64GtS],
  [24, OP.i64LtU],
  [28, OP.i64GtU],
]);

/** Both operands are sign-extended, so that 32-bit comparisons, unsigned ones too, come out right. */
function putAtomicResult(frame: Frame, f5: number, old: number, operand: number): void {
  const { code } = frame;
  const combination = COMBINATIONS.get(f5);
  const comparison = COMPARISONS.get(f5);
  if (combination === undefined && comparison === undefined) return code.get(operand);
  code.get(old);
  code.get(operand);
  if (combination !== undefined) return code.op(combination);
  code.get(old);
  code.get(operand);
  code.op(comparison ?? 0);
  code.op(OP.select);
}
