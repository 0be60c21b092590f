// Multiplication, and multiplication with an addend under one rounding. Operands are doubles.

import { mulhu } from "../arithmetic";
import { exact, special, zeroSum } from "./add";
import { roundPack } from "./round";
import {
  exponent, INFINITY, invalid, isInfinite, isNaN64, isSignalling, isZero, nanOf, SIGN, significand,
} from "./unpack";

export function multiply(a: u64, b: u64, isSingle: bool, rm: u32): u64 {
  const sign = (a ^ b) & SIGN;
  if (isNaN64(a) || isNaN64(b)) return special(nanOf(a, b), isSingle);
  if (isInfinite(a) || isInfinite(b)) {
    const isLost = isZero(a) || isZero(b);
    return special(isLost ? invalid() : sign | INFINITY, isSingle);
  }
  if (isZero(a) || isZero(b)) return special(sign, isSingle);
  const left = significand(a) << 1;
  const right = significand(b);
  const high = mulhu(left, right);
  const low = left * right;
  const power = exponent(a) + exponent(b);
  if (high >> 62) return roundPack(sign != 0, power + 1, high | <u64>(low != 0), isSingle, rm);
  return roundPack(sign != 0, power, (high << 1) | <u64>(low != 0), isSingle, rm);
}

/** a * b + c. */
export function multiplyAdd(a: u64, b: u64, c: u64, isSingle: bool, rm: u32): u64 {
  const sign = (a ^ b) & SIGN;
  const isLost = (isInfinite(a) && isZero(b)) || (isZero(a) && isInfinite(b));
  if (isLost) return special(invalid(), isSingle);
  if (isNaN64(a) || isNaN64(b) || isNaN64(c))
    return special(isSignalling(c) ? invalid() : nanOf(a, b), isSingle);
  if (isInfinite(a) || isInfinite(b)) {
    const isOpposite = isInfinite(c) && (c & SIGN) != sign;
    return special(isOpposite ? invalid() : sign | INFINITY, isSingle);
  }
  if (isInfinite(c)) return special(c, isSingle);
  if (isZero(a) || isZero(b)) {
    if (isZero(c)) return special(zeroSum(sign, c, rm), isSingle);
    return exact(c, isSingle, rm);
  }
  return sumOfProduct(a, b, c, isSingle, rm);
}

/** The finite case: all of the product, 128 bits with the leading one at bit 126, plus c. */
function sumOfProduct(a: u64, b: u64, c: u64, isSingle: bool, rm: u32): u64 {
  const left = significand(a) << 1;
  const right = significand(b);
  const isNegative = <i64>(a ^ b) < 0;
  let high = mulhu(left, right);
  let low = left * right;
  let power = exponent(a) + exponent(b) + 1;
  if (!(high >> 62)) {
    high = (high << 1) | (low >> 63);
    low <<= 1;
    power--;
  }
  if (isZero(c)) return roundPack(isNegative, power, high | <u64>(low != 0), isSingle, rm);
  const addend = significand(c);
  const addendPower = exponent(c);
  const isAddendNegative = <i64>c < 0;
  const isProductLarger =
    power > addendPower || (power == addendPower && high >= addend);
  if (isProductLarger) {
    shiftWide(addend, 0, power - addendPower);
    combine(power, high, low, isNegative != isAddendNegative);
  } else {
    shiftWide(high, low, addendPower - power);
    combine(addendPower, addend, 0, isNegative != isAddendNegative);
  }
  if (!wideHigh) return special(zeroSum(a ^ b, c, rm), isSingle);
  return roundPack(isProductLarger ? isNegative : isAddendNegative, widePower, wideHigh, isSingle, rm);
}

/** What shiftWide and combine leave. */
let wideHigh: u64 = 0;
let wideLow: u64 = 0;
let widePower: i32 = 0;

/** 128 bits shifted right; what falls off makes the lowest bit 1. */
function shiftWide(high: u64, low: u64, by: i32): void {
  if (by == 0) {
    wideHigh = high;
    wideLow = low;
    return;
  }
  if (by < 64) {
    const back = <u64>(64 - by);
    wideHigh = high >> <u64>by;
    wideLow = (low >> <u64>by) | (high << back) | <u64>((low << back) != 0);
    return;
  }
  wideHigh = 0;
  if (by == 64) wideLow = high | <u64>(low != 0);
  else if (by < 128)
    wideLow = (high >> <u64>(by - 64)) | <u64>(((high << <u64>(128 - by)) | low) != 0);
  else wideLow = 1;
}

/** Adds the shifted number to a larger one, or takes it away; the result in 64 bits, normalised. */
function combine(power: i32, high: u64, low: u64, isDifference: bool): void {
  let top: u64;
  let bottom: u64;
  if (isDifference) {
    bottom = low - wideLow;
    top = high - wideHigh - <u64>(low < wideLow);
  } else {
    bottom = low + wideLow;
    top = high + wideHigh + <u64>(bottom < low);
  }
  widePower = power;
  if (top >> 63) {
    bottom = (bottom >> 1) | (top << 63) | (bottom & 1);
    top >>= 1;
    widePower++;
  }
  if (!top) {
    top = bottom >> 1;
    bottom <<= 63;
    widePower -= 63;
  }
  const shift = <i32>clz<u64>(top) - 1;
  if (shift > 0 && top != 0) {
    top = (top << <u64>shift) | (bottom >> <u64>(64 - shift));
    bottom <<= <u64>shift;
    widePower -= shift;
  }
  wideHigh = top | <u64>(bottom != 0);
}
