// F and D as state: mstatus.FS, fcsr, what is illegal, loads and stores, NaN boxing in moves, and that
// snapshots and hashes hold the registers.

import { describe, expect, it } from "vitest";
import {
  addi,
  assemble,
  csrrs,
  csrrw,
  type Item,
  jal,
  la,
  ld,
  li,
  sd,
} from "../../test/support/vm/assembler.ts";
import {
  faddD,
  fdivD,
  fld,
  float,
  fltD,
  flw,
  fmvDX,
  fmvXD,
  fsd,
  fsw,
} from "../../test/support/vm/float-assembler.ts";
import { machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";
import type { Machine } from "./machine.ts";

const FFLAGS = 1;
const FRM = 2;
const FCSR = 3;
const SSTATUS = 0x100;
const MSTATUS = 0x300;
const MTVEC = 0x305;
const MCAUSE = 0x342;
const MTVAL = 0x343;
const FS_INITIAL = 1 << 13;
const FS = 3n << 13n;
const SD = 1n << 63n;
const ONE = 0x3ff0000000000000n;
const RUNTIME = newRuntime();

const enable = (fs: number): readonly Item[] => [...li(6, fs), csrrs(0, MSTATUS, 6)];

/** Runs until the loop at the end; the first trap ends there too. */
function execute(items: readonly (Item | readonly Item[])[]): Machine {
  const program = assemble([la(28, "end"), csrrw(0, MTVEC, 28), ...items, "end", jal(0, "end")]);
  const machine = machineWith(program, RUNTIME);
  machine.run(200);
  return machine;
}

describe("mstatus.FS", () => {
  const touching: readonly number[] = [
    faddD(1, 2, 3),
    fld(1, 0, 0),
    fsd(1, 0, 0),
    float(0, 0, 7, 1, 2, 3),
    fmvXD(5, 1),
    csrrs(5, FFLAGS, 0),
    csrrs(5, FRM, 0),
    csrrw(0, FCSR, 0),
    0x02003043, // fmadd.d ft0,ft0,ft0,ft0
    0x2100, // c.fld fs0,0(a0)
    0xa002, // c.fsdsp ft0,0(sp)
  ];
  it.each(touching)("Off makes %i illegal", (word) => {
    const machine = execute([word]);
    expect(machine.csr(MCAUSE)).toBe(2n);
    expect(machine.csr(MTVAL)).toBe(BigInt(word));
  });

  it("becomes Dirty by a register, by a flag and by a CSR, not by looking", () => {
    const fsAfter = (...items: readonly number[]): bigint => {
      const machine = execute([...enable(FS_INITIAL), ...items]);
      expect(machine.csr(MCAUSE)).toBe(0n);
      const status = machine.csr(MSTATUS) ?? 0n;
      expect(status & SD).toBe((status & FS) === FS ? SD : 0n);
      expect((machine.csr(SSTATUS) ?? 0n) & (SD | FS)).toBe(status & (SD | FS));
      return (status & FS) >> 13n;
    };
    expect(fsAfter(fmvXD(5, 1), csrrs(5, FCSR, 0), fltD(5, 1, 2))).toBe(1n);
    expect(fsAfter(li(5, RAM + 0x1000)[0] ?? 0, fsd(1, 28, 64))).toBe(1n);
    expect(fsAfter(fmvDX(1, 0))).toBe(3n);
    expect(fsAfter(flw(1, 28, 0))).toBe(3n);
    expect(fsAfter(csrrw(0, FFLAGS, 0))).toBe(3n);
    expect(fsAfter(float(28, 0, 1, 5, 1, 0), float(20, 0, 2, 5, 1, 1))).toBe(1n);
    // A single of zeros is not boxed: a NaN, and the signalling comparison raises invalid.
    expect(fsAfter(float(20, 0, 1, 5, 1, 1))).toBe(3n);
  });

  it("is written through sstatus; SD is not", () => {
    const machine = execute([...li(6, (1n << 63n) | (2n << 13n)), csrrs(0, SSTATUS, 6)]);
    expect((machine.csr(MSTATUS) ?? 0n) & (SD | FS)).toBe(2n << 13n);
  });
});

describe("fcsr", () => {
  it("is fflags and frm", () => {
    const machine = execute([
      ...enable(FS_INITIAL),
      ...li(6, 0x1ff),
      csrrw(0, FCSR, 6),
      csrrw(7, FFLAGS, 0),
      csrrw(8, FRM, 5),
      csrrs(9, FCSR, 0),
    ]);
    expect([7, 8, 9].map((n) => machine.register(n))).toEqual([31n, 7n, 0n]);
  });

  it("collects flags and never clears them", () => {
    const machine = execute([
      ...enable(FS_INITIAL),
      ...li(6, ONE),
      fmvDX(1, 6),
      fmvDX(2, 0),
      fdivD(3, 1, 2),
      fdivD(4, 2, 2),
      addi(7, 0, 3),
      float(26, 1, 7, 5, 7, 0),
      fdivD(6, 1, 5),
      faddD(7, 1, 1),
    ]);
    expect(machine.csr(FFLAGS)).toBe(8n | 16n | 1n);
    expect(machine.floatRegister(3)).toBe(0x7ff0000000000000n);
    expect(machine.floatRegister(4)).toBe(0x7ff8000000000000n);
    expect(machine.floatRegister(6)).toBe(0x3fd5555555555555n);
    expect(machine.floatRegister(7)).toBe(0x4000000000000000n);
  });
});

describe("what is illegal with FS on", () => {
  const rows: readonly (readonly [string, number])[] = [
    ["rounding mode 5", float(0, 1, 5, 1, 2, 3)],
    ["rounding mode 6 of a conversion that never rounds", float(26, 1, 6, 1, 2, 0)],
    ["format 2", r2(0, 2)],
    ["format 3 of fmadd", 0x06007043],
    ["fsqrt with a second operand", float(11, 1, 0, 1, 2, 3)],
    ["fsgnj 3", float(4, 1, 3, 1, 2, 3)],
    ["fmin 2", float(5, 1, 2, 1, 2, 3)],
    ["a comparison 3", float(20, 1, 3, 1, 2, 3)],
    ["fclass 2", float(28, 1, 2, 1, 2, 0)],
    ["fmv with a second operand", float(30, 1, 0, 1, 2, 1)],
    ["a conversion to itself", float(8, 1, 0, 1, 2, 1)],
    ["a conversion to a fifth integer", float(24, 1, 0, 1, 2, 4)],
    ["an unknown operation", float(6, 1, 0, 1, 2, 0)],
    ["a load of a half", 0x00001007],
    ["a store of a quad", 0x00004027],
  ];
  function r2(f5: number, format: 2 | 3): number {
    return ((f5 << 27) | (format << 25) | 0x53) >>> 0;
  }
  it.each(rows)("%s", (_name, word) => {
    const machine = execute([...enable(FS_INITIAL), word]);
    expect(machine.csr(MCAUSE)).toBe(2n);
    expect(machine.csr(MTVAL)).toBe(BigInt(word));
    expect(machine.csr(MSTATUS)! & FS).toBe(1n << 13n);
  });

  it.each([5, 6, 7])("the dynamic mode while frm is %i", (frm) => {
    const before = [...enable(FS_INITIAL), addi(6, 0, frm), csrrw(0, FRM, 6)];
    expect(execute([...before, float(0, 1, 0, 1, 2, 3)]).csr(MCAUSE)).toBe(0n);
    expect(execute([...before, float(4, 1, 0, 1, 2, 3)]).csr(MCAUSE)).toBe(0n);
    expect(execute([...before, faddD(1, 2, 3)]).csr(MCAUSE)).toBe(2n);
    expect(execute([...before, 0x02007043]).csr(MCAUSE)).toBe(2n);
  });
});

describe("loads, stores and moves", () => {
  const pattern = 0x8899aabbccddeeffn;
  const start = [...enable(FS_INITIAL), ...li(5, RAM + 0x2ffc), ...li(6, pattern)];

  it("box singles and keep all bits, across a page too", () => {
    const machine = execute([
      ...start,
      sd(6, 5, 0),
      fld(1, 5, 0),
      flw(2, 5, 1),
      fsd(1, 5, 16),
      fsw(1, 5, 26),
      ld(7, 5, 16),
      ld(8, 5, 24),
      float(28, 0, 0, 9, 1, 0),
      float(30, 0, 0, 3, 6, 0),
    ]);
    expect(machine.floatRegister(1)).toBe(pattern);
    expect(machine.floatRegister(2)).toBe(0xffffffffbbccddeen);
    expect(machine.register(7)).toBe(pattern);
    expect(machine.register(8)).toBe(0x0000ccddeeff0000n);
    expect(machine.register(9)).toBe(0xffffffffccddeeffn);
    expect(machine.floatRegister(3)).toBe(0xffffffffccddeeffn);
  });

  it("exist compressed", () => {
    const machine = execute([
      ...start,
      addi(10, 5, 4),
      addi(2, 5, 4),
      sd(6, 10, 16),
      0x2900, // c.fld fs0,16(a0)
      0x3442, // c.fldsp fs0,48(sp): nothing was stored there
      0x2904, // c.fld fs1,16(a0)
      0xad04, // c.fsd fs1,24(a0)
      0xb026, // c.fsdsp fs1,32(sp)
      ld(7, 10, 24),
      ld(8, 10, 32),
    ]);
    expect(machine.floatRegister(8)).toBe(0n);
    expect(machine.floatRegister(9)).toBe(pattern);
    expect(machine.register(7)).toBe(pattern);
    expect(machine.register(8)).toBe(pattern);
  });

  it("fault like the integer ones", () => {
    const machine = execute([...enable(FS_INITIAL), flw(1, 0, 4)]);
    expect(machine.csr(MCAUSE)).toBe(5n);
    expect(machine.csr(MTVAL)).toBe(4n);
    expect(machine.csr(MSTATUS)! & FS).toBe(1n << 13n);
    expect(execute([...enable(FS_INITIAL), fsd(1, 0, 8)]).csr(MCAUSE)).toBe(7n);
  });
});

it("the registers are state: in the hash, in snapshots, in exported state", () => {
  const one = execute([...enable(FS_INITIAL), ...li(6, ONE), fmvDX(31, 6), fdivD(30, 31, 31)]);
  const other = one.fork();
  expect(other.stateHash()).toBe(one.stateHash());
  expect(other.floatRegister(31)).toBe(ONE);
  other.importState(one.exportState());
  expect(other.stateHash()).toBe(one.stateHash());
  const program = assemble([fmvDX(30, 0), csrrw(0, FRM, 6), jal(0, "x"), "x"]);
  for (const machine of [one, other]) machine.writeMemory(Number(one.pc), program);
  other.run(other.count + 1);
  one.run(one.count + 1);
  const hashes = [one.stateHash()];
  expect(other.stateHash()).toBe(one.stateHash());
  one.run(one.count + 1);
  hashes.push(one.stateHash());
  expect(new Set(hashes).size).toBe(2);
});
