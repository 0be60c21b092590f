// Two tiers: which jump targets are hot, and the hand-over between the interpreter and compiled
// regions (jit/). All of this is derived: it can be dropped at any time, and no guest can observe it.
//
// A region is called with where to start and the steps that are left; it returns the steps that are
// left then, as they are after a jump to a pc that it does not have, and as their complement when the
// interpreter must execute the step at PC: the budget is shorter than the next block, or the
// instruction is none of the region's business (a device, a fault, a CSR).

import {
  COUNT, FETCH_TLB, META, META_GENERATION, META_SHIFT, PC, REFUSED, TARGET_ENTRY,
  TARGET_GENERATION, TARGET_HOST, TARGET_MASK, TARGET_SLOT, TARGET_VIEWS, TARGET_VISITS, TARGETS,
  TARGETS_BYTES, VIEW_SHIFT, WATCHED_PAGE,
} from "../layout";
import { atomic } from "./atomic";
import { fetchSlow, loadSlow, OK, ramPage, RECHECK, setStatus, status, storeSlow } from "./memory";
import { LOAD, STORE } from "./protection";
import { hostOf, isIn, isStale, setStale } from "./tlb";
import { chooseViews, dataLevel, dataView, fetchView } from "./view";
import { translate, undoMarks } from "./walk";

@external("env", "hot") declare function hot(pc: f64, host: u32, dataView: u32, fetchView: u32): void;

/** Visits that make a jump target hot; 0: the interpreter is alone. */
export let threshold: i32 = 0;
/** Not 0: thresholds are drawn from 1 to `threshold`, for tests. */
let seed: u32 = 0;

export function setTiers(visits: i32, randomSeed: i32): void {
  threshold = visits;
  seed = <u32>randomSeed;
  forgetTargets();
}

/** No pc is odd: all ones is no record. */
export function forgetTargets(): void {
  memory.fill(TARGETS, 0xff, TARGETS_BYTES);
}

@inline function recordOf(pc: u64): usize {
  return TARGETS + <usize>(((<u32>pc << 4) ^ (<u32>dataView << VIEW_SHIFT)) & TARGET_MASK);
}
@inline function visitsOf(at: usize): i32 {
  return load<i32>(at, TARGET_VISITS);
}
@inline function slotOf(at: usize): u32 {
  return load<u32>(at, TARGET_SLOT);
}
@inline function views(): u32 {
  return <u32>dataView | (<u32>fetchView << 16);
}

function firstVisits(): i32 {
  if (!seed) return threshold;
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return 1 + <i32>(seed % <u32>threshold);
}

function renew(at: usize, pc: u64): void {
  store<u64>(at, pc);
  store<i32>(at, firstVisits(), TARGET_VISITS);
  store<u32>(at, 0, TARGET_SLOT);
  store<u32>(at, views(), TARGET_VIEWS);
}

/** Counts a jump to `pc`. Whether the interpreter should stop there: it is compiled, or hot now. */
export function visit(pc: u64): bool {
  const at = recordOf(pc);
  if (load<u64>(at) != pc) renew(at, pc);
  const left = visitsOf(at) - 1;
  if (left <= 0) return true;
  store<i32>(at, left, TARGET_VISITS);
  return false;
}

/** Host address of the instruction at `pc`, or 0 when it cannot be fetched just like that. */
function instructionAt(pc: u64): u32 {
  const tlb = FETCH_TLB + fetchView;
  if (!isIn(tlb, pc)) {
    fetchSlow(pc);
    if (status != OK) {
      undoMarks();
      return 0;
    }
  }
  return <u32>hostOf(tlb, pc);
}

/** Whether the record's code was made of what is at `pc` now. */
function isCurrent(at: usize, pc: u64): bool {
  const host = instructionAt(pc);
  const generation = load<u32>(META + (<usize>(host >> 12) << META_SHIFT), META_GENERATION);
  return (
    load<u32>(at, TARGET_HOST) == host && load<u32>(at, TARGET_GENERATION) == generation &&
    load<u32>(at, TARGET_VIEWS) == views()
  );
}

/** The record of `pc` if there is current code, after asking for some where the pc became hot. */
function compiledAt(pc: u64): usize {
  const at = recordOf(pc);
  if (load<u64>(at) != pc) return 0;
  if (slotOf(at)) {
    if (isCurrent(at, pc)) return at;
    renew(at, pc);
  }
  if (visitsOf(at) > 1) return 0;
  const host = instructionAt(pc);
  if (!host) return 0;
  // Whoever is asked gives the record code, or more visits, or drops all records.
  hot(<f64><i64>pc, host, <u32>dataView, <u32>fetchView);
  return load<u64>(at) == pc && slotOf(at) ? at : 0;
}

/** Runs the code of a record. True when it was left by a jump. */
function enter(at: usize, goal: u64): bool {
  const left = goal - load<u64>(COUNT);
  const rest = call_indirect<i64>(slotOf(at), load<i32>(at, TARGET_ENTRY), left);
  store<u64>(COUNT, goal - <u64>(rest ^ (rest >> 63)));
  return rest >= 0;
}

/**
 * Compiled code while there is some at PC. `isTarget`: PC is where the guest jumped to, so it is
 * counted. False when the limit is reached, true when the interpreter must go on at PC.
 */
export function runCompiled(goal: u64, isTarget: bool): bool {
  chooseViews();
  setStale(false);
  let counts = isTarget;
  let wasLeftByJump = true;
  while (wasLeftByJump) {
    if (load<u64>(COUNT) >= goal) return false;
    const pc = load<u64>(PC);
    if (counts) visit(pc);
    const at = compiledAt(pc);
    wasLeftByJump = at != 0 && enter(at, goal);
    counts = true;
  }
  return load<u64>(COUNT) < goal;
}

// ---- what compiled code calls -----------------------------------------------------------------

/** What an access of compiled code comes to. */
const IS_DONE: i32 = 0;
/** Nothing has happened: the interpreter must do it. */
const IS_REFUSED: i32 = 1;
/** Done, and what the code knows of memory may be out of date. */
const IS_LAST: i32 = 2;

/**
 * Only RAM that is reached without a change to anything is a region's business: the step of a device,
 * a fault or the first use of a page must be the interpreter's, which can be asked about its count.
 */
function mayAccess(a: u64, size: u32, access: u32): bool {
  setStatus(OK);
  const physical = translate(a, access, dataLevel);
  const page = ramPage(physical);
  const isWithin = (<u32>a & 4095) + size <= 4096;
  if (status == OK && !isStale && isWithin && page != 0xffffffff)
    return access == LOAD || page != load<u32>(WATCHED_PAGE);
  undoMarks();
  setStale(false);
  return false;
}

function outcome(): i32 {
  if (status == OK) return IS_DONE;
  return status == RECHECK ? IS_LAST : IS_REFUSED;
}

/** A load that missed: its value, extended as funct3 says; REFUSED tells whether it is one. */
export function regionLoad(a: u64, f3: i32): u64 {
  const size: u32 = 1 << (f3 & 3);
  const isMine = mayAccess(a, size, LOAD);
  store<u32>(REFUSED, <u32>!isMine);
  if (!isMine) return 0;
  const v = loadSlow(a, size);
  const unused: u64 = 64 - (size << 3);
  return f3 & 4 ? (v << unused) >> unused : <u64>(<i64>(v << unused) >> unused);
}

/** A store that missed. */
export function regionStore(a: u64, value: u64, size: i32): i32 {
  if (!mayAccess(a, size, STORE)) return IS_REFUSED;
  storeSlow(a, size, value);
  return outcome();
}

/** LR, SC or AMO at the address; the registers are in memory. */
export function regionAtomic(word: u32, a: u64): i32 {
  const size: u32 = word & 0x1000 ? 8 : 4;
  const isReading = word >> 27 == 2;
  if (!mayAccess(a, size, isReading ? LOAD : STORE)) return IS_REFUSED;
  atomic(word, size);
  return outcome();
}
