// Outside judge: QEMU. Seeded random programs run on both machines and print all their registers.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import {
  addi,
  amo,
  assemble,
  bne,
  csrrw,
  i,
  type Item,
  jal,
  la,
  ld,
  li,
  load,
  r,
  sb,
  sd,
  store,
  sw,
} from "../../test/support/vm/assembler.ts";
import { CONFIG, machineWith, RAM } from "../../test/support/vm/load-core.ts";

const QEMU = "qemu-system-riscv64";
const hasQemu = spawnSync(QEMU, ["--version"]).status === 0;

const UART = 0x10000000;
/** Loads and stores go here; x31 points at it. */
const DATA = RAM + 0x100000;
/** Registers that programs use: x1 to x15, x31 stays the pointer. */
const USED = 16;

const OP_F3 = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const W_F3 = [0, 1, 5] as const;
const W_PRODUCT_F3 = [0, 4, 5, 6, 7] as const;
const AMOS = [0, 1, 4, 8, 12, 16, 20, 24, 28] as const;

function randomInstruction(random: Prng): readonly Item[] {
  const d = random.below(USED);
  const a = random.below(USED);
  const b = random.below(USED);
  const imm = random.below(4096);
  const near = random.below(2040);
  switch (random.below(13)) {
    case 0:
      return [i(0x13, random.pick([0, 2, 3, 4, 6, 7]), d, a, imm)];
    case 1:
      return [i(0x13, random.pick([1, 5]), d, a, random.below(64))];
    case 2:
      return [i(0x13, 5, d, a, 0x400 | random.below(64))];
    case 3:
      return [i(0x1b, 0, d, a, imm), i(0x1b, random.pick([1, 5]), d, a, random.below(32))];
    case 4:
      return [i(0x1b, 5, d, a, 0x400 | random.below(32))];
    case 5:
      return [r(0x33, random.pick(OP_F3), 0, d, a, b), r(0x33, random.pick([0, 5]), 0x20, d, a, b)];
    case 6:
      return [r(0x33, random.pick(OP_F3), 1, d, a, b)];
    case 7:
      return [r(0x3b, random.pick(W_F3), 0, d, a, b), r(0x3b, random.pick([0, 5]), 0x20, d, a, b)];
    case 8:
      return [r(0x3b, random.pick(W_PRODUCT_F3), 1, d, a, b)];
    case 9:
      return [load(random.below(7), d, 31, near)];
    case 10:
      return [store(random.below(4), b, 31, near)];
    case 11: {
      const size = random.pick([4, 8] as const);
      return [addi(30, 31, random.below(250) * 8), amo(random.pick(AMOS), size, d, 30, b)];
    }
    default:
      return [((random.below(0x100000) << 12) | (d << 7) | 0x37) >>> 0];
  }
}

/** Compressed instructions on x8 to x15, none of which touches memory or jumps. */
function randomCompressed(random: Prng): number {
  const near = random.below(8);
  const other = random.below(8);
  const rd = 1 + random.below(15);
  const shift = 1 + random.below(31);
  switch (random.below(6)) {
    case 0:
      return 0x0001 | (rd << 7) | (random.below(2) << 12) | (random.below(32) << 2);
    case 1:
      return 0x2001 | (rd << 7) | (random.below(2) << 12) | (random.below(32) << 2);
    case 2:
      return (
        0x8001 | (random.below(2) << 10) | (near << 7) | (random.below(2) << 12) | (shift << 2)
      );
    case 3:
      return 0x8801 | (near << 7) | (random.below(2) << 12) | (random.below(32) << 2);
    case 4:
      return 0x8c01 | (near << 7) | (random.below(4) << 5) | (other << 2);
    default:
      return 0x8002 | (random.below(2) << 12) | (rd << 7) | ((1 + random.below(15)) << 2);
  }
}

/** Prints x1 to x15 and eight words of data as hexadecimal digits, then powers off. */
function epilogue(): readonly Item[] {
  const print = (label: string, register: number): readonly Item[] => {
    const digit = [r(0x33, 5, 0, 22, register, 21), i(0x13, 7, 22, 22, 15), addi(22, 22, 65)];
    const next = [sb(22, 20, 0), addi(21, 21, -4 & 0xfff), addi(23, 21, 4), bne(23, 0, label)];
    return [...li(20, UART), ...li(21, 60), label, ...digit, ...next];
  };
  const items: Item[] = [];
  for (let n = 1; n < USED; n++) items.push(...print(`x${n}`, n));
  for (let n = 0; n < 8; n++) items.push(ld(24, 31, n * 256), ...print(`d${n}`, 24));
  return [...items, ...li(20, 0x100000), ...li(21, 0x5555), sw(21, 20, 0), "end", jal(0, "end")];
}

function randomProgram(seed: number): Uint8Array {
  const random = new Prng(`vm/qemu/${seed}`);
  const items: Item[] = [...la(28, "end"), csrrw(0, 0x305, 28), ...li(31, DATA)];
  for (let n = 1; n < USED; n++)
    items.push(...li(n, BigInt(random.uint32()) * BigInt(random.uint32())));
  for (let n = 0; n < 256; n++) items.push(sd(1 + random.below(15), 31, n * 8 > 2040 ? 0 : n * 8));
  for (let n = 0; n < 3000; n++) {
    if (random.below(4) === 0) items.push(randomCompressed(random), randomCompressed(random));
    else items.push(...randomInstruction(random));
  }
  items.push(...li(31, DATA));
  return assemble([...items, ...epilogue()]);
}

function ours(program: Uint8Array): string {
  const machine = machineWith(program, undefined, { ...CONFIG, ramBytes: 16 << 20 });
  let text = "";
  for (;;) {
    const exit = machine.run(1_000_000);
    if (exit.kind === "halt") return text;
    if (exit.kind !== "output") throw new Error(`${exit.kind} at ${machine.pc.toString(16)}`);
    for (const output of exit.outputs)
      if (output.class === "console") text += String.fromCharCode(...output.bytes);
  }
}

/** The console goes to a file: on a pipe QEMU loses bytes that the reader does not take at once. */
function theirs(program: Uint8Array, folder: string): string {
  const image = join(folder, "program.bin");
  const console = join(folder, "console.txt");
  writeFileSync(image, program);
  const loader = `loader,file=${image},addr=0x80000000,force-raw=on`;
  const machine = ["-M", "virt", "-m", "16M", "-bios", "none", "-device", loader];
  const front = ["-display", "none", "-monitor", "none", "-serial", `file:${console}`];
  spawnSync(QEMU, [...machine, ...front], { timeout: 20_000 });
  return readFileSync(console, "latin1");
}

describe.skipIf(!hasQemu)("random programs", () => {
  it("end with the registers and the memory that QEMU ends with", () => {
    const folder = mkdtempSync(join(tmpdir(), "ftsim-vm-"));
    try {
      for (let seed = 0; seed < 25; seed++) {
        const program = randomProgram(seed);
        const text = ours(program);
        expect(text.length).toBe(23 * 16);
        expect(theirs(program, folder)).toBe(text);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
