// Sv39 tables for random programs. RAM is mapped where it is, so that handlers run under any root; the
// alias region has its pages in any order with any permissions, and some entries that are no entries.

import type { Prng } from "../../src/base/prng.ts";
import { RAM } from "../support/vm/load-core.ts";
import {
  ALIAS_PAGES,
  CODE_AT,
  CODE_PAGES,
  DATA_AT,
  DATA_PAGES,
  HANDLERS_BYTES,
  LAST_ALIAS,
  LAST_RAM,
  MIDDLE_ALIAS,
  MIDDLE_RAM,
  PAGE,
  RECORDS_AT,
  ROOT_A,
  ROOT_B,
  tablePage,
  TABLES_BYTES,
  WORDS_AT,
  WORDS_BYTES,
} from "./map.ts";

const V = 1;
const R = 2;
const W = 4;
const X = 8;
const U = 16;
const A = 64;
const D = 128;
const ALL = V | R | W | X | U;

function entry(physical: number, flags: number): bigint {
  return (BigInt(physical) >> 2n) | BigInt(flags);
}

function isIn(at: number, start: number, bytes: number): boolean {
  return at >= start && at < start + bytes;
}

/** Accessed and dirty are mostly left to the machine. */
function marks(random: Prng): number {
  return random.pick([0, 0, A, A | D]);
}

/** A page of RAM at its own address; what the handlers need is the supervisor's. */
function own(random: Prng, at: number): bigint {
  const isNeeded = isIn(at, RAM, HANDLERS_BYTES) || isIn(at, RECORDS_AT, 0x10000 - HANDLERS_BYTES);
  if (isNeeded) return entry(at, V | R | W | X | A | D);
  const user = random.below(2) === 0 ? U : 0;
  if (isIn(at, WORDS_AT, WORDS_BYTES)) return entry(at, V | R | user | marks(random));
  if (isIn(at, CODE_AT, CODE_PAGES * PAGE)) {
    const kind = random.pick([V | R | W | X, V | X, V | R | X, V | R | W | X]);
    return entry(at, kind | user | marks(random));
  }
  const kind = random.pick([V | R | W, V | R | W, V | R | W | X, V | R, 0]);
  return entry(at, kind | user | marks(random));
}

/** A page of code or data anywhere, with any permission; now and then nonsense. */
function alias(random: Prng): bigint {
  const isCode = random.below(2) === 0;
  const at = isCode
    ? CODE_AT + PAGE * random.below(CODE_PAGES)
    : DATA_AT + PAGE * random.below(DATA_PAGES);
  const usual = entry(at, random.pick([ALL, ALL & ~U, ALL & ~X, ALL & ~W]) | marks(random));
  switch (random.below(12)) {
    case 0:
      return entry(at, (random.below(256) & ~V) | 0);
    case 1:
      return entry(at, random.below(256) | V);
    case 2:
      return usual | (1n << BigInt(54 + random.below(10)));
    case 3:
      return entry(random.pick([0x10000000, 0, 0x90000000, RAM + 0x800000]), ALL);
    default:
      return usual;
  }
}

export function pageTables(random: Prng): Uint8Array {
  const view = new DataView(new ArrayBuffer(TABLES_BYTES));
  const put = (page: number, index: number, value: bigint): void =>
    view.setBigUint64(page * PAGE + 8 * index, value, true);
  const next = (page: number): bigint => entry(tablePage(page), V);
  for (const root of [ROOT_A, ROOT_B]) {
    put(root, 0, entry(0, V | R | W | (root === ROOT_A ? U : 0) | marks(random)));
    put(root, 1, next(MIDDLE_ALIAS));
    put(root, 2, next(MIDDLE_RAM));
    put(root, 3, entry(RAM, ALL | (root === ROOT_A ? A | D : 0)));
    put(root, 4, entry(RAM + 0x1000, ALL));
    put(root, 257, next(MIDDLE_ALIAS));
  }
  put(MIDDLE_RAM, 0, next(LAST_RAM));
  put(MIDDLE_RAM, 1, entry(RAM + 0x200000, ALL));
  put(MIDDLE_RAM, 2, entry(RAM + 0x201000, ALL));
  put(MIDDLE_RAM, 3, next(MIDDLE_RAM));
  put(MIDDLE_ALIAS, 0, next(LAST_ALIAS));
  put(MIDDLE_ALIAS, 1, entry(RAM, (ALL & ~X) | marks(random)));
  for (let n = 0; n < 512; n++) {
    put(LAST_RAM, n, own(random, RAM + n * PAGE));
    if (n < ALIAS_PAGES) put(LAST_ALIAS, n, alias(random));
  }
  return new Uint8Array(view.buffer);
}
