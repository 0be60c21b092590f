// The instructions of F and D that tests write by hand.

import { r } from "./assembler.ts";

const transfer = (store: boolean, f3: number) => (register: number, base: number, imm: number) =>
  store
    ? r(0x27, f3, (imm >> 5) & 127, imm & 31, base, register)
    : ((imm << 20) | (base << 15) | (f3 << 12) | (register << 7) | 0x07) >>> 0;

/** Register, base, offset. */
export const flw = transfer(false, 2);
export const fld = transfer(false, 3);
export const fsw = transfer(true, 2);
export const fsd = transfer(true, 3);

/** OP-FP with a rounding mode; `format` is 0 for a single, 1 for a double. */
export const float = (
  f5: number,
  format: 0 | 1,
  rm: number,
  rd: number,
  rs1: number,
  rs2: number,
): number => r(0x53, rm, (f5 << 2) | format, rd, rs1, rs2);

export const faddD = (rd: number, a: number, b: number): number => float(0, 1, 7, rd, a, b);
export const fdivD = (rd: number, a: number, b: number): number => float(3, 1, 7, rd, a, b);
export const fmvDX = (rd: number, rs1: number): number => float(30, 1, 0, rd, rs1, 0);
export const fmvXD = (rd: number, rs1: number): number => float(28, 1, 0, rd, rs1, 0);
export const fltD = (rd: number, a: number, b: number): number => float(20, 1, 1, rd, a, b);
