// Instruction words as the compiler sees them: fields, immediates, and what an instruction is to a
// region. What is not known here is left to the interpreter, illegal words too.

/** How an instruction ends a block, or that it does not. */
export type Kind = "plain" | "branch" | "jump" | "indirect" | "leave";

export interface Instruction {
  readonly pc: number;
  /** Compressed ones are expanded. */
  readonly word: number;
  readonly bytes: 2 | 4;
}

/** Bits 6..2 of a word. */
export const OPCODE = {
  load: 0,
  loadFloat: 1,
  fence: 3,
  opImm: 4,
  auipc: 5,
  opImm32: 6,
  store: 8,
  storeFloat: 9,
  amo: 11,
  op: 12,
  lui: 13,
  op32: 14,
  fusedFirst: 16,
  fusedLast: 19,
  opFloat: 20,
  branch: 24,
  jalr: 25,
  jal: 27,
} as const;

export function opcodeOf(word: number): number {
  return (word >>> 2) & 31;
}
export function rdOf(word: number): number {
  return (word >>> 7) & 31;
}
export function rs1Of(word: number): number {
  return (word >>> 15) & 31;
}
export function rs2Of(word: number): number {
  return (word >>> 20) & 31;
}
export function f3Of(word: number): number {
  return (word >>> 12) & 7;
}
export function f7Of(word: number): number {
  return word >>> 25;
}
export function immI(word: number): number {
  return word >> 20;
}
export function immS(word: number): number {
  return ((word >> 25) << 5) | rdOf(word);
}
export function immU(word: number): number {
  return word & ~0xfff;
}
export function immB(word: number): number {
  const low = ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e);
  return ((word >> 31) << 12) | ((word << 4) & 0x800) | low;
}
export function immJ(word: number): number {
  const low = ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe);
  return ((word >> 31) << 20) | (word & 0xff000) | low;
}

export function kindOf(word: number): Kind {
  if ((word & 3) !== 3) return "leave";
  const f3 = f3Of(word);
  switch (opcodeOf(word)) {
    case OPCODE.branch:
      return f3 === 2 || f3 === 3 ? "leave" : "branch";
    case OPCODE.jal:
      return "jump";
    case OPCODE.jalr:
      return f3 === 0 ? "indirect" : "leave";
    default:
      return isPlain(word, f3) ? "plain" : "leave";
  }
}

function isPlain(word: number, f3: number): boolean {
  const f7 = f7Of(word);
  switch (opcodeOf(word)) {
    case OPCODE.load:
      return f3 !== 7;
    case OPCODE.store:
      return f3 < 4;
    case OPCODE.fence:
      return f3 < 2;
    case OPCODE.lui:
    case OPCODE.auipc:
      return true;
    case OPCODE.opImm:
      if (f3 === 1) return f7 >> 1 === 0;
      return f3 !== 5 || f7 >> 1 === 0 || f7 >> 1 === 0x10;
    case OPCODE.opImm32:
      if (f3 === 5) return f7 === 0 || f7 === 0x20;
      return f3 === 0 || (f3 === 1 && f7 === 0);
    case OPCODE.op:
      return f7 < 2 || (f7 === 0x20 && (f3 === 0 || f3 === 5));
    case OPCODE.op32:
      if (f7 === 0) return f3 === 0 || f3 === 1 || f3 === 5;
      if (f7 === 0x20) return f3 === 0 || f3 === 5;
      return f7 === 1 && (f3 === 0 || f3 > 3);
    case OPCODE.amo:
      return (f3 === 2 || f3 === 3) && isAtomic(word);
    case OPCODE.loadFloat:
    case OPCODE.storeFloat:
      return f3 === 2 || f3 === 3;
    case OPCODE.opFloat:
      return isFormat(word) && isFloatOperation(word, f3);
    default:
      return isFused(word) && isFormat(word) && isNearest(f3);
  }
}

/** AMO only: LR and SC are the interpreter's, since reservations are on physical addresses. */
function isAtomic(word: number): boolean {
  const f5 = word >>> 27;
  return f5 === 1 || (f5 & 3) === 0;
}

function isFused(word: number): boolean {
  const opcode = opcodeOf(word);
  return opcode >= OPCODE.fusedFirst && opcode <= OPCODE.fusedLast;
}

/** Single or double. */
function isFormat(word: number): boolean {
  return ((word >>> 25) & 3) < 2;
}

/** To nearest even by itself, or whatever frm says. */
function isNearest(rm: number): boolean {
  return rm === 0 || rm === 7;
}

/** What float.ts knows how to do; f3 is a rounding mode or which one of a family. */
function isFloatOperation(word: number, f3: number): boolean {
  const from = rs2Of(word);
  switch (word >>> 27) {
    case 0:
    case 1:
    case 2:
    case 3:
      return isNearest(f3);
    case 11:
      return isNearest(f3) && from === 0;
    case 4:
    case 20:
      return f3 < 3;
    case 5:
      return f3 < 2;
    case 8:
      return isNearest(f3) && from === 1 - ((word >>> 25) & 3);
    case 24:
      return f3 === 1 && from < 4;
    case 26:
      return isNearest(f3) && from < 4;
    case 28:
    case 30:
      return f3 === 0 && from === 0;
    default:
      return false;
  }
}

/** Bit n: register n. x0 is no register. */
export interface Accesses {
  readonly read: number;
  readonly written: number;
}

export function registersOf(word: number): Accesses {
  const rd = 1 << rdOf(word);
  const rs1 = 1 << rs1Of(word);
  const both = rs1 | (1 << rs2Of(word));
  switch (opcodeOf(word)) {
    case OPCODE.lui:
    case OPCODE.auipc:
    case OPCODE.jal:
      return { read: 0, written: rd & ~1 };
    case OPCODE.load:
    case OPCODE.opImm:
    case OPCODE.opImm32:
    case OPCODE.jalr:
      return { read: rs1 & ~1, written: rd & ~1 };
    case OPCODE.branch:
    case OPCODE.store:
      return { read: both & ~1, written: 0 };
    case OPCODE.op:
    case OPCODE.op32:
    case OPCODE.amo:
      return { read: both & ~1, written: rd & ~1 };
    case OPCODE.loadFloat:
    case OPCODE.storeFloat:
      return { read: rs1 & ~1, written: 0 };
    case OPCODE.opFloat:
      if (FROM_INTEGER.includes(word >>> 27)) return { read: rs1 & ~1, written: 0 };
      return { read: 0, written: TO_INTEGER.includes(word >>> 27) ? rd & ~1 : 0 };
    default:
      return { read: 0, written: 0 };
  }
}

/** Bits 31..27 of OP-FP. */
const FROM_INTEGER: readonly number[] = [26, 30];
const TO_INTEGER: readonly number[] = [20, 24, 28];

export function floatRegistersOf(word: number): Accesses {
  const rd = 1 << rdOf(word);
  const both = (1 << rs1Of(word)) | (1 << rs2Of(word));
  const opcode = opcodeOf(word);
  if (opcode === OPCODE.loadFloat) return { read: 0, written: rd };
  if (opcode === OPCODE.storeFloat) return { read: 1 << rs2Of(word), written: 0 };
  if (isFused(word)) return { read: both | (1 << (word >>> 27)), written: rd };
  if (opcode !== OPCODE.opFloat) return { read: 0, written: 0 };
  const read = FROM_INTEGER.includes(word >>> 27) ? 0 : both;
  return { read, written: TO_INTEGER.includes(word >>> 27) ? 0 : rd };
}
