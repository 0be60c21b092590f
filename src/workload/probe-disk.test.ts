// The audit of the probe guest's disk: the work of the last answered operation is there, or that of
// one that may have come after it; anything else is missing.

import { describe, expect, test } from "vitest";
import type { VirtualTime } from "../base/time.ts";
import type { Op, OpEvent } from "../history/op.ts";
import { auditProbeDisk, fillSector } from "./probe-disk.ts";

const SECTOR = 512;

class Disk {
  readonly #blocks = new Map<number, Uint8Array>();

  readonly read = (sector: number, count: number): Uint8Array => {
    const bytes = new Uint8Array(count * SECTOR);
    for (let i = 0; i < count; i++)
      bytes.set(this.#blocks.get(sector + i) ?? new Uint8Array(SECTOR), i * SECTOR);
    return bytes;
  };

  /** The slot as `overlap` leaves it. */
  overlap(slot: number, salt: number, middle: number): this {
    for (const [sector, write] of [1, middle, 2].entries())
      this.#blocks.set(64 + 4 * slot + sector, fillSector({ slot, salt, write }));
    return this;
  }

  spin(slot: number, salt: number): this {
    for (let sector = 0; sector < 8; sector++)
      this.#blocks.set(1_024 + 8 * slot + sector, fillSector({ slot, salt, write: 3 }));
    return this;
  }

  damage(sector: number): this {
    const bytes = this.read(sector, 1);
    bytes[200] = (bytes[200] as number) ^ 0x10;
    this.#blocks.set(sector, bytes);
    return this;
  }
}

/** One after the other; an operation without a text has no answer. */
function events(...commands: readonly (readonly [string, string?])[]): readonly OpEvent[] {
  return commands.flatMap(([command, text], index) => {
    const op: Op = { kind: "probe", command };
    const base = { client: 0, process: index, opId: `c1-${index}`, op };
    const invoke: OpEvent = { ...base, kind: "invoke", at: (10 * index) as VirtualTime };
    if (text === undefined) return [invoke];
    const at = (10 * index + 5) as VirtualTime;
    return [invoke, { ...base, kind: "ok", at, result: { kind: "text", text } }];
  });
}

const OVERLAP_7 = ["overlap 2 7", "overlap 2 12345 ab"] as const;
const OVERLAP_8 = ["overlap 2 8", "overlap 1 12345 ab"] as const;

describe("the audit of the probe's disk", () => {
  test("finds what the last answer said", () => {
    const disk = new Disk().overlap(2, 8, 1).spin(5, 9);
    const audit = auditProbeDisk(disk.read, events(OVERLAP_7, OVERLAP_8, ["spin 5 9", "spin 4 c"]));
    expect(audit).toEqual({ records: 12, acknowledged: 2, found: 2, missing: "" });
  });

  test("misses a write that an older one came back over", () => {
    const audit = auditProbeDisk(new Disk().overlap(2, 7, 2).read, events(OVERLAP_7, OVERLAP_8));
    expect(audit).toMatchObject({ acknowledged: 1, found: 0 });
    expect(audit.missing).toBe("overlap 2 8 of operation c1-1: sector 0 is of write 1 of salt 7");
  });

  test("misses the other end of the two writes than the guest was told", () => {
    const audit = auditProbeDisk(new Disk().overlap(2, 8, 2).read, events(OVERLAP_8));
    expect(audit.missing).toContain("sector 1 is of write 2 of salt 8");
  });

  test("misses a torn sector, and one that was never written", () => {
    const torn = new Disk().overlap(2, 8, 1).damage(64 + 8 + 2);
    expect(auditProbeDisk(torn.read, events(OVERLAP_8)).missing).toContain("sector 2 is torn");
    expect(auditProbeDisk(new Disk().read, events(OVERLAP_8)).found).toBe(0);
  });

  test("accepts an operation without an answer in either state", () => {
    const history = events(OVERLAP_7, ["overlap 2 9"]);
    for (const disk of [new Disk().overlap(2, 7, 2), new Disk().overlap(2, 9, 1)])
      expect(auditProbeDisk(disk.read, history)).toMatchObject({ acknowledged: 1, found: 1 });
  });

  test("has nothing to look for without an answer", () => {
    expect(auditProbeDisk(new Disk().read, events(["overlap 2 9"])).acknowledged).toBe(0);
  });
});
