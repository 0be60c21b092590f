// For a debugger: the machine step by step, until it stands before a breakpoint or has touched what is
// watched. It goes through the ordinary run(), so a step is the same step whoever looks; nothing here
// changes what a guest can see, and nothing of it is state.

import {
  BREAKPOINTS, BREAKPOINTS_AT, COUNT, HIT, HIT_BREAKPOINT, HIT_WATCH, PC, PRIVILEGE,
  RESULT_LOW, SATP, TRAPS, WATCH_ADDRESS, WATCH_BYTES, WATCH_KIND, WATCH_LENGTH, WATCH_OLD,
  WATCH_READ, WATCH_WRITE, WATCHES, WATCHES_AT, STOP_LIMIT,
} from "../layout";
import { expansion } from "./expansions";
import { run } from "./index";
import { ramPage } from "./memory";
import { immI, immS, rs1 } from "./operands";
import { pageForRead } from "./pool";
import { enterInterrupt, undoInterrupt } from "./trap";

const SV39: u64 = 8;
const ROOT: u64 = 0xfffffffffff;
const FRAME: u64 = 0x3ffffffffffc00;
const NOWHERE: u64 = u64.MAX_VALUE;
const OUTSIDE: u32 = 0xffffffff;

/** What the instruction about to be executed touches; no bytes when it touches none. */
let touched: u64 = 0;
let touchedBytes: u64 = 0;
let touchedHow: u32 = 0;

/** Where a virtual address leads at the current privilege, whatever the rights; all ones: nowhere. */
function physical(a: u64): u64 {
  if (load<u64>(PRIVILEGE) == 3 || load<u64>(SATP) >> 60 != SV39) return a;
  if (<u64>(<i64>(a << 25) >> 25) != a) return NOWHERE;
  let table = (load<u64>(SATP) & ROOT) << 12;
  for (let depth = 2; depth >= 0; depth--) {
    const shift = <u64>(12 + 9 * depth);
    const at = table + (((a >> shift) & 511) << 3);
    const page = ramPage(at);
    if (page == OUTSIDE) return NOWHERE;
    const entry = load<u64>(pageForRead(page) + <usize>(at & 4095));
    if (!(entry & 1)) return NOWHERE;
    if (entry & 10) {
      const within = (<u64>1 << shift) - 1;
      return (((entry & FRAME) << 2) & ~within) | (a & within);
    }
    table = (entry & FRAME) << 2;
  }
  return NOWHERE;
}

/** The physical address in RAM of a virtual one, or -1. */
export function physicalOf(a: u64): f64 {
  const to = physical(a);
  return to == NOWHERE || ramPage(to) == OUTSIDE ? -1 : <f64>to;
}

function byteAt(a: u64): u64 {
  const to = physical(a);
  const page = ramPage(to);
  return to == NOWHERE || page == OUTSIDE ? 0 : load<u8>(pageForRead(page) + <usize>(to & 4095));
}

/** Bytes that lie in one page: all that is watched does. */
function valueAt(a: u64, bytes: u32): u64 {
  const to = physical(a);
  const page = ramPage(to);
  if (to == NOWHERE || page == OUTSIDE) return 0;
  const at = pageForRead(page) + <usize>(to & 4095);
  let value: u64 = 0;
  for (let i: u32 = 0; i < bytes; i++) value |= <u64>load<u8>(at + i) << (<u64>i << 3);
  return value;
}

/**
 * Leaves the address of the instruction that the next step executes: the first one of a handler, when
 * an interrupt is taken before that step.
 */
export function nextPc(): void {
  const hasEntered = enterInterrupt();
  const pc = load<u64>(PC);
  if (hasEntered) undoInterrupt();
  store<u64>(RESULT_LOW, pc);
}

function isBreakpoint(): bool {
  const count = load<u32>(BREAKPOINTS);
  if (!count) return false;
  nextPc();
  const pc = load<u64>(RESULT_LOW);
  for (let i: u32 = 0; i < count; i++)
    if (load<u64>(BREAKPOINTS_AT + (<usize>i << 3)) == pc) return true;
  return false;
}

/** Decodes what the next step touches. */
function lookAhead(): void {
  const hasEntered = enterInterrupt();
  const pc = load<u64>(PC);
  let w = <u32>(byteAt(pc) | (byteAt(pc + 1) << 8));
  if ((w & 3) == 3) w |= <u32>((byteAt(pc + 2) << 16) | (byteAt(pc + 3) << 24));
  else w = expansion(w);
  if (hasEntered) undoInterrupt();
  touchedBytes = 0;
  const opcode = w & 0x7f;
  const size: u64 = 1 << ((w >> 12) & 3);
  if (opcode == 0x03 || opcode == 0x07) touch(rs1(w) + immI(w), size, WATCH_READ);
  else if (opcode == 0x23 || opcode == 0x27) touch(rs1(w) + immS(w), size, WATCH_WRITE);
  else if (opcode == 0x2f) {
    const kind = w >> 27;
    touch(rs1(w), size, kind == 2 ? WATCH_READ : kind == 3 ? WATCH_WRITE : WATCH_READ | WATCH_WRITE);
  }
}

function touch(a: u64, bytes: u64, how: u32): void {
  touched = a;
  touchedBytes = bytes;
  touchedHow = how;
}

@inline function watch(i: u32): usize {
  return WATCHES_AT + <usize>i * WATCH_BYTES;
}

/** From now on a change is a change from what is there now. */
export function armWatches(): void {
  for (let i: u32 = 0; i < load<u32>(WATCHES); i++)
    store<u64>(watch(i), valueAt(load<u64>(watch(i), WATCH_ADDRESS), load<u32>(watch(i), WATCH_LENGTH)), WATCH_OLD);
}

/** The index of the first watch that a step has hit, or that has another value than when armed; or -1. */
function watchHit(isDone: bool): i32 {
  for (let i: u32 = 0; i < load<u32>(WATCHES); i++) {
    const at = watch(i);
    const a = load<u64>(at, WATCH_ADDRESS);
    const bytes = load<u32>(at, WATCH_LENGTH);
    const how = load<u32>(at, WATCH_KIND);
    const isTouched =
      isDone && touchedBytes != 0 && (touchedHow & how) != 0 &&
      touched < a + bytes && a < touched + touchedBytes;
    if (isTouched) return <i32>i;
    if ((how & WATCH_WRITE) != 0 && valueAt(a, bytes) != load<u64>(at, WATCH_OLD)) return <i32>i;
  }
  return -1;
}

/** What else than a step (a device, an entry) has changed a watched value: the index, or -1. */
export function changedWatch(): i32 {
  return watchHit(false);
}

/**
 * run(), which also ends behind a step that hit something: HIT says what, and whether by the kind of
 * watch and its index. The stop code says how that step ended otherwise.
 */
export function seek(limit: f64): i32 {
  const goal = <u64>limit;
  const isWatching = load<u32>(WATCHES) != 0;
  store<u32>(HIT, 0);
  if (isWatching) armWatches();
  while (load<u64>(COUNT) < goal) {
    const before = load<u64>(COUNT);
    const traps = load<u64>(TRAPS);
    if (isWatching) lookAhead();
    const stop = run(<f64>(before + 1));
    if (load<u64>(COUNT) == before) return stop;
    if (isWatching) {
      const index = watchHit(load<u64>(TRAPS) == traps);
      if (index >= 0) store<u32>(HIT, HIT_WATCH + index);
    }
    if (!load<u32>(HIT) && isBreakpoint()) store<u32>(HIT, HIT_BREAKPOINT);
    if (load<u32>(HIT) != 0 || stop != STOP_LIMIT) return stop;
  }
  return STOP_LIMIT;
}
