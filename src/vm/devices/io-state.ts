// Device state that has no fixed size. Everything in it is immutable and replaced as a whole, so a
// snapshot or a fork shares it.

import type { DiskRequest } from "../exit.ts";

/** A stretch of guest memory. */
export interface Segment {
  readonly address: number;
  readonly length: number;
}

/** A disk request that was issued and whose completion has not been applied. */
export interface PendingDisk {
  readonly request: DiskRequest;
  /** Descriptor number that goes back in the used ring. */
  readonly head: number;
  readonly statusAddress: number;
  /** Where a read's data goes, or where a write's data lies. */
  readonly segments: readonly Segment[];
  /** The driver reset the device meanwhile: completion touches no guest memory. */
  readonly isOrphan: boolean;
}

export interface IoState {
  /** The next disk request's number, counted from 1. */
  readonly nextIoId: number;
  /** Issue order. */
  readonly pending: readonly PendingDisk[];
  /** Frames that found no receive buffer, oldest first. */
  readonly received: readonly Uint8Array[];
  /** An entropy answer that was supplied and not used yet. */
  readonly entropy: Uint8Array | undefined;
}

export const EMPTY_IO: IoState = { nextIoId: 1, pending: [], received: [], entropy: undefined };

const PAGE_BYTES = 4_096;

/** The pages of guest-physical memory that these touch, each once, ascending. */
export function pagesOf(segments: readonly Segment[]): readonly number[] {
  const pages = new Set<number>();
  for (const { address, length } of segments)
    for (let page = Math.floor(address / PAGE_BYTES); page * PAGE_BYTES < address + length; page++)
      pages.add(page);
  return [...pages].sort((a, b) => a - b);
}
