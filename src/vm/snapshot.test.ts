import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import type { Machine } from "./machine.ts";
import { PoolExhausted } from "./runtime.ts";
import { busyProgram } from "../../test/support/vm/busy-program.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";

describe("slicing and snapshots", () => {
  const TOTAL = 60_000;

  function drive(machine: Machine, slice: number): string {
    while (machine.count < TOTAL) {
      const exit = machine.run(Math.min(TOTAL, machine.count + slice));
      expect(exit.kind).toBe("limit");
    }
    return machine.stateHash();
  }

  it("gives the same state for slices of 1, 7, 997 and none", () => {
    const runtime = newRuntime();
    const image = busyProgram();
    const hashes = [1, 7, 997, TOTAL].map((slice) => drive(machineWith(image, runtime), slice));
    expect(new Set(hashes).size).toBe(1);
  });

  it("gives the same state with hashes, snapshots, forks and other machines in between", () => {
    const runtime = newRuntime();
    const image = busyProgram();
    const expected = drive(machineWith(image, runtime), TOTAL);
    const random = new Prng("vm/history");
    for (let round = 0; round < 5; round++) {
      let machine = machineWith(image, runtime);
      const other = machineWith(image, runtime);
      while (machine.count < TOTAL) {
        machine.run(Math.min(TOTAL, machine.count + random.below(3000)));
        const what = random.below(6);
        if (what === 0) machine.stateHash();
        if (what === 1) other.run(other.count + random.below(500));
        if (what === 2) {
          const fork = machine.fork();
          machine.run(Math.min(TOTAL, machine.count + 100));
          machine.release();
          machine = fork;
        }
        if (what === 3) {
          const snapshot = machine.snapshot();
          machine.run(machine.count + random.below(5000));
          machine.restore(snapshot);
          snapshot.release();
        }
        if (what === 4) {
          const snapshot = machine.snapshot();
          machine.release();
          machine = runtime.machineFrom(snapshot);
          snapshot.release();
        }
        if (what === 5) {
          const bytes = machine.exportState();
          expect(machine.importState(bytes)).toEqual({ ok: true, value: undefined });
        }
      }
      expect(machine.stateHash()).toBe(expected);
      machine.release();
      other.release();
    }
  });

  it("injects the timer at every count of a window, sliced or not, alike", () => {
    const runtime = newRuntime();
    const image = busyProgram();
    const base = machineWith(image, runtime);
    base.run(300);
    for (let at = 300; at < 500; at++) {
      const one = base.fork();
      const two = base.fork();
      one.run(at);
      for (let n = two.count; n < at; n += 1) two.run(n + 1);
      for (const machine of [one, two]) machine.apply({ kind: "timer" });
      one.run(at + 20);
      for (let n = at; n < at + 20; n++) two.run(n + 1);
      expect(two.stateHash()).toBe(one.stateHash());
      one.release();
      two.release();
    }
  });

  it("tells states apart", () => {
    const machine = machineWith(busyProgram());
    machine.run(100);
    const seen = new Set([machine.stateHash()]);
    machine.writeMemory(RAM + 0x400000, Uint8Array.of(1));
    seen.add(machine.stateHash());
    machine.writeMemory(RAM + 0x400000, Uint8Array.of(0));
    expect(seen.has(machine.stateHash())).toBe(true);
    machine.writeMemory(RAM + 0x401000, Uint8Array.of(1));
    seen.add(machine.stateHash());
    machine.apply({ kind: "uart-rx", byte: 7 });
    seen.add(machine.stateHash());
    machine.apply({ kind: "timer" });
    seen.add(machine.stateHash());
    expect(seen.size).toBe(5);
  });

  it("gives every page back after 10,000 forks", () => {
    const runtime = newRuntime();
    const machine = machineWith(busyProgram(), runtime);
    machine.run(20_000);
    const inUse = runtime.pagesInUse;
    for (let n = 0; n < 10_000; n++) {
      const fork = machine.fork();
      if (n % 10 === 0) fork.run(fork.count + 50);
      fork.release();
    }
    expect(runtime.pagesInUse).toBe(inUse);
    machine.release();
    expect(runtime.pagesInUse).toBe(0);
    expect(() => machine.run(1)).toThrow(/released/);
  });

  it("says when the pool is exhausted, and can go on once there is room", () => {
    const runtime = newRuntime(100);
    const machine = machineWith(busyProgram(), runtime);
    const expected = drive(machineWith(busyProgram()), 997);
    machine.run(500);
    const before = machine.snapshot();
    expect(() => drive(machine, TOTAL)).toThrow(PoolExhausted);
    expect(machine.isAlive).toBe(true);
    machine.restore(before);
    before.release();
    const roomy = newRuntime();
    const copy = roomy.createMachine(CONFIG);
    for (let page = 0; page < CONFIG.ramBytes / 4096; page++)
      copy.writePage(page, machine.readPage(page));
    expect(copy.importState(machine.exportState()).ok).toBe(true);
    expect(copy.stateHash()).toBe(machine.stateHash());
    expect(drive(copy, TOTAL)).toBe(expected);
  });
});

describe("checkpoints", () => {
  it("list the pages written since the last time, whatever the slicing", () => {
    const runtime = newRuntime();
    const image = busyProgram();
    const take = (slice: number): readonly (readonly number[])[] => {
      const machine = machineWith(image, runtime);
      machine.run(1000);
      machine.trackDirty(true);
      const lists: (readonly number[])[] = [];
      for (const until of [1100, 1200, 3000]) {
        while (machine.count < until) machine.run(Math.min(until, machine.count + slice));
        lists.push(machine.takeDirtyPages());
      }
      machine.release();
      return lists;
    };
    const whole = take(10_000);
    expect(whole[0]?.length).toBeGreaterThan(0);
    expect(take(7)).toEqual(whole);
  });

  it("carry a machine to another host page by page", () => {
    const source = machineWith(busyProgram());
    source.run(5000);
    source.trackDirty(true);
    const target = newRuntime().createMachine(CONFIG);
    for (let page = 0; page < CONFIG.ramBytes / 4096; page++)
      target.writePage(page, source.readPage(page));
    for (let epoch = 0; epoch < 5; epoch++) {
      source.run(source.count + 1000);
      for (const page of source.takeDirtyPages()) target.writePage(page, source.readPage(page));
      expect(target.importState(source.exportState()).ok).toBe(true);
      expect(target.stateHash()).toBe(source.stateHash());
    }
  });

  it("refuse damaged state", () => {
    const machine = machineWith(busyProgram());
    const bytes = machine.exportState();
    for (let length = 0; length < bytes.length; length += 97)
      expect(machine.importState(bytes.subarray(0, length)).ok).toBe(false);
    const wrong = bytes.slice();
    wrong[4] = 9;
    expect(machine.importState(wrong)).toEqual({
      ok: false,
      error: expect.stringContaining("version 9"),
    });
  });
});
