// The blocks of the storage server. With a volatile cache a write is readable at once and durable
// after the next flush: the server keeps what each unflushed sector held before, and goes back to it
// when the cache is lost. Without one every write is durable when it takes effect.

import type { StorageCommand } from "./storage-wire.ts";

export const SECTOR_BYTES = 512;
/** What is copied at a time to another host's disk is as large as a page of memory. */
export const SECTORS_PER_BLOCK = 8;
const ZERO_SECTOR = new Uint8Array(SECTOR_BYTES);

export interface DiskState {
  readonly blocks: Map<number, Uint8Array>;
  /** What the platter holds in sectors whose last write is in the cache; undefined: nothing yet. */
  readonly unflushed: Map<number, Uint8Array | undefined>;
  /** The writes that are in the cache only, in their order. */
  unflushedWrites: StorageCommand[];
  /** Blocks written since somebody looked last (disk-blocks.ts); undefined: nobody wants to know. */
  written: Set<number> | undefined;
}

export function emptyDisk(): DiskState {
  return { blocks: new Map(), unflushed: new Map(), unflushedWrites: [], written: undefined };
}

export function readSectors(disk: DiskState, sector: number, sectorCount: number): Uint8Array {
  const data = new Uint8Array(sectorCount * SECTOR_BYTES);
  for (let i = 0; i < sectorCount; i++)
    data.set(disk.blocks.get(sector + i) ?? ZERO_SECTOR, i * SECTOR_BYTES);
  return data;
}

/** Only the sectors for which `takes` holds, by their index in the write. */
export function writeSectors(
  disk: DiskState,
  command: StorageCommand,
  options: { readonly isCached: boolean; readonly takes: (index: number) => boolean },
): void {
  const { body } = command;
  if (body.kind !== "write") return;
  const { sector, data } = body;
  for (let index = 0; index * SECTOR_BYTES < data.length; index++) {
    if (!options.takes(index)) continue;
    const at = sector + index;
    if (options.isCached && !disk.unflushed.has(at)) disk.unflushed.set(at, disk.blocks.get(at));
    if (!options.isCached) disk.unflushed.delete(at);
    disk.blocks.set(at, data.slice(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES));
    disk.written?.add(Math.floor(at / SECTORS_PER_BLOCK));
  }
  if (options.isCached) disk.unflushedWrites.push(command);
}

/** Everything that was written is durable from now on. */
export function flushDisk(disk: DiskState): void {
  disk.unflushed.clear();
  disk.unflushedWrites = [];
}

/** The cache is gone, and with it these writes. */
export function loseCache(disk: DiskState): readonly StorageCommand[] {
  for (const [sector, before] of disk.unflushed)
    if (before === undefined) disk.blocks.delete(sector);
    else disk.blocks.set(sector, before);
  const lost = disk.unflushedWrites;
  flushDisk(disk);
  return lost;
}

/** Blocks are immutable: a copy shares them. */
export function copyDisk(disk: DiskState): DiskState {
  return {
    blocks: new Map(disk.blocks),
    unflushed: new Map(disk.unflushed),
    unflushedWrites: [...disk.unflushedWrites],
    written: disk.written && new Set(disk.written),
  };
}
