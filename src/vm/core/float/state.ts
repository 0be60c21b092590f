// The floating-point registers and fcsr (unprivileged specification, chapters F and D). Single
// precision lives NaN-boxed in the 64-bit registers. What changes either makes mstatus.FS Dirty.

import { F, FCSR, MSTATUS } from "../../layout";

export const INVALID: u64 = 16;
export const DIVIDE_BY_ZERO: u64 = 8;
export const OVERFLOW: u64 = 4;
export const UNDERFLOW: u64 = 2;
export const INEXACT: u64 = 1;

export const FS: u64 = 3 << 13;
/** Upper half of a register that holds a single. */
export const BOX: u64 = 0xffffffff00000000;
export const NAN_SINGLE: u64 = 0x7fc00000;
export const NAN_DOUBLE: u64 = 0x7ff8000000000000;

@inline export function isOff(): bool {
  return (load<u64>(MSTATUS) & FS) == 0;
}

@inline export function makeDirty(): void {
  store<u64>(MSTATUS, load<u64>(MSTATUS) | FS);
}

/** Accrues exception flags. */
export function raise(flags: u64): void {
  store<u64>(FCSR, load<u64>(FCSR) | flags);
  makeDirty();
}

/** Register numbers are byte offsets, as for the integer registers. */
@inline export function double(offset: u32): u64 {
  return load<u64>(<usize>offset, F);
}

/** A single of a register; what is not a NaN-boxed value reads as the canonical NaN. */
@inline export function single(offset: u32): u64 {
  const bits = load<u64>(<usize>offset, F);
  return bits >= BOX ? bits & 0xffffffff : NAN_SINGLE;
}

@inline export function setDouble(offset: u32, bits: u64): void {
  store<u64>(<usize>offset, bits, F);
  makeDirty();
}

@inline export function setSingle(offset: u32, bits: u64): void {
  setDouble(offset, bits | BOX);
}

/** The rounding mode that an instruction asks for; above 4 it is reserved. */
@inline export function roundingMode(w: u32): u32 {
  const rm = (w >> 12) & 7;
  return rm == 7 ? <u32>(load<u64>(FCSR) >> 5) & 7 : rm;
}
