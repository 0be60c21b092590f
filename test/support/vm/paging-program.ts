// Seeded programs about Sv39: machine mode makes accesses as user or supervisor in every way there is
// (MPRV, mret into a page of ecalls), changes page tables in between, and mixes every loaded value
// and every trap's cause, value and pc into x10. Ends by mixing all pages, printing x10 and powering off.

import type { Prng } from "../../../src/base/prng.ts";
import {
  add,
  addi,
  amo,
  bne,
  csrrs,
  csrrw,
  FENCE_I,
  i,
  type Item,
  jal,
  la,
  ld,
  li,
  load,
  MRET,
  r,
  sb,
  sd,
  store,
  sw,
} from "./assembler.ts";
import { RAM } from "./load-core.ts";

export const TABLES = RAM + 0x100000;
export const PAGES = RAM + 0x200000;
const PAGE = 4096;
/** Two roots, then the tables below them. */
const TABLE_PAGES = 8;
const DATA_PAGES = 12;
/** The pages after the data: nothing but ecalls at addresses of 2 mod 4. */
const CODE_PAGES = 4;
const SFENCE = 0x12000073;
const SATP = 0x180;
const MSTATUS = 0x300;
const MPRV = 1n << 17n;

const V = 1n;
const R = 2n;
const W = 4n;
const X = 8n;
const U = 16n;
const A = 64n;
const D = 128n;

export interface PagingOptions {
  readonly actions: number;
  /** Without: translations change and nobody says so. Then also tables that are mapped as data. */
  readonly isFenced: boolean;
}

function pte(frame: number, flags: bigint): bigint {
  return (BigInt(frame / PAGE) << 10n) | flags;
}

/** An entry of a table at `depth` (0: the last level): mostly sound, sometimes broken in one way. */
function randomEntry(random: Prng, depth: number, isFenced: boolean): bigint {
  if (random.below(isFenced ? 12 : 40) === 0)
    return random.below(2) === 0 ? 0n : BigInt(random.uint32()) & ~V;
  if (depth > 0 && random.below(isFenced ? 6 : 20) > 0) {
    const first = depth === 2 ? 2 : 5;
    const next = TABLES + (first + random.below(3)) * PAGE;
    return pte(next, V | (random.below(isFenced ? 25 : 60) === 0 ? random.pick([A, D, U, W]) : 0n));
  }
  return damaged(random, randomLeaf(random, depth, isFenced));
}

function randomLeaf(random: Prng, depth: number, isFenced: boolean): bigint {
  const marks = random.pick([0n, A, A | D, A | D, A | D]) | (random.below(2) === 0 ? U : 0n);
  const soft = BigInt(random.below(4)) << 8n;
  const global = random.below(4) === 0 ? 32n : 0n;
  const rest = V | marks | soft | global;
  if (depth > 0) {
    // Superpages begin at the start of RAM; code must not be written, so they cannot.
    const frame = random.below(3) === 0 ? RAM + PAGE : RAM;
    return pte(depth === 2 ? 0x80000000 : frame, rest | R);
  }
  if (random.below(3) === 0)
    return pte(
      PAGES + (DATA_PAGES + random.below(CODE_PAGES)) * PAGE,
      rest | random.pick([X, R | X]),
    );
  const isTable = !isFenced && random.below(5) === 0;
  const frame = isTable
    ? TABLES + random.below(TABLE_PAGES) * PAGE
    : PAGES + random.below(DATA_PAGES) * PAGE;
  return pte(frame, rest | random.pick([R, R | W, R | W, R | W]));
}

function damaged(random: Prng, entry: bigint): bigint {
  if (random.below(20) > 0) return entry;
  if (random.below(3) === 0) return entry | (1n << BigInt(54 + random.below(10)));
  return random.below(2) === 0 ? (entry & ~(R | X)) | W : entry & ~V;
}

/** Table pages by depth: roots at 0 and 1, middle ones at 2 to 4, last ones at 5 to 7. */
function depthOf(table: number): number {
  return table < 2 ? 2 : table < 5 ? 1 : 0;
}

/**
 * Few indices, so that addresses meet tables often. Not 2: there the program itself lies physically,
 * and QEMU 7.2 lets machine mode's fetches answer for accesses under MPRV.
 */
const SLOTS = [0, 1, 3, 255, 256, 511] as const;
/** Without fences even fewer: an entry must change between two uses of it. */
const HOT_SLOTS = [0, 1] as const;

function slotsOf({ isFenced }: PagingOptions): readonly number[] {
  return isFenced ? SLOTS : HOT_SLOTS;
}

export function pagingMemory(random: Prng, options: PagingOptions): Uint8Array {
  const bytes = new Uint8Array(TABLE_PAGES * PAGE);
  const view = new DataView(bytes.buffer);
  for (let table = 0; table < TABLE_PAGES; table++)
    for (const slot of slotsOf(options))
      view.setBigUint64(
        table * PAGE + slot * 8,
        randomEntry(random, depthOf(table), options.isFenced),
        true,
      );
  return bytes;
}

/** What lies at PAGES. */
export function pagingPages(random: Prng): Uint8Array {
  const data = random.bytes(DATA_PAGES * PAGE);
  const bytes = new Uint8Array((DATA_PAGES + CODE_PAGES) * PAGE);
  bytes.set(data);
  for (let at = data.length; at < bytes.length; at += 4) bytes[at + 2] = 0x73;
  return bytes;
}

function randomAddress(random: Prng, near: readonly number[], options: PagingOptions): bigint {
  const slots = slotsOf(options);
  // Nor the last page before the program.
  const tops = options.isFenced ? [0, 3, 255, 256, 511] : slots;
  const [top, middle, last] = [tops, slots, slots].map((from) => BigInt(random.pick(from)));
  const page = (top << 30n) | (middle << 21n) | (last << 12n);
  const address = BigInt.asIntN(39, page | BigInt(random.pick(near)));
  return random.below(30) === 0 ? address ^ (1n << BigInt(39 + random.below(25))) : address;
}

function mix(register: number): readonly Item[] {
  return [r(0x33, 0, 1, 10, 10, 11), add(10, 10, register)];
}

/** mstatus for an access as `level`. */
function statusFor(random: Prng, level: number, options: PagingOptions): bigint {
  const sum = random.below(2) === 0 ? 1n << 18n : 0n;
  // A change of MXR drops translations: seldom, where they are to grow old.
  const mxr = random.below(options.isFenced ? 3 : 40) === 0 ? 1n << 19n : 0n;
  return (BigInt(level) << 11n) | sum | mxr;
}

function dataAccess(random: Prng, label: string, options: PagingOptions): readonly Item[] {
  const near = [0, 8, 64, 4088, 4089, 4090, 4092, 4093, 4094, 4095, random.below(PAGE)];
  const status = statusFor(random, random.below(2), options) | MPRV;
  const kind = random.below(8);
  const aligned = kind >= 6;
  const address = randomAddress(random, aligned ? [0, 8, 64, 4088] : near, options);
  const before = [la(30, label), li(5, status), csrrw(0, MSTATUS, 5), li(6, address)].flat();
  const operate: readonly Item[] =
    kind < 3
      ? [load(random.below(7), 7, 6, 0)]
      : kind < 6
        ? [store(random.below(4), 8, 6, 0)]
        : kind === 6
          ? // A plain load first: QEMU 7.2 calls the fault of an AMO's own load a load fault.
            [ld(7, 6, 0), amo(random.pick([0, 1, 4, 8, 12]), random.pick([4, 8]), 7, 6, 8)]
          : [amo(2, 8, 7, 6, 0), amo(3, 8, 9, 6, 8), ...mix(9)];
  // x8 is a pattern that is harmless as code.
  return [...before, ...operate, ...mix(7), label, ...li(5, 0), csrrw(0, MSTATUS, 5)];
}

function fetchAccess(random: Prng, label: string, options: PagingOptions): readonly Item[] {
  const address = randomAddress(random, [2, 6, 4094, 4094, 4090, 0], options);
  const status = statusFor(random, random.below(2), options);
  return [
    ...la(30, label),
    ...li(5, status),
    csrrw(0, MSTATUS, 5),
    ...li(6, address),
    csrrw(0, 0x341, 6),
    MRET,
    label,
  ];
}

function changeTable(random: Prng, options: PagingOptions): readonly Item[] {
  const { isFenced } = options;
  const table = random.below(TABLE_PAGES);
  const at = TABLES + table * PAGE + random.pick(slotsOf(options)) * 8;
  const entry = randomEntry(random, depthOf(table), isFenced);
  return [...li(5, entry), ...li(6, at), sd(5, 6, 0), ...(isFenced ? [SFENCE] : [])];
}

function changeRoot(random: Prng): readonly Item[] {
  const root = (8n << 60n) | BigInt(TABLES / PAGE + random.below(2));
  return [...li(5, root), csrrw(0, SATP, 5), SFENCE];
}

function epilogue(): readonly Item[] {
  const sum = (from: number, to: number, label: string): readonly Item[] => [
    ...li(6, from),
    ...li(7, to),
    label,
    ld(5, 6, 0),
    ...mix(5),
    addi(6, 6, 8),
    bne(6, 7, label),
  ];
  const digits = [r(0x33, 5, 0, 22, 10, 21), i(0x13, 7, 22, 22, 15), addi(22, 22, 65)];
  return [
    ...sum(TABLES, TABLES + TABLE_PAGES * PAGE, "sum tables"),
    ...sum(PAGES, PAGES + (DATA_PAGES + CODE_PAGES) * PAGE, "sum pages"),
    ...li(20, 0x10000000),
    ...li(21, 60),
    "digit",
    ...digits,
    sb(22, 20, 0),
    addi(21, 21, -4 & 0xfff),
    addi(23, 21, 4),
    bne(23, 0, "digit"),
    ...li(20, 0x100000),
    ...li(21, 0x5555),
    sw(21, 20, 0),
    "end",
    jal(0, "end"),
  ];
}

/** QEMU leaves its device tree at the end of 1 GiB of RAM. */
function clearDeviceTree(): readonly Item[] {
  const loop = ["clear", sd(0, 5, 0), addi(5, 5, 8), bne(5, 6, "clear")];
  return [...li(5, RAM + 0x3fe00000), ...li(6, RAM + 0x3fe10000), ...loop];
}

/** x10 collects, x11 is the multiplier, x30 is where the trap handler goes on. */
export function pagingProgram(random: Prng, options: PagingOptions): readonly Item[] {
  const items: Item[] = [
    ...la(28, "trap"),
    csrrw(0, 0x305, 28),
    ...li(5, (1n << 54n) - 1n),
    csrrw(0, 0x3b0, 5),
    ...li(5, 0x1f),
    csrrw(0, 0x3a0, 5),
    ...(options.isFenced ? clearDeviceTree() : []),
    ...li(11, 0x9e3779b185ebca87n),
    ...li(8, 0x0073000000730000n),
    ...changeRoot(random),
    FENCE_I,
    jal(0, "start"),
    "trap",
    csrrs(5, 0x342, 0),
    ...mix(5),
    csrrs(5, 0x343, 0),
    ...mix(5),
    csrrs(5, 0x341, 0),
    ...mix(5),
    i(0x67, 0, 0, 30, 0),
    "start",
  ];
  for (let n = 0; n < options.actions; n++) {
    const label = `after ${n}`;
    const kind = random.below(options.isFenced ? 12 : 18);
    if (kind < 6) items.push(...dataAccess(random, label, options));
    else if (kind < 9) items.push(...fetchAccess(random, label, options));
    else if (kind !== 11) items.push(...changeTable(random, options));
    else items.push(...changeRoot(random));
  }
  return [...items, ...epilogue()];
}
