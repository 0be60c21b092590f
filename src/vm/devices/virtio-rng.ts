// virtio-rng (virtio 1.2, section 5.4). Entropy is a non-deterministic value: the notification asks
// the host for it before it changes anything, at most 256 bytes at a time, and is executed again
// with the answer. Buffers beyond 256 bytes stay available until the next notification.

import { MMIO_DONE, MMIO_REQUEST } from "../layout.ts";
import type { Board } from "./board.ts";
import {
  availableChains,
  breach,
  type Chain,
  giveBack,
  notifyDriver,
  peekChain,
  scatter,
  takeChain,
} from "./virtqueue.ts";

const SLOT = 2;
const QUEUE = { slot: SLOT, index: 0 } as const;
const MOST_BYTES = 256;
const MOST_CHAIN_BYTES = 1_048_576;

export function notifyRng(board: Board): number {
  const chains = readChains(board);
  if (!chains) {
    breach(board, SLOT);
    return MMIO_DONE;
  }
  if (chains.length === 0) return MMIO_DONE;
  let length = 0;
  for (const chain of chains) length += chain.writeBytes;
  length = Math.min(length, MOST_BYTES);
  const answer = board.io.entropy;
  if (!answer) {
    board.want = { kind: "entropy", length };
    return MMIO_REQUEST;
  }
  board.io = { ...board.io, entropy: undefined };
  let at = 0;
  for (const chain of chains) {
    const size = Math.min(chain.writeBytes, length - at);
    scatter(board, chain.writable, answer.subarray(at, at + size));
    takeChain(board, SLOT, 0);
    giveBack(board, QUEUE, chain.head, size);
    at += size;
  }
  notifyDriver(board, SLOT, 0);
  return MMIO_DONE;
}

/** Available chains until 256 bytes are asked for; undefined is a breach. */
function readChains(board: Board): readonly Chain[] | undefined {
  const count = availableChains(board, SLOT, 0);
  if (count === undefined) return undefined;
  const chains: Chain[] = [];
  let bytes = 0;
  for (let i = 0; i < count && bytes < MOST_BYTES; i++) {
    const chain = peekChain(board, QUEUE, i, MOST_CHAIN_BYTES);
    if (!chain || chain.readable.length > 0) return undefined;
    chains.push(chain);
    bytes += chain.writeBytes;
  }
  return chains;
}
