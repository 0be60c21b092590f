// virtio-blk (virtio 1.2, section 5.2): read, write, flush and get-id. A notification issues all
// available requests as outputs of that step; each is completed by its own disk-done entry, which
// copies read data, writes the status, hands the chain back and raises the interrupt at one point.
// Requests that cannot reach a disk (wrong size, beyond the end, unknown) are completed at once.
//
// When the driver resets the device, requests under way become orphans: they stay pending, because
// the host still owes their completion, but their completion touches no guest memory.

import { assert } from "../../base/assert.ts";
import type { DiskRequest } from "../exit.ts";
import { MMIO_DONE, MMIO_EXIT } from "../layout.ts";
import type { Board } from "./board.ts";
import { type PendingDisk, pagesOf, type Segment } from "./io-state.ts";
import {
  availableChains,
  breach,
  type Chain,
  gather,
  giveBack,
  isRunning,
  notifyDriver,
  peekChain,
  scatter,
  takeChain,
} from "./virtqueue.ts";

const SLOT = 1;
const QUEUE = { slot: SLOT, index: 0 } as const;
const SECTOR_BYTES = 512;
const HEADER_BYTES = 16;
const MOST_SEGMENTS = 254;
/** Linux asks for at most 1,280 KiB at once. */
const MOST_CHAIN_BYTES = 2_097_152;

/** A driver that never waits, or resets again and again, must not fill the host's memory. */
const MOST_PENDING = 128;

const READ = 0;
const WRITE = 1;
const FLUSH = 4;
const GET_ID = 8;
const STATUS_OK = 0;
const STATUS_ERROR = 1;
const STATUS_UNSUPPORTED = 2;
const ID_BYTES = 20;
const TWO_POW_32 = 4294967296;

/** Capacity in sectors; size_max 0 (none); seg_max. */
export function blockConfig(board: Board): Uint8Array {
  const config = new Uint8Array(64);
  const view = new DataView(config.buffer);
  view.setUint32(0, board.config.diskSectors % TWO_POW_32, true);
  view.setUint32(4, Math.floor(board.config.diskSectors / TWO_POW_32), true);
  view.setUint32(12, MOST_SEGMENTS, true);
  return config;
}

export function resetBlock(board: Board): void {
  const pending = board.io.pending.map((item) => ({ ...item, isOrphan: true }));
  board.io = { ...board.io, pending };
}

export function notifyBlock(board: Board): number {
  const count = availableChains(board, SLOT, 0);
  if (count === undefined) breach(board, SLOT);
  let completed = 0;
  for (let i = 0; i < (count ?? 0); i++) {
    const chain = peekChain(board, QUEUE, 0, MOST_CHAIN_BYTES);
    if (!chain || chain.readBytes < HEADER_BYTES || chain.writeBytes < 1) {
      breach(board, SLOT);
      break;
    }
    takeChain(board, SLOT, 0);
    if (start(board, chain)) completed += 1;
  }
  if (completed > 0) notifyDriver(board, SLOT, 0);
  return board.outputs.length > 0 ? MMIO_EXIT : MMIO_DONE;
}

/** Issues a request, or completes it at once and returns true. */
function start(board: Board, chain: Chain): boolean {
  const header = new DataView(gather(board, chain.readable, 0, HEADER_BYTES).buffer);
  const type = header.getUint32(0, true);
  const sector = header.getUint32(8, true) + header.getUint32(12, true) * TWO_POW_32;
  const dataBytes = type === WRITE ? chain.readBytes - HEADER_BYTES : chain.writeBytes - 1;
  if (type === GET_ID) return completeNow(board, chain, identify(board, chain, dataBytes));
  if (type !== READ && type !== WRITE && type !== FLUSH)
    return completeNow(board, chain, { status: STATUS_UNSUPPORTED, written: 0 });
  if (board.io.pending.length >= MOST_PENDING)
    return completeNow(board, chain, { status: STATUS_ERROR, written: 0 });
  const sectorCount = type === FLUSH ? 0 : dataBytes / SECTOR_BYTES;
  if (type !== FLUSH) {
    const isWhole = Number.isInteger(sectorCount) && sectorCount > 0;
    const isInside =
      Number.isSafeInteger(sector) && sector + sectorCount <= board.config.diskSectors;
    if (!isWhole || !isInside)
      return completeNow(board, chain, { status: STATUS_ERROR, written: 0 });
  }
  const segments =
    type === WRITE ? dropFirst(chain.readable, HEADER_BYTES) : dropLast(chain.writable);
  const isCopied = type === WRITE && board.config.rules.bounceBuffers;
  const request: DiskRequest = {
    ioId: board.io.nextIoId,
    op: type === READ ? "read" : type === WRITE ? "write" : "flush",
    sector: type === FLUSH ? 0 : sector,
    sectorCount,
    data: isCopied ? gather(board, segments, 0, dataBytes) : new Uint8Array(0),
    pages: type === FLUSH ? [] : pagesOf(segments),
  };
  const item: PendingDisk = {
    request,
    head: chain.head,
    statusAddress: statusAddress(chain),
    segments: type === FLUSH ? [] : segments,
    isOrphan: false,
  };
  board.io = {
    ...board.io,
    nextIoId: request.ioId + 1,
    pending: [...board.io.pending, item],
  };
  board.outputs.push({ class: "disk", request });
  return false;
}

function statusAddress(chain: Chain): number {
  const last = chain.writable[chain.writable.length - 1];
  return last.address + last.length - 1;
}

interface Outcome {
  readonly status: number;
  /** Bytes written before the status byte. */
  readonly written: number;
}

function completeNow(board: Board, chain: Chain, outcome: Outcome): true {
  board.memory.setU8(statusAddress(chain), outcome.status);
  giveBack(board, QUEUE, chain.head, outcome.written + 1);
  return true;
}

function identify(board: Board, chain: Chain, room: number): Outcome {
  const id = new Uint8Array(ID_BYTES);
  id.set([102, 116, 115, 105, 109]);
  const written = Math.min(room, ID_BYTES);
  scatter(board, dropLast(chain.writable), id.subarray(0, written));
  return { status: STATUS_OK, written };
}

function dropFirst(segments: readonly Segment[], count: number): readonly Segment[] {
  const out: Segment[] = [];
  let skip = count;
  for (const { address, length } of segments) {
    const cut = Math.min(skip, length);
    skip -= cut;
    if (cut < length) out.push({ address: address + cut, length: length - cut });
  }
  return out;
}

/** Without the status byte. */
function dropLast(segments: readonly Segment[]): readonly Segment[] {
  const last = segments[segments.length - 1];
  const before = segments.slice(0, -1);
  return last.length > 1 ? [...before, { ...last, length: last.length - 1 }] : before;
}

function findPending(board: Board, ioId: number): PendingDisk {
  const item = board.io.pending.find(({ request }) => request.ioId === ioId);
  assert(item !== undefined, () => `disk request ${ioId} is not pending`);
  return item;
}

export interface DiskDone {
  readonly ioId: number;
  readonly status: "ok" | "error";
  readonly data: Uint8Array;
}

/** The disk-done entry. */
export function completeDisk(board: Board, done: DiskDone): void {
  const item = findPending(board, done.ioId);
  const { op, sectorCount } = item.request;
  const isRead = op === "read" && done.status === "ok";
  board.io = { ...board.io, pending: board.io.pending.filter((other) => other !== item) };
  const isCopied = op === "read" && board.config.rules.bounceBuffers;
  if (isCopied && isRead)
    assert(
      done.data.length === sectorCount * SECTOR_BYTES,
      () => `request ${done.ioId}: wrong read size`,
    );
  if (item.isOrphan || !isRunning(board, SLOT, 0)) return;
  // A read that failed may have brought a part: what was in memory before is undefined.
  if (isCopied) scatter(board, item.segments, done.data);
  const status = done.status === "ok" ? STATUS_OK : STATUS_ERROR;
  board.memory.setU8(item.statusAddress, status);
  giveBack(board, QUEUE, item.head, (isRead ? sectorCount * SECTOR_BYTES : 0) + 1);
  notifyDriver(board, SLOT, 0);
}

/** Without bounce buffers: the physical transfer reaches guest memory when it happens. */
export function landDisk(board: Board, ioId: number, data: Uint8Array): void {
  const item = findPending(board, ioId);
  const { op, sectorCount } = item.request;
  assert(op === "read", () => `request ${ioId} is not a read`);
  assert(data.length === sectorCount * SECTOR_BYTES, () => `request ${ioId}: wrong read size`);
  if (!item.isOrphan) scatter(board, item.segments, data);
}

/** Guest memory under a request: what a read will overwrite; what a write without bounce buffers takes. */
export function diskBuffer(board: Board, ioId: number): Uint8Array {
  const item = findPending(board, ioId);
  return gather(board, item.segments, 0, item.request.sectorCount * SECTOR_BYTES);
}
