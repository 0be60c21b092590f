// Division and square root, by integers. Operands are doubles.

import { special } from "./add";
import { roundPack } from "./round";
import { DIVIDE_BY_ZERO, raise } from "./state";
import {
  exponent, INFINITY, invalid, isInfinite, isNaN64, isZero, nanOf, SIGN, significand,
} from "./unpack";

export function divide(a: u64, b: u64, isSingle: bool, rm: u32): u64 {
  const sign = (a ^ b) & SIGN;
  if (isNaN64(a) || isNaN64(b)) return special(nanOf(a, b), isSingle);
  if (isInfinite(a)) return special(isInfinite(b) ? invalid() : sign | INFINITY, isSingle);
  if (isInfinite(b)) return special(sign, isSingle);
  if (isZero(b)) {
    if (isZero(a)) return special(invalid(), isSingle);
    raise(DIVIDE_BY_ZERO);
    return special(sign | INFINITY, isSingle);
  }
  if (isZero(a)) return special(sign, isSingle);
  return quotient(sign != 0, a, b, isSingle, rm);
}

/** Eleven bits at a time: a remainder has 53 bits. */
function quotient(isNegative: bool, a: u64, b: u64, isSingle: bool, rm: u32): u64 {
  let power = exponent(a) - exponent(b);
  let rest = significand(a) >> 10;
  const divisor = significand(b) >> 10;
  if (rest < divisor) {
    rest <<= 1;
    power--;
  }
  let digits: u64 = 1;
  rest -= divisor;
  for (let turn = 0; turn < 5; turn++) {
    rest <<= 11;
    const part = rest / divisor;
    rest -= part * divisor;
    digits = (digits << 11) | part;
  }
  return roundPack(isNegative, power, (digits << 7) | <u64>(rest != 0), isSingle, rm);
}

export function squareRoot(a: u64, isSingle: bool, rm: u32): u64 {
  if (isNaN64(a)) return special(nanOf(a, a), isSingle);
  if (isZero(a)) return special(a, isSingle);
  if (<i64>a < 0) return special(invalid(), isSingle);
  if (isInfinite(a)) return special(a, isSingle);
  const power = exponent(a);
  let digits = significand(a) << <u64>(power & 1);
  let rest: u64 = 0;
  let root: u64 = 0;
  // One bit of the root from two bits of the number, as by hand.
  for (let turn = 0; turn < 57; turn++) {
    rest = (rest << 2) | (digits >> 62);
    digits <<= 2;
    const trial = (root << 2) | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  return roundPack(false, power >> 1, (root << 6) | <u64>(rest != 0), isSingle, rm);
}
