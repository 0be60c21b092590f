// The virtio-over-MMIO transport, version 2 (virtio 1.2, section 4.2). Slot i lies at 0x10001000 +
// i * 0x1000 with interrupt 1 + i: 0 network, 1 block, 2 entropy; the other five report device 0.
// A notification is served inside the storing step, so everything it changes happens at that step.

import { MMIO_DONE, MMIO_FAULT } from "../layout.ts";
import type { Board } from "./board.ts";
import { setLine } from "./plic.ts";
import { BLOCK, NETWORK, RNG, type VirtioModel } from "./virtio-models.ts";
import {
  AVAIL,
  breach,
  DESC,
  DEVICE_SELECT,
  DRIVER_FEATURES_LOW,
  DRIVER_SELECT,
  INTERRUPT_STATUS,
  isRunning,
  NEEDS_RESET,
  NUM,
  QUEUE_SELECT,
  queueAddress,
  queueWord,
  READY,
  slotWord,
  STATUS,
  USED,
} from "./virtqueue.ts";
import { VIRTIO_WORDS } from "./words.ts";

const MODELS: readonly VirtioModel[] = [NETWORK, BLOCK, RNG];
const MAGIC = 0x74726976;
const VERSION = 2;
/** "FTSM". */
const VENDOR = 0x4d535446;
const CONFIG = 0x100;
const FEATURES_OK = 8;
/** VIRTIO_F_VERSION_1 is bit 32: bit 0 of the upper word. */
const VERSION_1 = 1;
const WORD_MASK = 0xffffffff;

export function loadVirtio(board: Board, slot: number, offset: number, size: number): number {
  const model = slot < MODELS.length ? MODELS[slot] : undefined;
  if (offset >= CONFIG) {
    if (size > 4) return MMIO_FAULT;
    board.reply(model ? configWord(board, model, offset - CONFIG, size) : 0);
    return MMIO_DONE;
  }
  if (size !== 4) return MMIO_FAULT;
  board.reply(model ? read(board, model, offset) : readAbsent(offset));
  return MMIO_DONE;
}

function configWord(board: Board, model: VirtioModel, offset: number, size: number): number {
  const config = model.config(board);
  let value = 0;
  for (let i = 0; i < size; i++) value |= (config[offset + i] ?? 0) << (8 * i);
  return value >>> 0;
}

function readAbsent(offset: number): number {
  return offset === 0 ? MAGIC : offset === 4 ? VERSION : 0;
}

function read(board: Board, model: VirtioModel, offset: number): number {
  const { slot } = model;
  const queue = board.get(slotWord(slot, QUEUE_SELECT));
  const hasQueue = queue < model.queues;
  switch (offset) {
    case 0x0:
      return MAGIC;
    case 0x4:
      return VERSION;
    case 0x8:
      return model.id;
    case 0xc:
      return VENDOR;
    case 0x10:
      return offered(model, board.get(slotWord(slot, DEVICE_SELECT)));
    case 0x34:
      return hasQueue ? model.queueSize : 0;
    case 0x44:
      return hasQueue ? board.get(queueWord(slot, queue, READY)) : 0;
    case 0x60:
      return board.get(slotWord(slot, INTERRUPT_STATUS));
    case 0x70:
      return board.get(slotWord(slot, STATUS));
    // Shared memory regions: length and base of all ones say that there is none.
    case 0xb0:
    case 0xb4:
    case 0xb8:
    case 0xbc:
      return WORD_MASK;
    default:
      return 0;
  }
}

function offered(model: VirtioModel, select: number): number {
  return select === 0 ? model.features : select === 1 ? VERSION_1 : 0;
}

/** Returns MMIO_ status: a notification may need an answer first or have outputs. */
export function storeVirtio(board: Board, slot: number, offset: number, size: number): number {
  const model = slot < MODELS.length ? MODELS[slot] : undefined;
  if (offset >= CONFIG) return size > 4 ? MMIO_FAULT : MMIO_DONE;
  if (size !== 4) return MMIO_FAULT;
  if (!model) return MMIO_DONE;
  const value = board.low;
  if (offset === 0x50)
    return value < model.queues && isRunning(board, slot, value)
      ? model.notify(board, value)
      : MMIO_DONE;
  write(board, model, offset, value);
  return MMIO_DONE;
}

function write(board: Board, model: VirtioModel, offset: number, value: number): void {
  const { slot } = model;
  switch (offset) {
    case 0x14:
      board.set(slotWord(slot, DEVICE_SELECT), value);
      break;
    case 0x20:
      acceptFeatures(board, slot, value);
      break;
    case 0x24:
      board.set(slotWord(slot, DRIVER_SELECT), value);
      break;
    case 0x30:
      board.set(slotWord(slot, QUEUE_SELECT), value);
      break;
    case 0x64:
      acknowledge(board, slot, value);
      break;
    case 0x70:
      setStatus(board, model, value);
      break;
    default:
      writeQueue(board, model, offset, value);
  }
}

/** Features are fixed once FEATURES_OK stands. */
function acceptFeatures(board: Board, slot: number, value: number): void {
  const select = board.get(slotWord(slot, DRIVER_SELECT));
  if (select > 1 || (board.get(slotWord(slot, STATUS)) & FEATURES_OK) !== 0) return;
  board.set(slotWord(slot, DRIVER_FEATURES_LOW + select), value);
}

function acknowledge(board: Board, slot: number, value: number): void {
  const at = slotWord(slot, INTERRUPT_STATUS);
  board.set(at, board.get(at) & ~value);
  if (board.get(at) === 0) setLine(board, slot + 1, false);
}

/** Section 3.1.1: FEATURES_OK stands only when the driver took a subset with VERSION_1. */
function setStatus(board: Board, model: VirtioModel, value: number): void {
  const { slot } = model;
  if (value === 0) return reset(board, model);
  const at = slotWord(slot, STATUS);
  let next = (value & 0x8f) | (board.get(at) & NEEDS_RESET);
  const low = board.get(slotWord(slot, DRIVER_FEATURES_LOW));
  const high = board.get(slotWord(slot, DRIVER_FEATURES_LOW + 1));
  if ((low & ~model.features) !== 0 || high !== VERSION_1) next &= ~FEATURES_OK;
  if ((next & FEATURES_OK) === 0) next &= ~4;
  board.set(at, next);
}

function reset(board: Board, model: VirtioModel): void {
  const first = slotWord(model.slot, 0);
  for (let i = 0; i < VIRTIO_WORDS; i++) board.set(first + i, 0);
  setLine(board, model.slot + 1, false);
  model.reset(board);
}

/** Queue registers are ignored while the queue is ready, but for QueueReady itself. */
function writeQueue(board: Board, model: VirtioModel, offset: number, value: number): void {
  const { slot } = model;
  const queue = board.get(slotWord(slot, QUEUE_SELECT));
  if (queue >= model.queues) return;
  const isReady = board.get(queueWord(slot, queue, READY)) !== 0;
  if (offset === 0x44) return setReady(board, model, queue, value);
  if (isReady) return;
  if (offset === 0x38) board.set(queueWord(slot, queue, NUM), value);
  const register = [
    [0x80, DESC],
    [0x90, AVAIL],
    [0xa0, USED],
  ].find(([base]) => offset === base || offset === base + 4);
  if (!register) return;
  const half = (offset - register[0]) >> 2;
  board.set(queueWord(slot, queue, register[1] + half), value);
}

/** A queue that would reach outside RAM or has an impossible size breaks the device, not the host. */
function setReady(board: Board, model: VirtioModel, queue: number, value: number): void {
  const { slot } = model;
  const at = queueWord(slot, queue, READY);
  if ((value & 1) === 0) {
    board.set(at, 0);
    return;
  }
  if (board.get(at) !== 0) return;
  const num = board.get(queueWord(slot, queue, NUM));
  const isPower = num > 0 && num <= model.queueSize && (num & (num - 1)) === 0;
  const fits =
    isSound(board, queueAddress(board, slot, queue, DESC), 16 * num, 16) &&
    isSound(board, queueAddress(board, slot, queue, AVAIL), 6 + 2 * num, 2) &&
    isSound(board, queueAddress(board, slot, queue, USED), 6 + 8 * num, 4);
  if (!isPower || !fits) return breach(board, slot);
  board.set(at, 1);
}

function isSound(board: Board, address: number, length: number, alignment: number): boolean {
  return address % alignment === 0 && board.memory.contains(address, length);
}
