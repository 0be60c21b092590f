// The PLIC (RISC-V PLIC specification 1.0): 31 level-triggered sources, context 0 = machine mode,
// context 1 = supervisor mode. A gateway latches a request until it is claimed and stays closed
// until completion; then a level that is still high asks again.

import { LINES, MMIO_DONE, MMIO_FAULT } from "../layout.ts";
import type { Board } from "./board.ts";
import {
  PLIC_ENABLE,
  PLIC_LEVELS,
  PLIC_PENDING,
  PLIC_PRIORITY,
  PLIC_SERVICED,
  PLIC_THRESHOLD,
} from "./words.ts";

const SOURCES = 32;
const CONTEXTS = 2;
const HIGHEST_PRIORITY = 7;
/** mip bits: MEIP for context 0, SEIP for context 1. */
const LINE_BITS: readonly number[] = [1 << 11, 1 << 9];

const PENDING_OFFSET = 0x1000;
const ENABLE_OFFSET = 0x2000;
const ENABLE_STRIDE = 0x80;
const CONTEXT_OFFSET = 0x200000;
const CONTEXT_STRIDE = 0x1000;

/** A device's interrupt line. */
export function setLine(board: Board, source: number, isHigh: boolean): void {
  const bit = 1 << source;
  const levels = board.get(PLIC_LEVELS);
  board.set(PLIC_LEVELS, isHigh ? levels | bit : levels & ~bit);
  forward(board);
}

export function loadPlic(board: Board, offset: number, size: number): number {
  if (size !== 4) return MMIO_FAULT;
  board.reply(read(board, offset));
  return MMIO_DONE;
}

function read(board: Board, offset: number): number {
  if (offset < SOURCES * 4) return board.get(PLIC_PRIORITY + (offset >> 2));
  if (offset === PENDING_OFFSET) return board.get(PLIC_PENDING);
  for (let context = 0; context < CONTEXTS; context++) {
    const base = CONTEXT_OFFSET + context * CONTEXT_STRIDE;
    if (offset === ENABLE_OFFSET + context * ENABLE_STRIDE) return board.get(PLIC_ENABLE + context);
    if (offset === base) return board.get(PLIC_THRESHOLD + context);
    if (offset === base + 4) return claim(board, context);
  }
  return 0;
}

export function storePlic(board: Board, offset: number, size: number): number {
  if (size !== 4) return MMIO_FAULT;
  write(board, offset, board.low);
  forward(board);
  return MMIO_DONE;
}

function write(board: Board, offset: number, value: number): void {
  if (offset >= 4 && offset < SOURCES * 4)
    board.set(PLIC_PRIORITY + (offset >> 2), value & HIGHEST_PRIORITY);
  for (let context = 0; context < CONTEXTS; context++) {
    const base = CONTEXT_OFFSET + context * CONTEXT_STRIDE;
    if (offset === ENABLE_OFFSET + context * ENABLE_STRIDE)
      board.set(PLIC_ENABLE + context, value & ~1);
    else if (offset === base) board.set(PLIC_THRESHOLD + context, value & HIGHEST_PRIORITY);
    else if (offset === base + 4) complete(board, context, value);
  }
}

/** The pending source of highest priority (the lowest number among equals), or 0. */
function best(board: Board, context: number): number {
  const candidates = board.get(PLIC_PENDING) & board.get(PLIC_ENABLE + context);
  let chosen = 0;
  let priority = board.get(PLIC_THRESHOLD + context);
  for (let source = 1; source < SOURCES; source++) {
    if (((candidates >>> source) & 1) === 0) continue;
    if (board.get(PLIC_PRIORITY + source) <= priority) continue;
    chosen = source;
    priority = board.get(PLIC_PRIORITY + source);
  }
  return chosen;
}

function claim(board: Board, context: number): number {
  const source = best(board, context);
  if (source === 0) return 0;
  board.set(PLIC_PENDING, board.get(PLIC_PENDING) & ~(1 << source));
  board.set(PLIC_SERVICED, board.get(PLIC_SERVICED) | (1 << source));
  forward(board);
  return source;
}

/** A completion for a source that this context has not enabled is ignored (chapter 9). */
function complete(board: Board, context: number, source: number): void {
  if (source === 0 || source >= SOURCES) return;
  if (((board.get(PLIC_ENABLE + context) >>> source) & 1) === 0) return;
  board.set(PLIC_SERVICED, board.get(PLIC_SERVICED) & ~(1 << source));
}

/** Gateways, then the two lines into the hart. */
function forward(board: Board): void {
  const open = board.get(PLIC_LEVELS) & ~board.get(PLIC_SERVICED);
  board.set(PLIC_PENDING, board.get(PLIC_PENDING) | open);
  let lines = 0;
  for (let context = 0; context < CONTEXTS; context++)
    if (best(board, context) !== 0) lines |= LINE_BITS[context];
  board.setCpuWord(LINES, lines);
}
