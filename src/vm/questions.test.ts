// A step that must be asked about first leaves no trace until it is executed, and takes nothing back
// that earlier steps have done: what is there at its count does not depend on how it was reached.

import { expect, it } from "vitest";
import {
  addi,
  assemble,
  csrrs,
  csrrw,
  jal,
  la,
  li,
  MRET,
} from "../../test/support/vm/assembler.ts";
import { machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";
import type { Machine } from "./machine.ts";

const SATP = 0x180;
const MSTATUS = 0x300;
const MEPC = 0x341;
const MCOUNTEREN = 0x306;
const PMPCFG = 0x3a0;
const PMPADDR = 0x3b0;
const TIME = 0xc01;
const ROOT = RAM + 0x3000;
const GIGAPAGE = ROOT + 8 * 2;
const A_BIT = 1 << 6;

/** In S-mode, in a gigapage without A, steps that need nobody come before one that asks for the time. */
function supervisor(before: number, jit?: false): Machine {
  const program = assemble([
    li(5, (8n << 60n) | BigInt(ROOT / 4096)),
    csrrw(0, SATP, 5),
    la(6, "s"),
    csrrw(0, MEPC, 6),
    li(7, 1 << 11),
    csrrs(0, MSTATUS, 7),
    li(7, -1),
    csrrw(0, PMPADDR, 7),
    li(7, 0x1f),
    csrrw(0, PMPCFG, 7),
    csrrw(0, MCOUNTEREN, 7),
    MRET,
    "s",
    Array.from({ length: before }, () => addi(8, 8, 1)),
    csrrs(9, TIME, 0),
    "end",
    jal(0, "end"),
  ]);
  const machine = machineWith(program, newRuntime(undefined, jit));
  const entry = new DataView(new ArrayBuffer(8));
  entry.setBigUint64(0, (BigInt(RAM) >> 2n) | 0xfn, true);
  machine.writeMemory(GIGAPAGE, new Uint8Array(entry.buffer));
  return machine;
}

const hasAccessed = (machine: Machine): boolean =>
  ((machine.readMemory(GIGAPAGE, 1)[0] ?? 0) & A_BIT) !== 0;

it.each([undefined, false] as const)("keeps the A bit that an executed fetch has set", (jit) => {
  const straight = supervisor(3, jit);
  expect(straight.run(1000).kind).toBe("request");
  expect(straight.register(8)).toBe(3n);
  expect(hasAccessed(straight)).toBe(true);
  const sliced = supervisor(3, jit);
  while (sliced.run(sliced.count + 1).kind === "limit");
  expect(sliced.count).toBe(straight.count);
  expect(sliced.stateHash()).toBe(straight.stateHash());
});

it.each([undefined, false] as const)(
  "takes back the one that the fetch of its own has set",
  (jit) => {
    const machine = supervisor(0, jit);
    expect(machine.run(1000).kind).toBe("request");
    expect(hasAccessed(machine)).toBe(false);
    machine.answerTime(77);
    machine.run(machine.count + 1);
    expect(machine.register(9)).toBe(77n);
    expect(hasAccessed(machine)).toBe(true);
  },
);
