// The kv guest, built for QEMU's virt machine, boots on ours: console, disk, entropy, clock, PLIC.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DiskRequest, Entry } from "../../src/vm/exit.ts";
import type { Machine } from "../../src/vm/machine.ts";
import { newRuntime } from "../support/vm/load-core.ts";

const ELF = new URL("../../guests/kv/kv.elf", import.meta.url);
const SECTOR = 512;
const SECTORS = 131_072;
const NOTHING = new Uint8Array(0);

/** A host: an in-memory disk, a clock that moves by 10 ticks a reading, and everything in order. */
class Host {
  readonly disk: Uint8Array = new Uint8Array(SECTORS * SECTOR);
  readonly pending: DiskRequest[] = [];
  text: string = "";
  #ticks: number = 0;

  /** Runs until the text stands on the console; at most `slice` steps at once. */
  runUntil(machine: Machine, text: string, slice: number): void {
    for (let exits = 0; !this.text.includes(text); exits++) {
      if (exits > 2_000_000) throw new Error(`no "${text}" after ${machine.count} steps`);
      this.step(machine, slice);
    }
  }

  step(machine: Machine, slice: number): void {
    const exit = machine.run(machine.count + slice);
    if (exit.kind === "halt") throw new Error("the guest halted");
    if (exit.kind === "request" && exit.what === "time") machine.answerTime((this.#ticks += 10));
    if (exit.kind === "request" && exit.what === "entropy")
      machine.answerEntropy(new Uint8Array(exit.length).fill(7));
    if (exit.kind === "wait") machine.apply(this.#next(machine));
    if (exit.kind !== "output") return;
    for (const output of exit.outputs) {
      if (output.class === "console") this.text += String.fromCharCode(...output.bytes);
      if (output.class === "disk") this.pending.push(output.request);
    }
  }

  #next(machine: Machine): Entry {
    const request = this.pending.shift();
    if (request) return this.#complete(request);
    const deadline = machine.timerDeadline();
    if (deadline === undefined) throw new Error("the guest waits for nothing");
    this.#ticks = Math.max(this.#ticks, deadline);
    return { kind: "timer" };
  }

  #complete({ ioId, op, sector, sectorCount, data }: DiskRequest): Entry {
    const at = sector * SECTOR;
    if (op === "write") this.disk.set(data, at);
    const read = op === "read" ? this.disk.slice(at, at + sectorCount * SECTOR) : NOTHING;
    return { kind: "disk-done", ioId, status: "ok", data: read };
  }
}

function boot(slice: number): { readonly machine: Machine; readonly host: Host } {
  const machine = newRuntime().createMachine({
    ramBytes: 16_777_216,
    mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    diskSectors: SECTORS,
    firmware: "none",
    rules: { bounceBuffers: true },
  });
  const loaded = machine.loadElf(readFileSync(ELF));
  if (!loaded.ok) throw new Error(loaded.error);
  const host = new Host();
  host.runUntil(machine, "kv ready", slice);
  return { machine, host };
}

describe.skipIf(!existsSync(ELF))("the kv guest", () => {
  it("boots to its ready mark", () => {
    const { machine, host } = boot(1_000_000_000);
    expect(host.text).toMatch(/kv ready/);
    expect(machine.count).toBeGreaterThan(100_000);
  });

  it("reaches the same state whatever the slices", () => {
    const whole = boot(1_000_000_000).machine;
    const sliced = boot(997).machine;
    expect([sliced.count, sliced.stateHash()]).toEqual([whole.count, whole.stateHash()]);
  });

  it("two forks with the same entries stay equal, with different entries differ", () => {
    const { machine, host } = boot(1_000_000_000);
    const a = machine.fork();
    const b = machine.fork();
    const c = machine.fork();
    for (const fork of [a, b, c]) {
      const own = new Host();
      own.disk.set(host.disk);
      if (fork === c) fork.apply({ kind: "uart-rx", byte: 65 });
      for (let n = 0; n < 20; n++) own.step(fork, 50_000);
    }
    expect(b.stateHash()).toBe(a.stateHash());
    expect(c.stateHash()).not.toBe(a.stateHash());
  });
});
