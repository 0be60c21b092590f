// Every computing instruction of F and D with what the oracle says about it. Operands are registers:
// f1, f2, f3 or x10 in, f4 or x8 out.

import {
  type Answer,
  type Arithmetic,
  arithmetic,
  canonicalNaN,
  classOf,
  compare,
  convert,
  type Format,
  fromInteger,
  fused,
  toInteger,
  unboxed,
} from "./exact-float.ts";

export type Registers = readonly [bigint, bigint, bigint];

export interface FloatOperation {
  readonly name: string;
  /** With 0 in the rounding mode field. */
  readonly word: number;
  readonly hasMode: boolean;
  readonly from: Format | "integer";
  readonly to: Format | "integer";
  readonly answer: (registers: Registers, rm: number) => Answer;
}

const F_OUT = 4 << 7;
const X_OUT = 8 << 7;
const F_IN = (1 << 15) | (2 << 20) | F_OUT;
const FORMATS = ["s", "d"] as const;
const CODES: readonly (readonly [Arithmetic, number, number])[] = [
  ["add", 0, 0],
  ["sub", 1, 0],
  ["mul", 2, 0],
  ["div", 3, 0],
  ["sqrt", 11, 0],
  ["min", 5, 0],
  ["max", 5, 1],
];

function op(f5: number, format: Format, rest: number): number {
  return ((f5 << 27) | (format === "d" ? 1 << 25 : 0) | rest | 0x53) >>> 0;
}

function twoOperands(format: Format): readonly FloatOperation[] {
  const shared = { from: format, to: format } as const;
  return CODES.map(([name, f5, f3]) => ({
    ...shared,
    name: `f${name}.${format}`,
    word: op(f5, format, name === "sqrt" ? F_OUT | (1 << 15) : F_IN | (f3 << 12)),
    hasMode: f5 !== 5,
    answer: ([a, b], rm) => arithmetic(name, unboxed(a, format), unboxed(b, format), format, rm),
  }));
}

function signs(format: Format): readonly FloatOperation[] {
  const sign = format === "s" ? 1n << 31n : 1n << 63n;
  return ["fsgnj", "fsgnjn", "fsgnjx"].map((name, way) => ({
    name: `${name}.${format}`,
    word: op(4, format, F_IN | (way << 12)),
    hasMode: false,
    from: format,
    to: format,
    answer: ([x, y]) => {
      const a = unboxed(x, format);
      const b = unboxed(y, format);
      const s = (way === 0 ? b : way === 1 ? b ^ sign : a ^ b) & sign;
      return { bits: (a & (sign - 1n)) | s, flags: 0 };
    },
  }));
}

function multiplyAdds(format: Format): readonly FloatOperation[] {
  return ["fmadd", "fmsub", "fnmsub", "fnmadd"].map((name, at) => ({
    name: `${name}.${format}`,
    word: ((3 << 27) | (format === "d" ? 1 << 25 : 0) | F_IN | (0x43 + 4 * at)) >>> 0,
    hasMode: true,
    from: format,
    to: format,
    answer: ([a, b, c], rm) =>
      fused(
        { product: at > 1, addend: at % 2 === 1 },
        [unboxed(a, format), unboxed(b, format), unboxed(c, format)],
        format,
        rm,
      ),
  }));
}

function toIntegers(format: Format): readonly FloatOperation[] {
  const shared = { from: format, to: "integer" } as const;
  const conversions = ["w", "wu", "l", "lu"].map(
    (name, kind): FloatOperation => ({
      ...shared,
      name: `fcvt.${name}.${format}`,
      word: op(24, format, (kind << 20) | (1 << 15) | X_OUT),
      hasMode: true,
      answer: ([a], rm) => toInteger(unboxed(a, format), format, kind, rm),
    }),
  );
  const comparisons = ["fle", "flt", "feq"].map(
    (name, way): FloatOperation => ({
      ...shared,
      name: `${name}.${format}`,
      word: op(20, format, (2 << 20) | (1 << 15) | (way << 12) | X_OUT),
      hasMode: false,
      answer: ([a, b]) => compare(way, unboxed(a, format), unboxed(b, format), format),
    }),
  );
  return [...conversions, ...comparisons];
}

function classAndMoves(format: Format): readonly FloatOperation[] {
  const bits = format === "s" ? 32 : 64;
  const plain = { hasMode: false } as const;
  return [
    {
      ...plain,
      name: `fclass.${format}`,
      word: op(28, format, (1 << 15) | (1 << 12) | X_OUT),
      from: format,
      to: "integer",
      answer: ([a]) => ({ bits: classOf(unboxed(a, format), format), flags: 0 }),
    },
    {
      ...plain,
      name: `fmv.x.${format}`,
      word: op(28, format, (1 << 15) | X_OUT),
      from: format,
      to: "integer",
      answer: ([a]) => ({ bits: BigInt.asUintN(64, BigInt.asIntN(bits, a)), flags: 0 }),
    },
    {
      ...plain,
      name: `fmv.${format}.x`,
      word: op(30, format, (10 << 15) | F_OUT),
      from: "integer",
      to: format,
      answer: ([a]) => ({ bits: BigInt.asUintN(bits, a), flags: 0 }),
    },
  ];
}

function fromIntegers(format: Format): readonly FloatOperation[] {
  return ["w", "wu", "l", "lu"].map((name, kind) => ({
    name: `fcvt.${format}.${name}`,
    word: op(26, format, (kind << 20) | (10 << 15) | F_OUT),
    hasMode: true,
    from: "integer",
    to: format,
    answer: ([a], rm) => fromInteger(a, kind, format, rm),
  }));
}

function betweenFormats(to: Format): FloatOperation {
  const from = to === "s" ? "d" : "s";
  return {
    name: `fcvt.${to}.${from}`,
    word: op(8, to, ((to === "s" ? 1 : 0) << 20) | (1 << 15) | F_OUT),
    hasMode: true,
    from,
    to,
    answer: ([a], rm) => convert(unboxed(a, from), from, to, rm),
  };
}

export const FLOAT_OPERATIONS: readonly FloatOperation[] = FORMATS.flatMap((format) => [
  ...twoOperands(format),
  ...signs(format),
  ...multiplyAdds(format),
  ...toIntegers(format),
  ...classAndMoves(format),
  ...fromIntegers(format),
  betweenFormats(format),
]);

/** What stands in the result register after an answer. */
export function asRegister(operation: FloatOperation, answer: Answer): bigint {
  return operation.to === "s" ? answer.bits | 0xffffffff00000000n : answer.bits;
}

/** Operands at which a fused operation loses nearly all of its digits: c is nearly minus a * b. */
export function cancelling(a: bigint, b: bigint, format: Format, nudge: bigint): bigint {
  const rounded = arithmetic("mul", unboxed(a, format), unboxed(b, format), format, 0).bits;
  const sign = format === "s" ? 1n << 31n : 1n << 63n;
  if (rounded === canonicalNaN(format)) return rounded;
  const near = BigInt.asUintN(format === "s" ? 32 : 64, (rounded ^ sign) + nudge);
  return format === "s" ? near | 0xffffffff00000000n : near;
}
