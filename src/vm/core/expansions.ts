// Compressed instructions as the 32-bit ones that they stand for. The table is filled as they are met:
// a guest has few of the 2^16, and all of them would be the longest part of a process's start.

import { RVC, RVC_UNKNOWN } from "../layout";

// @ts-ignore: decorator
@external("env", "expand") declare function expand(half: u32): u32;

/** RVC_UNKNOWN where it is not known yet. */
// @ts-ignore: decorator
@inline
export function known(half: u32): u32 {
  return load<u32>(<usize>(half << 2), RVC);
}

export function expansion(half: u32): u32 {
  const w = known(half);
  return w == RVC_UNKNOWN ? learn(half) : w;
}

export function learn(half: u32): u32 {
  const w = expand(half);
  store<u32>(<usize>(half << 2), w, RVC);
  return w;
}
