// A random program that jumps: blocks of random instructions in a loop, between them branches forwards
// and backwards, calls, and jumps to computed addresses. For two tiers of one machine to be compared.

import { Prng } from "../../../src/base/prng.ts";
import {
  addi,
  assemble,
  bne,
  branch,
  csrrs,
  csrrw,
  type Item,
  jal,
  jalr,
  la,
  li,
  sw,
} from "./assembler.ts";
import { fld } from "./float-assembler.ts";
import { random64, randomRegister } from "./float-operands.ts";
import { RAM } from "./load-core.ts";
import { type Palette, randomInstruction } from "./random-instructions.ts";

const DATA = 0x40000;
const DATA_BYTES = 8192;
const BLOCKS = 24;
const BRANCHES = [0, 1, 4, 5, 6, 7] as const;
const MTVEC = 0x305;
const MSTATUS = 0x300;
const MSCRATCH = 0x340;
const FS_INITIAL = 1 << 13;
/** x26 bounds jumps backwards, x29 counts rounds. */
const PALETTE: Palette = { registers: 16, pointers: [31, 30], scratch: 28, hasTraps: false };
const ROUNDS = 29;
const PATIENCE = 26;

/** An image for address 0x80000000; it powers off after `rounds`. */
export function loopingProgram(seed: number, rounds: number): Uint8Array {
  const random = new Prng(`vm/loop/${seed}`);
  const items: (Item | readonly Item[])[] = [
    la(28, "end"),
    csrrw(0, MTVEC, 28),
    li(28, FS_INITIAL),
    csrrs(0, MSTATUS, 28),
    li(31, RAM + DATA + 2048),
    li(30, RAM + DATA + DATA_BYTES - 2048),
  ];
  for (let n = 1; n < PALETTE.registers; n++) items.push(li(n, random64(random)));
  for (let n = 0; n < 16; n++) items.push(fld(n, 31, 8 * random.below(250)));
  items.push(li(ROUNDS, rounds), "again", addi(PATIENCE, 0, 40));
  for (let block = 0; block < BLOCKS; block++) {
    items.push(`b${block}`);
    const size = random.below(12);
    for (let n = 0; n < size; n++) items.push(randomInstruction(random, PALETTE));
    items.push(randomEnd(random, block));
  }
  items.push(`b${BLOCKS}`, addi(ROUNDS, ROUNDS, 0xfff), bne(ROUNDS, 0, "more"));
  items.push("end", li(20, 0x100000), li(21, 0x5555), sw(21, 20, 0), "halt", jal(0, "halt"));
  items.push("more", jal(0, "again"));
  for (const name of ["f", "g"]) {
    items.push(name);
    for (let n = 0; n < 4; n++) items.push(randomInstruction(random, PALETTE));
    items.push(jalr(0, 25, 0));
  }
  return withData(assemble(items), random);
}

function randomEnd(random: Prng, block: number): readonly Item[] {
  const forward = `b${block + 1 + random.below(Math.min(4, BLOCKS - block))}`;
  const back = `b${Math.max(0, block - random.below(3))}`;
  const a = random.below(PALETTE.registers);
  const b = random.below(PALETTE.registers);
  switch (random.below(8)) {
    case 0:
      return [branch(random.pick(BRANCHES), a, b, forward)];
    case 1:
      return [branch(random.pick(BRANCHES), a, 0, forward)];
    case 2:
      return [addi(PATIENCE, PATIENCE, 0xfff), branch(4, 0, PATIENCE, back)];
    case 3:
      return [jal(25, random.pick(["f", "g"]))];
    case 4:
      return [...la(24, random.pick(["f", "g"])), jalr(25, 24, 0)];
    case 5:
      return [...la(24, forward), jalr(0, 24, random.below(2))];
    case 6:
      return [csrrw(0, MSCRATCH, a)];
    default:
      return [];
  }
}

function withData(code: Uint8Array, random: Prng): Uint8Array {
  if (code.length > DATA) throw new Error(`a program of ${code.length} bytes`);
  const image = new Uint8Array(DATA + DATA_BYTES);
  image.set(code);
  const view = new DataView(image.buffer, DATA);
  for (let at = 0; at < DATA_BYTES; at += 8) {
    const kind = random.below(3);
    const value = kind === 0 ? random64(random) : randomRegister(random, kind === 1 ? "s" : "d");
    view.setBigUint64(at, value, true);
  }
  return image;
}
