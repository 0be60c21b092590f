// The one place where results are rounded and their flags raised (IEEE 754-2019, chapters 4.3 and 7;
// tininess is detected after rounding). Rounding modes: 0 nearest even, 1 to zero, 2 down, 3 up,
// 4 nearest away.

import { INEXACT, OVERFLOW, raise, UNDERFLOW } from "./state";

/** Shifts right; what falls off makes the lowest bit 1. */
export function jam(value: u64, by: i32): u64 {
  if (by <= 0) return value;
  if (by > 63) return value ? 1 : 0;
  return (value >> <u64>by) | <u64>((value << <u64>(64 - by)) != 0);
}

/** Whether to go to the next larger magnitude; `rest` is what is cut off, 2^63 being one half. */
export function roundsUp(isNegative: bool, isOdd: bool, rest: u64, rm: u32): bool {
  const half: u64 = 0x8000000000000000;
  if (rest == 0 || rm == 1) return false;
  if (rm == 2) return isNegative;
  if (rm == 3) return !isNegative;
  return rest > half || (rest == half && (rm == 4 || isOdd));
}

/**
 * The number significand * 2^(exponent - 62) in the format of the result. The leading bit of the
 * significand is bit 62; bit 0 may stand for everything below it.
 */
export function roundPack(
  isNegative: bool, exponent: i32, significand: u64, isSingle: bool, rm: u32,
): u64 {
  const precision: u64 = isSingle ? 24 : 53;
  const lowest = isSingle ? -126 : -1022;
  const cut = 63 - precision;
  let value = significand;
  let field: u64 = 0;
  if (exponent >= lowest) field = <u64>(exponent - lowest);
  else value = jam(significand, lowest - exponent);
  const rest = value << (64 - cut);
  let packed = value >> cut;
  if (roundsUp(isNegative, (packed & 1) != 0, rest, rm)) packed++;
  // The leading bit adds 1 to the exponent field; so does a carry out of the rounding.
  packed += field << (precision - 1);
  const infinite: u64 = isSingle ? 0x7f800000 : 0x7ff0000000000000;
  const sign: u64 = isNegative ? (isSingle ? 0x80000000 : 0x8000000000000000) : 0;
  if (exponent > 1 - lowest || packed >= infinite) {
    raise(OVERFLOW | INEXACT);
    const isCapped = rm == 1 || rm == (isNegative ? 3 : 2);
    return sign | (isCapped ? infinite - 1 : infinite);
  }
  if (rest) {
    const isTiny =
      exponent < lowest && !reachesNext(isNegative, exponent - lowest, significand, cut, rm);
    raise(isTiny ? UNDERFLOW | INEXACT : INEXACT);
  }
  return sign | packed;
}

/** Whether a number just below the smallest normal one rounds up to it at full precision. */
function reachesNext(
  isNegative: bool, distance: i32, significand: u64, cut: u64, rm: u32,
): bool {
  if (distance != -1) return false;
  const kept = significand >> cut;
  const isFull = kept + 1 == <u64>1 << (63 - cut);
  return isFull && roundsUp(isNegative, true, significand << (64 - cut), rm);
}
