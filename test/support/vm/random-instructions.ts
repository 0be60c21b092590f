// Random instructions of RV64GC that compute, load and store. None of them jumps far, and with
// `hasTraps` off none traps, so that whole programs of them come to an end.

import type { Prng } from "../../../src/base/prng.ts";
import { addi, amo, csrrs, i, type Item, load, r, store } from "./assembler.ts";
import { fld, float, flw, fsd, fsw } from "./float-assembler.ts";

export interface Palette {
  /** Destinations and operands are x1 up to below this; x0 is both, too. */
  readonly registers: number;
  /** Registers that point at 2 KiB of data to both sides of them. */
  readonly pointers: readonly number[];
  /** For addresses that are made on the way. */
  readonly scratch: number;
  readonly hasTraps: boolean;
}

const OP_F3 = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const W_F3 = [0, 1, 5] as const;
const W_PRODUCT_F3 = [0, 4, 5, 6, 7] as const;
const AMOS = [0, 1, 4, 8, 12, 16, 20, 24, 28] as const;
const FLOATS = 16;
const FCSRS = [1, 2, 3] as const;

type Maker = (random: Prng, palette: Palette) => readonly Item[];

const integers: Maker = (random, { registers }) => {
  const d = random.below(registers);
  const a = random.below(registers);
  const b = random.below(registers);
  const imm = random.below(4096);
  switch (random.below(10)) {
    case 0:
      return [i(0x13, random.pick([0, 2, 3, 4, 6, 7]), d, a, imm)];
    case 1:
      return [i(0x13, random.pick([1, 5]), d, a, random.below(64))];
    case 2:
      return [i(0x13, 5, d, a, 0x400 | random.below(64))];
    case 3:
      return [i(0x1b, 0, d, a, imm), i(0x1b, random.pick([1, 5]), d, a, random.below(32))];
    case 4:
      return [i(0x1b, 5, d, a, 0x400 | random.below(32))];
    case 5:
      return [r(0x33, random.pick(OP_F3), 0, d, a, b), r(0x33, random.pick([0, 5]), 0x20, d, a, b)];
    case 6:
      return [r(0x33, random.pick(OP_F3), 1, d, a, b)];
    case 7:
      return [r(0x3b, random.pick(W_F3), 0, d, a, b), r(0x3b, random.pick([0, 5]), 0x20, d, a, b)];
    case 8:
      return [r(0x3b, random.pick(W_PRODUCT_F3), 1, d, a, b)];
    default:
      return [((random.below(0x100000) << 12) | (d << 7) | random.pick([0x37, 0x17])) >>> 0];
  }
};

/** Often misaligned, seldom across a page. */
const memory: Maker = (random, { registers, pointers }) => {
  const base = random.pick(pointers);
  const near = (random.below(2) === 0 ? random.below(4080) : 8 * random.below(510)) - 2040;
  const imm = near & 0xfff;
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return [load(random.below(7), random.below(registers), base, imm)];
    case 3:
    case 4:
      return [store(random.below(4), random.below(registers), base, imm)];
    case 5:
      return [random.pick([flw, fld])(random.below(FLOATS), base, imm)];
    case 6:
      return [random.pick([fsw, fsd])(random.below(FLOATS), base, imm)];
    default:
      return [fld(random.below(FLOATS), base, imm & ~7)];
  }
};

const atomics: Maker = (random, { registers, pointers, scratch, hasTraps }) => {
  const size = random.pick([4, 8] as const);
  const d = random.below(registers);
  const b = random.below(registers);
  const offset = random.below(hasTraps ? 4000 : 250) * (hasTraps ? 1 : 8);
  const address = addi(scratch, random.pick(pointers), hasTraps ? offset & 0x7ff : offset);
  if (random.below(3) > 0) return [address, amo(random.pick(AMOS), size, d, scratch, b)];
  const other = random.below(4) === 0 ? [addi(scratch, scratch, 8)] : [];
  const pair = [amo(2, size, d, scratch, 0), ...other, amo(3, size, d, scratch, b)];
  return [address, ...pair];
};

function mode(random: Prng, hasTraps: boolean): number {
  if (random.below(2) === 0) return 7;
  return random.below(hasTraps && random.below(20) === 0 ? 7 : 5);
}

const floats: Maker = (random, { registers, hasTraps }) => {
  const format = random.below(2) as 0 | 1;
  const d = random.below(FLOATS);
  const a = random.below(FLOATS);
  const b = random.below(FLOATS);
  const rm = mode(random, hasTraps);
  const x = random.below(registers);
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2:
      return [float(random.below(4), format, rm, d, a, b)];
    case 3:
      return [float(11, format, rm, d, a, 0)];
    case 4:
    case 5: {
      const c = random.below(FLOATS);
      const opcode = 0x43 + 4 * random.below(4);
      return [r(opcode, rm, (c << 2) | format, d, a, b)];
    }
    case 6:
      return [float(4, format, random.below(3), d, a, b)];
    case 7:
      return [float(5, format, random.below(2), d, a, b)];
    case 8:
      return [float(20, format, random.below(3), x, a, b)];
    case 9:
      return [float(24, format, rm, x, a, random.below(4))];
    case 10:
      return [float(26, format, rm, d, x, random.below(4))];
    case 11:
      return [float(8, format, rm, d, a, 1 - format)];
    case 12:
      return [float(28, format, random.below(2), x, a, 0)];
    default:
      return [float(30, format, 0, d, x, 0)];
  }
};

/** frm keeps to what exists while nothing may trap. */
const modes: Maker = (random, { registers, hasTraps }) => {
  const d = random.below(registers);
  if (random.below(3) === 0) return [csrrs(d, random.pick(FCSRS), 0)];
  if (random.below(2) === 0) return [i(0x73, 5, d, random.below(hasTraps ? 6 : 5), 2)];
  return [i(0x73, random.pick([5, 6, 7]), d, random.below(32), 1)];
};

/** Over the next one or two words. */
const branches: Maker = (random, palette) => {
  const f3 = random.pick([0, 1, 4, 5, 6, 7]);
  const a = random.below(palette.registers);
  const b = random.below(palette.registers);
  const over = random.below(2) === 0 ? 8 : 12;
  const words = [plainWord(random, palette), plainWord(random, palette)];
  return [r(0x63, f3, 0, over, a, b), ...words];
};

/** One word that cannot trap. */
function plainWord(random: Prng, { registers }: Palette): number {
  const [d, a, b] = [random.below(registers), random.below(registers), random.below(registers)];
  return r(random.pick([0x33, 0x3b]), 0, random.pick([0, 1, 0x20]), d, a, b);
}

/** Compressed instructions on x1 to x15, in pairs; none of them touches memory or jumps. */
const compressed: Maker = (random) => [randomCompressed(random), randomCompressed(random)];

function randomCompressed(random: Prng): number {
  const near = random.below(8);
  const other = random.below(8);
  const rd = 1 + random.below(15);
  const shift = 1 + random.below(31);
  switch (random.below(6)) {
    case 0:
      return 0x0001 | (rd << 7) | (random.below(2) << 12) | (random.below(32) << 2);
    case 1:
      return 0x2001 | (rd << 7) | (random.below(2) << 12) | (random.below(32) << 2);
    case 2:
      return (
        0x8001 | (random.below(2) << 10) | (near << 7) | (random.below(2) << 12) | (shift << 2)
      );
    case 3:
      return 0x8801 | (near << 7) | (random.below(2) << 12) | (random.below(32) << 2);
    case 4:
      return 0x8c01 | (near << 7) | (random.below(4) << 5) | (other << 2);
    default:
      return 0x8002 | (random.below(2) << 12) | (rd << 7) | ((1 + random.below(15)) << 2);
  }
}

const MAKERS: readonly (readonly [number, Maker])[] = [
  [10, integers],
  [8, memory],
  [2, atomics],
  [12, floats],
  [1, modes],
  [3, branches],
  [6, compressed],
];
const TOTAL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

/** One instruction, or a few that belong together. */
export function randomInstruction(random: Prng, palette: Palette): readonly Item[] {
  let at = random.below(TOTAL);
  for (const [weight, maker] of MAKERS) {
    if (at < weight) return maker(random, palette);
    at -= weight;
  }
  return [];
}
