// The code of instructions that do not end a block, one by one: the same results as the interpreter's
// (core/index.ts), which is the other half of the lockstep tests.

import { LOAD_TLB, REFUSED, STORE_TLB } from "../layout.ts";
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
import { ADDRESS, type Frame, SLOT } from "./frame.ts";

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

/** By funct3 of the M extension; undefined: done in place. */
const HELPERS_64 = [undefined, "mulh", "mulhsu", "mulhu", "div64", undefined, "rem64", undefined];
const HELPERS_32: readonly (string | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  "div32",
  undefined,
  "rem32",
  undefined,
];

function putProduct(frame: Frame, word: number, isShort: boolean): void {
  const { code } = frame;
  const f3 = f3Of(word);
  const helper = (isShort ? HELPERS_32 : HELPERS_64)[f3];
  if (f3 > 4 && helper === undefined) return putUnsignedDivision(frame, word, isShort);
  if (isShort) putOperands32(frame, word);
  else {
    frame.get(rs1Of(word));
    frame.get(rs2Of(word));
  }
  if (helper !== undefined) return frame.call(helper);
  code.op(isShort ? OP.i32Mul : OP.i64Mul);
  if (isShort) code.op(OP.i64ExtendI32S);
}

/** A divisor of 0 gives all ones, or the dividend as the remainder. */
function putUnsignedDivision(frame: Frame, word: number, isShort: boolean): void {
  const { code } = frame;
  const isRemainder = f3Of(word) === 7;
  frame.get(rs2Of(word));
  if (isShort) code.op(OP.i32WrapI64);
  code.op(isShort ? OP.i32Eqz : OP.i64Eqz);
  code.if(I64);
  if (!isRemainder) code.i64(-1);
  else {
    frame.get(rs1Of(word));
    if (isShort) {
      code.op(OP.i32WrapI64);
      code.op(OP.i64ExtendI32S);
    }
  }
  code.op(OP.else);
  if (isShort) {
    putOperands32(frame, word);
    code.op(isRemainder ? OP.i32RemU : OP.i32DivU);
    code.op(OP.i64ExtendI32S);
  } else {
    frame.get(rs1Of(word));
    frame.get(rs2Of(word));
    code.op(isRemainder ? OP.i64RemU : OP.i64DivU);
  }
  code.end();
}

// ---- memory -----------------------------------------------------------------------------------

/** Leaves whether the TLB has the address, which is kept; SLOT is the entry's offset. */
function putLookup(frame: Frame, tlb: number, rs1: number, offset: number, size: number): void {
  const { code } = frame;
  frame.get(rs1);
  if (offset !== 0) {
    code.i64(offset);
    code.op(OP.i64Add);
  }
  code.tee(ADDRESS);
  code.op(OP.i32WrapI64);
  code.i32(8);
  code.op(OP.i32ShrU);
  code.i32(0xff0);
  code.op(OP.i32And);
  code.tee(SLOT);
  code.memory(MEM.i64Load, tlb);
  code.get(ADDRESS);
  // The low bits of the size stay: what is misaligned never equals a tag.
  code.i64(-4096 + (size - 1));
  code.op(OP.i64And);
  code.op(OP.i64Eq);
}

function putHostAddress(frame: Frame, tlb: number): void {
  const { code } = frame;
  code.get(ADDRESS);
  code.op(OP.i32WrapI64);
  code.get(SLOT);
  code.memory(MEM.i32Load, tlb + 8);
  code.op(OP.i32Add);
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
  const { code } = frame;
  const f3 = f3Of(word);
  const tlb = LOAD_TLB + frame.views.data;
  putLookup(frame, tlb, rs1Of(word), immI(word), 1 << (f3 & 3));
  code.if(I64);
  putHostAddress(frame, tlb);
  code.memory(LOADS[f3]);
  code.op(OP.else);
  code.get(ADDRESS);
  code.i32(f3);
  frame.call("regionLoad");
  code.i32(0);
  code.memory(MEM.i32Load, REFUSED);
  code.if();
  frame.interpret(pc, unused);
  code.end();
  code.end();
  frame.set(rdOf(word));
}

function putStore(frame: Frame, instruction: Instruction, unused: number): void {
  const { code } = frame;
  const { word } = instruction;
  const f3 = f3Of(word);
  const tlb = STORE_TLB + frame.views.data;
  putLookup(frame, tlb, rs1Of(word), immS(word), 1 << f3);
  code.if();
  putHostAddress(frame, tlb);
  frame.get(rs2Of(word));
  code.memory(STORES[f3]);
  code.op(OP.else);
  code.get(ADDRESS);
  frame.get(rs2Of(word));
  code.i32(1 << f3);
  frame.call("regionStore");
  code.tee(SLOT);
  code.if();
  putRefused(frame, instruction, unused);
  putCodeChanged(frame, instruction, unused);
  code.end();
  code.end();
}

/** SLOT is 1: nothing has happened yet. */
function putRefused(frame: Frame, { pc }: Instruction, unused: number): void {
  const { code } = frame;
  code.get(SLOT);
  code.i32(1);
  code.op(OP.i32Eq);
  code.if();
  frame.interpret(pc, unused);
  code.end();
}

/** The store is done, and what follows may not be what was compiled. */
function putCodeChanged(frame: Frame, { pc, bytes }: Instruction, unused: number): void {
  frame.interpret(pc + bytes, unused - 1);
}

function putAtomic(frame: Frame, instruction: Instruction, unused: number): void {
  const { code } = frame;
  const { word } = instruction;
  frame.spill(rs1Of(word));
  frame.spill(rs2Of(word));
  code.i32(word);
  frame.get(rs1Of(word));
  frame.call("regionAtomic");
  code.set(SLOT);
  putRefused(frame, instruction, unused);
  frame.reload(rdOf(word));
  code.get(SLOT);
  code.if();
  putCodeChanged(frame, instruction, unused);
  code.end();
}
