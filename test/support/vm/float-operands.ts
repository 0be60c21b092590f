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
