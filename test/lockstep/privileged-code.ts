// Random code for all three privileges: what test/support/vm/random-instructions.ts makes, and in
// between CSRs, traps, returns, fences, jumps, loops, patches of code and of page tables.

import type { Prng } from "../../src/base/prng.ts";
import { addi, i, load, r, store } from "../support/vm/assembler.ts";
import { type Palette, randomInstruction } from "../support/vm/random-instructions.ts";

const DATA_A = 16;
const DATA_B = 17;
const CODE = 18;
const WORDS = 19;
export const SCRATCH = 20;
const LOOPS = 21;
const STATUS_MASK = 22;
const PENDING_MASK = 23;
const ROOT = 24;
const TABLES = 25;
const JUMP_A = 26;
const JUMP_B = 27;

/** Registers that hold something known when code starts; the handlers put it there. */
export const KNOWN_REGISTERS = [
  DATA_A,
  DATA_B,
  CODE,
  WORDS,
  STATUS_MASK,
  PENDING_MASK,
  ROOT,
  TABLES,
  JUMP_A,
  JUMP_B,
] as const;

/** Entries that are changed from the one on that a register points at. */
const TABLE_WINDOW = 32;

const PALETTE: Palette = {
  registers: 16,
  pointers: [DATA_A, DATA_B],
  scratch: SCRATCH,
  hasTraps: true,
};

const ECALL = 0x73;
const EBREAK = 0x100073;
const SRET = 0x10200073;
const MRET = 0x30200073;
const WFI = 0x10500073;
const FENCE = 0x0ff0000f;
const FENCE_I = 0x100f;
const SFENCE = 0x12000073;
const MSTATUS = 0x300;
const SSTATUS = 0x100;
const MIE = 0x304;
const SIE = 0x104;
const MIP = 0x344;
const SIP = 0x144;
const SATP = 0x180;

/** Any value may be written to these. */
const FREE_CSRS = [0x140, 0x141, 0x142, 0x143, 0x340, 0x341, 0x342, 0x343] as const;
/** Reading them is enough; the last does not exist, `time` is asked of the host. */
const READ_CSRS = [
  0xc00, 0xc02, 0xb00, 0xb02, 0xf14, 0x301, 0x302, 0x303, 0x144, 0x344, 0x100, 0x300, 0xc01, 0xc01,
  0xc01, 0x7c0,
] as const;

type Maker = (random: Prng) => readonly number[];

const csrs: Maker = (random) => {
  const d = random.below(16);
  const a = random.below(16);
  switch (random.below(9)) {
    case 0:
      return [i(0x73, random.pick([1, 2, 3]), d, a, random.pick(FREE_CSRS))];
    case 1:
    case 2:
    case 3:
      return [i(0x73, 2, d, 0, random.pick(READ_CSRS))];
    case 4:
      return [i(0x73, random.pick([2, 3]), d, STATUS_MASK, random.pick([MSTATUS, SSTATUS]))];
    case 5:
      return [
        i(0x73, random.pick([6, 7]), d, random.pick([2, 8]), random.pick([MSTATUS, SSTATUS])),
      ];
    case 6:
      return [i(0x73, random.pick([6, 7]), d, random.pick([2, 8]), random.pick([MIE, SIE]))];
    case 7:
      return [i(0x73, random.pick([2, 3]), d, PENDING_MASK, random.pick([MIP, SIP]))];
    default:
      return [i(0x73, 1, d, ROOT, SATP)];
  }
};

const traps: Maker = (random) => [
  random.pick([ECALL, EBREAK, SRET, MRET, WFI, WFI, FENCE, SFENCE, random.uint32() | 3]) >>> 0,
];

/** Asks for the time, by the CSR or by the device: a step that begins, waits for an answer, and ends. */
const questions: Maker = (random) => {
  const d = random.below(16);
  if (random.below(2) === 0) return [i(0x73, 2, d, 0, 0xc01)];
  return [
    ((0x200c << 12) | (SCRATCH << 7) | 0x37) >>> 0,
    load(random.pick([2, 3]), d, SCRATCH, 0xff8),
  ];
};

/** Sees memory in another way (MPRV, SUM, MXR), looks at code through it, and back. */
const views: Maker = (random) => {
  const csr = random.pick([MSTATUS, SSTATUS]);
  const look = load(3, random.below(16), CODE, (8 * random.below(510) - 2040) & 0xfff);
  const bits = random.pick([0x20, 0x40, 0x80, 0x80, 0xc0]);
  const mask = ((bits << 12) | (SCRATCH << 7) | 0x37) >>> 0;
  const [first, second] = random.below(2) === 0 ? [2, 3] : [3, 2];
  return [
    mask,
    look,
    i(0x73, first, 0, SCRATCH, csr),
    look,
    i(0x73, second, 0, SCRATCH, csr),
    look,
  ];
};

/** Takes a word that makes sense, puts it into the code, and says so or not. */
const patches: Maker = (random) => {
  const from = load(2, SCRATCH, WORDS, (4 * random.below(500) - 2048) & 0xfff);
  const to = store(2, SCRATCH, CODE, 2 * random.below(1000));
  return random.below(2) === 0 ? [from, to] : [from, to, FENCE_I];
};

/** Changes a bit of a page table entry, most often of its permissions, and says so or not. */
const remaps: Maker = (random) => {
  const offset = 8 * random.below(TABLE_WINDOW);
  const bit = 1 << (random.below(6) === 0 ? 10 : random.below(8));
  const change = [
    load(3, SCRATCH, TABLES, offset),
    i(0x13, 4, SCRATCH, SCRATCH, bit),
    store(3, SCRATCH, TABLES, offset),
  ];
  return random.below(2) === 0 ? change : [...change, SFENCE];
};

const jumps: Maker = (random) => {
  const link = random.pick([0, 1, 5, 15]);
  if (random.below(3) === 0)
    return [i(0x67, 0, link, random.pick([JUMP_A, JUMP_B]), 4 * random.below(64))];
  return [jumpBy(link, 2 * (random.below(1200) - 600))];
};

function jumpBy(link: number, o: number): number {
  const bits = ((o >> 20) << 31) | (((o >> 1) & 0x3ff) << 21) | (((o >> 11) & 1) << 20);
  return (bits | (((o >> 12) & 255) << 12) | (link << 7) | 0x6f) >>> 0;
}

function words(random: Prng): readonly number[] {
  return randomInstruction(random, PALETTE).map((item) => {
    if (typeof item !== "number") throw new Error("a label in random code");
    return item;
  });
}

export function sizeOf(word: number): 2 | 4 {
  return word < 0x10000 && (word & 3) !== 3 ? 2 : 4;
}

/** Counts a register down over a body. */
const loops: Maker = (random) => {
  const body: number[] = [];
  const length = 1 + random.below(12);
  for (let n = 0; n < length; n++) body.push(...words(random));
  body.push(addi(LOOPS, LOOPS, 0xfff));
  const back = -body.reduce((sum, word) => sum + sizeOf(word), 0);
  const upper = (((back >> 12) & 1) << 6) | ((back >> 5) & 63);
  const branch = r(0x63, 1, upper, (((back >> 1) & 15) << 1) | ((back >> 11) & 1), LOOPS, 0);
  return [addi(LOOPS, 0, 1 + random.below(60)), ...body, branch];
};

/** Fresh values: registers would run down to zeros otherwise. */
const refreshes: Maker = (random) => [
  load(3, 1 + random.below(15), WORDS, 8 * random.below(255)),
  ((8 * random.below(255)) << 20) | (WORDS << 15) | (3 << 12) | (random.below(16) << 7) | 0x07,
];

const MAKERS: readonly (readonly [number, Maker])[] = [
  [90, words],
  [14, refreshes],
  [5, loops],
  [3, csrs],
  [1, traps],
  [1, questions],
  [1, views],
  [2, patches],
  [4, remaps],
  [4, jumps],
];
const TOTAL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function some(random: Prng): readonly number[] {
  let at = random.below(TOTAL);
  for (const [weight, maker] of MAKERS) {
    if (at < weight) return maker(random);
    at -= weight;
  }
  return [];
}

/** Fills `bytes` with code. */
export function fillWithCode(random: Prng, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 4 <= bytes.length) {
    for (const word of some(random)) {
      if (at + 4 > bytes.length) return;
      if (sizeOf(word) === 2) view.setUint16(at, word, true);
      else view.setUint32(at, word, true);
      at += sizeOf(word);
    }
  }
}

/** Words to patch code with: none of them ends a block far from where it is. */
export function patchWords(random: Prng, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const [first = 1, second = 1] = words(random);
    const word =
      sizeOf(first) === 4 ? first : (first | (sizeOf(second) === 2 ? second << 16 : 0x10000)) >>> 0;
    view.setUint32(at, word, true);
    at += 4;
  }
}
