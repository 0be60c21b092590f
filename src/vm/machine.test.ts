import { describe, expect, it } from "vitest";
import type { Exit } from "./exit.ts";
import {
  addi,
  amo,
  assemble,
  csrrs,
  csrrw,
  EBREAK,
  ECALL,
  type Item,
  jal,
  jalr,
  la,
  ld,
  li,
  MRET,
  sb,
  sd,
  SRET,
  sw,
  WFI,
} from "../../test/support/vm/assembler.ts";
import { machineWith, RAM } from "../../test/support/vm/load-core.ts";

const MTVEC = 0x305;
const MCAUSE = 0x342;
const MEPC = 0x341;
const MTVAL = 0x343;
const MIE = 0x304;
const MIP = 0x344;
const MSTATUS = 0x300;
const UART = 0x10000000;

/** Runs items, then reads a register. */
function evaluate(items: readonly (Item | readonly Item[])[], register: number): bigint {
  const machine = machineWith(assemble([...items, "end", jal(0, "end")]));
  machine.run(200);
  return machine.register(register);
}

function u64(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

describe("traps", () => {
  const causes: readonly (readonly [
    string,
    readonly (Item | readonly Item[])[],
    bigint,
    bigint,
  ])[] = [
    ["illegal word", [0xffffffff], 2n, 0xffffffffn],
    ["illegal halfword", [0x0000], 2n, 0n],
    ["floating point", [0x00003007], 2n, 0x3007n],
    ["write of a read-only CSR", [csrrw(0, 0xf14, 5)], 2n, BigInt(csrrw(0, 0xf14, 5))],
    ["ecall from machine mode", [ECALL], 11n, 0n],
    ["load outside RAM", [ld(6, 0, 8)], 5n, 8n],
    ["store outside RAM", [sd(6, 0, 16)], 7n, 16n],
    ["misaligned AMO", [li(5, RAM + 1), amo(0, 8, 6, 5, 6)], 6n, BigInt(RAM + 1)],
    ["misaligned LR", [li(5, RAM + 4), amo(2, 8, 6, 5, 0)], 4n, BigInt(RAM + 4)],
    ["AMO on a device", [li(5, UART), amo(0, 4, 6, 5, 6)], 7n, BigInt(UART)],
    ["wide access to a device", [li(5, UART), ld(6, 5, 0)], 5n, BigInt(UART)],
    ["jump outside RAM", [jalr(1, 0, 0x40)], 1n, 0x40n],
  ];
  it.each(causes)("%s", (_name, items, cause, value) => {
    const machine = machineWith(
      assemble([la(4, "trap"), csrrw(0, MTVEC, 4), ...items, "trap", jal(0, "trap")]),
    );
    machine.run(40);
    expect([machine.csr(MCAUSE), machine.csr(MTVAL)]).toEqual([cause, value]);
  });

  it("delegates to supervisor mode and comes back to user mode", () => {
    const machine = machineWith(
      assemble([
        la(4, "machine"),
        csrrw(0, MTVEC, 4),
        la(4, "supervisor"),
        csrrw(0, 0x105, 4),
        li(4, 1 << 8),
        csrrw(0, 0x302, 4),
        la(4, "user"),
        csrrw(0, MEPC, 4),
        MRET,
        "user",
        addi(10, 0, 1),
        ECALL,
        addi(10, 10, 1),
        EBREAK,
        "supervisor",
        csrrs(5, 0x142, 0),
        csrrs(6, 0x141, 0),
        addi(6, 6, 4),
        csrrw(0, 0x141, 6),
        SRET,
        "machine",
        csrrs(7, MCAUSE, 0),
        "end",
        jal(0, "end"),
      ]),
    );
    machine.run(100);
    expect(machine.register(5)).toBe(8n);
    expect(machine.register(10)).toBe(2n);
    expect(machine.register(7)).toBe(3n);
    expect(machine.privilege).toBe(3);
  });

  it("guards CSRs, counters and wfi by privilege", () => {
    const user = (...items: Item[]): bigint | undefined => {
      const machine = machineWith(
        assemble([
          la(4, "trap"),
          csrrw(0, MTVEC, 4),
          la(4, "user"),
          csrrw(0, MEPC, 4),
          MRET,
          "user",
          ...items,
          "trap",
          jal(0, "trap"),
        ]),
      );
      machine.run(30);
      return machine.csr(MCAUSE);
    };
    expect(user(csrrs(5, MSTATUS, 0))).toBe(2n);
    expect(user(csrrs(5, 0x100, 0))).toBe(2n);
    expect(user(csrrs(5, 0xc00, 0))).toBe(2n);
    expect(user(WFI)).toBe(2n);
    expect(user(SRET)).toBe(2n);
    expect(user(addi(1, 1, 1), ECALL)).toBe(8n);
  });

  it("keeps WARL fields legal", () => {
    const written = (csr: number, value: bigint): bigint =>
      evaluate([li(5, value), csrrw(0, csr, 5), csrrs(6, csr, 0)], 6);
    expect(written(0x180, (8n << 60n) | 0x80001n)).toBe((8n << 60n) | 0x80001n);
    expect(written(0x180, u64(-1) - (7n << 60n))).toBe((8n << 60n) | ((1n << 44n) - 1n));
    for (const mode of [9n, 10n, 1n, 15n]) expect(written(0x180, mode << 60n)).toBe(0n);
    expect(written(0x180, 0x80001n)).toBe(0n);
    expect(written(0x302, u64(-1))).toBe(0xb3ffn);
    expect(written(0x303, u64(-1))).toBe(0x222n);
    expect(written(MIE, u64(-1))).toBe(0xaaan);
    expect(written(MTVEC, 0x80000003n)).toBe(0x80000001n);
    expect(written(MEPC, 0x80000003n)).toBe(0x80000002n);
    expect(written(MSTATUS, u64(-1)) & 0x1800n).toBe(0x1800n);
    expect(written(MSTATUS, 0x1000n) & 0x1800n).toBe(0n);
    expect(written(0x301, 0n)).toBe(0x800000000014112dn);
    // Off: the grain of 4 KiB reads as zeros.
    expect(written(0x3b0, u64(-1))).toBe((1n << 54n) - 1024n);
  });

  it("knows which CSRs there are", () => {
    const machine = machineWith(assemble([ECALL]));
    for (const zero of [0xf11, 0xf14, 0xb03, 0xb1f, 0x320, 0x323, 0x33f, 0x7a0, 0xc03])
      expect(machine.csr(zero)).toBe(0n);
    for (const absent of [0x000, 0x004, 0x321, 0x3a1, 0x3c0, 0x7a8, 0xb01, 0xc01, 0xc20, 0xfff])
      expect(machine.csr(absent)).toBeUndefined();
  });

  it("halts when machine mode has no trap handler to fetch", () => {
    const machine = machineWith(assemble([ECALL]));
    const exit = machine.run(100);
    expect(exit).toEqual({
      kind: "halt",
      reason: { kind: "fault", detail: expect.stringContaining("cause 11 at pc 0x80000000") },
    });
    expect(machine.count).toBe(2);
    expect(machine.run(100)).toEqual(exit);
  });
});

describe("counting", () => {
  it("counts steps, and instret without those that trapped", () => {
    const items = [
      la(4, "trap"),
      csrrw(0, MTVEC, 4),
      ECALL,
      "trap",
      csrrs(5, 0xb00, 0),
      csrrs(6, 0xb02, 0),
    ];
    expect(evaluate(items, 5)).toBe(4n);
    expect(evaluate(items, 6)).toBe(4n);
  });

  it("what is written to mcycle and minstret is what the next instruction reads", () => {
    for (const csr of [0xb00, 0xb02])
      expect(evaluate([li(5, 1000), csrrw(0, csr, 5), csrrs(6, csr, 0)], 6)).toBe(1000n);
  });

  it("returns at exactly the limit, and at once when it is there", () => {
    const machine = machineWith(assemble(["loop", addi(5, 5, 1), jal(0, "loop")]));
    for (const limit of [1, 2, 3, 10, 1000, 5_000_001]) {
      expect(machine.run(limit)).toEqual({ kind: "limit" });
      expect(machine.count).toBe(limit);
      expect(machine.run(limit)).toEqual({ kind: "limit" });
    }
    expect(machine.register(5)).toBe(2_500_001n);
    expect(() => machine.run(1)).toThrow(/behind/);
  });
});

describe("halt and output", () => {
  it("prints a byte a step, then powers off for good", () => {
    const machine = machineWith(
      assemble([
        li(5, UART),
        li(6, 72),
        sb(6, 5, 0),
        li(6, 105),
        sb(6, 5, 0),
        li(5, 0x100000),
        li(6, 0x5555),
        sw(6, 5, 0),
      ]),
    );
    const text: number[] = [];
    let exit: Exit = machine.run(1000);
    while (exit.kind === "output") {
      for (const output of exit.outputs) if (output.class === "console") text.push(...output.bytes);
      exit = machine.run(1000);
    }
    expect(text).toEqual([72, 105]);
    expect(exit).toEqual({ kind: "halt", reason: { kind: "power-off" } });
    const count = machine.count;
    expect(machine.isHalted).toBe(true);
    expect(machine.run(2000)).toEqual(exit);
    machine.apply({ kind: "timer" });
    expect([machine.count, machine.csr(MIP)]).toEqual([count, 0n]);
  });
});
