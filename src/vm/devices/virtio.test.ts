import { describe, expect, it } from "vitest";
import type { Exit } from "../exit.ts";
import { Driver, NEXT, WRITE } from "../../../test/support/vm/driver.ts";
import { CONFIG, newRuntime, RAM } from "../../../test/support/vm/load-core.ts";

const BUFFER = RAM + 0x200000;
const SAME_HEAD: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0];

function fill(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 255);
}

describe("virtio-net", () => {
  it("sends every frame of a notification as outputs of one step", () => {
    const driver = new Driver();
    driver.start(0, 0, 2, 8);
    const frames = [fill(60, 1), fill(1514, 2)];
    frames.forEach((frame, i) => {
      driver.machine.writeMemory(BUFFER + 4096 * i + 12, frame);
      driver.describe(driver.desc(0, 1), i, {
        address: BUFFER + 4096 * i,
        length: 12 + frame.length,
        flags: 0,
        next: 0,
      });
    });
    driver.offer(0, 1, [0, 1], 2);
    const exit = driver.notify(0, 1);
    expect(exit).toEqual({
      kind: "output",
      outputs: frames.map((bytes) => ({ class: "network", bytes })),
    });
    expect(driver.usedIndex(0, 1)).toBe(2);
  });

  it("receives into buffers, keeps what finds none, drops beyond the FIFO", () => {
    const driver = new Driver();
    driver.start(0, 0, 2, 8);
    driver.describe(driver.desc(0, 0), 0, {
      address: BUFFER,
      length: 12,
      flags: WRITE | NEXT,
      next: 1,
    });
    driver.describe(driver.desc(0, 0), 1, {
      address: BUFFER + 4096,
      length: 1514,
      flags: WRITE,
      next: 0,
    });
    driver.offer(0, 0, [0], 1);
    const frames = Array.from({ length: 300 }, (_, i) => fill(60, i));
    driver.machine.apply({ kind: "net-rx", frames });
    expect(driver.usedIndex(0, 0)).toBe(1);
    expect(driver.word(driver.used(0, 0) + 8)).toBe(72);
    expect([...driver.machine.readMemory(BUFFER + 4096, 60)]).toEqual([...fill(60, 0)]);
    for (let n = 1; n < 256; n++) {
      driver.offer(0, 0, SAME_HEAD, n + 1);
      expect(driver.notify(0, 0)).toEqual({ kind: "limit" });
      expect([...driver.machine.readMemory(BUFFER + 4096, 60)]).toEqual([...fill(60, n)]);
    }
    driver.offer(0, 0, SAME_HEAD, 257);
    driver.notify(0, 0);
    expect(driver.usedIndex(0, 0)).toBe(256);
  });

  it("loses frames while no driver is there", () => {
    const driver = new Driver();
    const before = driver.machine.stateHash();
    driver.machine.apply({ kind: "net-rx", frames: [fill(60, 1)] });
    expect(driver.machine.stateHash()).toBe(before);
  });
});

/** Prepares a request at descriptors 0-2 and offers it as the `index`-th. */
function request(
  driver: Driver,
  type: number,
  sector: number,
  length: number,
  index: number,
): void {
  const header = new DataView(new ArrayBuffer(16));
  header.setUint32(0, type, true);
  header.setBigUint64(8, BigInt(sector), true);
  driver.machine.writeMemory(BUFFER, new Uint8Array(header.buffer));
  const table = driver.desc(1, 0);
  const isRead = type !== 1;
  driver.describe(table, 0, { address: BUFFER, length: 16, flags: NEXT, next: length > 0 ? 1 : 2 });
  driver.describe(table, 1, {
    address: BUFFER + 4096,
    length,
    flags: NEXT | (isRead ? WRITE : 0),
    next: 2,
  });
  driver.describe(table, 2, { address: BUFFER + 64, length: 1, flags: WRITE, next: 0 });
  driver.machine.writeMemory(BUFFER + 64, Uint8Array.of(0xee));
  driver.offer(1, 0, SAME_HEAD, index);
}

function diskRequests(exit: Exit): readonly unknown[] {
  if (exit.kind !== "output") throw new Error(`no output: ${exit.kind}`);
  return exit.outputs.map((output) => (output.class === "disk" ? output.request : output.class));
}

describe("virtio-blk", () => {
  const status = (driver: Driver): number => driver.machine.readMemory(BUFFER + 64, 1)[0] ?? -1;

  it("issues a write with its data, and completes it at the entry", () => {
    const driver = new Driver();
    driver.start(1, 0, 1, 8);
    const data = fill(1024, 5);
    driver.machine.writeMemory(BUFFER + 4096, data);
    request(driver, 1, 7, 1024, 1);
    const exit = driver.notify(1, 0);
    const pages = [(BUFFER + 4096) / 4096];
    const expected = { ioId: 1, op: "write", sector: 7, sectorCount: 2, data, pages };
    expect(diskRequests(exit)).toEqual([expected]);
    driver.machine.writeMemory(BUFFER + 4096, new Uint8Array(1024));
    expect(driver.machine.pendingDisk()).toEqual([expected]);
    expect([status(driver), driver.usedIndex(1, 0)]).toEqual([0xee, 0]);
    driver.machine.apply({ kind: "disk-done", ioId: 1, status: "ok", data: new Uint8Array(0) });
    expect([status(driver), driver.usedIndex(1, 0)]).toEqual([0, 1]);
    expect(driver.machine.pendingDisk()).toEqual([]);
    expect(() =>
      driver.machine.apply({ kind: "disk-done", ioId: 1, status: "ok", data: new Uint8Array(0) }),
    ).toThrow(/not pending/);
  });

  it("brings read data only with the completion", () => {
    const driver = new Driver();
    driver.start(1, 0, 1, 8);
    request(driver, 0, 3, 512, 1);
    expect(diskRequests(driver.notify(1, 0))).toEqual([
      {
        ioId: 1,
        op: "read",
        sector: 3,
        sectorCount: 1,
        data: new Uint8Array(0),
        pages: [(BUFFER + 4096) / 4096],
      },
    ]);
    driver.machine.apply({ kind: "disk-done", ioId: 1, status: "ok", data: fill(512, 9) });
    expect([...driver.machine.readMemory(BUFFER + 4096, 512)]).toEqual([...fill(512, 9)]);
    expect(driver.word(driver.used(1, 0) + 8)).toBe(513);
    request(driver, 0, 4, 512, 2);
    driver.notify(1, 0);
    driver.machine.apply({ kind: "disk-done", ioId: 2, status: "error", data: new Uint8Array(0) });
    expect(status(driver)).toBe(1);
  });

  it("leaves what came of a read that failed", () => {
    const driver = new Driver();
    driver.start(1, 0, 1, 8);
    request(driver, 0, 3, 512, 1);
    driver.notify(1, 0);
    const before = driver.machine.readMemory(BUFFER + 4096, 512);
    driver.machine.apply({ kind: "disk-done", ioId: 1, status: "error", data: fill(100, 9) });
    const expected = [...fill(100, 9), ...before.subarray(100)];
    expect([...driver.machine.readMemory(BUFFER + 4096, 512)]).toEqual(expected);
    expect([status(driver), driver.word(driver.used(1, 0) + 8)]).toEqual([1, 1]);
  });

  it("answers at once what cannot reach a disk", () => {
    const driver = new Driver();
    driver.start(1, 0, 1, 8);
    const outcomes = [
      [0, 1024, 512, 1],
      [0, 1023, 1024, 1],
      [1, 0, 100, 1],
      [99, 0, 512, 2],
      [8, 0, 20, 0],
    ] as const;
    outcomes.forEach(([type, sector, length, expected], i) => {
      request(driver, type, sector, length, i + 1);
      expect(driver.notify(1, 0)).toEqual({ kind: "limit" });
      expect(status(driver)).toBe(expected);
    });
    request(driver, 4, 0, 0, outcomes.length + 1);
    expect(diskRequests(driver.notify(1, 0))).toEqual([
      { ioId: 1, op: "flush", sector: 0, sectorCount: 0, data: new Uint8Array(0), pages: [] },
    ]);
  });

  it("makes requests under way orphans when the driver resets the device", () => {
    const driver = new Driver();
    driver.start(1, 0, 1, 8);
    request(driver, 0, 3, 512, 1);
    driver.notify(1, 0);
    driver.start(1, 0, 1, 8);
    expect(driver.machine.pendingDisk().map(({ ioId }) => ioId)).toEqual([1]);
    driver.machine.apply({ kind: "disk-done", ioId: 1, status: "ok", data: fill(512, 9) });
    expect([status(driver), driver.usedIndex(1, 0)]).toEqual([0xee, 0]);
  });

  it("without bounce buffers, data moves when the transfer does", () => {
    const config = { ...CONFIG, rules: { bounceBuffers: false } };
    const driver = new Driver(newRuntime(), config);
    driver.start(1, 0, 1, 8);
    request(driver, 0, 3, 512, 1);
    driver.notify(1, 0);
    driver.machine.landDiskData(1, fill(512, 4));
    expect([...driver.machine.readMemory(BUFFER + 4096, 512)]).toEqual([...fill(512, 4)]);
    expect(status(driver)).toBe(0xee);
    driver.machine.apply({ kind: "disk-done", ioId: 1, status: "ok", data: new Uint8Array(0) });
    expect(status(driver)).toBe(0);
    request(driver, 1, 3, 512, 2);
    driver.notify(1, 0);
    driver.machine.writeMemory(BUFFER + 4096, fill(512, 77));
    expect([...driver.machine.diskBuffer(2)]).toEqual([...fill(512, 77)]);
    const strict = new Driver();
    expect(() => strict.machine.landDiskData(1, fill(512, 0))).toThrow(/bounce/);
    expect(() => strict.machine.diskBuffer(1)).toThrow(/not pending/);
  });
});

describe("virtio-rng", () => {
  it("asks before it changes anything, at most 256 bytes at a time", () => {
    const driver = new Driver();
    driver.start(2, 0, 1, 8);
    [100, 100, 100, 50].forEach((length, i) => {
      driver.describe(driver.desc(2, 0), i, {
        address: BUFFER + 4096 * i,
        length,
        flags: WRITE,
        next: 0,
      });
    });
    driver.offer(2, 0, [0, 1, 2, 3], 4);
    expect(driver.notify(2, 0)).toEqual({ kind: "request", what: "entropy", length: 256 });
    expect(driver.usedIndex(2, 0)).toBe(0);
    expect(() => driver.machine.answerEntropy(new Uint8Array(3))).toThrow(/256/);
    driver.machine.answerEntropy(fill(256, 1));
    expect(driver.again()).toEqual({ kind: "limit" });
    expect(driver.usedIndex(2, 0)).toBe(3);
    expect([...driver.machine.readMemory(BUFFER + 8192, 56)]).toEqual([
      ...fill(256, 1).subarray(200),
    ]);
    expect(driver.notify(2, 0)).toEqual({ kind: "request", what: "entropy", length: 50 });
  });
});
