// An oracle for F and D: every result is computed as an exact fraction of big integers and rounded
// once, by the definition. It shares nothing with the core and is as slow as it is plain.

export type Format = "s" | "d";

export interface Answer {
  /** Bits of the format for a number, of XLEN for an integer. */
  readonly bits: bigint;
  readonly flags: number;
}

/** A sign and a magnitude n / d, or what is no fraction. */
type Value =
  | { readonly kind: "nan"; readonly isSignalling: boolean }
  | { readonly kind: "infinity"; readonly isNegative: boolean }
  | {
      readonly kind: "number";
      readonly isNegative: boolean;
      readonly n: bigint;
      readonly d: bigint;
    };

const INVALID = 16;
const BY_ZERO = 8;
const OVERFLOW = 4;
const UNDERFLOW = 2;
const INEXACT = 1;

interface Shape {
  readonly precision: number;
  readonly lowest: number;
  readonly width: number;
}

const SHAPES: Readonly<Record<Format, Shape>> = {
  s: { precision: 24, lowest: -126, width: 32 },
  d: { precision: 53, lowest: -1022, width: 64 },
};

export function canonicalNaN(format: Format): bigint {
  return format === "s" ? 0x7fc00000n : 0x7ff8000000000000n;
}

function infinityBits(format: Format): bigint {
  return format === "s" ? 0x7f800000n : 0x7ff0000000000000n;
}

function signBit(format: Format): bigint {
  return 1n << BigInt(SHAPES[format].width - 1);
}

/** The bits of a register as a value of a format: what is not boxed is the canonical NaN. */
export function unboxed(register: bigint, format: Format): bigint {
  if (format === "d") return register;
  return register >> 32n === 0xffffffffn ? register & 0xffffffffn : canonicalNaN("s");
}

function decode(bits: bigint, format: Format): Value {
  const { precision, lowest } = SHAPES[format];
  const isNegative = (bits & signBit(format)) !== 0n;
  const size = bits & (signBit(format) - 1n);
  if (size > infinityBits(format))
    return { kind: "nan", isSignalling: ((bits >> BigInt(precision - 2)) & 1n) === 0n };
  if (size === infinityBits(format)) return { kind: "infinity", isNegative };
  const field = Number(size >> BigInt(precision - 1));
  const fraction = size & ((1n << BigInt(precision - 1)) - 1n);
  const digits = field === 0 ? fraction : fraction | (1n << BigInt(precision - 1));
  const power = (field === 0 ? lowest : field - 1 + lowest) - (precision - 1);
  return power >= 0
    ? { kind: "number", isNegative, n: digits << BigInt(power), d: 1n }
    : { kind: "number", isNegative, n: digits, d: 1n << BigInt(-power) };
}

/** floor(log2(n / d)) of a positive fraction. */
function magnitudeOf(n: bigint, d: bigint): number {
  const guess = n.toString(2).length - d.toString(2).length;
  const isBelow = guess >= 0 ? n < d << BigInt(guess) : n << BigInt(-guess) < d;
  return isBelow ? guess - 1 : guess;
}

/** n / d in units of 2^unit, rounded to an integer. */
function toUnits(v: { isNegative: boolean; n: bigint; d: bigint }, unit: number, rm: number) {
  const n = unit >= 0 ? v.n : v.n << BigInt(-unit);
  const d = unit >= 0 ? v.d << BigInt(unit) : v.d;
  const down = n / d;
  const twice = 2n * (n % d);
  const isExact = twice === 0n;
  let isUp = false;
  if (rm === 0) isUp = twice > d || (twice === d && (down & 1n) === 1n);
  else if (rm === 2) isUp = v.isNegative;
  else if (rm === 3) isUp = !v.isNegative;
  else if (rm === 4) isUp = twice >= d;
  return { units: !isExact && isUp ? down + 1n : down, isExact };
}

function encode(
  v: { isNegative: boolean; n: bigint; d: bigint },
  format: Format,
  rm: number,
): Answer {
  const { precision, lowest } = SHAPES[format];
  const sign = v.isNegative ? signBit(format) : 0n;
  if (v.n === 0n) return { bits: sign, flags: 0 };
  const power = magnitudeOf(v.n, v.d);
  const unit = Math.max(power, lowest) - (precision - 1);
  const { units, isExact } = toUnits(v, unit, rm);
  const field = BigInt(unit + (precision - 1) - lowest);
  const bits = (field << BigInt(precision - 1)) + units;
  if (bits >= infinityBits(format)) {
    const isCapped = rm === 1 || rm === (v.isNegative ? 3 : 2);
    return {
      bits: sign | (infinityBits(format) - (isCapped ? 1n : 0n)),
      flags: OVERFLOW | INEXACT,
    };
  }
  if (isExact) return { bits: sign | bits, flags: 0 };
  // Tiny after rounding: with an unbounded exponent it would still be below the smallest normal.
  const free = toUnits(v, power - (precision - 1), rm).units;
  const isTiny = power < lowest - 1 || (power === lowest - 1 && free < 1n << BigInt(precision));
  return { bits: sign | bits, flags: isTiny ? UNDERFLOW | INEXACT : INEXACT };
}

function nan(format: Format, flags: number): Answer {
  return { bits: canonicalNaN(format), flags };
}

function infinite(format: Format, isNegative: boolean, flags = 0): Answer {
  return { bits: infinityBits(format) | (isNegative ? signBit(format) : 0n), flags };
}

/** Any NaN operand: the canonical NaN, invalid if one signals. */
function nanOf(format: Format, ...values: readonly Value[]): Answer | undefined {
  if (!values.some((v) => v.kind === "nan")) return undefined;
  return nan(format, values.some((v) => v.kind === "nan" && v.isSignalling) ? INVALID : 0);
}

function sum(a: Value, b: Value, format: Format, rm: number): Answer {
  const missing = nanOf(format, a, b);
  if (missing) return missing;
  if (a.kind === "nan" || b.kind === "nan") throw new Error("unreachable");
  if (a.kind === "infinity") {
    if (b.kind === "infinity" && a.isNegative !== b.isNegative) return nan(format, INVALID);
    return infinite(format, a.isNegative);
  }
  if (b.kind === "infinity") return infinite(format, b.isNegative);
  const left = a.isNegative ? -a.n : a.n;
  const right = b.isNegative ? -b.n : b.n;
  const n = left * b.d + right * a.d;
  const d = a.d * b.d;
  if (n !== 0n) return encode({ isNegative: n < 0n, n: n < 0n ? -n : n, d }, format, rm);
  const isNegative = a.isNegative === b.isNegative ? a.isNegative : rm === 2;
  return encode({ isNegative, n: 0n, d: 1n }, format, rm);
}

function product(a: Value, b: Value): Value {
  if (a.kind === "nan" || b.kind === "nan") return { kind: "nan", isSignalling: false };
  const isNegative = a.isNegative !== b.isNegative;
  const isZero = (v: Value): boolean => v.kind === "number" && v.n === 0n;
  if (a.kind === "infinity" || b.kind === "infinity")
    return isZero(a) || isZero(b)
      ? { kind: "nan", isSignalling: true }
      : { kind: "infinity", isNegative };
  return { kind: "number", isNegative, n: a.n * b.n, d: a.d * b.d };
}

function negated(v: Value): Value {
  return v.kind === "nan" ? v : { ...v, isNegative: !v.isNegative };
}

function finish(v: Value, format: Format, rm: number): Answer {
  if (v.kind === "nan") return nan(format, v.isSignalling ? INVALID : 0);
  if (v.kind === "infinity") return infinite(format, v.isNegative);
  return encode(v, format, rm);
}

function quotient(a: Value, b: Value, format: Format, rm: number): Answer {
  const missing = nanOf(format, a, b);
  if (missing) return missing;
  if (a.kind === "nan" || b.kind === "nan") throw new Error("unreachable");
  const isNegative = a.isNegative !== b.isNegative;
  if (a.kind === "infinity")
    return b.kind === "infinity" ? nan(format, INVALID) : infinite(format, isNegative);
  if (b.kind === "infinity") return encode({ isNegative, n: 0n, d: 1n }, format, rm);
  if (b.n === 0n) return a.n === 0n ? nan(format, INVALID) : infinite(format, isNegative, BY_ZERO);
  return encode({ isNegative, n: a.n * b.d, d: a.d * b.n }, format, rm);
}

function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

function squareRoot(a: Value, format: Format, rm: number): Answer {
  if (a.kind === "nan") return nan(format, a.isSignalling ? INVALID : 0);
  if (a.kind === "number" && a.n === 0n) return encode(a, format, rm);
  if (a.isNegative) return nan(format, INVALID);
  if (a.kind === "infinity") return infinite(format, false);
  // sqrt(n / d) = sqrt(n * d) / d; with 200 more bits, and a last one that says "and something".
  const wide = (a.n * a.d) << 400n;
  const root = integerRoot(wide);
  const n = 2n * root + (root * root === wide ? 0n : 1n);
  return encode({ isNegative: false, n, d: a.d << 201n }, format, rm);
}

/** Compares two values that are no NaN. */
function order(a: Value, b: Value): number {
  const key = (v: Value): readonly [bigint, bigint] => {
    if (v.kind === "nan") throw new Error("no order");
    const n = v.kind === "infinity" ? 1n << 5000n : v.n;
    return [v.isNegative ? -n : n, v.kind === "infinity" ? 1n : v.d];
  };
  const [an, ad] = key(a);
  const [bn, bd] = key(b);
  const difference = an * bd - bn * ad;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function extreme(x: bigint, y: bigint, format: Format, isMaximum: boolean): Answer {
  const a = decode(x, format);
  const b = decode(y, format);
  const flags = nanOf(format, a, b)?.flags ?? 0;
  if (a.kind === "nan") return { bits: b.kind === "nan" ? canonicalNaN(format) : y, flags };
  if (b.kind === "nan") return { bits: x, flags };
  const by = order(a, b);
  const isFirstLess = by < 0 || (by === 0 && a.isNegative);
  return { bits: isFirstLess === isMaximum ? y : x, flags };
}

export function classOf(bits: bigint, format: Format): bigint {
  const v = decode(bits, format);
  if (v.kind === "nan") return v.isSignalling ? 256n : 512n;
  if (v.kind === "infinity") return v.isNegative ? 1n : 128n;
  const { lowest } = SHAPES[format];
  const isNormal = v.n !== 0n && magnitudeOf(v.n, v.d) >= lowest;
  if (isNormal) return v.isNegative ? 2n : 64n;
  if (v.n !== 0n) return v.isNegative ? 4n : 32n;
  return v.isNegative ? 8n : 16n;
}

/** Widths and signs of fcvt's integers, by their number in the instruction. */
const INTEGERS = [
  { bits: 32, isSigned: true },
  { bits: 32, isSigned: false },
  { bits: 64, isSigned: true },
  { bits: 64, isSigned: false },
] as const;

export function toInteger(bits: bigint, format: Format, kind: number, rm: number): Answer {
  const type = INTEGERS[kind & 3];
  const most = (1n << BigInt(type.isSigned ? type.bits - 1 : type.bits)) - 1n;
  const least = type.isSigned ? -most - 1n : 0n;
  const give = (value: bigint, flags: number): Answer => ({
    bits: BigInt.asUintN(64, BigInt.asIntN(type.bits, value)),
    flags,
  });
  const v = decode(bits, format);
  if (v.kind === "nan") return give(most, INVALID);
  if (v.kind === "infinity") return give(v.isNegative ? least : most, INVALID);
  const { units, isExact } = toUnits(v, 0, rm);
  const value = v.isNegative ? -units : units;
  if (value > most || value < least) return give(value > most ? most : least, INVALID);
  return give(value, isExact ? 0 : INEXACT);
}

export function fromInteger(register: bigint, kind: number, format: Format, rm: number): Answer {
  const type = INTEGERS[kind & 3];
  const value = type.isSigned
    ? BigInt.asIntN(type.bits, register)
    : BigInt.asUintN(type.bits, register);
  const n = value < 0n ? -value : value;
  return encode({ isNegative: value < 0n, n, d: 1n }, format, rm);
}

export function convert(bits: bigint, from: Format, to: Format, rm: number): Answer {
  const v = decode(bits, from);
  if (v.kind === "nan") return nan(to, v.isSignalling ? INVALID : 0);
  return finish(v, to, rm);
}

export type Arithmetic = "add" | "sub" | "mul" | "div" | "sqrt" | "min" | "max";

/** Operands and result are bits of the format. */
export function arithmetic(
  name: Arithmetic,
  x: bigint,
  y: bigint,
  format: Format,
  rm: number,
): Answer {
  const a = decode(x, format);
  const b = decode(y, format);
  switch (name) {
    case "add":
      return sum(a, b, format, rm);
    case "sub":
      return sum(a, negated(b), format, rm);
    case "mul":
      return nanOf(format, a, b) ?? finish(product(a, b), format, rm);
    case "div":
      return quotient(a, b, format, rm);
    case "sqrt":
      return squareRoot(a, format, rm);
    default:
      return extreme(x, y, format, name === "max");
  }
}

/** fmadd, fmsub, fnmsub, fnmadd: +ab+c, +ab-c, -ab+c, -ab-c. */
export function fused(
  signs: { readonly product: boolean; readonly addend: boolean },
  operands: readonly [bigint, bigint, bigint],
  format: Format,
  rm: number,
): Answer {
  const [a, b, c] = operands.map((bits) => decode(bits, format));
  if (!a || !b || !c) throw new Error("three operands");
  const isLost = product(a, b).kind === "nan" && a.kind !== "nan" && b.kind !== "nan";
  if (isLost) return nan(format, INVALID);
  const missing = nanOf(format, a, b, c);
  if (missing) return missing;
  const p = product(a, b);
  return sum(signs.product ? negated(p) : p, signs.addend ? negated(c) : c, format, rm);
}

/** 0 less or equal, 1 less, 2 equal: funct3 of the instruction. */
export function compare(way: number, x: bigint, y: bigint, format: Format): Answer {
  const a = decode(x, format);
  const b = decode(y, format);
  const missing = nanOf(format, a, b);
  if (missing) return { bits: 0n, flags: way === 2 ? missing.flags : INVALID };
  const by = order(a, b);
  return { bits: (way === 2 ? by === 0 : way === 1 ? by < 0 : by <= 0) ? 1n : 0n, flags: 0 };
}
