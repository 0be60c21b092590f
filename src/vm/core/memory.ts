// Loads, stores and fetches that the TLBs do not answer: filling them, accesses that are misaligned
// or cross a page, and everything outside RAM.

import {
  FETCH_TLB, LOAD_TLB, MMIO_DONE, MMIO_EXIT, MMIO_HIGH, MMIO_LOW, MMIO_REQUEST, PAGE_SEEN,
  PAGE_TABLE, RAM_BASE, RAM_PAGES, STORE_TLB, WATCHED, WATCHED_PAGE,
} from "../layout";
import { addFlags, flagsOf, idOf, ownPage } from "./pool";
import { FETCH, LOAD, STORE } from "./protection";
import { fill, flushTranslations, hostOf, isIn, isStale } from "./tlb";
import { dataLevel, dataView, fetchLevel, fetchView } from "./view";
import { tableWritten, translate } from "./walk";

@external("env", "mmioLoad") declare function mmioLoad(address: u32, size: u32): i32;
@external("env", "mmioStore") declare function mmioStore(address: u32, size: u32): i32;

/** How a slow access or a system instruction ended. */
export const OK: i32 = 0;
/** An exception: `trapCause`, `trapValue`. The step counts. */
export const TRAP: i32 = 1;
/** Not executed: the time CSR, a device, or the pool wants something first. */
export const TIME: i32 = 2;
export const REQUEST: i32 = 3;
export const POOL: i32 = 4;
/** Executed, and a device has something for the host. */
export const EXIT: i32 = 5;
/** Executed; interrupts must be looked at again. */
export const RECHECK: i32 = 6;
export const WFI: i32 = 7;
/** Not executed: the fetch has marked a page table, and goes again before the same step. */
export const RETRY: i32 = 9;
/** Executed, and a jump led to where compiled code is, or should be. */
export const HOT: i32 = 10;

export let status: i32 = 0;
export let trapCause: u64 = 0;
export let trapValue: u64 = 0;
/** The virtual page that an instruction was last fetched from, and what makes a host address of one in it. */
export let fetchPage: u64 = 0;
export let fetchAddend: u32 = 0;

const NONE: usize = 0xffffffff;
/** Where the last access that has no host address goes. */
let physical: u64 = 0;
/** The pool page of the last store when somebody must hear of it, else 0. */
let special: u32 = 0;

export function setStatus(next: i32): void {
  status = next;
}

export function fail(cause: u64, value: u64): void {
  status = TRAP;
  trapCause = cause;
  trapValue = value;
}

/** The guest page of a physical address, or 0xffffffff outside RAM. */
@inline export function ramPage(a: u64): u32 {
  const page = (a - <u64><u32>RAM_BASE) >> 12;
  return page < <u64>load<u32>(RAM_PAGES) ? <u32>page : 0xffffffff;
}

/** A step that made the loop's own view of memory stale ends the loop. */
export function settled(): void {
  if (isStale && status == OK) status = RECHECK;
}

function fillForRead(tlb: usize, view: usize, a: u64, page: u32): usize {
  const id = idOf(page);
  const host = (<usize>id << 12) + (<usize>a & 4095);
  if (view) addFlags(id, PAGE_SEEN);
  fill(tlb, a, host);
  return host;
}

/** Host address of the byte at `a` for a load. NONE: the status says why, or `physical` is no RAM. */
function loadHost(a: u64): usize {
  const tlb = LOAD_TLB + dataView;
  if (isIn(tlb, a)) return hostOf(tlb, a);
  physical = translate(a, LOAD, dataLevel);
  if (status != OK) return NONE;
  const page = ramPage(physical);
  return page == 0xffffffff ? NONE : fillForRead(tlb, dataView, a, page);
}

/** The same for a store. */
function storeHost(a: u64): usize {
  const tlb = STORE_TLB + dataView;
  special = 0;
  if (isIn(tlb, a)) return hostOf(tlb, a);
  physical = translate(a, STORE, dataLevel);
  if (status != OK) return NONE;
  const page = ramPage(physical);
  if (page == 0xffffffff) return NONE;
  const id = ownPage(page);
  if (!id) {
    status = POOL;
    return NONE;
  }
  const host = (<usize>id << 12) + (<usize>a & 4095);
  if ((flagsOf(id) & PAGE_TABLE) != 0 || page == load<u32>(WATCHED_PAGE)) special = id;
  else fill(tlb, a, host);
  return host;
}

function bytesAt(host: usize, size: u32): u64 {
  if (size == 1) return load<u8>(host);
  if (size == 2) return load<u16>(host);
  if (size == 4) return load<u32>(host);
  return load<u64>(host);
}

function putBytes(host: usize, size: u32, value: u64): void {
  if (size == 1) store<u8>(host, <u8>value);
  else if (size == 2) store<u16>(host, <u16>value);
  else if (size == 4) store<u32>(host, <u32>value);
  else store<u64>(host, value);
}

/** A load that missed: the value, zero-extended; `status` tells how it ended. */
export function loadSlow(a: u64, size: u32): u64 {
  status = OK;
  const host = loadHost(a);
  if (host == NONE) return status == OK ? loadDevice(a, size) : 0;
  const inPage: u32 = 4096 - (<u32>a & 4095);
  if (inPage >= size) {
    settled();
    return bytesAt(host, size);
  }
  const rest = loadHost(a + <u64>inPage);
  if (rest == NONE) {
    if (status == OK) fail(5, a + <u64>inPage);
    return 0;
  }
  settled();
  let value: u64 = 0;
  for (let i: u32 = 0; i < size; i++)
    value |= <u64>load<u8>(i < inPage ? host + i : rest + i - inPage) << (<u64>i << 3);
  return value;
}

/** A store that missed. No byte is written unless all can be. */
export function storeSlow(a: u64, size: u32, value: u64): void {
  status = OK;
  const host = storeHost(a);
  if (host == NONE) {
    if (status == OK) storeDevice(a, size, value);
    return;
  }
  const inPage: u32 = 4096 - (<u32>a & 4095);
  if (inPage >= size) {
    putBytes(host, size, value);
    stored(a, size);
    return;
  }
  const rest = storeHost(a + <u64>inPage);
  if (rest == NONE) {
    if (status == OK) fail(7, a + <u64>inPage);
    return;
  }
  for (let i: u32 = 0; i < size; i++)
    store<u8>(i < inPage ? host + i : rest + i - inPage, <u8>(value >> (<u64>i << 3)));
  // Either page may be a table, and the walk to one may have gone through the other.
  flushTranslations();
  settled();
}

/** Host address of an aligned AMO or SC operand; NONE with the status set. */
export function amoHost(a: u64): usize {
  status = OK;
  const host = storeHost(a);
  if (host == NONE && status == OK) fail(7, a);
  return host;
}

/** After a store within the page that storeHost found last. */
export function stored(a: u64, size: u32): void {
  if (special) {
    if (flagsOf(special) & PAGE_TABLE) tableWritten(special, <u32>a & 4095, size);
    const watched = load<u64>(WATCHED);
    if (physical + size > watched && physical < watched + 8) {
      settle(mmioStore(<u32>physical, size), 7, a);
      return;
    }
  }
  settled();
}

function settle(result: i32, cause: u64, a: u64): void {
  if (result == MMIO_DONE) status = RECHECK;
  else if (result == MMIO_EXIT) status = EXIT;
  else if (result == MMIO_REQUEST) status = REQUEST;
  else fail(cause, a);
}

function isDevice(size: u32): bool {
  return physical < <u64><u32>RAM_BASE && (<u32>physical & (size - 1)) == 0;
}

/** At `physical`. */
function loadDevice(a: u64, size: u32): u64 {
  if (!isDevice(size)) {
    fail(5, a);
    return 0;
  }
  store<u64>(MMIO_LOW, 0);
  settle(mmioLoad(<u32>physical, size), 5, a);
  return <u64>load<u32>(MMIO_LOW) | (<u64>load<u32>(MMIO_HIGH) << 32);
}

function storeDevice(a: u64, size: u32, value: u64): void {
  if (!isDevice(size)) {
    fail(7, a);
    return;
  }
  store<u32>(MMIO_LOW, <u32>value);
  store<u32>(MMIO_HIGH, <u32>(value >> 32));
  settle(mmioStore(<u32>physical, size), 7, a);
}

/** The halfword at `a`; fills the fetch TLB. */
function fetchHalf(a: u64): u32 {
  const tlb = FETCH_TLB + fetchView;
  if (isIn(tlb, a)) return load<u16>(hostOf(tlb, a));
  const at = translate(a, FETCH, fetchLevel);
  if (status != OK) return 0;
  const page = ramPage(at);
  if (page == 0xffffffff) {
    fail(1, a);
    return 0;
  }
  return load<u16>(fillForRead(tlb, fetchView, a, page));
}

/** The instruction at `pc`: a word, or a halfword whose low bits are not 3. */
export function fetchSlow(pc: u64): u32 {
  status = OK;
  let word = fetchHalf(pc);
  if (status != OK) return 0;
  fetchPage = pc & 0xfffffffffffff000;
  fetchAddend = <u32>hostOf(FETCH_TLB + fetchView, pc) - <u32>pc;
  if ((word & 3) == 3) word |= fetchHalf(pc + 2) << 16;
  if (isStale && status == OK) status = RETRY;
  return word;
}
