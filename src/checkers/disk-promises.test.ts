// Goal: what INV-21, INV-26, INV-27 and INV-43 reject at the disk. Method: histories by hand, right
// ones with one thing wrong.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import type { Fact, FactOf } from "../history/fact.ts";
import { DMA } from "./dma.ts";
import { GENERATION_HYGIENE } from "./generation-hygiene.ts";
import {
  edit,
  failoverScript,
  judge,
  PairScript,
  quietScript,
  TEST_CONTEXT,
} from "../../test/support/history-builder.ts";
import { IO_RACES } from "./io-races.ts";
import { LOST_WRITE } from "./lost-write.ts";

describe("io-races", () => {
  function twoWrites(sectorOfSecond: number): PairScript {
    const script = quietScript();
    for (const [ioId, sector] of [
      [2, 64],
      [3, sectorOfSecond],
    ] as const)
      script.release(script.issueWrite(ioId, sector));
    return script;
  }

  test("INV-26 holds in a takeover that issues again one after the other", () => {
    accepts(IO_RACES, failoverScript().finish());
    accepts(IO_RACES, twoWrites(72).facts);
    expect(judge(IO_RACES, twoWrites(72).facts).figures.get("pairs")).toBe(1);
  });

  test("INV-26: two writes to the same sectors under way", () => {
    expect(rejection(IO_RACES, twoWrites(71).facts)).toContain(
      "h1 sent disk write 3 (8 sectors from 71) while disk write 2 (8 sectors from 64)",
    );
  });

  describe("in guest memory", () => {
    function two(op: "read" | "write", pages: readonly number[]): PairScript {
      const script = quietScript();
      for (const [ioId, sector] of [
        [2, 64],
        [3, 80],
      ] as const) {
        const disk = { ioId, op, sector, sectorCount: 1, dataHash: "" } as const;
        const ordinal = script.perform("disk", `command ${ioId}`, disk);
        script.ship();
        script.world({ kind: "disk-memory", node: "h1", ioId, pages: ioId === 2 ? [5, 6] : pages });
        script.release(ordinal);
      }
      return script;
    }

    test("INV-26: two reads into one page", () => {
      expect(rejection(IO_RACES, two("read", [6]).facts)).toContain(
        "h1 sent disk read 3 (1 sector from 80) while disk read 2 (1 sector from 64)",
      );
    });

    test("INV-26 holds for other pages, and for writes out of one", () => {
      accepts(IO_RACES, two("read", [7]).facts);
      accepts(IO_RACES, two("write", [6]).facts);
    });
  });

  test("the same command sent again is no race with itself", () => {
    const script = quietScript();
    const write = script.issueWrite(2, 64);
    script.release(write);
    script.release(write, { isAgain: true });
    accepts(IO_RACES, script.facts);
  });
});

describe("dma", () => {
  const transfer = (after: string): FactOf<"disk-transfer"> => ({
    witness: "world",
    time: 0,
    kind: "disk-transfer",
    node: "h1",
    ioId: 9,
    before: "old",
    after,
  });

  test("INV-27 holds when memory stays as it is, and what was issued is written", () => {
    accepts(DMA, [transfer("old"), ...failoverScript().finish()]);
  });

  test("INV-27: read data in guest memory before the completion", () => {
    expect(rejection(DMA, [transfer("new")])).toContain("disk read 9 changed the memory");
  });

  test("INV-27: a write takes what memory holds when it is sent", () => {
    const facts = quietScript().facts;
    const disk = { ioId: 1, op: "write", sector: 40, sectorCount: 8, dataHash: "later" } as const;
    expect(rejection(DMA, edit(facts, "disk-apply", { disk }))).toContain("the disk got later");
  });
});

describe("lost-write", () => {
  test("INV-21 holds in a takeover", () => {
    accepts(LOST_WRITE, failoverScript().finish());
  });

  test("INV-21: a completion of what the storage never applied", () => {
    const facts = quietScript().facts.filter((fact) => fact.kind !== "disk-apply");
    expect(rejection(LOST_WRITE, facts)).toContain("the storage never applied it");
  });

  test("INV-21: what a former machine wrote to a disk of its own is not the next one's", () => {
    const context = { ...TEST_CONTEXT, areDisksSeparate: true };
    const again = (isApplied: boolean): readonly Fact[] => {
      const script = new PairScript();
      // Nobody else had heard of it.
      script.apply("h1", script.issueWrite(2, 64));
      script.crash("h1");
      script.world({ kind: "machine-start", node: "h1", count: 3_000, stateHash: "" });
      const ordinal = script.issueWrite(2, 512);
      if (isApplied) script.apply("h1", ordinal);
      script.arrive("disk-done", "done 2", 2);
      return script.facts;
    };
    expect(judge(LOST_WRITE, again(true), context).findings).toEqual([]);
    expect(judge(LOST_WRITE, again(false), context).findings[0]?.message).toContain(
      "the storage never applied it",
    );
  });

  test("INV-21: a write whose answer is late is known to be on the disk, whatever was written since", () => {
    const completedLate = (isApplied: boolean): readonly Fact[] => {
      const script = quietScript();
      const late = script.issueWrite(2, 8);
      if (isApplied) script.apply("h1", late);
      for (let ioId = 3; ioId <= 1_200; ioId++) {
        const disk = { ioId, op: "write", sector: 64, sectorCount: 8, dataHash: "" } as const;
        script.world({
          kind: "disk-apply",
          node: "h1",
          fenceGeneration: 1,
          fenceOwner: "h1",
          disk,
          result: "ok",
        });
      }
      script.arrive("disk-done", "done 2", 2);
      return script.facts;
    };
    expect(judge(LOST_WRITE, completedLate(true)).findings).toEqual([]);
    expect(judge(LOST_WRITE, completedLate(false)).findings[0]?.message).toContain(
      "the guest on h1 was told that disk write 2 (8 sectors from 8) is done",
    );
  });

  test("INV-21: a write that failed is no lost one", () => {
    const facts = edit(quietScript().facts, "disk-apply", { result: "error" });
    expect(judge(LOST_WRITE, facts).findings).toEqual([]);
  });

  test("INV-21: an older write lands on top of a completed one (H-1)", () => {
    const script = quietScript();
    const late = script.issueWrite(2, 64);
    const newer = script.issueWrite(3, 64);
    for (const ordinal of [late, newer]) script.release(ordinal);
    script.apply("h1", newer);
    script.arrive("disk-done", "done 3", 3);
    script.apply("h1", late);
    expect(rejection(LOST_WRITE, script.facts)).toContain(
      "applied disk write 2 (8 sectors from 64) of h1 on top of disk write 3",
    );
  });
});

describe("generation-hygiene", () => {
  /** h2 has opened generation 2 with h3. */
  function opened(): PairScript {
    const script = failoverScript();
    const pair = { generation: 2, primary: "h2", backup: "h3" } as const;
    script.world({ kind: "open-generation", opener: "h2", ...pair, result: "won" });
    return script.wait(1);
  }
  const fence = (node: string, ioId: number): Parameters<PairScript["world"]>[0] => ({
    kind: "disk-apply",
    node,
    fenceGeneration: 1,
    fenceOwner: node,
    disk: { ioId, op: "write", sector: 1, sectorCount: 1, dataHash: "" },
    result: "ok",
  });

  test("INV-43: what the new primary had sent before is still its own", () => {
    const script = opened();
    script.world(fence("h2", 3));
    accepts(GENERATION_HYGIENE, script.facts);
  });

  /** h2 says that it has its role in generation 2. */
  const knows = (script: PairScript): void => {
    const claim = { witness: "claim", time: script.now, node: "h2", generation: 2 } as const;
    script.facts.push({ ...claim, kind: "role", role: "PRIMARY", reason: "re-protected" });
    script.wait(1);
  };

  test("INV-43: what it sent while the answer to its opening was on its way, or lost", () => {
    const script = opened();
    script.release(script.issueWrite(7, 64));
    knows(script.wait(1));
    script.world(fence("h2", 7));
    accepts(GENERATION_HYGIENE, script.facts);
  });

  test("INV-43: what it sent with its old fence when it had the answer", () => {
    const script = opened();
    knows(script);
    script.release(script.issueWrite(7, 64));
    script.world(fence("h2", 7));
    expect(rejection(GENERATION_HYGIENE, script.facts)).toContain("with the fence of generation 1");
  });

  test("INV-43: a command of the old generation", () => {
    const script = opened();
    script.world(fence("h1", 3));
    expect(rejection(GENERATION_HYGIENE, script.facts)).toContain("with the fence of generation 1");
  });

  test("INV-43: a replica of the new generation that counts an ack of the old one", () => {
    const script = quietScript();
    const ack = { kind: "log-ack-receive", through: 1, executed: 1 } as const;
    const claim = { witness: "claim", time: script.now, node: "h1" } as const;
    script.facts.push({
      ...claim,
      generation: 2,
      kind: "role",
      role: "PRIMARY",
      reason: "re-protected",
    });
    script.facts.push({ ...claim, generation: 2, ...ack });
    expect(judge(GENERATION_HYGIENE, script.facts).findings).toEqual([]);
    script.facts.push({ ...claim, generation: 1, ...ack });
    expect(rejection(GENERATION_HYGIENE, script.facts)).toContain("an ack of generation 1");
  });
});
