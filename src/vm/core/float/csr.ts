// fflags, frm and fcsr, and the summary bit of mstatus.

import { FCSR, MSTATUS } from "../../layout";
import { FS, isOff, makeDirty } from "./state";

const SD: u64 = 0x8000000000000000;

export function isFloatAllowed(): bool {
  return !isOff();
}

/** mstatus with SD, which says that FS is Dirty. */
export function statusOf(): u64 {
  const status = load<u64>(MSTATUS);
  return (status & FS) == FS ? status | SD : status;
}

/** `n`: 1 fflags, 2 frm, 3 fcsr. */
export function readFloat(n: u32): u64 {
  const all = load<u64>(FCSR);
  if (n == 1) return all & 31;
  return n == 2 ? all >> 5 : all;
}

export function writeFloat(n: u32, v: u64): void {
  const all = load<u64>(FCSR);
  let next = v & 255;
  if (n == 1) next = (all & 0xe0) | (v & 31);
  else if (n == 2) next = (all & 31) | ((v & 7) << 5);
  store<u64>(FCSR, next);
  makeDirty();
}
