// Disks that are copied while they are written to: whatever is written, and whenever it is taken, the
// copy ends equal to its source.

import { describe, expect, it } from "vitest";
import { equalBytes } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import { clearDisk, contentHash, putBlocks, takeBlocks, trackWrites } from "./disk-blocks.ts";
import { copyDisk, type DiskState, emptyDisk, readSectors, writeSectors } from "./storage-disk.ts";

function write(disk: DiskState, sector: number, sectors: number, fill: number): void {
  const data = new Uint8Array(sectors * 512).fill(fill);
  const body = { kind: "write", ioId: 1, sector, data } as const;
  const fence = { generation: 1, owner: "h1" };
  const command = { vm: "vm", initiator: "h1", session: 1, tag: 1, fence, body };
  writeSectors(disk, command, { isCached: false, takes: () => true });
}

describe("the blocks of a disk", () => {
  it("that hold anything are taken in order, then those written since", () => {
    const disk = emptyDisk();
    write(disk, 70, 1, 7);
    write(disk, 3, 8, 3);
    trackWrites(disk, true);
    expect(takeBlocks(disk, "all").map(({ index }) => index)).toEqual([0, 1, 8]);
    expect(takeBlocks(disk, "written")).toEqual([]);
    write(disk, 71, 1, 9);
    write(disk, 71, 1, 10);
    const [block, ...more] = takeBlocks(disk, "written");
    expect([block?.index, more, block?.bytes[512 * 6], block?.bytes[512 * 7]]).toEqual([
      8,
      [],
      7,
      10,
    ]);
    trackWrites(disk, false);
    write(disk, 0, 1, 1);
    expect(takeBlocks(disk, "written")).toEqual([]);
  });

  it("make an equal disk in rounds, whatever was there before", () => {
    const prng = new Prng("rounds");
    for (let run = 0; run < 30; run++) {
      const [source, target] = [emptyDisk(), emptyDisk()];
      const scribble = (disk: DiskState): void => {
        for (let left = prng.between(1, 20); left > 0; left--)
          write(disk, prng.below(200), prng.between(1, 9), prng.below(4));
      };
      scribble(source);
      scribble(target);
      clearDisk(target);
      trackWrites(source, true);
      putBlocks(target, takeBlocks(source, "all"));
      for (let round = 0; round < 3; round++) {
        scribble(source);
        putBlocks(target, takeBlocks(source, "written"));
      }
      expect(contentHash(target)).toBe(contentHash(source));
      const [copied, meant] = [readSectors(target, 0, 256), readSectors(source, 0, 256)];
      expect(equalBytes(copied, meant)).toBe(true);
      scribble(source);
      write(source, 5, 1, 77);
      expect(contentHash(target)).not.toBe(contentHash(source));
    }
  });

  it("hash alike when they read alike: zeros that were written are zeros", () => {
    const [a, b] = [emptyDisk(), emptyDisk()];
    write(a, 9, 4, 0);
    expect(contentHash(a)).toBe(contentHash(b));
    write(a, 9, 1, 1);
    write(b, 10, 1, 1);
    expect(contentHash(a)).not.toBe(contentHash(b));
  });

  it("are tracked in a snapshot as in what it was taken of", () => {
    const disk = emptyDisk();
    trackWrites(disk, true);
    write(disk, 8, 1, 1);
    const copy = copyDisk(disk);
    write(disk, 16, 1, 1);
    expect(takeBlocks(copy, "written").map(({ index }) => index)).toEqual([1]);
    expect(takeBlocks(disk, "written").map(({ index }) => index)).toEqual([1, 2]);
  });
});
