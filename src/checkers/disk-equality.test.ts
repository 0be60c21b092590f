// INV-41, by hand: two hosts with disks of their own, right histories and such with one thing wrong.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { judge, type PairScript, quietScript } from "../../test/support/history-builder.ts";
import { DISK_EQUALITY } from "./disk-equality.ts";

/** What command `ioId` met and left on the disk of a host. */
function does(
  script: PairScript,
  node: "h1" | "h2",
  ioId: number,
  [before, after]: readonly [string, string],
): PairScript {
  script.world({ kind: "disk-content", node, ioId, sector: 8, sectorCount: 2, before, after });
  return script;
}

function copies(script: PairScript, sourceHash: string, contentHash: string): PairScript {
  script.world({ kind: "disk-copy", node: "h2", source: "h1", sourceHash, contentHash });
  return script;
}

function takesOver(script: PairScript): PairScript {
  const result = { result: "won", isFirst: true } as const;
  script.world({ kind: "test-and-set", generation: 1, owner: "h2", ...result });
  return script;
}

describe("disk-equality", () => {
  test("INV-41 holds: equal at the clone point, and what either does the other does alike", () => {
    const script = copies(quietScript(), "c", "c");
    for (const node of ["h1", "h2"] as const) does(script, node, 5, ["a", "b"]);
    does(does(script, "h2", 6, ["b", "d"]), "h1", 6, ["b", "d"]);
    accepts(DISK_EQUALITY, script.facts);
    const { figures } = judge(DISK_EQUALITY, script.facts);
    expect([figures.get("copies"), figures.get("compared")]).toEqual([1, 2]);
  });

  test("INV-41: the disk on which a machine begins is not its source's", () => {
    expect(rejection(DISK_EQUALITY, copies(quietScript(), "c", "old").facts)).toContain(
      "the disk of h2, on which a machine begins, holds old, and h1's held c at the clone point",
    );
  });

  test("INV-41: a command meets something else on the other disk", () => {
    const script = does(does(quietScript(), "h1", 5, ["a", "b"]), "h2", 5, ["x", "b"]);
    expect(rejection(DISK_EQUALITY, script.facts)).toContain(
      "disk command 5 met x in sectors 8 to 9 of h2's disk, and a on h1's",
    );
  });

  test("INV-41: a command leaves something else on the other disk", () => {
    const script = does(does(quietScript(), "h1", 5, ["a", "b"]), "h2", 5, ["a", "x"]);
    expect(rejection(DISK_EQUALITY, script.facts)).toContain("disk command 5 left x in sectors");
  });

  test("a write of which a part was done before the power went is judged by what it leaves", () => {
    const disk = { ioId: 5, op: "write", sector: 8, sectorCount: 2, dataHash: "b" } as const;
    const torn = (after: string): PairScript => {
      const script = does(quietScript(), "h1", 5, ["a", "b"]);
      const fence = { fenceGeneration: 1, fenceOwner: "h2" } as const;
      script.world({ kind: "disk-apply", node: "h2", ...fence, disk, result: "torn" });
      return does(script, "h2", 5, ["half", after]);
    };
    accepts(DISK_EQUALITY, torn("b").facts);
    expect(rejection(DISK_EQUALITY, torn("x").facts)).toContain("left x");
  });

  test("what a superseded host did last, or does still, binds nobody", () => {
    const script = takesOver(does(copies(quietScript(), "c", "c"), "h1", 5, ["a", "b"]));
    accepts(DISK_EQUALITY, does(script, "h2", 5, ["a", "x"]).facts);
    accepts(DISK_EQUALITY, does(script, "h1", 6, ["b", "y"]).facts);
    accepts(DISK_EQUALITY, does(script, "h2", 6, ["x", "z"]).facts);
  });

  test("a host that was superseded counts again from the machine that begins there", () => {
    const script = takesOver(quietScript());
    script.world({ kind: "machine-start", node: "h1", count: 9, stateHash: "s" });
    does(does(script, "h2", 7, ["a", "b"]), "h1", 7, ["old", "b"]);
    expect(rejection(DISK_EQUALITY, script.facts)).toContain("met old");
  });
});
