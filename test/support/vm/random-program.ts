// A random program that comes to an end by itself and prints what became of it: its registers, a sum
// over its memory, and how many instructions it took. Nothing in it depends on the machine it runs
// on, so any RISC-V machine must print the same.

import { Prng } from "../../../src/base/prng.ts";
import {
  add,
  addi,
  assemble,
  beq,
  bne,
  csrrs,
  csrrw,
  i,
  type Item,
  jal,
  la,
  ld,
  li,
  r,
  sb,
  slli,
  sw,
} from "./assembler.ts";
import { fld, fmvXD } from "./float-assembler.ts";
import { random64, randomRegister } from "./float-operands.ts";
import type { VmRuntime } from "../../../src/vm/runtime.ts";
import { CONFIG, machineWith, RAM } from "./load-core.ts";
import { type Palette, randomInstruction } from "./random-instructions.ts";

const UART = 0x10000000;
const FINISHER = 0x100000;
const POWER_OFF = 0x5555;
const DATA = 0x40000;
const DATA_BYTES = 8192;
const INSTRUCTIONS = 3000;
const MTVEC = 0x305;
const MINSTRET = 0xb02;
const MSTATUS = 0x300;
const FCSR = 3;
const FS_INITIAL = 1 << 13;

/**
 * x1 to x15 and f0 to f15 are the program's; x31 and x30 point at data, x29 counts rounds, x19 points
 * at constants: registers would run down to zeros and NaNs if nothing fresh came in.
 */
const PALETTE: Palette = { registers: 16, pointers: [31, 30], scratch: 28, hasTraps: false };
const ROUNDS = 29;
const CONSTANTS = 19;
const CONSTANT_BYTES = 4096;
const START = 27;
/** Lines of 16 letters that are printed. */
export const LINES = 15 + 16 + 3;

/** Prints a register as 16 letters. */
function print(label: string, register: number): readonly Item[] {
  const digit = [r(0x33, 5, 0, 22, register, 21), i(0x13, 7, 22, 22, 15), addi(22, 22, 65)];
  const next = [sb(22, 20, 0), addi(21, 21, -4 & 0xfff), addi(23, 21, 4), bne(23, 0, label)];
  return [...li(20, UART), ...li(21, 60), label, ...digit, ...next];
}

/** x24 becomes a sum over the data in which places count. */
const SUM: readonly (Item | readonly Item[])[] = [
  li(24, 0),
  li(25, RAM + DATA),
  li(26, RAM + DATA + DATA_BYTES),
  "sum",
  ld(22, 25, 0),
  i(0x13, 1, 23, 24, 5),
  i(0x13, 5, 24, 24, 59),
  r(0x33, 6, 0, 24, 24, 23),
  add(24, 24, 22),
  addi(25, 25, 8),
  bne(25, 26, "sum"),
];

function epilogue(): readonly Item[] {
  const items: Item[] = [csrrs(24, MINSTRET, 0), r(0x33, 0, 0x20, 24, 24, START)];
  items.push(...print("count", 24), csrrs(24, FCSR, 0), ...print("fcsr", 24));
  for (let n = 1; n < PALETTE.registers; n++) items.push(...print(`x${n}`, n));
  for (let n = 0; n < 16; n++) items.push(fmvXD(24, n), ...print(`f${n}`, 24));
  items.push(...SUM.flat(), ...print("data", 24));
  const off = [...li(20, FINISHER), ...li(21, POWER_OFF), sw(21, 20, 0)];
  return [...items, ...off, "halt", jal(0, "halt")];
}

/** Numbers and floats in equal parts. */
function data(random: Prng): Uint8Array {
  const view = new DataView(new ArrayBuffer(DATA_BYTES + CONSTANT_BYTES));
  for (let at = 0; at < view.byteLength; at += 8) {
    const kind = random.below(3);
    const value = kind === 0 ? random64(random) : randomRegister(random, kind === 1 ? "s" : "d");
    view.setBigUint64(at, value, true);
  }
  return new Uint8Array(view.buffer);
}

/** An image for address 0x80000000. Its body of 3000 instructions is gone through `rounds` times. */
export function randomProgram(name: string, rounds: number): Uint8Array {
  const random = new Prng(name);
  const items: (Item | readonly Item[])[] = [
    la(28, "trapped"),
    csrrw(0, MTVEC, 28),
    li(28, FS_INITIAL),
    csrrs(0, MSTATUS, 28),
    li(31, RAM + DATA + 2048),
  ];
  for (let n = 1; n < PALETTE.registers; n++) items.push(li(n, random64(random)));
  for (let n = 0; n < 16; n++) items.push(fld(n, 31, 8 * random.below(250)));
  items.push(li(ROUNDS, rounds), csrrs(START, MINSTRET, 0), "round");
  items.push(li(31, RAM + DATA + 2048), li(30, RAM + DATA + DATA_BYTES - 2048));
  items.push(li(CONSTANTS, RAM + DATA + DATA_BYTES), i(0x13, 7, 28, ROUNDS, 255));
  items.push(slli(28, 28, 3), add(CONSTANTS, CONSTANTS, 28));
  for (let n = 0; n < INSTRUCTIONS; n++) {
    items.push(randomInstruction(random, PALETTE));
    const offset = 8 * random.below(255);
    if (n % 7 === 0) items.push(ld(1 + random.below(15), CONSTANTS, offset));
    if (n % 5 === 0) items.push(fld(random.below(16), CONSTANTS, offset));
  }
  items.push(addi(ROUNDS, ROUNDS, 0xfff), beq(ROUNDS, 0, "over"), jal(0, "round"), "over");
  items.push(epilogue(), "trapped", li(20, FINISHER), li(21, POWER_OFF), sw(21, 20, 0));
  const code = assemble(items);
  if (code.length > DATA) throw new Error(`a program of ${code.length} bytes`);
  const image = new Uint8Array(DATA + DATA_BYTES + CONSTANT_BYTES);
  image.set(code);
  image.set(data(random), DATA);
  return image;
}

/** What a program prints on our machine, and after how many steps it was through. */
export function consoleOfOurs(
  program: Uint8Array,
  runtime: VmRuntime,
): { readonly text: string; readonly steps: number } {
  const machine = machineWith(program, runtime, { ...CONFIG, ramBytes: 16 << 20 });
  let text = "";
  for (;;) {
    const exit = machine.run(machine.count + 100_000_000);
    if (exit.kind === "halt") break;
    if (exit.kind !== "output") throw new Error(`${exit.kind} at ${machine.pc.toString(16)}`);
    for (const output of exit.outputs)
      if (output.class === "console") text += String.fromCharCode(...output.bytes);
  }
  const steps = machine.count;
  machine.release();
  return { text, steps };
}
