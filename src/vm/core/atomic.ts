// The A extension. All of it needs aligned addresses in RAM; a device is an access fault.

import { RESERVATION, RESERVED } from "../layout";
import { amo32, amo64 } from "./arithmetic";
import { amoHost, fail, loadSlow, OK, POOL, ramPage, setStatus, settled, status, stored, storeSlow, TRAP } from "./memory";
import { illegal, rd, rs1, rs2, set, sext32 } from "./operands";
import { LOAD, STORE } from "./protection";
import { dropReservation } from "./trap";
import { dataLevel } from "./view";
import { translate } from "./walk";

/** LR, SC and AMO of `size` bytes; the address must be aligned and in RAM. */
export function atomic(w: u32, size: u32): i32 {
  const a = rs1(w);
  const f5 = w >> 27;
  const isLoad = f5 == 2;
  if (f5 > 4 && (f5 & 3) != 0) return illegal(w);
  if (isLoad && ((w >> 20) & 31) != 0) return illegal(w);
  if (<u32>a & (size - 1)) {
    fail(isLoad ? 4 : 6, a);
    return TRAP;
  }
  if (isLoad) return loadReserved(w, a, size);
  if (f5 == 3) return storeConditional(w, a, size);
  const host = amoHost(a);
  if (status != OK) return status;
  const operand = rs2(w);
  if (size == 4) {
    const old = load<u32>(host);
    store<u32>(host, amo32(f5, old, <u32>operand));
    set(rd(w), sext32(old));
  } else {
    const old = load<u64>(host);
    store<u64>(host, amo64(f5, old, operand));
    set(rd(w), old);
  }
  stored(a, size);
  return status;
}

/** Reservations are on physical addresses, as device writes know them. */
function loadReserved(w: u32, a: u64, size: u32): i32 {
  setStatus(OK);
  const physical = translate(a, LOAD, dataLevel);
  if (status != OK) return status;
  if (ramPage(physical) == 0xffffffff) {
    fail(5, a);
    return TRAP;
  }
  const v = loadSlow(a, size);
  store<u64>(RESERVED, 1);
  store<u64>(RESERVATION, physical);
  set(rd(w), size == 4 ? sext32(v) : v);
  return status;
}

/**
 * Succeeds if and only if the reservation is valid on this very address; always ends it. The address
 * must be one that can be stored to, whether or not it succeeds.
 */
function storeConditional(w: u32, a: u64, size: u32): i32 {
  setStatus(OK);
  const physical = translate(a, STORE, dataLevel);
  if (status != OK) return status;
  if (ramPage(physical) == 0xffffffff) {
    fail(7, a);
    return TRAP;
  }
  const isMine = load<u64>(RESERVED) != 0 && load<u64>(RESERVATION) == physical;
  if (isMine) {
    storeSlow(a, size, rs2(w));
    if (status == POOL) return status;
  } else {
    settled();
  }
  dropReservation();
  set(rd(w), isMine ? 0 : 1);
  return status;
}
