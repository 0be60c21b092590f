// Addition; subtraction is the addition of the negative. Operands are doubles.

import { jam, roundPack } from "./round";
import {
  exponent, invalid, isInfinite, isNaN64, isZero, magnitude, nanOf, narrowSpecial, SIGN, significand,
} from "./unpack";

/** An infinity, NaN or zero in the format of the result. */
@inline export function special(a: u64, isSingle: bool): u64 {
  return isSingle ? narrowSpecial(a) : a;
}

/** The sign of an exact zero that is a sum: minus only when rounding down. */
@inline export function zeroSum(a: u64, b: u64, rm: u32): u64 {
  if ((a ^ b) & SIGN) return rm == 2 ? SIGN : 0;
  return a & SIGN;
}

export function add(a: u64, b: u64, isSingle: bool, rm: u32): u64 {
  if (isNaN64(a) || isNaN64(b)) return special(nanOf(a, b), isSingle);
  if (isInfinite(a)) {
    const isLost = isInfinite(b) && a != b;
    return special(isLost ? invalid() : a, isSingle);
  }
  if (isInfinite(b)) return special(b, isSingle);
  if (isZero(a)) {
    if (isZero(b)) return special(zeroSum(a, b, rm), isSingle);
    return exact(b, isSingle, rm);
  }
  if (isZero(b)) return exact(a, isSingle, rm);
  return magnitude(a) >= magnitude(b)
    ? addOrdered(a, b, isSingle, rm)
    : addOrdered(b, a, isSingle, rm);
}

/** A finite number in the format of the result. */
export function exact(a: u64, isSingle: bool, rm: u32): u64 {
  return roundPack(<i64>a < 0, exponent(a), significand(a), isSingle, rm);
}

/** |a| >= |b|, both finite and not zero. */
function addOrdered(a: u64, b: u64, isSingle: bool, rm: u32): u64 {
  const high = exponent(a);
  const large = significand(a);
  const small = jam(significand(b), high - exponent(b));
  const isNegative = <i64>a < 0;
  if (((a ^ b) & SIGN) == 0) {
    const sum = large + small;
    const carry = <i32>(sum >> 63);
    return roundPack(isNegative, high + carry, jam(sum, carry), isSingle, rm);
  }
  const difference = large - small;
  if (!difference) return special(zeroSum(a, b, rm), isSingle);
  const shift = <i32>clz<u64>(difference) - 1;
  return roundPack(isNegative, high - shift, difference << <u64>shift, isSingle, rm);
}
