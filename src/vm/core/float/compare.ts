// Comparisons, minimum and maximum, classes. Operands are doubles unless a format is named.

import { INVALID, raise } from "./state";
import { isNaN64, isSignalling, magnitude } from "./unpack";

/** The order of numbers as an order of integers; both zeros are one. */
@inline function rank(a: u64): i64 {
  const size = <i64>magnitude(a);
  return <i64>a < 0 ? 0 - size : size;
}

/** funct3: 0 less or equal, 1 less, 2 equal. Only the orders signal on a quiet NaN. */
export function compare(a: u64, b: u64, f3: u32): u64 {
  if (isNaN64(a) || isNaN64(b)) {
    if (f3 != 2 || isSignalling(a) || isSignalling(b)) raise(INVALID);
    return 0;
  }
  if (f3 == 2) return <u64>(rank(a) == rank(b));
  return <u64>(f3 == 1 ? rank(a) < rank(b) : rank(a) <= rank(b));
}

/** Which operand the minimum or maximum is: 0 the first, 1 the second, 2 the canonical NaN. */
export function chooseExtreme(a: u64, b: u64, isMaximum: bool): u32 {
  if (isSignalling(a) || isSignalling(b)) raise(INVALID);
  if (isNaN64(a)) return isNaN64(b) ? 2 : 1;
  if (isNaN64(b)) return 0;
  // As integers of one order in which -0 is below +0.
  const left = <i64>a < 0 ? <i64>~magnitude(a) : <i64>a;
  const right = <i64>b < 0 ? <i64>~magnitude(b) : <i64>b;
  return <u32>(isMaximum ? right > left : right < left);
}

/** One bit of ten: the class of a number whose format has so many bits of fraction and exponent. */
export function classify(bits: u64, fractionBits: u64, exponentBits: u64): u64 {
  const most = (<u64>1 << exponentBits) - 1;
  const fraction = bits & ((<u64>1 << fractionBits) - 1);
  const field = (bits >> fractionBits) & most;
  const isNegative = ((bits >> (fractionBits + exponentBits)) & 1) != 0;
  if (field == most && fraction != 0) return fraction >> (fractionBits - 1) ? 1 << 9 : 1 << 8;
  let step: u64 = 3;
  if (field == most) step = 0;
  else if (field != 0) step = 1;
  else if (fraction != 0) step = 2;
  return <u64>1 << (isNegative ? step : 7 - step);
}
