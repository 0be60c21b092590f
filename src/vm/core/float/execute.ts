// The instructions of F and D but loads and stores. Each returns how its step ended: OK, or TRAP for
// what is illegal: FS is Off, the encoding is unknown, or the rounding mode is reserved.

import { OK } from "../memory";
import { illegal, rd, rs1, set } from "../operands";
import { arithmeticDouble, arithmeticSingle, SQUARE_ROOT } from "./arithmetic";
import { chooseExtreme, classify, compare } from "./compare";
import { convert, fromInteger, toInteger } from "./convert";
import { multiplyAdd } from "./multiply";
import {
  double, isOff, NAN_DOUBLE, NAN_SINGLE, roundingMode, setDouble, setSingle, single,
} from "./state";
import { SIGN, widen } from "./unpack";

@inline function f1(w: u32): u32 {
  return (w >> 12) & 0xf8;
}
@inline function f2(w: u32): u32 {
  return (w >> 17) & 0xf8;
}
@inline function f3(w: u32): u32 {
  return (w >> 24) & 0xf8;
}
/** Bits 14..12: a rounding mode, or which one of a family. */
@inline function variant(w: u32): u32 {
  return (w >> 12) & 7;
}
/** Bits 24..20, where they are no register. */
@inline function selector(w: u32): u32 {
  return (w >> 20) & 31;
}
@inline function isSingleFormat(w: u32): bool {
  return ((w >> 25) & 3) == 0;
}

/** A register as a double: a single is widened. */
@inline function wide(offset: u32, isSingle: bool): u64 {
  return isSingle ? widen(single(offset)) : double(offset);
}
@inline function put(w: u32, isSingle: bool, bits: u64): i32 {
  if (isSingle) setSingle(rd(w), bits);
  else setDouble(rd(w), bits);
  return OK;
}
@inline function putInteger(w: u32, value: u64): i32 {
  set(rd(w), value);
  return OK;
}

/** fmadd, fmsub, fnmsub, fnmadd: opcodes 0x43, 0x47, 0x4b, 0x4f. */
export function fused(w: u32): i32 {
  const rm = roundingMode(w);
  if (isOff() || ((w >> 25) & 3) > 1 || rm > 4) return illegal(w);
  const isSingle = isSingleFormat(w);
  const productSign = w & 8 ? SIGN : 0;
  const addendSign = w & 4 ? SIGN : 0;
  const a = wide(f1(w), isSingle) ^ productSign;
  const c = wide(f3(w), isSingle) ^ addendSign;
  return put(w, isSingle, multiplyAdd(a, wide(f2(w), isSingle), c, isSingle, rm));
}

/** OP-FP: opcode 0x53. */
export function floatOperation(w: u32): i32 {
  if (isOff() || ((w >> 25) & 3) > 1) return illegal(w);
  const kind = w >> 27;
  if (kind < 4 || kind == SQUARE_ROOT) return arithmetic(w, kind);
  if (kind == 4) return signInjection(w);
  if (kind == 5) return extreme(w);
  if (kind == 20) return comparison(w);
  if (kind == 28) return moveOrClass(w);
  if (kind == 30) return moveIn(w);
  return conversion(w, kind);
}

function arithmetic(w: u32, kind: u32): i32 {
  const rm = roundingMode(w);
  if (rm > 4 || (kind == SQUARE_ROOT && selector(w) != 0)) return illegal(w);
  const a = double(f1(w));
  const b = double(f2(w));
  setDouble(
    rd(w),
    isSingleFormat(w) ? arithmeticSingle(kind, a, b, rm) : arithmeticDouble(kind, a, b, rm),
  );
  return OK;
}

function signInjection(w: u32): i32 {
  const way = variant(w);
  if (way > 2) return illegal(w);
  const isSingle = isSingleFormat(w);
  const sign: u64 = isSingle ? 0x80000000 : SIGN;
  const a = isSingle ? single(f1(w)) : double(f1(w));
  const b = isSingle ? single(f2(w)) : double(f2(w));
  let s = b;
  if (way == 1) s = ~b;
  else if (way == 2) s = a ^ b;
  return put(w, isSingle, (a & ~sign) | (s & sign));
}

function extreme(w: u32): i32 {
  const way = variant(w);
  if (way > 1) return illegal(w);
  const isSingle = isSingleFormat(w);
  const choice = chooseExtreme(wide(f1(w), isSingle), wide(f2(w), isSingle), way == 1);
  if (choice == 2) return put(w, isSingle, isSingle ? NAN_SINGLE : NAN_DOUBLE);
  const from = choice ? f2(w) : f1(w);
  return put(w, isSingle, isSingle ? single(from) : double(from));
}

function comparison(w: u32): i32 {
  const way = variant(w);
  if (way > 2) return illegal(w);
  const isSingle = isSingleFormat(w);
  return putInteger(w, compare(wide(f1(w), isSingle), wide(f2(w), isSingle), way));
}

/** fmv.x.w, fmv.x.d, fclass. A move takes the bits as they are, boxed or not. */
function moveOrClass(w: u32): i32 {
  const way = variant(w);
  if (selector(w) != 0 || way > 1) return illegal(w);
  const isSingle = isSingleFormat(w);
  if (way == 0) {
    const bits = double(f1(w));
    return putInteger(w, isSingle ? <u64>(<i64>(<i32>bits)) : bits);
  }
  return putInteger(
    w,
    isSingle ? classify(single(f1(w)), 23, 8) : classify(double(f1(w)), 52, 11),
  );
}

/** fmv.w.x, fmv.d.x. */
function moveIn(w: u32): i32 {
  if (selector(w) != 0 || variant(w) != 0) return illegal(w);
  const bits = rs1(w);
  return put(w, isSingleFormat(w), isSingleFormat(w) ? bits & 0xffffffff : bits);
}

/** All fcvt: 8 between the formats, 24 to an integer, 26 from one. */
function conversion(w: u32, kind: u32): i32 {
  const rm = roundingMode(w);
  const isSingle = isSingleFormat(w);
  const from = selector(w);
  if (rm > 4) return illegal(w);
  if (kind == 8) {
    // What comes from a double is a single, and the other way round.
    if (from != <u32>isSingle) return illegal(w);
    return put(w, isSingle, convert(wide(f1(w), !isSingle), isSingle, rm));
  }
  if (from > 3) return illegal(w);
  if (kind == 24) return putInteger(w, toInteger(wide(f1(w), isSingle), from, rm));
  if (kind == 26) return put(w, isSingle, fromInteger(rs1(w), from, isSingle, rm));
  return illegal(w);
}
