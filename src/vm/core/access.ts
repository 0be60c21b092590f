// Loads and stores that missed the TLB, as whole instructions; both return how the step ended.

import { EXIT, loadSlow, OK, RECHECK, status, storeSlow } from "./memory";
import { rd, rs2, set } from "./operands";

/** funct3: the low two bits are the logarithm of the size, the third says unsigned. */
export function loadInto(w: u32, a: u64): i32 {
  const f3 = (w >> 12) & 7;
  const size: u32 = 1 << (f3 & 3);
  const v = loadSlow(a, size);
  const isLoaded = status == OK || status == RECHECK || status == EXIT;
  if (!isLoaded) return status;
  const unused: u64 = 64 - (size << 3);
  set(rd(w), f3 & 4 ? (v << unused) >> unused : <u64>(<i64>(v << unused) >> unused));
  return status;
}

export function storeFrom(w: u32, a: u64): i32 {
  storeSlow(a, 1 << ((w >> 12) & 3), rs2(w));
  return status;
}
