// The page pool and the page map. A pool page holds either 4 KiB of guest memory or a leaf of a page
// map (1,024 words: pool page ids). Both are reference counted and shared between machines and
// snapshots until they are written. Id 0 is the zero page: as guest memory it reads as zeros, as a
// leaf it maps every page to the zero page; it is never counted and never written.
//
// Neither ids nor the order of allocation can be observed by a guest or reach a hash.

// A page may have things derived from it: TLB entries, compiled code. Its flags say so; they belong to
// the pool page, so forks share them, and a copy starts without.

import {
  META, META_CHUNKS, META_FLAGS, META_GENERATION, META_SHIFT, PAGE_BYTES, PAGE_CODE, PAGE_SEEN,
  PAGE_TABLE, POOL_FIRST_PAGE, TOP,
} from "../layout";
import { mix } from "./mix";
import { flushStores, flushTranslations, forgetReads, setStale } from "./tlb";

export const ID: u32 = 0x3fffffff;
/** On a leaf's word: the page was written since the last takeDirty. */
const DIRTY: u32 = 0x80000000;
/** On a leaf's word: the page's hash, which is cached then, is in the leaf's sum. */
export const COUNTED: u32 = 0x40000000;
/** A leaf remembers in which of its 32 chunks a page may not be counted. */
export const CHUNK_PAGES: u32 = 32;
const CHUNK_SHIFT: u32 = 5;

let maxPages: u32 = 0;
/** First page never handed out. */
let fresh: u32 = POOL_FIRST_PAGE;
let freeList: u32 = 0;
let inUse: u32 = 0;
let isTracking: u32 = 0;

export function initialize(limit: i32): void {
  maxPages = <u32>limit;
}
export function pagesInUse(): i32 {
  return <i32>inUse;
}
export function pagesTotal(): i32 {
  const held = (<u32>memory.size() << 4) - POOL_FIRST_PAGE;
  return <i32>min(held, maxPages);
}

@inline function meta(id: u32): usize {
  return META + (<usize>id << META_SHIFT);
}
@inline function references(id: u32): u32 {
  return load<u32>(meta(id));
}
@inline function retain(id: u32): void {
  if (id) store<u32>(meta(id), references(id) + 1);
}

@inline export function flagsOf(id: u32): u32 {
  return load<u32>(meta(id), META_FLAGS);
}
@inline function setFlags(id: u32, flags: u32): void {
  store<u32>(meta(id), flags, META_FLAGS);
}
@inline export function addFlags(id: u32, flags: u32): void {
  setFlags(id, flagsOf(id) | flags);
}
function nextGeneration(id: u32): void {
  store<u32>(meta(id), load<u32>(meta(id), META_GENERATION) + 1, META_GENERATION);
}

/** A page with one reference and undefined content, or 0. */
function allocate(): u32 {
  let id = freeList;
  if (id) {
    freeList = load<u32>(meta(id) + 4);
  } else {
    if (fresh - POOL_FIRST_PAGE >= maxPages) return 0;
    const size = <u32>memory.size();
    if (fresh >= size << 4) {
      // Growing by an eighth keeps the number of re-taken views logarithmic.
      const step = max<u32>(64, size >> 3);
      if (memory.grow(<i32>step) < 0 && memory.grow(1) < 0) return 0;
    }
    id = fresh++;
  }
  inUse++;
  store<u32>(meta(id), 1);
  store<u32>(meta(id) + 4, 0);
  store<u32>(meta(id) + META_FLAGS, 0);
  return id;
}

function releasePage(id: u32): void {
  if (!id) return;
  const left = references(id) - 1;
  store<u32>(meta(id), left);
  if (left) return;
  nextGeneration(id);
  store<u32>(meta(id) + 4, freeList);
  freeList = id;
  inUse--;
}

function releaseLeaf(leaf: u32): void {
  if (!leaf) return;
  if (references(leaf) == 1) {
    const base = <usize>leaf << 12;
    for (let at: usize = 0; at < <usize>PAGE_BYTES; at += 4) releasePage(load<u32>(base + at) & ID);
  }
  releasePage(leaf);
}

/** One more holder of a top level (`leaves` words at `top`). */
export function retainTop(top: usize, leaves: i32): void {
  for (let i = 0; i < leaves; i++) retain(load<u32>(top + (<usize>i << 2)));
}
export function releaseTop(top: usize, leaves: i32): void {
  for (let i = 0; i < leaves; i++) releaseLeaf(load<u32>(top + (<usize>i << 2)));
}

@inline export function idOf(guestPage: u32): u32 {
  const leaf = load<u32>(TOP + (<usize>(guestPage >> 10) << 2));
  return load<u32>((<usize>leaf << 12) + (<usize>(guestPage & 1023) << 2)) & ID;
}

/** Host address of a guest page for reading. */
export function pageForRead(guestPage: u32): usize {
  return <usize>idOf(guestPage) << 12;
}

function ownLeaf(guestPage: u32): u32 {
  const slot = TOP + (<usize>(guestPage >> 10) << 2);
  const leaf = load<u32>(slot);
  if (leaf != 0 && references(leaf) == 1) return leaf;
  const copy = allocate();
  if (!copy) return 0;
  const base = <usize>copy << 12;
  memory.copy(base, <usize>leaf << 12, PAGE_BYTES);
  for (let at: usize = 0; at < <usize>PAGE_BYTES; at += 4) retain(load<u32>(base + at) & ID);
  store<u64>(meta(copy) + 8, leaf ? cachedHash(leaf) : 0);
  setStaleChunks(copy, leaf ? staleChunks(leaf) : 0);
  if (leaf) releasePage(leaf);
  store<u32>(slot, copy);
  return copy;
}

/**
 * The pool page of a guest page, to be written: the copy-on-write point, the dirty point and the point
 * where cached hashes and compiled code become stale. 0 when the pool is exhausted; nothing has
 * changed then. A page table is still one: what was derived from it is the caller's affair.
 */
export function ownPage(guestPage: u32): u32 {
  const leaf = ownLeaf(guestPage);
  if (!leaf) return 0;
  const slot = (<usize>leaf << 12) + (<usize>(guestPage & 1023) << 2);
  const entry = load<u32>(slot);
  let id = entry & ID;
  if (id == 0 || references(id) > 1) {
    const copy = allocate();
    if (!copy) return 0;
    leaveSum(leaf, guestPage, entry);
    memory.copy(<usize>copy << 12, <usize>id << 12, PAGE_BYTES);
    if (flagsOf(id) & (PAGE_TABLE | PAGE_SEEN)) flushTranslations();
    // Whatever stood for the zero page has just been dropped.
    if (!id) setFlags(0, 0);
    forgetReads(guestPage);
    releasePage(id);
    id = copy;
  } else {
    leaveSum(leaf, guestPage, entry);
    if (flagsOf(id) & PAGE_CODE) dropCode(id);
  }
  store<u32>(slot, id | (isTracking ? DIRTY : entry & DIRTY));
  store<u32>(meta(id) + 4, 0);
  store<u32>(meta(leaf) + 4, 0);
  return id;
}

/** A page that is about to change is in its leaf's sum no more, and is to be looked for there. */
function leaveSum(leaf: u32, guestPage: u32, entry: u32): void {
  if (entry & COUNTED)
    store<u64>(meta(leaf) + 8, cachedHash(leaf) - mix(guestPage, cachedHash(entry & ID)));
  setStaleChunks(leaf, staleChunks(leaf) | (1 << ((guestPage & 1023) >> CHUNK_SHIFT)));
}

function dropCode(id: u32): void {
  setFlags(id, flagsOf(id) & ~PAGE_CODE);
  nextGeneration(id);
  setStale(true);
}

/** Nothing is derived from this page as a page table any more; stores to it may be fast again. */
export function dropTable(id: u32): void {
  setFlags(id, flagsOf(id) & ~PAGE_TABLE);
  flushTranslations();
}

/** Host address of a guest page for a device or a debugger to write; 0xffffffff: the pool is exhausted. */
export function pageForWrite(guestPage: u32): usize {
  const id = ownPage(guestPage);
  if (!id) return <usize>0xffffffff;
  if (flagsOf(id) & PAGE_TABLE) dropTable(id);
  return <usize>id << 12;
}

/** The page holds code that was compiled: from now on a store to it is seen. */
export function markCode(id: u32): void {
  addFlags(id, PAGE_CODE);
  flushStores();
}

/** Dirty bits are kept on the leaves, so that snapshots and forks carry them for nothing. */
export function trackDirty(isOn: i32): void {
  isTracking = isOn;
  flushStores();
}

/** Writes the dirty guest pages of [first, last) as words at `out`, clears their bits, counts them. */
export function takeDirty(first: i32, last: i32, out: usize): i32 {
  flushStores();
  let count = 0;
  for (let page = first; page < last; page++) {
    const leaf = load<u32>(TOP + (<usize>(page >> 10) << 2));
    if (!leaf) {
      page |= 1023;
      continue;
    }
    if (!(load<u32>((<usize>leaf << 12) + (<usize>(page & 1023) << 2)) & DIRTY)) continue;
    const own = ownLeaf(page);
    if (!own) return -1;
    const slot = (<usize>own << 12) + (<usize>(page & 1023) << 2);
    store<u32>(slot, load<u32>(slot) & ~DIRTY);
    store<i32>(out + (<usize>count << 2), page);
    count++;
  }
  return count;
}

// ---- content hashes -------------------------------------------------------------------------

/**
 * The cached content hash of a page, 0 for the zero page and for every page of zeros; of a leaf the
 * sum of what is counted, whether or not that is all.
 */
@inline export function hashIsValid(id: u32): bool {
  return load<u32>(meta(id) + 4) != 0;
}
@inline export function cachedHash(id: u32): u64 {
  return load<u64>(meta(id) + 8);
}
@inline export function cacheHash(id: u32, hash: u64): void {
  store<u32>(meta(id) + 4, 1);
  store<u64>(meta(id) + 8, hash);
}
@inline export function staleChunks(leaf: u32): u32 {
  return load<u32>(meta(leaf), META_CHUNKS);
}
@inline export function setStaleChunks(leaf: u32, chunks: u32): void {
  store<u32>(meta(leaf), chunks, META_CHUNKS);
}
