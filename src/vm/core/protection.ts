// Physical memory protection (privileged specification, chapter 3.7): 16 entries with a grain of 4 KiB,
// so that a page is inside or outside as a whole and the answer can be kept with its translation.

import { PMPADDR, PMPCFG, RAM_BASE, RAM_PAGES } from "../layout";
import { flushAll } from "./tlb";

/** The kinds of access, as bits of a pmpcfg byte. */
export const LOAD: u32 = 1;
export const STORE: u32 = 2;
export const FETCH: u32 = 4;

const ENTRIES: i32 = 16;
const OFF: u32 = 0;
const TOR: u32 = 1;
const LOCKED: u32 = 0x80;
/** What lies below the grain: bits of pmpaddr. */
const BELOW_TOR: u64 = 0x3ff;
const BELOW_NAPOT: u64 = 0x1ff;

/** Nobody is kept from anything: what is asked for need not be looked up. */
export let isOpen: bool = true;

/** Bounds of the entry last looked at. */
let low: u64 = 0;
let high: u64 = 0;

@inline function config(i: i32): u32 {
  return load<u8>(PMPCFG + i);
}
@inline function address(i: i32): u64 {
  return load<u64>(PMPADDR + (<usize>i << 3));
}
@inline function mode(i: i32): u32 {
  return (config(i) >> 3) & 3;
}

/** Sets [low, high) of an entry that is not off. */
function bound(i: i32): void {
  if (mode(i) == TOR) {
    low = i ? (address(i - 1) & ~BELOW_TOR) << 2 : 0;
    high = (address(i) & ~BELOW_TOR) << 2;
    return;
  }
  const at = address(i) | BELOW_NAPOT;
  const size: u64 = 1 << (ctz(~at) + 1);
  low = (at & ~(size - 1)) << 2;
  high = low + (size << 2);
}

/** After a change of the registers, or of what is in them. */
export function refreshProtection(): void {
  isOpen = leavesAllOpen();
  flushAll();
}

function leavesAllOpen(): bool {
  const end = <u64><u32>RAM_BASE + (<u64>load<u32>(RAM_PAGES) << 12);
  for (let i = 0; i < ENTRIES; i++) {
    if (mode(i) == OFF) continue;
    bound(i);
    return low == 0 && high >= end && (config(i) & 0x87) == 7;
  }
  return false;
}

/** `level` is the privilege; `a` any physical address of the page. */
export function isProtected(a: u64, access: u32, level: u32): bool {
  if (isOpen) return false;
  for (let i = 0; i < ENTRIES; i++) {
    if (mode(i) == OFF) continue;
    bound(i);
    if (a < low || a >= high) continue;
    if (level == 3 && !(config(i) & LOCKED)) return false;
    return !(config(i) & access);
  }
  return level != 3;
}

/** What pmpaddr reads as: the grain shows in its low bits. */
export function readProtectionAddress(i: i32): u64 {
  const v = address(i);
  return mode(i) & 2 ? v | BELOW_NAPOT : v & ~BELOW_TOR;
}

export function writeProtectionAddress(i: i32, v: u64): void {
  if (config(i) & LOCKED) return;
  if (i + 1 < ENTRIES && (config(i + 1) & LOCKED) != 0 && mode(i + 1) == TOR) return;
  store<u64>(PMPADDR + (<usize>i << 3), v & 0x3fffffffffffff);
  refreshProtection();
}

/** Eight entries from `first`. Four bytes cannot be protected alone: the smallest naturally aligned range can. */
export function writeProtectionConfig(first: i32, v: u64): void {
  for (let i = 0; i < 8; i++) {
    if (config(first + i) & LOCKED) continue;
    let next = <u32>(v >> (<u64>i << 3)) & 0x9f;
    if ((next & 3) == STORE) next &= ~STORE;
    if (((next >> 3) & 3) == 2) next |= 0x18;
    store<u8>(PMPCFG + first + i, <u8>next);
  }
  refreshProtection();
}
