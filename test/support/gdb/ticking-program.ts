// For tests of the debugger: a guest that counts in memory, reads the clock, and takes timer interrupts
// in which it counts and prints.

import { SoloJournal } from "../../../src/gdb/solo-journal.ts";
import { Explorer } from "../../../src/gdb/explorer.ts";
import type { DebugTarget, Motion, Stop } from "../../../src/gdb/target.ts";
import { POWERED_ON } from "../../../src/testbed/solo.ts";
import type { VmRuntime } from "../../../src/vm/runtime.ts";
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
  MRET,
  sb,
  sd,
} from "../vm/assembler.ts";
import { machineWith, newRuntime, RAM } from "../vm/load-core.ts";

const MTVEC = 0x305;
const MIE = 0x304;
const MSTATUS = 0x300;
const TIME = 0xc01;
const MTIMECMP = 0x2004000;
const UART = 0x10000000;

/** What the loop counts, the clock it read last, what the handler counts. */
export const LOOPS = BigInt(RAM + 0x1000);
export const CLOCK = LOOPS + 8n;
export const TICKS = LOOPS + 16n;
/** Steps that read, that add and that write the loop's counter, in every turn. */
export const TURN = 6;

const before = [
  la(4, "handler"),
  csrrw(0, MTVEC, 4),
  li(4, 0x80),
  csrrw(0, MIE, 4),
  li(8, Number(LOOPS)),
  li(13, MTIMECMP),
  li(15, UART),
  li(14, 30),
  sd(14, 13, 0),
  csrrsi(0, MSTATUS, 8),
];
const turn = [ld(10, 8, 0), addi(10, 10, 1), sd(10, 8, 0), csrrs(11, TIME, 0), sd(11, 8, 8)];

function sizeOf(items: Parameters<typeof assemble>[0]): number {
  return items.flat().filter((item) => typeof item !== "string").length * 4;
}

/** Where the loop begins, and the handler of its interrupts. */
export const LOOP = BigInt(RAM + sizeOf(before));
export const HANDLER = LOOP + BigInt(4 * TURN);

const PROGRAM = assemble([
  ...before,
  "loop",
  ...turn,
  jal(0, "loop"),
  "handler",
  ld(12, 8, 16),
  addi(12, 12, 1),
  sd(12, 8, 16),
  addi(16, 0, 0x2e),
  sb(16, 15, 0),
  addi(14, 14, 50),
  sd(14, 13, 0),
  MRET,
]);

export function tickingJournal(runtime: VmRuntime = newRuntime()): {
  readonly runtime: VmRuntime;
  readonly journal: SoloJournal;
} {
  const machine = machineWith(PROGRAM, runtime);
  const start = { ...POWERED_ON, machine: machine.snapshot(), count: 0 };
  machine.release();
  return { runtime, journal: new SoloJournal(runtime, start, "boot") };
}

export function tickingExplorer(): Explorer {
  const { runtime, journal } = tickingJournal();
  return new Explorer(runtime, journal);
}

/** Moves until it stops. */
export function move(target: DebugTarget, motion: Motion): Stop {
  target.begin(motion);
  for (;;) {
    const stop = target.advance();
    if (stop !== undefined) return stop;
  }
}
