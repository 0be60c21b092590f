// Split virtqueues (virtio 1.2, section 2.7) read from a guest that may be hostile. A breach of the
// rules never throws and never reads outside RAM: the walk answers undefined and the device goes to
// DEVICE_NEEDS_RESET (section 2.1.2) until the driver resets it.
//
// Breaches: a ring index that ran further ahead than the queue is long; a descriptor number outside
// its table; a chain longer than its table (a loop); a buffer outside RAM or of zero length; a
// readable buffer after a writable one; an indirect table that is malformed, nested or mixed with
// NEXT; more bytes in a chain than the device takes.

import type { Board } from "./board.ts";
import type { Segment } from "./io-state.ts";
import { setLine } from "./plic.ts";
import { VIRTIO, VIRTIO_WORDS } from "./words.ts";

export interface Chain {
  /** Descriptor number that goes back in the used ring. */
  readonly head: number;
  readonly readable: readonly Segment[];
  readonly writable: readonly Segment[];
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** Words of a slot, from its first. */
export const STATUS = 0;
export const DEVICE_SELECT = 1;
export const DRIVER_SELECT = 2;
/** Two words: features 0-31 and 32-63. */
export const DRIVER_FEATURES_LOW = 3;
export const QUEUE_SELECT = 5;
export const INTERRUPT_STATUS = 6;
const QUEUES = 16;
const QUEUE_STRIDE = 16;
/** Words of a queue, from its first. */
export const NUM = 0;
export const READY = 1;
export const DESC = 2;
export const AVAIL = 4;
export const USED = 6;
const TAKEN = 8;
const GIVEN = 9;

const DRIVER_OK = 4;
export const NEEDS_RESET = 0x40;
const USED_INTERRUPT = 1;
const CONFIG_INTERRUPT = 2;
/** VIRTIO_F_INDIRECT_DESC, bit 28. */
export const INDIRECT_FEATURE = 0x10000000;
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const NO_INTERRUPT = 1;
const DESCRIPTOR_BYTES = 16;
const MOST_INDIRECT = 256;
const TWO_POW_32 = 4294967296;

/** The word index of a slot's register. */
export function slotWord(slot: number, register: number): number {
  return VIRTIO + slot * VIRTIO_WORDS + register;
}

export function queueWord(slot: number, queue: number, register: number): number {
  return slotWord(slot, QUEUES + queue * QUEUE_STRIDE + register);
}

export function queueAddress(board: Board, slot: number, queue: number, register: number): number {
  const at = queueWord(slot, queue, register);
  return board.get(at) + board.get(at + 1) * TWO_POW_32;
}

export function isRunning(board: Board, slot: number, queue: number): boolean {
  const status = board.get(slotWord(slot, STATUS));
  const isUsable = (status & DRIVER_OK) !== 0 && (status & NEEDS_RESET) === 0;
  return isUsable && board.get(queueWord(slot, queue, READY)) !== 0;
}

/** The driver broke the protocol: the device stops until it is reset. */
export function breach(board: Board, slot: number): void {
  const at = slotWord(slot, STATUS);
  board.set(at, board.get(at) | NEEDS_RESET);
  if ((board.get(at) & DRIVER_OK) !== 0) interrupt(board, slot, CONFIG_INTERRUPT);
}

function interrupt(board: Board, slot: number, cause: number): void {
  const at = slotWord(slot, INTERRUPT_STATUS);
  board.set(at, board.get(at) | cause);
  setLine(board, slot + 1, true);
}

/** Chains that the driver made available and the device has not taken; undefined is a breach. */
export function availableChains(board: Board, slot: number, queue: number): number | undefined {
  const ring = queueAddress(board, slot, queue, AVAIL);
  const taken = board.get(queueWord(slot, queue, TAKEN));
  const count = (board.memory.u16(ring + 2) - taken) & 0xffff;
  return count > board.get(queueWord(slot, queue, NUM)) ? undefined : count;
}

/** The chain `ahead` of the next one; nothing is taken. Undefined is a breach. */
export function peekChain(
  board: Board,
  queue: { readonly slot: number; readonly index: number },
  ahead: number,
  mostBytes: number,
): Chain | undefined {
  const { slot, index } = queue;
  const num = board.get(queueWord(slot, index, NUM));
  const taken = board.get(queueWord(slot, index, TAKEN));
  const ring = queueAddress(board, slot, index, AVAIL);
  const head = board.memory.u16(ring + 4 + 2 * ((taken + ahead) % num));
  const table = queueAddress(board, slot, index, DESC);
  const isIndirect = (board.get(slotWord(slot, DRIVER_FEATURES_LOW)) & INDIRECT_FEATURE) !== 0;
  const links = walk(board, { table, num, head, mayRefer: isIndirect });
  return links && collect(head, links, mostBytes);
}

interface Link extends Segment {
  readonly isWritable: boolean;
}

interface Walk {
  readonly table: number;
  readonly num: number;
  readonly head: number;
  readonly mayRefer: boolean;
}

function walk(board: Board, from: Walk): readonly Link[] | undefined {
  const { memory } = board;
  const links: Link[] = [];
  let at = from.head;
  while (links.length < from.num) {
    if (at >= from.num) return undefined;
    const descriptor = from.table + at * DESCRIPTOR_BYTES;
    const address = memory.u32(descriptor) + memory.u32(descriptor + 4) * TWO_POW_32;
    const length = memory.u32(descriptor + 8);
    const flags = memory.u16(descriptor + 12);
    if (length === 0 || !memory.contains(address, length)) return undefined;
    if ((flags & INDIRECT) !== 0) {
      const num = length / DESCRIPTOR_BYTES;
      const isSound = from.mayRefer && (flags & NEXT) === 0 && Number.isInteger(num);
      if (!isSound || num > MOST_INDIRECT) return undefined;
      const rest = walk(board, { table: address, num, head: 0, mayRefer: false });
      return rest && [...links, ...rest];
    }
    links.push({ address, length, isWritable: (flags & WRITE) !== 0 });
    if ((flags & NEXT) === 0) return links;
    at = memory.u16(descriptor + 14);
  }
  return undefined;
}

function collect(head: number, links: readonly Link[], mostBytes: number): Chain | undefined {
  const readable: Segment[] = [];
  const writable: Segment[] = [];
  let readBytes = 0;
  let writeBytes = 0;
  for (const { address, length, isWritable } of links) {
    if (isWritable) {
      writable.push({ address, length });
      writeBytes += length;
    } else {
      if (writable.length > 0) return undefined;
      readable.push({ address, length });
      readBytes += length;
    }
    if (readBytes + writeBytes > mostBytes) return undefined;
  }
  return { head, readable, writable, readBytes, writeBytes };
}

/** Takes the next chain. */
export function takeChain(board: Board, slot: number, queue: number): void {
  const at = queueWord(slot, queue, TAKEN);
  board.set(at, (board.get(at) + 1) & 0xffff);
}

/** Hands a chain back: the element first, then the index (section 2.7.8). */
export function giveBack(
  board: Board,
  queue: { readonly slot: number; readonly index: number },
  head: number,
  written: number,
): void {
  const { slot, index } = queue;
  const ring = queueAddress(board, slot, index, USED);
  const at = queueWord(slot, index, GIVEN);
  const given = board.get(at);
  const element = ring + 4 + 8 * (given % board.get(queueWord(slot, index, NUM)));
  board.memory.setU32(element, head);
  board.memory.setU32(element + 4, written);
  board.set(at, (given + 1) & 0xffff);
  board.memory.setU16(ring + 2, (given + 1) & 0xffff);
}

/** Tells the driver about used buffers, unless it asked not to be told (section 2.7.7). */
export function notifyDriver(board: Board, slot: number, queue: number): void {
  const flags = board.memory.u16(queueAddress(board, slot, queue, AVAIL));
  if ((flags & NO_INTERRUPT) === 0) interrupt(board, slot, USED_INTERRUPT);
}

/** Gathers what a chain holds, from byte `skip`, at most `length` bytes. */
export function gather(
  board: Board,
  segments: readonly Segment[],
  skip: number,
  length: number,
): Uint8Array {
  const out = new Uint8Array(length);
  let filled = 0;
  let passed = 0;
  for (const segment of segments) {
    const from = Math.max(0, skip - passed);
    const size = Math.min(segment.length - from, length - filled);
    passed += segment.length;
    if (size <= 0) continue;
    board.memory.copy(segment.address + from, size, out, filled);
    filled += size;
  }
  return out;
}

/** Scatters bytes over a chain's segments, in order; they must have room. */
export function scatter(board: Board, segments: readonly Segment[], bytes: Uint8Array): void {
  let at = 0;
  for (const segment of segments) {
    if (at >= bytes.length) return;
    const size = Math.min(segment.length, bytes.length - at);
    const part = size === bytes.length ? bytes : bytes.subarray(at, at + size);
    board.memory.write(segment.address, part);
    at += size;
  }
}
