// Goal: a machine that is watched is the machine that is not. Method: the same program run and sought,
// with stops that are hit all the time; virtual addresses under a page table made by hand.

import { describe, expect, it } from "vitest";
import { addi, assemble, csrrw, jal, ld, li, MRET, sd } from "../../test/support/vm/assembler.ts";
import { machineWith, RAM } from "../../test/support/vm/load-core.ts";
import type { Machine } from "./machine.ts";

const DATA = RAM + 0x1000;
const COUNTING = assemble([
  li(8, DATA),
  "loop",
  ld(10, 8, 0),
  addi(10, 10, 1),
  sd(10, 8, 0),
  jal(0, "loop"),
]);

function word(machine: Machine, address: number, value: bigint): void {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, value, true);
  machine.writeMemory(address, new Uint8Array(bytes.buffer));
}

describe("seek", () => {
  it("comes to the same states as run", () => {
    const [run, sought] = [machineWith(COUNTING), machineWith(COUNTING)];
    const watch = { address: BigInt(DATA), length: 8, kind: "access" } as const;
    const stops = { breakpoints: [BigInt(RAM + 16)], watches: [watch] };
    const hits = { breakpoint: 0, watch: 0 };
    for (let end = 100; end <= 2_000; end += 100) {
      while (sought.count < end) {
        const { exit, hit } = sought.seek(end, stops);
        expect(exit).toEqual({ kind: "limit" });
        if (hit !== undefined) hits[hit.kind] += 1;
      }
      run.run(end);
      expect(sought.stateHash()).toBe(run.stateHash());
    }
    expect(hits.watch).toBeGreaterThan(900);
    expect(hits.breakpoint).toBeGreaterThan(400);
  });

  it("sees what somebody else changes", () => {
    const machine = machineWith(COUNTING);
    const watches = [
      { address: BigInt(DATA), length: 4, kind: "write" },
      { address: BigInt(DATA + 4), length: 4, kind: "write" },
      { address: BigInt(DATA + 4), length: 4, kind: "read" },
    ] as const;
    expect(machine.changes(watches, () => word(machine, DATA, 1n << 32n))).toBe(watches[1]);
    expect(machine.changes(watches, () => word(machine, DATA, 1n << 32n))).toBeUndefined();
    expect(machine.changes(watches.slice(2), () => word(machine, DATA, 0n))).toBeUndefined();
  });
});

describe("physicalOf", () => {
  const ROOT = RAM + 0x10000;
  const TABLES = [ROOT, ROOT + 0x1000, ROOT + 0x2000] as const;
  const LEAF = 0xcfn;
  const pointer = (table: number): bigint => (BigInt(table / 4096) << 10n) | 1n;

  it("goes through the page tables as the current privilege does, and leaves them alone", () => {
    // Into supervisor mode at the same address: the first GiB of RAM stays where it is.
    const machine = machineWith(
      assemble([
        li(5, (8n << 60n) | BigInt(ROOT / 4096)),
        csrrw(0, 0x180, 5),
        li(5, 0x800),
        csrrw(0, 0x300, 5),
        li(5, (1n << 54n) - 1n),
        csrrw(0, 0x3b0, 5),
        li(5, 0x1f),
        csrrw(0, 0x3a0, 5),
        li(5, RAM + 0x100),
        csrrw(0, 0x341, 5),
        MRET,
      ]),
    );
    machine.writeMemory(RAM + 0x100, assemble(["here", jal(0, "here")]));
    word(machine, ROOT + 8 * 2, (BigInt(RAM / 4096) << 10n) | LEAF);
    word(machine, ROOT, pointer(TABLES[1]));
    word(machine, TABLES[1], pointer(TABLES[2]));
    word(machine, TABLES[1] + 8, (BigInt((RAM + 0x200000) / 4096) << 10n) | LEAF);
    // Neither read nor accessed yet: a debugger looks all the same.
    word(machine, TABLES[2] + 8 * 3, (BigInt(DATA / 4096) << 10n) | 0x09n);
    expect(machine.physicalOf(0x3008n)).toBeUndefined();
    expect(machine.physicalOf(BigInt(DATA))).toBe(DATA);
    machine.run(100);
    expect([machine.privilege, machine.pc]).toEqual([1, BigInt(RAM + 0x100)]);
    const before = machine.stateHash();
    expect(machine.physicalOf(0x3008n)).toBe(DATA + 8);
    expect(machine.physicalOf(0x2345678n - 0x2000000n)).toBe(RAM + 0x345678);
    expect(machine.physicalOf(BigInt(DATA))).toBe(DATA);
    for (const nowhere of [0x4000n, 1n << 38n, 0xffff_ffff_0000_0000n, 0x4000_0000n])
      expect(machine.physicalOf(nowhere)).toBeUndefined();
    expect(machine.stateHash()).toBe(before);
  });
});

const MANY = 0xffff_ffff_ffff_fffen;

describe("setRegister", () => {
  it("sets one register, and x0 never", () => {
    const machine = machineWith(COUNTING);
    for (const name of ["x0", "x7", "f31"]) machine.setRegister(name, MANY);
    machine.setRegister("pc", BigInt(RAM + 8));
    const all = [machine.register(0), machine.register(7), machine.floatRegister(31), machine.pc];
    expect(all).toEqual([0n, MANY, MANY, BigInt(RAM + 8)]);
    expect(() => machine.setRegister("x32", 0n)).toThrow("no register");
    expect(machine.nextPc).toBe(machine.pc);
  });
});
