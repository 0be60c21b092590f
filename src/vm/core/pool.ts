// The page pool and the page map. A pool page holds either 4 KiB of guest memory or a leaf of a page
// map (1,024 words: pool page ids). Both are reference counted and shared between machines and
// snapshots until they are written. Id 0 is the zero page: as guest memory it reads as zeros, as a
// leaf it maps every page to the zero page; it is never counted and never written.
//
// Neither ids nor the order of allocation can be observed by a guest or reach a hash.

import {
  FETCH_TLB, LOAD_TLB, META, PAGE_BYTES, POOL_FIRST_PAGE, STORE_TLB, TOP, RAM_BASE,
} from "../layout";

const ID: u32 = 0x7fffffff;
/** On a leaf's word: the page was written since the last takeDirty. */
const DIRTY: u32 = 0x80000000;
const TLB_BYTES: usize = 4096;

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
  return META + (<usize>id << 4);
}
@inline function references(id: u32): u32 {
  return load<u32>(meta(id));
}
@inline function retain(id: u32): void {
  if (id) store<u32>(meta(id), references(id) + 1);
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
  return id;
}

function releasePage(id: u32): void {
  if (!id) return;
  const left = references(id) - 1;
  store<u32>(meta(id), left);
  if (left) return;
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
  if (leaf) releasePage(leaf);
  store<u32>(slot, copy);
  return copy;
}

/**
 * Host address of a guest page for writing: the copy-on-write point, the dirty point and the point
 * where cached hashes become stale. 0xffffffff when the pool is exhausted; nothing has changed then.
 */
export function pageForWrite(guestPage: u32): usize {
  const leaf = ownLeaf(guestPage);
  if (!leaf) return <usize>0xffffffff;
  const slot = (<usize>leaf << 12) + (<usize>(guestPage & 1023) << 2);
  const entry = load<u32>(slot);
  let id = entry & ID;
  if (id == 0 || references(id) > 1) {
    const copy = allocate();
    if (!copy) return <usize>0xffffffff;
    memory.copy(<usize>copy << 12, <usize>id << 12, PAGE_BYTES);
    releasePage(id);
    id = copy;
    forget(LOAD_TLB, guestPage);
    forget(FETCH_TLB, guestPage);
  }
  store<u32>(slot, id | (isTracking ? DIRTY : entry & DIRTY));
  store<u32>(meta(id) + 4, 0);
  store<u32>(meta(leaf) + 4, 0);
  return <usize>id << 12;
}

function forget(tlb: usize, guestPage: u32): void {
  const index = (guestPage + (<u32>RAM_BASE >> 12)) & 255;
  store<u64>(tlb + (<usize>index << 4), u64.MAX_VALUE);
}

export function flushStores(): void {
  memory.fill(STORE_TLB, 0xff, TLB_BYTES);
}
export function flushAll(): void {
  memory.fill(LOAD_TLB, 0xff, 3 * TLB_BYTES);
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
    store<u32>(slot, load<u32>(slot) & ID);
    store<i32>(out + (<usize>count << 2), page);
    count++;
  }
  return count;
}

// ---- content hashes -------------------------------------------------------------------------

/** The cached content hash of a page; 0 for the zero page and for every page of zeros. */
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
