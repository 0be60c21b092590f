// The three devices behind the transport.

import type { Board } from "./board.ts";
import { blockConfig, notifyBlock, resetBlock } from "./virtio-blk.ts";
import { networkConfig, notifyNetwork, resetNetwork } from "./virtio-net.ts";
import { notifyRng } from "./virtio-rng.ts";
import { INDIRECT_FEATURE } from "./virtqueue.ts";

export interface VirtioModel {
  readonly slot: number;
  /** Device id (virtio 1.2, chapter 5). */
  readonly id: number;
  /** The lower feature word; VERSION_1 is always offered. */
  readonly features: number;
  readonly queues: number;
  readonly queueSize: number;
  config(board: Board): Uint8Array;
  /** A QueueNotify on a running queue; an MMIO_ status. */
  notify(board: Board, queue: number): number;
  /** Beyond the registers, which the transport clears. */
  reset(board: Board): void;
}

const MAC_FEATURE = 1 << 5;
const SEGMENTS_FEATURE = 1 << 2;
const FLUSH_FEATURE = 1 << 9;
const NOTHING: Uint8Array = new Uint8Array(0);

export const NETWORK: VirtioModel = {
  slot: 0,
  id: 1,
  features: MAC_FEATURE | INDIRECT_FEATURE,
  queues: 2,
  queueSize: 256,
  config: networkConfig,
  notify: notifyNetwork,
  reset: resetNetwork,
};

export const BLOCK: VirtioModel = {
  slot: 1,
  id: 2,
  features: SEGMENTS_FEATURE | FLUSH_FEATURE | INDIRECT_FEATURE,
  queues: 1,
  queueSize: 64,
  config: blockConfig,
  notify: notifyBlock,
  reset: resetBlock,
};

export const RNG: VirtioModel = {
  slot: 2,
  id: 4,
  features: INDIRECT_FEATURE,
  queues: 1,
  queueSize: 64,
  config: () => NOTHING,
  notify: notifyRng,
  reset: (board) => {
    board.io = { ...board.io, entropy: undefined };
  },
};
