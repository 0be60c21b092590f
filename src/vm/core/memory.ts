// Loads, stores and fetches that the TLBs do not answer: filling them, accesses that are misaligned
// or cross a page, and everything outside RAM.

import {
  FETCH_TLB, LOAD_TLB, MMIO_DONE, MMIO_EXIT, MMIO_HIGH, MMIO_LOW, MMIO_REQUEST, RAM_BASE,
  RAM_PAGES, STORE_TLB,
} from "../layout";
import { pageForRead, pageForWrite } from "./pool";

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

export let status: i32 = 0;
export let trapCause: u64 = 0;
export let trapValue: u64 = 0;
/**
 * The page that instructions were last fetched from. Always a page of RAM: every pc can be reached by
 * a guest, so there is no value that could stand for "none".
 */
export let fetchPage: u64 = <u64><u32>RAM_BASE;

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

@inline function isIn(tlb: usize, a: u64): bool {
  return load<u64>(tlb + entry(a)) == (a & 0xfffffffffffff000);
}
@inline function entry(a: u64): usize {
  return <usize>((<u32>a >> 8) & 0xff0);
}
@inline function fill(tlb: usize, a: u64, host: usize): void {
  const at = tlb + entry(a);
  store<u64>(at, a & 0xfffffffffffff000);
  store<u32>(at, <u32>host - (<u32>a & 0xfffff000), 8);
}

/** Host address for one byte at `a`, filling the load TLB; 0xffffffff outside RAM. */
function loadHost(a: u64): usize {
  if (!isIn(LOAD_TLB, a)) {
    const page = ramPage(a);
    if (page == 0xffffffff) return <usize>0xffffffff;
    fill(LOAD_TLB, a, pageForRead(page));
  }
  return <usize>(<u32>a + load<u32>(LOAD_TLB + entry(a), 8));
}

/** The same for a store; 0xffffffff sets the status (trap or pool). */
function storeHost(a: u64): usize {
  if (!isIn(STORE_TLB, a)) {
    const page = ramPage(a);
    if (page == 0xffffffff) {
      fail(7, a);
      return <usize>0xffffffff;
    }
    const host = pageForWrite(page);
    if (host == <usize>0xffffffff) {
      status = POOL;
      return host;
    }
    fill(STORE_TLB, a, host);
  }
  return <usize>(<u32>a + load<u32>(STORE_TLB + entry(a), 8));
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
  if (host == <usize>0xffffffff) return loadDevice(a, size);
  const inPage: u32 = 4096 - (<u32>a & 4095);
  if (inPage >= size) return bytesAt(host, size);
  const rest = loadHost(a + <u64>inPage);
  if (rest == <usize>0xffffffff) {
    fail(5, a + <u64>inPage);
    return 0;
  }
  // The two halves may share a TLB entry only if they were the same page, which they are not.
  let value: u64 = 0;
  for (let i: u32 = 0; i < size; i++)
    value |= <u64>load<u8>(i < inPage ? host + i : rest + i - inPage) << (<u64>i << 3);
  return value;
}

/** A store that missed. No byte is written unless all can be. */
export function storeSlow(a: u64, size: u32, value: u64): void {
  status = OK;
  if (ramPage(a) == 0xffffffff) {
    storeDevice(a, size, value);
    return;
  }
  const inPage: u32 = 4096 - (<u32>a & 4095);
  const host = storeHost(a);
  if (host == <usize>0xffffffff) return;
  if (inPage >= size) {
    putBytes(host, size, value);
    return;
  }
  const rest = storeHost(a + <u64>inPage);
  if (rest == <usize>0xffffffff) return;
  for (let i: u32 = 0; i < size; i++)
    store<u8>(i < inPage ? host + i : rest + i - inPage, <u8>(value >> (<u64>i << 3)));
}

/** Host address of an aligned AMO or SC operand; 0xffffffff with the status set. */
export function amoHost(a: u64): usize {
  status = OK;
  return storeHost(a);
}

function settle(result: i32, cause: u64, a: u64): void {
  if (result == MMIO_DONE) status = RECHECK;
  else if (result == MMIO_EXIT) status = EXIT;
  else if (result == MMIO_REQUEST) status = REQUEST;
  else fail(cause, a);
}

function isDevice(a: u64, size: u32): bool {
  return a < <u64><u32>RAM_BASE && (<u32>a & (size - 1)) == 0;
}

function loadDevice(a: u64, size: u32): u64 {
  if (!isDevice(a, size)) {
    fail(5, a);
    return 0;
  }
  store<u64>(MMIO_LOW, 0);
  settle(mmioLoad(<u32>a, size), 5, a);
  return <u64>load<u32>(MMIO_LOW) | (<u64>load<u32>(MMIO_HIGH) << 32);
}

function storeDevice(a: u64, size: u32, value: u64): void {
  if (!isDevice(a, size)) {
    fail(7, a);
    return;
  }
  store<u32>(MMIO_LOW, <u32>value);
  store<u32>(MMIO_HIGH, <u32>(value >> 32));
  settle(mmioStore(<u32>a, size), 7, a);
}

/** The halfword at `a`; fills the fetch TLB. */
function fetchHalf(a: u64): u32 {
  if (!isIn(FETCH_TLB, a)) {
    const page = ramPage(a);
    if (page == 0xffffffff) {
      fail(1, a);
      return 0;
    }
    fill(FETCH_TLB, a, pageForRead(page));
  }
  return load<u16>(<usize>(<u32>a + load<u32>(FETCH_TLB + entry(a), 8)));
}

/** The instruction at `pc`: a word, or a halfword whose low bits are not 3. */
export function fetchSlow(pc: u64): u32 {
  status = OK;
  const low = fetchHalf(pc);
  if (status != OK) return 0;
  fetchPage = pc & 0xfffffffffffff000;
  if ((low & 3) != 3) return low;
  const high = fetchHalf(pc + 2);
  return low | (high << 16);
}

/** What to add to a virtual address in `page` for its host address. */
export function fetchAddend(page: u64): u32 {
  const at = entry(page);
  if (!isIn(FETCH_TLB, page)) fill(FETCH_TLB, page, pageForRead(ramPage(page)));
  return load<u32>(FETCH_TLB + at, 8);
}

export function forgetFetch(): void {
  fetchPage = <u64><u32>RAM_BASE;
}
