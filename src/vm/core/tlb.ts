// The software TLBs. They only remember what pages of RAM say, and whatever could make them say
// something else comes through here first (docs/adr/0005-coherent-tlb.md): a hit and a miss cannot be
// told apart, so all of it may be dropped at any time.

import {
  FETCH_TLB, LOAD_TLB, RAM_BASE, STORE_TLB, TLB_BYTES, VIEW_BYTES, VIEWS_BYTES,
} from "../layout";

const FIRST_VIEW: usize = LOAD_TLB;
const PAGE_MASK: u64 = 0xfffffffffffff000;

/** Whether views 1 to 3 may hold anything. */
let hasTranslations: bool = true;

/**
 * What the running loop holds of the current code page may be out of date: it must look again before
 * the next step.
 */
export let isStale: bool = false;

export function setStale(next: bool): void {
  isStale = next;
}

@inline export function slot(a: u64): usize {
  return <usize>((<u32>a >> 8) & 0xff0);
}
@inline export function isIn(tlb: usize, a: u64): bool {
  return load<u64>(tlb + slot(a)) == (a & PAGE_MASK);
}
/** The host address that a hit stands for. */
@inline export function hostOf(tlb: usize, a: u64): usize {
  return <usize>(<u32>a + load<u32>(tlb + slot(a), 8));
}

export function fill(tlb: usize, a: u64, host: usize): void {
  const at = tlb + slot(a);
  if (at >= FIRST_VIEW + <usize>VIEW_BYTES) hasTranslations = true;
  store<u64>(at, a & PAGE_MASK);
  store<u32>(at, (<u32>host & 0xfffff000) - (<u32>a & 0xfffff000), 8);
}

export function flushAll(): void {
  memory.fill(FIRST_VIEW, 0xff, hasTranslations ? VIEWS_BYTES : VIEW_BYTES);
  hasTranslations = false;
  isStale = true;
}

/** Everything that depends on page tables, privilege or protection. */
export function flushTranslations(): void {
  isStale = true;
  if (!hasTranslations) return;
  memory.fill(FIRST_VIEW + VIEW_BYTES, 0xff, VIEWS_BYTES - VIEW_BYTES);
  hasTranslations = false;
}

export function flushStores(): void {
  memory.fill(STORE_TLB, 0xff, TLB_BYTES);
  if (!hasTranslations) return;
  for (let at: usize = VIEW_BYTES; at < <usize>VIEWS_BYTES; at += VIEW_BYTES)
    memory.fill(STORE_TLB + at, 0xff, TLB_BYTES);
}

/** One virtual page in views 1 to 3. */
export function forgetTranslation(a: u64): void {
  if (!hasTranslations) return;
  for (let tlb: usize = FIRST_VIEW + VIEW_BYTES; tlb < FIRST_VIEW + VIEWS_BYTES; tlb += TLB_BYTES)
    if (isIn(tlb, a)) store<u64>(tlb + slot(a), u64.MAX_VALUE);
  isStale = true;
}

/** The running machine's guest page has moved: what reads the old place in view 0. */
export function forgetReads(guestPage: u32): void {
  const at = <usize>((guestPage + (<u32>RAM_BASE >> 12)) & 255) << 4;
  store<u64>(LOAD_TLB + at, u64.MAX_VALUE);
  store<u64>(FETCH_TLB + at, u64.MAX_VALUE);
  isStale = true;
}
