// Seeded random programs. One kind is straight code that prints what it ends with, for another
// machine to be compared; the other kind jumps, calls and loops, for two tiers to be compared.

import { Prng } from "../../../src/base/prng.ts";
import {
  addi,
  amo,
  assemble,
  bne,
  branch,
  csrrw,
  i,
  type Item,
  jal,
  jalr,
  la,
  ld,
  li,
  load,
  r,
  sb,
  sd,
  store,
  sw,
} from "./assembler.ts";
import { RAM } from "./load-core.ts";

const UART = 0x10000000;
/** Loads and stores go here; x31 points at it. */
const DATA = RAM + 0x100000;
/** Registers that programs use: x1 to x15, x31 stays the pointer. */
const USED = 16;

const OP_F3 = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const W_F3 = [0, 1, 5] as const;
const W_PRODUCT_F3 = [0, 4, 5, 6, 7] as const;
const AMOS = [0, 1, 4, 8, 12, 16, 20, 24, 28] as const;

function randomInstruction(random: Prng): readonly Item[] {
  const d = random.below(USED);
  const a = random.below(USED);
  const b = random.below(USED);
  const imm = random.below(4096);
  const near = random.below(2040);
  switch (random.below(13)) {
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
    case 9:
      return [load(random.below(7), d, 31, near)];
    case 10:
      return [store(random.below(4), b, 31, near)];
    case 11: {
      const size = random.pick([4, 8] as const);
      return [addi(30, 31, random.below(250) * 8), amo(random.pick(AMOS), size, d, 30, b)];
    }
    default:
      return [((random.below(0x100000) << 12) | (d << 7) | 0x37) >>> 0];
  }
}

/** Compressed instructions on x8 to x15, none of which touches memory or jumps. */
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

/** Prints x1 to x15 and eight words of data as hexadecimal digits, then powers off. */
function epilogue(): readonly Item[] {
  const print = (label: string, register: number): readonly Item[] => {
    const digit = [r(0x33, 5, 0, 22, register, 21), i(0x13, 7, 22, 22, 15), addi(22, 22, 65)];
    const next = [sb(22, 20, 0), addi(21, 21, -4 & 0xfff), addi(23, 21, 4), bne(23, 0, label)];
    return [...li(20, UART), ...li(21, 60), label, ...digit, ...next];
  };
  const items: Item[] = [];
  for (let n = 1; n < USED; n++) items.push(...print(`x${n}`, n));
  for (let n = 0; n < 8; n++) items.push(ld(24, 31, n * 256), ...print(`d${n}`, 24));
  return [...items, ...li(20, 0x100000), ...li(21, 0x5555), sw(21, 20, 0), "end", jal(0, "end")];
}

export function randomProgram(seed: number): Uint8Array {
  const random = new Prng(`vm/qemu/${seed}`);
  const items: Item[] = [...la(28, "end"), csrrw(0, 0x305, 28), ...li(31, DATA)];
  for (let n = 1; n < USED; n++)
    items.push(...li(n, BigInt(random.uint32()) * BigInt(random.uint32())));
  for (let n = 0; n < 256; n++) items.push(sd(1 + random.below(15), 31, n * 8 > 2040 ? 0 : n * 8));
  for (let n = 0; n < 3000; n++) {
    if (random.below(4) === 0) items.push(randomCompressed(random), randomCompressed(random));
    else items.push(...randomInstruction(random));
  }
  items.push(...li(31, DATA));
  return assemble([...items, ...epilogue()]);
}


const LOOP = 29;
const BLOCKS = 24;
const BRANCHES = [0, 1, 4, 5, 6, 7] as const;

/**
 * Blocks of random instructions in a loop of `rounds`, between them branches forwards and backwards
 * (these at most a few times each, x26 counts), calls, computed jumps; then power off. x30 and x31 point to
 * data, which starts as zeros.
 */
export function loopingProgram(seed: number, rounds: number): Uint8Array {
  const random = new Prng(`vm/loop/${seed}`);
  const items: Item[] = [...la(28, "end"), csrrw(0, 0x305, 28), ...li(31, DATA), ...li(30, DATA)];
  for (let n = 1; n < USED; n++)
    items.push(...li(n, BigInt(random.uint32()) * BigInt(random.uint32())));
  items.push(...li(LOOP, rounds), "again", addi(26, 0, 40));
  for (let block = 0; block < BLOCKS; block++) {
    items.push(`b${block}`);
    const size = random.below(14);
    for (let n = 0; n < size; n++) {
      if (random.below(3) === 0) items.push(randomCompressed(random), randomCompressed(random));
      else items.push(...randomInstruction(random));
    }
    items.push(...randomEnd(random, block));
  }
  items.push(`b${BLOCKS}`, addi(LOOP, LOOP, -1 & 0xfff), bne(LOOP, 0, "again"));
  items.push("end", ...li(20, 0x100000), ...li(21, 0x5555), sw(21, 20, 0), "halt", jal(0, "halt"));
  for (const name of ["f", "g"]) {
    items.push(name);
    for (let n = 0; n < 4; n++) items.push(...randomInstruction(random));
    items.push(jalr(0, 25, 0));
  }
  return assemble(items);
}

function randomEnd(random: Prng, block: number): readonly Item[] {
  const forward = `b${block + 1 + random.below(Math.min(4, BLOCKS - block))}`;
  const back = `b${Math.max(0, block - random.below(3))}`;
  const a = random.below(USED);
  const b = random.below(USED);
  switch (random.below(8)) {
    case 0:
      return [branch(random.pick(BRANCHES), a, b, forward)];
    case 1:
      return [branch(random.pick(BRANCHES), a, 0, forward)];
    case 2:
      return [addi(26, 26, -1 & 0xfff), branch(4, 0, 26, back)];
    case 3:
      return [jal(25, random.pick(["f", "g"]))];
    case 4:
      return [...la(24, random.pick(["f", "g"])), jalr(25, 24, 0)];
    case 5:
      return [...la(24, forward), jalr(0, 24, random.below(2))];
    case 6:
      return [csrrw(0, 0x340, a)];
    default:
      return [];
  }
}
