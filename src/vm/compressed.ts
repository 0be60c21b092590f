// The C extension as a rewriting: every 16-bit instruction of RV64C has one 32-bit equivalent
// (unprivileged specification, chapter "C"). The core's table and the disassembler use this function.

/** No instruction: the core traps on it. */
export const ILLEGAL = 0xffffffff;

const LOAD = 0x03;
const LOAD_FP = 0x07;
const STORE = 0x23;
const STORE_FP = 0x27;
const OP_IMM = 0x13;
const OP_IMM_32 = 0x1b;
const OP = 0x33;
const OP_32 = 0x3b;
const LUI = 0x37;
const BRANCH = 0x63;
const JALR = 0x67;
const JAL = 0x6f;
const EBREAK = 0x00100073;
const SP = 2;

/** The 32-bit equivalent of a halfword whose low two bits are not 3; ILLEGAL when there is none. */
export function expandCompressed(half: number): number {
  const f3 = (half >> 13) & 7;
  const expanded =
    (half & 3) === 0
      ? quadrant0(half, f3)
      : (half & 3) === 1
        ? quadrant1(half, f3)
        : quadrant2(half, f3);
  return expanded >>> 0;
}

/** Bits [high..low] of `value`, moved to start at `to`. */
function field(value: number, high: number, low: number, to: number): number {
  return ((value >> low) & ((1 << (high - low + 1)) - 1)) << to;
}

function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

function iType(imm: number, rs1: number, f3: number, rd: number, opcode: number): number {
  return (imm << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | opcode;
}

function rType(
  f7: number,
  rs2: number,
  rs1: number,
  f3: number,
  rd: number,
  opcode: number,
): number {
  return (f7 << 25) | (rs2 << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | opcode;
}

function sType(imm: number, rs2: number, rs1: number, f3: number, opcode: number): number {
  return rType(imm >> 5, rs2, rs1, f3, imm & 31, opcode);
}

function branch(imm: number, rs1: number, f3: number): number {
  const upper = field(imm, 12, 12, 6) | field(imm, 10, 5, 0);
  const lower = field(imm, 4, 1, 1) | field(imm, 11, 11, 0);
  return rType(upper, 0, rs1, f3, lower, BRANCH);
}

function jump(imm: number, rd: number): number {
  const bits =
    field(imm, 20, 20, 31) |
    field(imm, 10, 1, 21) |
    field(imm, 11, 11, 20) |
    field(imm, 19, 12, 12);
  return bits | (rd << 7) | JAL;
}

function quadrant0(h: number, f3: number): number {
  const near = 8 + ((h >> 2) & 7);
  const base = 8 + ((h >> 7) & 7);
  const word = field(h, 12, 10, 3) | field(h, 6, 6, 2) | field(h, 5, 5, 6);
  const double = field(h, 12, 10, 3) | field(h, 6, 5, 6);
  switch (f3) {
    case 0: {
      const imm = field(h, 12, 11, 4) | field(h, 10, 7, 6) | field(h, 6, 6, 2) | field(h, 5, 5, 3);
      return imm === 0 ? ILLEGAL : iType(imm, SP, 0, near, OP_IMM);
    }
    case 1:
      return iType(double, base, 3, near, LOAD_FP);
    case 2:
      return iType(word, base, 2, near, LOAD);
    case 3:
      return iType(double, base, 3, near, LOAD);
    case 5:
      return sType(double, near, base, 3, STORE_FP);
    case 6:
      return sType(word, near, base, 2, STORE);
    case 7:
      return sType(double, near, base, 3, STORE);
    default:
      return ILLEGAL;
  }
}

function quadrant1(h: number, f3: number): number {
  const rd = (h >> 7) & 31;
  const near = 8 + (rd & 7);
  const imm = signed(field(h, 12, 12, 5) | field(h, 6, 2, 0), 6);
  const offset = signed(
    field(h, 12, 12, 8) |
      field(h, 11, 10, 3) |
      field(h, 6, 5, 6) |
      field(h, 4, 3, 1) |
      field(h, 2, 2, 5),
    9,
  );
  switch (f3) {
    case 0:
      return iType(imm, rd, 0, rd, OP_IMM);
    case 1:
      return rd === 0 ? ILLEGAL : iType(imm, rd, 0, rd, OP_IMM_32);
    case 2:
      return iType(imm, 0, 0, rd, OP_IMM);
    case 3:
      return upperOrStack(h, rd, imm);
    case 4:
      return arithmetic(h, near, imm);
    case 5:
      return jump(jumpOffset(h), 0);
    case 6:
      return branch(offset, near, 0);
    default:
      return branch(offset, near, 1);
  }
}

function jumpOffset(h: number): number {
  const far = field(h, 12, 12, 11) | field(h, 11, 11, 4) | field(h, 10, 9, 8) | field(h, 8, 8, 10);
  return signed(
    far | field(h, 7, 7, 6) | field(h, 6, 6, 7) | field(h, 5, 3, 1) | field(h, 2, 2, 5),
    12,
  );
}

/** c.lui, and c.addi16sp when rd is the stack pointer. */
function upperOrStack(h: number, rd: number, imm: number): number {
  if (rd !== SP) return imm === 0 ? ILLEGAL : (imm << 12) | (rd << 7) | LUI;
  const low = field(h, 6, 6, 4) | field(h, 5, 5, 6) | field(h, 4, 3, 7) | field(h, 2, 2, 5);
  const stack = signed(field(h, 12, 12, 9) | low, 10);
  return stack === 0 ? ILLEGAL : iType(stack, SP, 0, SP, OP_IMM);
}

function arithmetic(h: number, near: number, imm: number): number {
  const kind = (h >> 10) & 3;
  const shift = imm & 63;
  if (kind === 0) return iType(shift, near, 5, near, OP_IMM);
  if (kind === 1) return iType(0x400 | shift, near, 5, near, OP_IMM);
  if (kind === 2) return iType(imm, near, 7, near, OP_IMM);
  const other = 8 + ((h >> 2) & 7);
  switch (((h >> 10) & 4) | ((h >> 5) & 3)) {
    case 0:
      return rType(0x20, other, near, 0, near, OP);
    case 1:
      return rType(0, other, near, 4, near, OP);
    case 2:
      return rType(0, other, near, 6, near, OP);
    case 3:
      return rType(0, other, near, 7, near, OP);
    case 4:
      return rType(0x20, other, near, 0, near, OP_32);
    case 5:
      return rType(0, other, near, 0, near, OP_32);
    default:
      return ILLEGAL;
  }
}

function quadrant2(h: number, f3: number): number {
  const rd = (h >> 7) & 31;
  const rs2 = (h >> 2) & 31;
  const double = field(h, 12, 12, 5) | field(h, 6, 5, 3) | field(h, 4, 2, 6);
  const toDouble = field(h, 12, 10, 3) | field(h, 9, 7, 6);
  switch (f3) {
    case 0:
      return iType(field(h, 12, 12, 5) | field(h, 6, 2, 0), rd, 1, rd, OP_IMM);
    case 1:
      return iType(double, SP, 3, rd, LOAD_FP);
    case 2: {
      const offset = field(h, 12, 12, 5) | field(h, 6, 4, 2) | field(h, 3, 2, 6);
      return rd === 0 ? ILLEGAL : iType(offset, SP, 2, rd, LOAD);
    }
    case 3:
      return rd === 0 ? ILLEGAL : iType(double, SP, 3, rd, LOAD);
    case 4:
      return moveOrJump((h >> 12) & 1, rd, rs2);
    case 5:
      return sType(toDouble, rs2, SP, 3, STORE_FP);
    case 6:
      return sType(field(h, 12, 9, 2) | field(h, 8, 7, 6), rs2, SP, 2, STORE);
    case 7:
      return sType(toDouble, rs2, SP, 3, STORE);
    default:
      return ILLEGAL;
  }
}

function moveOrJump(bit: number, rd: number, rs2: number): number {
  if (bit === 0) {
    if (rs2 !== 0) return rType(0, rs2, 0, 0, rd, OP);
    return rd === 0 ? ILLEGAL : iType(0, rd, 0, 0, JALR);
  }
  if (rs2 !== 0) return rType(0, rs2, rd, 0, rd, OP);
  return rd === 0 ? EBREAK : iType(0, rd, 0, 1, JALR);
}
