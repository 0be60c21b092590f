// Two tiers: which jump targets are hot, and the hand-over between the interpreter and compiled
// regions (jit/). All of this is derived: it can be dropped at any time, and no guest can observe it.
//
// A region is called with where to start and the steps that are left; it returns the steps that are
// left then, as they are after a jump to a pc that it does not have, and as their complement when the
// interpreter must execute the step at PC: the budget is shorter than the next block, or the
// instruction is none of the region's business (a CSR, an access that the TLB does not answer). A region
// calls nobody: whatever is not simple is left to the interpreter, and a region is never on the stack
// while anything but registers and fast pages changes.

import {
  COUNT, FETCH_TLB, META, META_GENERATION, META_SHIFT, PC, TARGET_ENTRY, TARGET_GENERATION,
  TARGET_HOST, TARGET_MASK, TARGET_SLOT, TARGET_VIEWS, TARGET_VISITS, TARGETS, TARGETS_BYTES,
  VIEW_SHIFT,
} from "../layout";
import { fetchSlow, OK, status } from "./memory";
import { hostOf, isIn, setStale } from "./tlb";
import { chooseViews, dataView, fetchView } from "./view";
import { undoMarks } from "./walk";

@external("env", "hot") declare function hot(pc: f64, host: u32, dataView: u32, fetchView: u32): void;

/** Visits that make a jump target hot; 0: the interpreter is alone. */
let threshold: i32 = 0;
/** Not 0: thresholds are drawn from 1 to `threshold`, for tests. */
let seed: u32 = 0;
/**
 * Runs of fewer steps are interpreted: their TLBs are most likely empty, since another machine was in
 * the core, and every miss makes compiled code give way.
 */
let shortest: u64 = 0;
/** Whether the run under way may be compiled code's. */
export let isTiered: bool = false;

export function setTiers(visits: i32, randomSeed: i32, shortestRun: f64): void {
  threshold = visits;
  seed = <u32>randomSeed;
  shortest = <u64>shortestRun;
  forgetTargets();
}

export function chooseTiers(steps: u64): void {
  isTiered = threshold != 0 && steps >= shortest;
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
