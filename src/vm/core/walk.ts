// From virtual to physical addresses: Sv39 (privileged specification, chapters 4.3 and 4.4). Tables are
// read in RAM at every miss, so software need not tell us of a change: sfence.vma has nothing to do.
//
// Accessed and dirty bits that a step sets are taken back when the step turns out to need an answer
// first: the state at a count must not depend on whether somebody has tried (design D4).

import {
  ACCESSED_DIRTY_FAULT, MARKS, META, META_SHIFT, MSTATUS, PAGE_TABLE, SATP,
} from "../layout";
import { fail, OK, POOL, ramPage, setStatus, status } from "./memory";
import { addFlags, dropTable, flagsOf, idOf, ownPage, pageForRead } from "./pool";
import { FETCH, isProtected, LOAD, STORE } from "./protection";
import { flushStores, flushTranslations, forgetTranslation, setStale } from "./tlb";
import { MACHINE, SUPERVISOR } from "./view";

const SV39: u64 = 8;
const ROOT: u64 = 0xfffffffffff;
const SUM: u64 = 1 << 18;
const MXR: u64 = 1 << 19;
const V: u64 = 1;
const R: u64 = 2;
const W: u64 = 4;
const X: u64 = 8;
const U: u64 = 16;
const A: u64 = 64;
const D: u64 = 128;
const FRAME: u64 = 0x3ffffffffffc00;
const NOWHERE: u32 = 0xffffffff;

/** Offsets in a page's record: the 2 MiB region of a last-level table, or MANY; stores since its last use. */
const REGION: usize = 24;
const STORES: usize = 28;
const MANY: u32 = 0xffffffff;
/** A table that is stored to this often without being used is most likely no table any more. */
const PATIENCE: u32 = 16;

let marks: i32 = 0;

function accessFault(a: u64, access: u32): u64 {
  fail(access == LOAD ? 5 : access == STORE ? 7 : 1, a);
  return 0;
}
function pageFault(a: u64, access: u32): u64 {
  fail(access == LOAD ? 13 : access == STORE ? 15 : 12, a);
  return 0;
}

/** The physical address; the status is no longer OK when there is none (a trap, or the pool is full). */
export function translate(a: u64, access: u32, level: u32): u64 {
  let physical = a;
  if (level < MACHINE && load<u64>(SATP) >> 60 == SV39) {
    physical = walk(a, access, level);
    if (status != OK) return 0;
  }
  return isProtected(physical, access, level) ? accessFault(a, access) : physical;
}

function walk(a: u64, access: u32, level: u32): u64 {
  if (<u64>(<i64>(a << 25) >> 25) != a) return pageFault(a, access);
  let table = (load<u64>(SATP) & ROOT) << 12;
  for (let depth = 2; depth >= 0; depth--) {
    const shift = <u64>(12 + 9 * depth);
    const at = table + (((a >> shift) & 511) << 3);
    const page = ramPage(at);
    if (page == NOWHERE || isProtected(at, LOAD, SUPERVISOR)) return accessFault(a, access);
    const pte = load<u64>(pageForRead(page) + <usize>(at & 4095));
    // Bits 54 to 63 belong to extensions that are not here.
    if (!(pte & V) || (pte & (R | W)) == W || pte >> 54 != 0) return pageFault(a, access);
    if (pte & (R | X)) {
      const within = (<u64>1 << shift) - 1;
      const frame = (pte & FRAME) << 2;
      if ((frame & within) != 0 || !isPermitted(pte, access, level)) return pageFault(a, access);
      const marked = pte | A | (access == STORE ? D : 0);
      if (marked != pte) return mark(at, marked, a, access, level);
      noteTable(idOf(page), depth, a);
      return frame | (a & within);
    }
    if (pte & (U | A | D)) return pageFault(a, access);
    noteTable(idOf(page), depth, a);
    table = (pte & FRAME) << 2;
  }
  return pageFault(a, access);
}

function isPermitted(pte: u64, access: u32, level: u32): bool {
  const isUsers = (pte & U) != 0;
  if (level == SUPERVISOR) {
    if (isUsers && (access == FETCH || !(load<u64>(MSTATUS) & SUM))) return false;
  } else if (!isUsers) return false;
  if (access == FETCH) return (pte & X) != 0;
  if (access == STORE) return (pte & W) != 0;
  return (pte & R) != 0 || (load<u64>(MSTATUS) & MXR) != 0;
}

/** Sets A, and D for a store, and walks again: the table itself may have been copied. */
function mark(at: u64, marked: u64, a: u64, access: u32, level: u32): u64 {
  if (load<u32>(ACCESSED_DIRTY_FAULT)) return pageFault(a, access);
  if (isProtected(at, STORE, SUPERVISOR)) return accessFault(a, access);
  const id = ownPage(ramPage(at));
  if (!id) {
    setStatus(POOL);
    return 0;
  }
  const host = (<usize>id << 12) + <usize>(at & 4095);
  store<u64>(MARKS + (<usize>marks << 4), at);
  store<u64>(MARKS + (<usize>marks << 4), load<u64>(host), 8);
  marks++;
  store<u64>(host, marked);
  setStale(true);
  return walk(a, access, level);
}

/** The step that set them was executed. */
export function keepMarks(): void {
  marks = 0;
}

/** It was not. */
export function undoMarks(): void {
  if (!marks) return;
  while (marks > 0) {
    marks--;
    const at = load<u64>(MARKS + (<usize>marks << 4));
    const host = (<usize>ownPage(ramPage(at)) << 12) + <usize>(at & 4095);
    store<u64>(host, load<u64>(MARKS + (<usize>marks << 4), 8));
  }
  flushTranslations();
}

@inline function meta(id: u32): usize {
  return META + (<usize>id << META_SHIFT);
}

/** Something is about to be derived from this page of a table. */
function noteTable(id: u32, depth: i32, a: u64): void {
  const region = depth ? MANY : <u32>(a >> 21) & 0x3ffff;
  const at = meta(id);
  store<u32>(at, 0, STORES);
  if (flagsOf(id) & PAGE_TABLE) {
    if (load<u32>(at, REGION) != region) store<u32>(at, MANY, REGION);
    return;
  }
  store<u32>(at, region, REGION);
  addFlags(id, PAGE_TABLE);
  flushStores();
}

/** After a store of `size` bytes to a page that is a table. */
export function tableWritten(id: u32, offset: u32, size: u32): void {
  const at = meta(id);
  const stores = load<u32>(at, STORES) + 1;
  const region = load<u32>(at, REGION);
  store<u32>(at, stores, STORES);
  if (region == MANY || stores > PATIENCE || (offset & 7) + size > 8) dropTable(id);
  else forgetTranslation(<u64>(<i64>((<u64>region << 46) | (<u64>(offset >> 3) << 37)) >> 25));
}
