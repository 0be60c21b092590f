// A disk whose content goes to another host's disk while it is written to: blocks as large as a
// page of memory, those that hold anything at first, then those written since. A sector that was never
// written reads as zeros, and so does one that holds zeros: both are the same content.

import { Digest } from "../base/digest.ts";
import { type DiskState, readSectors, SECTOR_BYTES, SECTORS_PER_BLOCK } from "./storage-disk.ts";

export interface DiskBlock {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** From now on it is known which blocks are written; none are, so far. */
export function trackWrites(disk: DiskState, isTracked: boolean): void {
  disk.written = isTracked ? new Set() : undefined;
}

/** Blocks that hold anything, or those written since they were last taken; in the disk's order. */
export function takeBlocks(disk: DiskState, which: "all" | "written"): readonly DiskBlock[] {
  const written = disk.written ?? new Set();
  if (disk.written !== undefined) disk.written = new Set();
  const indices = which === "written" ? written : new Set(blocksInUse(disk));
  return [...indices]
    .sort((a, b) => a - b)
    .map((index) => ({
      index,
      bytes: readSectors(disk, index * SECTORS_PER_BLOCK, SECTORS_PER_BLOCK),
    }));
}

export function putBlocks(disk: DiskState, blocks: readonly DiskBlock[]): void {
  for (const { index, bytes } of blocks)
    for (let sector = 0; sector < SECTORS_PER_BLOCK; sector++)
      disk.blocks.set(
        index * SECTORS_PER_BLOCK + sector,
        bytes.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES),
      );
}

/** Nothing of what was there stays. */
export function clearDisk(disk: DiskState): void {
  disk.blocks.clear();
  disk.unflushed.clear();
  disk.unflushedWrites = [];
}

/** Equal for disks that read alike. */
export function contentHash(disk: DiskState): string {
  const digest = new Digest();
  for (const sector of [...disk.blocks.keys()].sort((a, b) => a - b)) {
    const data = disk.blocks.get(sector);
    if (data === undefined || data.every((byte) => byte === 0)) continue;
    digest.integer(sector);
    digest.bytes(data);
  }
  return digest.toString();
}

function blocksInUse(disk: DiskState): readonly number[] {
  return [...disk.blocks.keys()].map((sector) => Math.floor(sector / SECTORS_PER_BLOCK));
}
