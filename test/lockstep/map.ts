// Where a random program's things are. Physical addresses; the handlers, the records and the tables
// are also there for the supervisor while translation is on.

import type { Prng } from "../../src/base/prng.ts";
import { RAM } from "../support/vm/load-core.ts";

export const RAM_BYTES = 8 << 20;
export const PAGE = 4096;

/** Boot and handlers. */
export const HANDLERS_BYTES = 2 * PAGE;
/** What a handler installs: words of 8 bytes. */
export const RECORDS = 64;
export const RECORD_BYTES = 256;
export const RECORDS_AT = RAM + HANDLERS_BYTES;
/** A prototype of the tables, and the tables. */
export const TABLES_BYTES = 8 * PAGE;
export const PRISTINE_AT = RAM + 0x10000;
export const TABLES_AT = RAM + 0x20000;
/** Fresh numbers, and words to patch code with. */
export const WORDS_AT = RAM + 0x30000;
export const WORDS_BYTES = 2 * PAGE;
export const DATA_AT = RAM + 0x40000;
export const DATA_PAGES = 8;
export const CODE_AT = RAM + 0x50000;
export const CODE_PAGES = 12;

/** Numbers of the table pages. */
export const ROOT_A = 0;
export const ROOT_B = 1;
export const MIDDLE_RAM = 2;
export const LAST_RAM = 3;
export const MIDDLE_ALIAS = 4;
export const LAST_ALIAS = 5;

/** Virtual: pages of code and data in another order, with all sorts of permissions. */
export const ALIAS_AT = 0x40000000;
export const ALIAS_PAGES = 64;
/** Virtual: all of the first GiB of RAM, for the user. */
export const GIANT_AT = 0xc0000000;
/** Virtual: the alias region again, at a negative address. */
export const HIGH_AT = 0xffffffc040000000n;

export function tablePage(index: number): number {
  return TABLES_AT + index * PAGE;
}

/** An entry that matters: of code or data where it is, of the alias region, now and then any. */
export function entryOf(random: Prng): number {
  const kind = random.below(10);
  const own = (CODE_AT - RAM) / PAGE + random.below(CODE_PAGES);
  const data = (DATA_AT - RAM) / PAGE + random.below(DATA_PAGES);
  if (kind < 3) return tablePage(LAST_RAM) + 8 * own;
  if (kind < 6) return tablePage(LAST_RAM) + 8 * data;
  if (kind < 9) return tablePage(LAST_ALIAS) + 8 * random.below(ALIAS_PAGES);
  return TABLES_AT + 8 * random.below(TABLES_BYTES / 8);
}
