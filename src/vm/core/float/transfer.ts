// flw, fld, fsw, fsd: the accesses of the integer loads and stores, for the other registers.

import { EXIT, loadSlow, OK, RECHECK, status, storeSlow } from "../memory";
import { illegal, immI, immS, rd, rs1 } from "../operands";
import { double, isOff, setDouble, setSingle } from "./state";

/** funct3 is 2 for a single, 3 for a double. */
export function loadFloat(w: u32): i32 {
  if (isOff()) return illegal(w);
  const size: u32 = 1 << ((w >> 12) & 3);
  const bits = loadSlow(rs1(w) + immI(w), size);
  const isLoaded = status == OK || status == RECHECK || status == EXIT;
  if (!isLoaded) return status;
  if (size == 4) setSingle(rd(w), bits);
  else setDouble(rd(w), bits);
  return status;
}

export function storeFloat(w: u32): i32 {
  if (isOff()) return illegal(w);
  storeSlow(rs1(w) + immS(w), 1 << ((w >> 12) & 3), double((w >> 17) & 0xf8));
  return status;
}
