// virtio-net (virtio 1.2, section 5.1) without offloads: queue 0 receives, queue 1 transmits, each
// packet behind a header of 12 bytes. Received frames that find no buffer wait in a bounded FIFO
// that is machine state; a frame that finds the FIFO full, or no driver at all, is lost, as on a
// real card. A notification transmits everything available: all frames are outputs of that step.

import { MMIO_DONE, MMIO_EXIT } from "../layout.ts";
import type { Board } from "./board.ts";
import {
  availableChains,
  breach,
  gather,
  giveBack,
  isRunning,
  notifyDriver,
  peekChain,
  scatter,
  takeChain,
} from "./virtqueue.ts";

const SLOT = 0;
const RECEIVE = 0;
const TRANSMIT = 1;
const HEADER_BYTES = 12;
/** Header field num_buffers: 1 (section 5.1.6.4). */
const NUM_BUFFERS_AT = 10;
const LEAST_FRAME = 14;
/** An Ethernet frame with a VLAN tag, without check sequence. */
const MOST_FRAME = 1518;
const MOST_CHAIN_BYTES = 131_072;
const FIFO_FRAMES = 256;

export function networkConfig(board: Board): Uint8Array {
  const config = new Uint8Array(8);
  config.set(board.config.mac);
  return config;
}

export function resetNetwork(board: Board): void {
  board.io = { ...board.io, received: [] };
}

export function notifyNetwork(board: Board, queue: number): number {
  if (queue === RECEIVE) {
    drain(board);
    return MMIO_DONE;
  }
  transmit(board);
  return board.outputs.length > 0 ? MMIO_EXIT : MMIO_DONE;
}

function transmit(board: Board): void {
  const count = availableChains(board, SLOT, TRANSMIT);
  if (count === undefined) return breach(board, SLOT);
  for (let i = 0; i < count; i++) {
    const chain = peekChain(board, { slot: SLOT, index: TRANSMIT }, 0, MOST_CHAIN_BYTES);
    if (!chain || chain.writable.length > 0) return breach(board, SLOT);
    const length = chain.readBytes - HEADER_BYTES;
    // What cannot be an Ethernet frame is used up and goes nowhere.
    if (length >= LEAST_FRAME && length <= MOST_FRAME)
      board.outputs.push({
        class: "network",
        bytes: gather(board, chain.readable, HEADER_BYTES, length),
      });
    takeChain(board, SLOT, TRANSMIT);
    giveBack(board, { slot: SLOT, index: TRANSMIT }, chain.head, 0);
  }
  if (count > 0) notifyDriver(board, SLOT, TRANSMIT);
}

/** The net-rx entry. */
export function deliverFrames(board: Board, frames: readonly Uint8Array[]): void {
  if (!isRunning(board, SLOT, RECEIVE)) return;
  const room = FIFO_FRAMES - board.io.received.length;
  const taken = frames.filter((frame) => frame.length <= MOST_FRAME).slice(0, room);
  board.io = { ...board.io, received: [...board.io.received, ...taken] };
  drain(board);
}

/** Moves frames from the FIFO into receive buffers while there are both. */
function drain(board: Board): void {
  const waiting = board.io.received;
  if (waiting.length === 0) return;
  const count = availableChains(board, SLOT, RECEIVE);
  if (count === undefined) return breach(board, SLOT);
  let used = 0;
  let done = 0;
  while (done < waiting.length && used < count) {
    const chain = peekChain(board, { slot: SLOT, index: RECEIVE }, 0, MOST_CHAIN_BYTES);
    if (!chain || chain.readable.length > 0) {
      board.io = { ...board.io, received: waiting.slice(done) };
      return breach(board, SLOT);
    }
    const frame = waiting[done];
    done += 1;
    // A buffer that is too small loses the frame and stays.
    if (chain.writeBytes < HEADER_BYTES + frame.length) continue;
    const packet = new Uint8Array(HEADER_BYTES + frame.length);
    packet[NUM_BUFFERS_AT] = 1;
    packet.set(frame, HEADER_BYTES);
    scatter(board, chain.writable, packet);
    takeChain(board, SLOT, RECEIVE);
    giveBack(board, { slot: SLOT, index: RECEIVE }, chain.head, packet.length);
    used += 1;
  }
  board.io = { ...board.io, received: waiting.slice(done) };
  if (used > 0) notifyDriver(board, SLOT, RECEIVE);
}
