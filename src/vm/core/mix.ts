// How content hashes are finished, and how a page's hash becomes its share of a sum: with its place in
// it, so that pages that change places change the sum.

export const P1: u64 = 0x9e3779b185ebca87;
export const P2: u64 = 0xc2b2ae3d27d4eb4f;
export const P3: u64 = 0x165667b19e3779f9;

export function finish(hash: u64): u64 {
  let h = hash;
  h ^= h >> 33;
  h *= P2;
  h ^= h >> 29;
  h *= P3;
  return h ^ (h >> 32);
}

/** A page of zeros counts as nothing, wherever it is. */
@inline export function mix(guestPage: u32, hash: u64): u64 {
  return hash ? finish(hash + <u64>(guestPage + 1) * P1) : 0;
}
