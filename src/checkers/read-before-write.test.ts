// INV-42, by hand: the backup's own read, and a write that comes later in the program.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { quietScript, type PairScript } from "../../test/support/history-builder.ts";
import type { DiskSummary } from "../history/fact.ts";
import { READ_BEFORE_WRITE } from "./read-before-write.ts";

const fence = { fenceGeneration: 1, fenceOwner: "h2" } as const;

function read(script: PairScript, ioId: number, result: "ok" | "error" = "ok"): PairScript {
  const disk: DiskSummary = { ioId, op: "read", sector: 10, sectorCount: 4, dataHash: "" };
  script.world({ kind: "member-read", node: "h2", ...fence, disk, result });
  return script;
}

function write(script: PairScript, ioId: number, sector = 12): PairScript {
  const disk: DiskSummary = { ioId, op: "write", sector, sectorCount: 1, dataHash: "w" };
  const owner = { fenceGeneration: 1, fenceOwner: "h1" } as const;
  script.world({ kind: "disk-apply", node: "h1", ...owner, disk, result: "ok" });
  return script;
}

describe("read-before-write", () => {
  test("INV-42 holds: earlier writes, other sectors, reads first", () => {
    accepts(READ_BEFORE_WRITE, write(read(write(quietScript(), 4), 5), 6).facts);
    accepts(READ_BEFORE_WRITE, read(write(quietScript(), 6, 14), 5).facts);
  });

  test("INV-42: the write was applied before the backup had read", () => {
    expect(rejection(READ_BEFORE_WRITE, read(write(quietScript(), 6), 5).facts)).toContain(
      "h2 did disk read 5 (4 sectors from 10) for its backup, after disk write 6",
    );
  });

  test("a read that failed has brought nothing, and one of a live node is used by nobody", () => {
    const failed = read(write(read(quietScript(), 1), 6), 5, "error");
    accepts(READ_BEFORE_WRITE, failed.facts);
    const script = read(quietScript(), 1);
    script.world({
      kind: "release",
      node: "h2",
      ordinal: 9,
      outputClass: "console",
      count: 1,
      hash: "",
      length: 1,
      segment: null,
      disk: null,
      isAgain: false,
    });
    accepts(READ_BEFORE_WRITE, read(write(script, 6), 5).facts);
  });
});
