// The firmware in the emulator, asked by small kernels in supervisor mode: what each call answers,
// what leaves through the port, and that a call is one step.

import { describe, expect, it } from "vitest";
import {
  addi,
  assemble,
  csrrs,
  csrrw,
  ECALL,
  type Item,
  jal,
  la,
  li,
  SRET,
  WFI,
} from "../../test/support/vm/assembler.ts";
import { KERNEL_AT, kernelMachine } from "../../test/support/vm/kernel.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";
import type { Exit } from "./exit.ts";
import type { Machine } from "./machine.ts";

const BASE = 0x10;
const TIME = 0x54494d45;
const IPI = 0x735049;
const RFENCE = 0x52464e43;
const HSM = 0x48534d;
const RESET = 0x53525354;
const CONSOLE = 0x4442434e;
const EVERY_HART = -1;

const SSTATUS = 0x100;
const SIE = 0x104;
const STVEC = 0x105;
const SEPC = 0x141;
const SCAUSE = 0x142;
const SIP = 0x144;
const STIMER = 1 << 5;

type Arguments = readonly (number | bigint)[];

function call(extension: number, id: number, args: Arguments): readonly Item[] {
  return [
    ...args.flatMap((value, index) => li(10 + index, value)),
    ...li(16, id),
    ...li(17, extension),
    ECALL,
  ];
}

/** Runs one call; the exit, a0 and a1. */
function ask(
  extension: number,
  id: number,
  ...args: Arguments
): { readonly exit: Exit; readonly error: bigint; readonly value: bigint; machine: Machine } {
  const machine = kernelMachine([...call(extension, id, args), "end", jal(0, "end")]);
  const exit = machine.run(1_000);
  const [error, value] = [machine.register(10), machine.register(11)];
  return { exit, error: BigInt.asIntN(64, error), value, machine };
}

describe("what a kernel finds", () => {
  it("supervisor mode, hart 0, a device tree, and counters that a program may read", () => {
    const machine = kernelMachine(["end", jal(0, "end")]);
    expect(machine.privilege).toBe(1);
    expect(machine.pc).toBe(BigInt(KERNEL_AT + 64));
    expect(machine.register(10)).toBe(0n);
    const tree = Number(machine.register(11));
    expect([...machine.readMemory(tree, 4)]).toEqual([0xd0, 0x0d, 0xfe, 0xed]);
    expect([machine.csr(0x106), machine.csr(0x306)]).toEqual([7n, 7n]);
    expect([machine.csr(0x302), machine.csr(0x303)]).toEqual([0xb1ffn, 0x222n]);
  });
});

describe("the calls", () => {
  it("say the version and which extensions there are", () => {
    expect(ask(BASE, 0)).toMatchObject({ error: 0n, value: 0x02000000n });
    for (const extension of [BASE, TIME, IPI, RFENCE, HSM, RESET, CONSOLE])
      expect(ask(BASE, 3, extension)).toMatchObject({ error: 0n, value: 1n });
    expect(ask(BASE, 3, 0x504d55)).toMatchObject({ error: 0n, value: 0n });
    expect(ask(BASE, 7)).toMatchObject({ error: -2n });
    expect(ask(0, 0)).toMatchObject({ error: -2n });
    expect(ask(0x1_0000_0010n as unknown as number, 0)).toMatchObject({ error: -2n });
  });

  it("take one step each, and leave every other register alone", () => {
    const machine = kernelMachine([...call(BASE, 0, [7, 8]), "end", jal(0, "end")]);
    machine.run(1 + call(BASE, 0, [7, 8]).length - 1);
    const before = machine.count;
    machine.run(before + 1);
    expect(machine.pc).toBe(BigInt(KERNEL_AT + 64 + 4 * call(BASE, 0, [7, 8]).length));
    expect([machine.register(16), machine.register(17)]).toEqual([0n, 16n]);
    expect(machine.csr(0xb02)).toBe(BigInt(machine.count));
  });

  it("print what lies in memory, a part of it where it is much, nothing that lies outside", () => {
    const program = (bytes: number): readonly (Item | readonly Item[])[] => [
      la(11, "text"),
      li(12, 0),
      li(10, bytes),
      li(16, 0),
      li(17, CONSOLE),
      ECALL,
      "end",
      jal(0, "end"),
      "text",
      0x0a696948,
    ];
    const few = kernelMachine(program(4));
    expect(few.run(1_000)).toEqual({
      kind: "output",
      outputs: [{ class: "console", bytes: new TextEncoder().encode("Hii\n") }],
    });
    expect(few.register(11)).toBe(4n);
    const many = kernelMachine(program(8_192));
    expect(many.run(1_000).kind).toBe("output");
    expect(many.register(11)).toBe(4_096n);
    expect(ask(CONSOLE, 0, 4, 0x1000, 0)).toMatchObject({ error: -3n, exit: { kind: "limit" } });
    expect(ask(CONSOLE, 0, 4, RAM, 1)).toMatchObject({ error: -3n });
    expect(ask(CONSOLE, 0, -1, RAM, 0)).toMatchObject({ error: -3n });
    expect(ask(CONSOLE, 1, 4, RAM, 0)).toMatchObject({ error: 0n, value: 0n });
    const byte = { class: "console", bytes: Uint8Array.of(65) };
    expect(ask(CONSOLE, 2, 0x141).exit).toEqual({ kind: "output", outputs: [byte] });
  });

  it("reach the only hart, by mask or by name, and no other", () => {
    for (const [mask, base] of [
      [1, 0],
      [0, EVERY_HART],
    ] as const) {
      const sent = ask(IPI, 0, mask, base);
      expect([sent.error, sent.machine.csr(SIP)]).toEqual([0n, 2n]);
      expect(ask(RFENCE, 1, mask, base, 0).error).toBe(0n);
    }
    for (const [mask, base] of [
      [2, 0],
      [1, 1],
    ] as const) {
      expect(ask(IPI, 0, mask, base).error).toBe(-3n);
      expect(ask(RFENCE, 0, mask, base).error).toBe(-3n);
    }
    expect(ask(RFENCE, 3, 1, 0).error).toBe(-2n);
    expect(ask(HSM, 2, 0)).toMatchObject({ error: 0n, value: 0n });
    expect(ask(HSM, 2, 1).error).toBe(-3n);
    expect(ask(HSM, 0, 0).error).toBe(-6n);
    expect(ask(HSM, 3, 0).error).toBe(-2n);
  });

  it("power off", () => {
    const off = { kind: "halt", reason: { kind: "power-off" } };
    expect(ask(RESET, 0, 0, 0).exit).toEqual(off);
    expect(ask(RESET, 0, 1, 0).exit).toEqual(off);
    expect(ask(HSM, 1).exit).toEqual(off);
    expect(ask(RESET, 0, 3, 0)).toMatchObject({ error: -3n, exit: { kind: "limit" } });
  });
});

describe("the timer", () => {
  /** Sets a deadline, enables the timer interrupt, waits; the handler counts in x9. */
  const waiter: readonly (Item | readonly Item[])[] = [
    la(5, "handler"),
    csrrw(0, STVEC, 5),
    li(5, STIMER),
    csrrw(0, SIE, 5),
    li(5, 2),
    csrrs(0, SSTATUS, 5),
    ...call(TIME, 0, [12_345]),
    "wait",
    WFI,
    jal(0, "wait"),
    "handler",
    addi(9, 9, 1),
    csrrs(8, SCAUSE, 0),
    csrrs(7, SIP, 0),
    ...call(TIME, 0, [-1]),
    csrrs(6, SIP, 0),
    csrrs(5, SEPC, 0),
    SRET,
  ];

  it("tells the deadline, interrupts by an entry alone, and is quiet after the next call", () => {
    const machine = kernelMachine(waiter);
    expect(machine.run(1_000)).toEqual({ kind: "deadline" });
    expect(machine.timerDeadline()).toBe(12_345);
    expect(machine.run(1_000)).toEqual({ kind: "wait" });
    machine.apply({ kind: "timer" });
    expect(machine.timerDeadline()).toBeUndefined();
    expect(machine.run(1_000)).toEqual({ kind: "deadline" });
    expect(machine.timerDeadline()).toBeUndefined();
    expect(machine.run(1_000)).toEqual({ kind: "wait" });
    expect(machine.register(9)).toBe(1n);
    expect(machine.register(8)).toBe((1n << 63n) | 5n);
    expect([machine.register(7), machine.register(6)]).toEqual([BigInt(STIMER), 0n]);
  });

  it("is in snapshots and in the hash", () => {
    const machine = kernelMachine(waiter);
    machine.run(1_000);
    const snapshot = machine.snapshot();
    const other = kernelMachine(waiter);
    other.run(1_000);
    expect(other.stateHash()).toBe(machine.stateHash());
    machine.apply({ kind: "timer" });
    expect(machine.stateHash()).not.toBe(other.stateHash());
    machine.restore(snapshot);
    expect(machine.timerDeadline()).toBe(12_345);
    expect(machine.stateHash()).toBe(other.stateHash());
  });
});

describe("without firmware", () => {
  it("a call from supervisor mode is an exception, and the two machines never have one hash", () => {
    const program = assemble([
      la(5, "kernel"),
      csrrw(0, 0x341, 5),
      li(5, 0x800),
      csrrw(0, 0x300, 5),
      la(5, "handler"),
      csrrw(0, 0x305, 5),
      0x30200073,
      "kernel",
      ...call(BASE, 0, []),
      "handler",
      csrrs(9, 0x342, 0),
      "end",
      jal(0, "end"),
    ]);
    const machine = machineWith(program);
    machine.run(100);
    expect(machine.register(9)).toBe(9n);
    const runtime = newRuntime();
    const plain = runtime.createMachine(CONFIG);
    const firm = runtime.createMachine({ ...CONFIG, firmware: "sbi" });
    expect(firm.stateHash()).not.toBe(plain.stateHash());
    expect(firm.importState(plain.exportState()).ok).toBe(false);
  });
});
