// fadd, fsub, fmul, fdiv, fsqrt on the bits of registers: by the host's float unit where that cannot
// be told apart, by integers elsewhere. The host's unit rounds to nearest even and reports no flags,
// so: inexact is already set, the rounding is to nearest even, and the result is a normal number
// above the smallest one. Then no flag but inexact can be due. This depends on nothing but
// architectural state. (Host NaNs never get out: they fail the test of the result.)

import { FCSR } from "../../layout";
import { add } from "./add";
import { divide, squareRoot } from "./divide";
import { multiply } from "./multiply";
import { BOX, INEXACT, NAN_SINGLE } from "./state";
import { SIGN, widen } from "./unpack";

/** bits 31..27 of the instruction. */
export const ADD: u32 = 0;
export const SUBTRACT: u32 = 1;
export const MULTIPLY: u32 = 2;
export const DIVIDE: u32 = 3;
export const SQUARE_ROOT: u32 = 11;

@inline function isHostAllowed(rm: u32): bool {
  return rm == 0 && (load<u64>(FCSR) & INEXACT) != 0;
}

@inline function unbox(bits: u64): u64 {
  return bits >= BOX ? bits & 0xffffffff : NAN_SINGLE;
}

/** Registers in, register out; `rm` is one of the five modes. */
export function arithmeticDouble(kind: u32, a: u64, b: u64, rm: u32): u64 {
  if (isHostAllowed(rm)) {
    const result = hostDouble(kind, reinterpret<f64>(a), reinterpret<f64>(b));
    const size = abs<f64>(result);
    if (size > f64.MIN_NORMAL_VALUE && size <= f64.MAX_VALUE) return reinterpret<u64>(result);
  }
  return byIntegers(kind, a, b, false, rm);
}

export function arithmeticSingle(kind: u32, a: u64, b: u64, rm: u32): u64 {
  const left = unbox(a);
  const right = unbox(b);
  if (isHostAllowed(rm)) {
    const result = hostSingle(kind, reinterpret<f32>(<u32>left), reinterpret<f32>(<u32>right));
    const size = abs<f32>(result);
    if (size > f32.MIN_NORMAL_VALUE && size <= f32.MAX_VALUE)
      return BOX | <u64>reinterpret<u32>(result);
  }
  return BOX | byIntegers(kind, widen(left), widen(right), true, rm);
}

@inline function hostDouble(kind: u32, a: f64, b: f64): f64 {
  if (kind == ADD) return a + b;
  if (kind == SUBTRACT) return a - b;
  if (kind == MULTIPLY) return a * b;
  return kind == DIVIDE ? a / b : sqrt<f64>(a);
}

@inline function hostSingle(kind: u32, a: f32, b: f32): f32 {
  if (kind == ADD) return a + b;
  if (kind == SUBTRACT) return a - b;
  if (kind == MULTIPLY) return a * b;
  return kind == DIVIDE ? a / b : sqrt<f32>(a);
}

function byIntegers(kind: u32, a: u64, b: u64, isSingle: bool, rm: u32): u64 {
  if (kind == ADD) return add(a, b, isSingle, rm);
  if (kind == SUBTRACT) return add(a, b ^ SIGN, isSingle, rm);
  if (kind == MULTIPLY) return multiply(a, b, isSingle, rm);
  return kind == DIVIDE ? divide(a, b, isSingle, rm) : squareRoot(a, isSingle, rm);
}
