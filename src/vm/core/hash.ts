// Content hashes. A page has a 64-bit hash, cached with the pool page; a leaf has the sum of its
// pages' hashes, each mixed with its guest page number; RAM has the sum of its leaves. So the cost of
// a state hash is the pages written since the last one, and equal contents give equal hashes
// whatever the history. Not cryptographic.

import { LEAF_PAGES, PAGE_BYTES, RESULT_LOW, TOP } from "../layout";
import { cacheHash, cachedHash, hashIsValid } from "./pool";
import { flushStores } from "./tlb";

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;

@inline function round(lane: u64, value: u64): u64 {
  return rotl<u64>(lane + value * P2, 31) * P1;
}

function finish(hash: u64): u64 {
  let h = hash;
  h ^= h >> 33;
  h *= P2;
  h ^= h >> 29;
  h *= P3;
  return h ^ (h >> 32);
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

@inline function mix(index: u32, hash: u64): u64 {
  return hash ? finish(hash + <u64>(index + 1) * P1) : 0;
}

function hashPage(id: u32): u64 {
  if (!id) return 0;
  if (hashIsValid(id)) return cachedHash(id);
  const hash = hashBlock(<usize>id << 12, PAGE_BYTES);
  cacheHash(id, hash);
  return hash;
}

function hashLeaf(leaf: u32, firstPage: u32): u64 {
  if (!leaf) return 0;
  if (hashIsValid(leaf)) return cachedHash(leaf);
  let sum: u64 = 0;
  const base = <usize>leaf << 12;
  for (let i: u32 = 0; i < <u32>LEAF_PAGES; i++) {
    const id = load<u32>(base + (<usize>i << 2)) & 0x7fffffff;
    if (id) sum += mix(firstPage + i, hashPage(id));
  }
  cacheHash(leaf, sum);
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
