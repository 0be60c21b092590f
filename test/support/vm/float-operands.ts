// Operands for tests of F and D: the values at which implementations go wrong, and neighbours of them.

import type { Prng } from "../../../src/base/prng.ts";
import type { Format } from "./exact-float.ts";

const SIZES = {
  s: { fraction: 23, bias: 127, most: 255, width: 32 },
  d: { fraction: 52, bias: 1023, most: 2047, width: 64 },
} as const;

export function random64(random: Prng): bigint {
  return (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
}

/** Few bits set, or few clear, at one end or the other: halves, ties and carries come of these. */
function fraction(random: Prng, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  const at = BigInt(random.below(bits));
  switch (random.below(6)) {
    case 0:
      return 0n;
    case 1:
      return all;
    case 2:
      return 1n << at;
    case 3:
      return all ^ (1n << at);
    case 4:
      return (all << at) & all;
    default:
      return random64(random) & all;
  }
}

function field(random: Prng, format: Format): number {
  const { bias, most, fraction: bits } = SIZES[format];
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return random.below(3);
    case 2:
      return most - random.below(3);
    case 3:
      return random.below(most + 1);
    case 4:
      return bias - bits + random.below(2 * bits);
    case 5:
      return (bias >> 1) + random.below(bits);
    case 6:
      return bias + (bias >> 1) - random.below(bits);
    default:
      return bias - 2 + random.below(70);
  }
}

/**
 * Two factors whose product is just below, at, or just above the smallest normal number, from either
 * side of what rounds to it: (1 + 2^-k) * (1 - 2^-j) of that size.
 */
export function factorsOfSmallest(random: Prng, format: Format): readonly [bigint, bigint] {
  const { fraction: bits, bias } = SIZES[format];
  const first = bias - 1 - random.below(bias - 2);
  const sum = bias + 1 + random.below(3) - 1;
  const k = random.below(bits >> 1);
  const above = 1n << BigInt(k);
  // Half a unit below it, which is tiny; else 1 - 2^-2k, than which nothing is nearer, and is not.
  const isHalf = random.below(4) === 0;
  const other = isHalf ? random.below(2) : random.below(2) === 0 ? k + 1 : random.below(bits);
  const below = (1n << BigInt(bits)) - (1n << BigInt(other));
  const compose = (exponent: number, part: bigint): bigint =>
    (BigInt(random.below(2)) << BigInt(SIZES[format].width - 1)) |
    (BigInt(Math.max(1, exponent)) << BigInt(bits)) |
    part;
  const boxed = (value: bigint): bigint => (format === "s" ? value | 0xffffffff00000000n : value);
  const a = compose(first, isHalf ? 0n : above);
  return [boxed(a), boxed(compose(sum - 1 - first, below))];
}

/** A double around the smallest normal single, with few bits below its precision. */
export function nearSmallestSingle(random: Prng): bigint {
  const exponent = BigInt(SIZES.d.bias - SIZES.s.bias - random.below(3) + 1);
  const part =
    random.below(2) === 0 ? fraction(random, 52) : fraction(random, 25) | (0x7ffffffn << 25n);
  return (BigInt(random.below(2)) << 63n) | (exponent << 52n) | (part & ((1n << 52n) - 1n));
}

/** Bits of the format. */
export function randomFloat(random: Prng, format: Format): bigint {
  const { fraction: bits, width } = SIZES[format];
  if (random.below(12) === 0) return random64(random) & ((1n << BigInt(width)) - 1n);
  const sign = BigInt(random.below(2)) << BigInt(width - 1);
  return sign | (BigInt(field(random, format)) << BigInt(bits)) | fraction(random, bits);
}

/** A register: singles are boxed but for one in sixteen. */
export function randomRegister(random: Prng, format: Format): bigint {
  const bits = randomFloat(random, format);
  if (format === "d") return bits;
  return random.below(16) === 0 ? bits | random64(random) : bits | 0xffffffff00000000n;
}

/** Near powers of two, where conversions saturate and round. */
export function randomInteger(random: Prng): bigint {
  if (random.below(3) === 0) return random64(random);
  const power = 1n << BigInt(random.below(65));
  const near = power + BigInt(random.below(5)) - 2n;
  return BigInt.asUintN(64, random.below(2) === 0 ? near : -near);
}
