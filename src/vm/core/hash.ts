// Content hashes. A page has a 64-bit hash, cached with the pool page; a leaf has the sum of its
// pages' hashes, each mixed with its guest page number; RAM has the sum of its leaves. A page that is
// written leaves its leaf's sum there and then (pool.ts), so the cost of a state hash is the pages
// written since the last one, and equal contents give equal hashes whatever the history. Not
// cryptographic.

import { LEAF_PAGES, PAGE_BYTES, RESULT_LOW, TOP } from "../layout";
import { finish, mix, P1, P2 } from "./mix";
import {
  cacheHash, cachedHash, CHUNK_PAGES, COUNTED, hashIsValid, ID, setStaleChunks, staleChunks,
} from "./pool";
import { flushStores } from "./tlb";

@inline function round(lane: u64, value: u64): u64 {
  return rotl<u64>(lane + value * P2, 31) * P1;
}

/** Four independent lanes, 32 bytes a turn: 64-bit multiplications overlap. `length` % 32 = 0. */
function hashBlock(at: usize, length: usize): u64 {
  let a: u64 = P1 + P2;
  let b: u64 = P2;
  let c: u64 = 0;
  let d: u64 = 0 - P1;
  let any: u64 = 0;
  const end = at + length;
  while (at < end) {
    const w0 = load<u64>(at);
    const w1 = load<u64>(at, 8);
    const w2 = load<u64>(at, 16);
    const w3 = load<u64>(at, 24);
    any |= w0 | w1 | w2 | w3;
    a = round(a, w0);
    b = round(b, w1);
    c = round(c, w2);
    d = round(d, w3);
    at += 32;
  }
  if (!any) return 0;
  return finish(rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18) + length);
}

function hashPage(id: u32): u64 {
  if (!id) return 0;
  if (hashIsValid(id)) return cachedHash(id);
  const hash = hashBlock(<usize>id << 12, PAGE_BYTES);
  cacheHash(id, hash);
  return hash;
}

/** The leaf's sum lacks the pages that were written since it was taken, and only those. */
function hashLeaf(leaf: u32, firstPage: u32): u64 {
  if (!leaf) return 0;
  if (hashIsValid(leaf)) return cachedHash(leaf);
  let sum = cachedHash(leaf);
  for (let stale = staleChunks(leaf); stale; stale &= stale - 1)
    sum += countChunk(leaf, ctz<u32>(stale) * CHUNK_PAGES, firstPage);
  setStaleChunks(leaf, 0);
  cacheHash(leaf, sum);
  return sum;
}

function countChunk(leaf: u32, first: u32, firstPage: u32): u64 {
  let sum: u64 = 0;
  for (let i = first; i < first + CHUNK_PAGES; i++) {
    const slot = (<usize>leaf << 12) + (<usize>i << 2);
    const word = load<u32>(slot);
    const id = word & ID;
    if (!id || word & COUNTED) continue;
    sum += mix(firstPage + i, hashPage(id));
    store<u32>(slot, word | COUNTED);
  }
  return sum;
}

/** The hash of RAM into the result words. */
export function hashRam(leaves: i32): void {
  // A store through a hot entry would change a page behind its cached hash.
  flushStores();
  let sum: u64 = 0;
  for (let i: u32 = 0; i < <u32>leaves; i++)
    sum += hashLeaf(load<u32>(TOP + (<usize>i << 2)), i * LEAF_PAGES);
  store<u64>(RESULT_LOW, sum);
}

/** The hash of a block (a multiple of 32 bytes) into the result words. */
export function hashBytes(at: usize, length: i32): void {
  store<u64>(RESULT_LOW, hashBlock(at, length));
}
