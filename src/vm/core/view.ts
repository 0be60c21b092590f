// Which view loads, stores and fetches go through: it follows from privilege, mstatus and satp, and is
// chosen anew whenever the loop starts. An instruction that changes one of them ends the loop.

import { MSTATUS, PRIVILEGE, SATP, VIEW_BYTES } from "../layout";
import { isOpen } from "./protection";

export const MACHINE: u32 = 3;
export const SUPERVISOR: u32 = 1;
const MPRV: u64 = 1 << 17;
const SUM: u64 = 1 << 18;

/** How far the TLBs of the view lie behind those of view 0. */
export let dataView: usize = 0;
export let fetchView: usize = 0;
/** The privilege that loads and stores are checked with; MPRV makes it another one. */
export let dataLevel: u32 = 3;
export let fetchLevel: u32 = 3;

export function chooseViews(): void {
  const status = load<u64>(MSTATUS);
  const level = <u32>load<u64>(PRIVILEGE);
  fetchLevel = level;
  dataLevel = level == MACHINE && (status & MPRV) != 0 ? <u32>((status >> 11) & 3) : level;
  fetchView = viewOf(fetchLevel, status);
  dataView = viewOf(dataLevel, status);
}

function viewOf(level: u32, status: u64): usize {
  if (level == MACHINE || (isOpen && !load<u64>(SATP))) return 0;
  if (level != SUPERVISOR) return VIEW_BYTES;
  return (status & SUM) != 0 ? 3 * VIEW_BYTES : 2 * VIEW_BYTES;
}
