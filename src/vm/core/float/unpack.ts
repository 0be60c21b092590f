// Operands. All arithmetic works on doubles: a single widens to one exactly, subnormals included,
// and the one rounding at the end goes to the format of the result. A finite number is
// significand * 2^(exponent - 62), with the leading bit of the significand at bit 62.

import { INVALID, NAN_DOUBLE, raise } from "./state";

export const SIGN: u64 = 0x8000000000000000;
export const INFINITY: u64 = 0x7ff0000000000000;
const FRACTION: u64 = 0x000fffffffffffff;
const QUIET: u64 = 0x0008000000000000;

@inline export function magnitude(a: u64): u64 {
  return a & ~SIGN;
}
@inline export function isNaN64(a: u64): bool {
  return magnitude(a) > INFINITY;
}
@inline export function isInfinite(a: u64): bool {
  return magnitude(a) == INFINITY;
}
@inline export function isZero(a: u64): bool {
  return magnitude(a) == 0;
}
@inline export function isSignalling(a: u64): bool {
  return isNaN64(a) && (a & QUIET) == 0;
}

/** What an operation on a NaN gives: the canonical one. */
export function nanOf(a: u64, b: u64): u64 {
  if (isSignalling(a) || isSignalling(b)) raise(INVALID);
  return NAN_DOUBLE;
}

export function invalid(): u64 {
  raise(INVALID);
  return NAN_DOUBLE;
}

/** Of a finite number that is not zero. */
export function exponent(a: u64): i32 {
  const field = <i32>(magnitude(a) >> 52);
  return field ? field - 1023 : -1011 - <i32>clz<u64>(a & FRACTION);
}

/** Of a finite number: leading bit at bit 62, or 0 for zero. */
export function significand(a: u64): u64 {
  const fraction = a & FRACTION;
  if (magnitude(a) >> 52) return (fraction | (FRACTION + 1)) << 10;
  return fraction ? (fraction << clz<u64>(fraction)) >> 1 : 0;
}

/** The double with the value of a single; a NaN keeps its payload and whether it signals. */
export function widen(a: u64): u64 {
  const sign = (a & 0x80000000) << 32;
  const field = (a >> 23) & 255;
  const fraction = a & 0x7fffff;
  if (field == 255) return sign | INFINITY | (fraction << 29);
  if (field) return sign | ((field + 896) << 52) | (fraction << 29);
  if (!fraction) return sign;
  const shift = clz<u64>(fraction) - 40;
  return sign | ((897 - shift) << 52) | (((fraction << shift) & 0x7fffff) << 29);
}

/** The single with the value of a double that is one: a zero, an infinity or a NaN. */
export function narrowSpecial(a: u64): u64 {
  if (isNaN64(a)) return 0x7fc00000;
  return (a >> 32) & (isZero(a) ? 0x80000000 : 0xff800000);
}
