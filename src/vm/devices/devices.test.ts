import { describe, expect, it } from "vitest";
import type { Machine } from "../machine.ts";
import { PoolExhausted } from "../runtime.ts";
import { Driver } from "../../../test/support/vm/driver.ts";
import { addi, assemble, i, jal, li, lw, sb } from "../../../test/support/vm/assembler.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "../../../test/support/vm/load-core.ts";

const UART = 0x10000000;
const PLIC = 0xc000000;

/** Reads a device register by a program of its own on a fork, so that only the read happens. */
function read(machine: Machine, address: number, f3: number): number {
  const probe = machine.fork();
  const code = assemble([li(5, address), i(0x03, f3, 6, 5, 0), "end", jal(0, "end")]);
  probe.writeMemory(RAM + 0x700000, code);
  const jump = assemble([li(7, RAM + 0x700000), i(0x67, 0, 0, 7, 0)]);
  probe.writeMemory(Number(probe.pc), jump);
  probe.run(probe.count + 40);
  const value = Number(probe.register(6) & 0xffffffffn);
  probe.release();
  return value;
}

describe("the uart", () => {
  it("keeps 16 bytes and flags what is lost", () => {
    const driver = new Driver();
    for (let n = 0; n < 20; n++) driver.machine.apply({ kind: "uart-rx", byte: 65 + n });
    expect(read(driver.machine, UART + 5, 4)).toBe(0x63);
    expect(read(driver.machine, UART, 4)).toBe(65);
  });

  it("raises and lowers its line", () => {
    const driver = new Driver();
    const pending = (): number => read(driver.machine, PLIC + 0x1000, 6);
    expect(pending()).toBe(0);
    driver.machine.apply({ kind: "uart-rx", byte: 1 });
    expect(pending()).toBe(0);
    // The driver stores words, which a uart refuses: a program of bytes enables the interrupt.
    const machine = machineWith(
      assemble([li(5, UART), addi(6, 0, 1), sb(6, 5, 1), "end", jal(0, "end")]),
    );
    machine.run(20);
    expect(read(machine, UART + 2, 4)).toBe(1);
    machine.apply({ kind: "uart-rx", byte: 1 });
    expect(read(machine, PLIC + 0x1000, 6)).toBe(1 << 10);
    expect(read(machine, UART + 2, 4)).toBe(4);
  });
});

describe("the memory map", () => {
  it("is that of QEMU's virt machine", () => {
    const driver = new Driver();
    const ids = [0, 1, 2, 3, 7].map((slot) => read(driver.machine, driver.register(slot, 8), 6));
    expect(ids).toEqual([1, 2, 4, 0, 0]);
    for (const slot of [0, 7]) {
      expect(read(driver.machine, driver.register(slot, 0), 6)).toBe(0x74726976);
      expect(read(driver.machine, driver.register(slot, 4), 6)).toBe(2);
    }
    expect(read(driver.machine, driver.register(0, 0x100), 4)).toBe(2);
    expect(read(driver.machine, driver.register(0, 0x105), 4)).toBe(1);
    expect(read(driver.machine, driver.register(1, 0x100), 6)).toBe(CONFIG.diskSectors);
  });

  it("lets the PLIC choose the highest priority, then the lowest number, above the threshold", () => {
    const driver = new Driver();
    driver.start(0, 0, 2, 8);
    driver.start(1, 0, 1, 8);
    driver.poke(PLIC + 4, 3);
    driver.poke(PLIC + 8, 3);
    driver.poke(PLIC + 0x2000, 6);
    // An unknown request raises the disk's line at once; a bad ring raises the network's.
    driver.offer(1, 0, [9], 1);
    driver.notify(1, 0);
    driver.offer(0, 1, [9], 1);
    driver.notify(0, 1);
    const claim = (): number => read(driver.machine, PLIC + 0x200004, 6);
    expect(read(driver.machine, PLIC + 0x1000, 6)).toBe(6);
    expect(claim()).toBe(1);
    driver.poke(PLIC + 8, 4);
    expect(claim()).toBe(2);
    expect(driver.machine.csr(0x344)).toBe(0x800n);
    driver.poke(PLIC + 0x200000, 4);
    expect([claim(), driver.machine.csr(0x344)]).toEqual([0, 0n]);
  });
});

describe("the core's borders", () => {
  it("a device that meets a full pool breaks the machine until it is restored", () => {
    const driver = new Driver(newRuntime(80));
    const { machine } = driver;
    driver.start(0, 0, 2, 8);
    const table = driver.desc(0, 0);
    driver.describe(table, 0, { address: RAM + 0x300000, length: 2048, flags: 2, next: 0 });
    driver.offer(0, 0, [0], 1);
    const before = machine.snapshot();
    const hash = machine.stateHash();
    const frames = [new Uint8Array(60)];
    expect(() => {
      for (let page = 1024; ; page++) machine.writePage(page, new Uint8Array(4096));
    }).toThrow(/exhausted/);
    expect(() => machine.apply({ kind: "net-rx", frames })).toThrow(PoolExhausted);
    expect(machine.isAlive).toBe(false);
    expect(() => machine.run(machine.count)).toThrow(/broken/);
    machine.restore(before);
    before.release();
    expect([machine.isAlive, machine.stateHash()]).toEqual([true, hash]);
    machine.apply({ kind: "net-rx", frames });
    expect(driver.usedIndex(0, 0)).toBe(1);
  });

  it("two machines in one runtime do not see each other", () => {
    const runtime = newRuntime();
    const program = assemble(["loop", addi(5, 5, 1), jal(0, "loop")]);
    const one = machineWith(program, runtime);
    const two = machineWith(program, runtime, { ...CONFIG, ramBytes: 4 << 20 });
    one.run(100);
    two.run(10);
    expect([one.register(5), two.register(5), one.count, two.count]).toEqual([50n, 5n, 100, 10]);
    expect(() => two.readMemory(RAM + (4 << 20), 1)).toThrow(/outside RAM/);
    expect(() => one.restore(two.snapshot())).toThrow(/another configuration/);
  });

  it("a page written through one fork is not seen by the other", () => {
    const machine = machineWith(assemble([lw(5, 0, 0)]));
    machine.writeMemory(RAM + 0x5000, Uint8Array.of(1));
    const fork = machine.fork();
    fork.writeMemory(RAM + 0x5000, Uint8Array.of(2));
    machine.writeMemory(RAM + 0x6000, Uint8Array.of(3));
    expect([...machine.readMemory(RAM + 0x5000, 1), ...fork.readMemory(RAM + 0x5000, 1)]).toEqual([
      1, 2,
    ]);
    expect([...fork.readMemory(RAM + 0x6000, 1)]).toEqual([0]);
  });
});
