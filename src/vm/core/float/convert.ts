// Conversions between integers, singles and doubles.

import { exact, special } from "./add";
import { jam, roundPack, roundsUp } from "./round";
import { INEXACT, INVALID, raise } from "./state";
import { exponent, isInfinite, isNaN64, isZero, nanOf, significand } from "./unpack";

/** kind: 0 signed word, 1 unsigned word, 2 signed long, 3 unsigned long. Words are sign-extended. */
export function toInteger(a: u64, kind: u32, rm: u32): u64 {
  if (isNaN64(a)) return outOfRange(false, kind);
  const isNegative = <i64>a < 0;
  if (isZero(a)) return 0;
  const power = exponent(a);
  if (isInfinite(a) || power > 63) return outOfRange(isNegative, kind);
  const whole = wholePart(significand(a), power);
  const rest = restPart(significand(a), power);
  const size = whole + <u64>roundsUp(isNegative, (whole & 1) != 0, rest, rm);
  if (size > limit(isNegative, kind)) return outOfRange(isNegative, kind);
  if (rest) raise(INEXACT);
  const value = isNegative ? 0 - size : size;
  return kind < 2 ? <u64>(<i64>(<i32>value)) : value;
}

function wholePart(digits: u64, power: i32): u64 {
  if (power < 0) return 0;
  return power == 63 ? digits << 1 : digits >> <u64>(62 - power);
}

/** What is behind the point, 2^63 being one half; below a quarter only whether there is something. */
function restPart(digits: u64, power: i32): u64 {
  if (power < -1) return 1;
  return power > 61 ? 0 : digits << <u64>(power + 2);
}

/** The largest magnitude that the integer can hold. */
function limit(isNegative: bool, kind: u32): u64 {
  const bits: u64 = kind < 2 ? 32 : 64;
  if (kind & 1) return isNegative ? 0 : ~(<u64>0) >> (64 - bits);
  const half = <u64>1 << (bits - 1);
  return isNegative ? half : half - 1;
}

function outOfRange(isNegative: bool, kind: u32): u64 {
  raise(INVALID);
  if (kind == 1) return isNegative ? 0 : u64.MAX_VALUE;
  const most = limit(isNegative, kind);
  return isNegative ? 0 - most : most;
}

export function fromInteger(value: u64, kind: u32, isSingle: bool, rm: u32): u64 {
  let size = value;
  let isNegative = false;
  if (kind == 1) size = <u64>(<u32>value);
  else if (kind != 3) {
    const signed: i64 = kind == 0 ? <i64>(<i32>value) : <i64>value;
    isNegative = signed < 0;
    size = <u64>(isNegative ? 0 - signed : signed);
  }
  if (!size) return 0;
  const space = <i32>clz<u64>(size);
  const digits = space ? size << <u64>(space - 1) : jam(size, 1);
  return roundPack(isNegative, 63 - space, digits, isSingle, rm);
}

/** A double, or a widened single, in the other format. */
export function convert(a: u64, isSingle: bool, rm: u32): u64 {
  if (isNaN64(a)) return special(nanOf(a, a), isSingle);
  if (isInfinite(a) || isZero(a)) return special(a, isSingle);
  return exact(a, isSingle, rm);
}
