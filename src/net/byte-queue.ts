// A byte stream's middle: what was appended and not yet dropped, addressed by stream position. The
// chunks are never copied or written; a queue is plain data, so its owner can snapshot it.

import { assert } from "../base/assert.ts";

/** Dropped chunks are kept until so many of them stand at the front: amortised constant time. */
const COMPACT_AT = 64;

export interface ByteQueue {
  /** Position of the first byte held. */
  start: number;
  /** Position behind the last byte held. */
  end: number;
  /** chunks[head] is the first chunk that still has a byte to give. */
  head: number;
  /** Position of each chunk's first byte. */
  positions: number[];
  chunks: Uint8Array[];
}

export function createQueue(start: number): ByteQueue {
  return { start, end: start, head: 0, positions: [], chunks: [] };
}

export function queueLength(queue: ByteQueue): number {
  return queue.end - queue.start;
}

/** Keeps the array itself: its bytes must not change afterwards. */
export function appendBytes(queue: ByteQueue, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  queue.positions.push(queue.end);
  queue.chunks.push(bytes);
  queue.end += bytes.length;
}

/** Up to `length` bytes from a position on, left in the queue. */
export function peekBytes(queue: ByteQueue, position: number, length: number): Uint8Array {
  assert(position >= queue.start, "peek before the start of a queue");
  const stop = Math.min(position + length, queue.end);
  if (stop <= position) return new Uint8Array(0);
  let index = chunkAt(queue, position);
  const first = queue.chunks[index] as Uint8Array;
  const offset = position - (queue.positions[index] as number);
  const size = stop - position;
  if (offset + size <= first.length) return first.subarray(offset, offset + size);
  const out = new Uint8Array(size);
  out.set(first.subarray(offset));
  let at = first.length - offset;
  while (at < size) {
    index += 1;
    const chunk = queue.chunks[index] as Uint8Array;
    const part = Math.min(chunk.length, size - at);
    out.set(part === chunk.length ? chunk : chunk.subarray(0, part), at);
    at += part;
  }
  return out;
}

/** Forgets everything before a position. */
export function dropBytes(queue: ByteQueue, position: number): void {
  assert(position <= queue.end, "drop beyond the end of a queue");
  if (position <= queue.start) return;
  queue.start = position;
  while (queue.head < queue.chunks.length) {
    const chunk = queue.chunks[queue.head] as Uint8Array;
    if ((queue.positions[queue.head] as number) + chunk.length > position) break;
    queue.head += 1;
  }
  if (queue.head < COMPACT_AT || queue.head * 2 < queue.chunks.length) return;
  queue.positions = queue.positions.slice(queue.head);
  queue.chunks = queue.chunks.slice(queue.head);
  queue.head = 0;
}

/** The chunk that holds a position, by halving. */
function chunkAt(queue: ByteQueue, position: number): number {
  let low = queue.head;
  let high = queue.chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((queue.positions[middle] as number) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
