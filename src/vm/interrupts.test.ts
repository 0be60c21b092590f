import { describe, expect, it } from "vitest";
import {
  addi,
  assemble,
  csrrs,
  csrrsi,
  csrrw,
  jal,
  la,
  ld,
  li,
  load,
  lw,
  MRET,
  sb,
  sd,
  sw,
  WFI,
} from "../../test/support/vm/assembler.ts";
import { machineWith } from "../../test/support/vm/load-core.ts";

const MTVEC = 0x305;
const MCAUSE = 0x342;
const MIE = 0x304;
const MIP = 0x344;
const MSTATUS = 0x300;
const UART = 0x10000000;

/** Sets mtvec and mie, enables interrupts, then loops; the handler counts in x10, by cause in x11. */
function interruptProgram(mie: number): Uint8Array {
  return assemble([
    la(4, "handler"),
    csrrw(0, MTVEC, 4),
    li(4, mie),
    csrrw(0, MIE, 4),
    csrrsi(0, MSTATUS, 8),
    "loop",
    addi(5, 5, 1),
    jal(0, "loop"),
    "handler",
    addi(10, 10, 1),
    csrrs(11, MCAUSE, 0),
    li(12, 0x2004000),
    li(13, -1),
    sd(13, 12, 0),
    MRET,
  ]);
}

describe("interrupts", () => {
  it("are taken before the step at which they were applied, at zero steps", () => {
    const image = interruptProgram(0x80);
    for (const at of [20, 21, 22, 997]) {
      const machine = machineWith(image);
      expect(machine.run(at)).toEqual({ kind: "limit" });
      const before = machine.register(5);
      machine.apply({ kind: "timer" });
      expect(machine.count).toBe(at);
      machine.run(at + 1);
      expect([machine.register(10), machine.register(5)]).toEqual([1n, before]);
      machine.run(at + 2);
      expect(machine.register(11)).toBe((1n << 63n) | 7n);
      expect(machine.run(at + 100).kind).toBe("deadline");
      expect(machine.timerDeadline()).toBeUndefined();
      machine.run(at + 100);
      expect(machine.register(10)).toBe(1n);
    }
  });

  it("stay pending while masked", () => {
    const machine = machineWith(interruptProgram(0x8));
    machine.run(50);
    machine.apply({ kind: "timer" });
    machine.run(100);
    expect(machine.register(10)).toBe(0n);
    expect(machine.csr(MIP)).toBe(0x80n);
  });

  it("tell the deadline and forget it when the timer was delivered", () => {
    const machine = machineWith(
      assemble([li(5, 0x2004000), li(6, 123456), sd(6, 5, 0), "end", jal(0, "end")]),
    );
    expect(machine.timerDeadline()).toBeUndefined();
    expect(machine.run(100)).toEqual({ kind: "deadline" });
    expect(machine.timerDeadline()).toBe(123456);
    machine.apply({ kind: "timer" });
    expect(machine.timerDeadline()).toBeUndefined();
  });

  it("reach the uart's reader through the PLIC", () => {
    const machine = machineWith(
      assemble([
        la(4, "handler"),
        csrrw(0, MTVEC, 4),
        li(5, 0xc000028),
        li(6, 1),
        sw(6, 5, 0),
        li(5, 0xc002000),
        li(6, 1 << 10),
        sw(6, 5, 0),
        li(5, UART),
        li(6, 1),
        sb(6, 5, 1),
        li(4, 0x800),
        csrrw(0, MIE, 4),
        csrrsi(0, MSTATUS, 8),
        "loop",
        WFI,
        jal(0, "loop"),
        "handler",
        li(7, 0xc200004),
        lw(8, 7, 0),
        load(4, 9, 5, 0),
        sw(8, 7, 0),
        addi(10, 10, 1),
        MRET,
      ]),
    );
    expect(machine.run(1000)).toEqual({ kind: "wait" });
    const waiting = machine.count;
    expect(machine.run(1000)).toEqual({ kind: "wait" });
    machine.apply({ kind: "uart-rx", byte: 65 });
    expect(machine.isWaiting).toBe(false);
    expect(machine.run(1000)).toEqual({ kind: "wait" });
    expect(machine.count).toBeGreaterThan(waiting);
    expect([machine.register(8), machine.register(9), machine.register(10)]).toEqual([
      10n,
      65n,
      1n,
    ]);
  });
});

describe("wfi", () => {
  it("waits without counting, and wakes for an enabled interrupt whatever the global enable", () => {
    const machine = machineWith(
      assemble([li(4, 0x80), csrrw(0, MIE, 4), WFI, addi(10, 0, 1), "end", jal(0, "end")]),
    );
    expect(machine.run(3)).toEqual({ kind: "wait" });
    expect([machine.count, machine.isWaiting]).toEqual([3, true]);
    expect(machine.run(3)).toEqual({ kind: "limit" });
    expect(machine.run(50)).toEqual({ kind: "wait" });
    machine.apply({ kind: "uart-rx", byte: 1 });
    expect(machine.isWaiting).toBe(true);
    machine.apply({ kind: "timer" });
    expect([machine.count, machine.isWaiting]).toEqual([3, false]);
    machine.run(4);
    expect(machine.register(10)).toBe(1n);
  });

  it("goes on at once when something is pending", () => {
    const machine = machineWith(
      assemble([li(4, 0x80), csrrw(0, MIE, 4), WFI, "end", jal(0, "end")]),
    );
    machine.apply({ kind: "timer" });
    expect(machine.run(50)).toEqual({ kind: "limit" });
  });
});

describe("requests", () => {
  const program = assemble([
    addi(5, 0, 1),
    csrrs(6, 0xc01, 0),
    li(7, 0x200bff8),
    ld(8, 7, 0),
    lw(9, 7, 4),
    "end",
    jal(0, "end"),
  ]);

  it("leave the step undone until it is answered", () => {
    const machine = machineWith(program);
    expect(machine.run(100)).toEqual({ kind: "request", what: "time" });
    expect(machine.count).toBe(1);
    const hash = machine.stateHash();
    expect(machine.run(100)).toEqual({ kind: "request", what: "time" });
    expect(machine.stateHash()).toBe(hash);
    machine.answerTime(12345);
    expect(machine.run(100)).toEqual({ kind: "request", what: "time" });
    expect(machine.register(6)).toBe(12345n);
    machine.answerTime(0x1_0000_0002n);
    machine.run(100);
    machine.answerTime(0x3_0000_0004n);
    expect(machine.run(100)).toEqual({ kind: "limit" });
    expect([machine.register(8), machine.register(9)]).toEqual([0x1_0000_0002n, 3n]);
  });

  it("refuse an answer that nobody asked for, and entries after an answer", () => {
    const machine = machineWith(program);
    expect(() => machine.answerTime(1)).toThrow(/asked/);
    machine.run(100);
    machine.answerTime(1);
    expect(() => machine.apply({ kind: "timer" })).toThrow(/between an answer/);
  });

  it("take back the interrupt entry before a handler's first step that asks", () => {
    const image = assemble([
      la(4, "handler"),
      csrrw(0, MTVEC, 4),
      li(4, 0x880),
      csrrw(0, MIE, 4),
      csrrsi(0, MSTATUS, 8),
      "loop",
      addi(5, 5, 1),
      jal(0, "loop"),
      "handler",
      csrrs(6, 0xc01, 0),
      "end",
      jal(0, "end"),
    ]);
    const asked = machineWith(image);
    const other = machineWith(image);
    for (const machine of [asked, other]) {
      machine.run(20);
      machine.apply({ kind: "timer" });
    }
    const before = asked.stateHash();
    expect(asked.run(30)).toEqual({ kind: "request", what: "time" });
    expect([asked.count, asked.stateHash()]).toEqual([20, before]);
    // A second entry at the same count must find the same machine on both sides.
    for (const machine of [asked, other]) {
      machine.apply({ kind: "uart-rx", byte: 3 });
      machine.run(30);
      machine.answerTime(7);
      machine.run(30);
    }
    expect(asked.stateHash()).toBe(other.stateHash());
    expect(asked.register(6)).toBe(7n);
  });
});
