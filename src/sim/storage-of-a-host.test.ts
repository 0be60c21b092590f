// A storage server that is one host's own disk: what a loss of power does to it, and what it tells.

import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { milliseconds } from "../base/time.ts";
import { Kernel } from "./kernel.ts";
import { Storage } from "./storage.ts";
import { NO_STORAGE_FAULTS } from "./storage-faults.ts";
import type { StorageBody } from "./storage-wire.ts";

const ALWAYS = { numerator: 1, denominator: 1 };

const write = (fill: number): StorageBody => ({
  kind: "write",
  ioId: fill,
  sector: 3,
  data: new Uint8Array(512).fill(fill),
});

class Site {
  readonly kernel = new Kernel();
  readonly applied: string[] = [];
  readonly answers: string[] = [];
  /** Tag, the first byte before and after, bytes. */
  readonly told: (readonly number[])[] = [];
  readonly disk: Storage;
  #tag = 0;

  constructor() {
    this.disk = new Storage(
      this.kernel,
      {
        actor: "disk1",
        sectors: 100,
        latencyMin: milliseconds(1),
        latencyMax: milliseconds(1),
        recordLatency: milliseconds(1),
        hasVolatileCache: false,
        failedReadsLeaveData: false,
      },
      { fencing: false, durableFlag: true, ownerTaggedFlag: true, flagPerGeneration: true },
      new Prng("disk"),
      {
        applied: (_, result) => this.applied.push(result),
        testAndSet: () => undefined,
        memberRead: () => undefined,
        opened: () => undefined,
        touched: ({ tag }, before, after) =>
          this.told.push([tag, before[0] ?? -1, after[0] ?? -1, after.length]),
      },
      (_, { status }) => this.answers.push(status),
    );
    this.kernel.register("disk1", ({ kind, payload }) => this.disk.handleEvent(kind, payload));
  }

  ask(body: StorageBody): void {
    const fence = { generation: 1, owner: "h1" };
    const tag = ++this.#tag;
    this.disk.handleCommand({ vm: "vm", initiator: "h1", session: 1, tag, fence, body });
    this.run();
  }

  run(): void {
    while (this.kernel.step());
  }
}

describe("a host's own disk", () => {
  it("forgets what was under way when its host loses power, and keeps what it holds", () => {
    const site = new Site();
    site.disk.setFaults({ ...NO_STORAGE_FAULTS, isStalled: true });
    site.ask(write(1));
    site.disk.abort();
    site.disk.setFaults(NO_STORAGE_FAULTS);
    site.run();
    expect([site.applied, site.answers, site.disk.read(3, 1)[0]]).toEqual([[], [], 0]);
    // No outage of a server: no fault of the storage's own bit.
    expect(site.disk.bites("outage")).toBe(0);
    site.ask(write(4));
    site.disk.abort();
    expect([site.answers, site.disk.read(3, 1)[0]]).toEqual([["ok"], 4]);
  });

  it("tells what the sectors of a command held before it and after it, unless it failed", () => {
    const site = new Site();
    site.ask(write(7));
    site.ask(write(9));
    site.ask({ kind: "read", ioId: 5, sector: 3, sectorCount: 2 });
    site.ask({ kind: "flush", ioId: 6 });
    site.disk.setFaults({ ...NO_STORAGE_FAULTS, errors: ALWAYS });
    site.ask(write(1));
    expect(site.told).toEqual([
      [1, 0, 7, 512],
      [2, 7, 9, 512],
      [3, 9, 9, 1_024],
    ]);
  });
});
