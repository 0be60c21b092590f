// For tests: a static Linux program of a dozen instructions that says one word and powers off, as an
// ELF file. With it as /init, a boot costs what the kernel costs.

import { addi, assemble, ECALL, la, li } from "./assembler.ts";

const BASE = 0x10000;
const HEADERS = 64 + 56;
const WRITE = 64;
const REBOOT = 142;
const POWER_OFF = 0x4321fedc;
const MAGIC_1 = 0xfee1deadn;
const MAGIC_2 = 672_274_793;

/** Prints `word`, then powers the machine off. */
export function tinyInit(word: string): Uint8Array {
  const text = new TextEncoder().encode(word);
  const words: number[] = [];
  for (let at = 0; at < text.length; at += 4)
    words.push(
      ((text[at + 3] ?? 0) * 0x1000000 +
        ((text[at + 2] ?? 0) << 16) +
        ((text[at + 1] ?? 0) << 8) +
        (text[at] ?? 0)) |
        0,
    );
  const program = assemble([
    addi(10, 0, 1),
    la(11, "word"),
    li(12, text.length),
    li(17, WRITE),
    ECALL,
    li(10, MAGIC_1),
    li(11, MAGIC_2),
    li(12, POWER_OFF),
    li(17, REBOOT),
    ECALL,
    "word",
    // Two bytes each would be taken for compressed instructions.
    ...words.map((value) => () => value >>> 0),
  ]);
  return elfOf(program);
}

function elfOf(program: Uint8Array): Uint8Array {
  const elf = new Uint8Array(HEADERS + program.length);
  const view = new DataView(elf.buffer);
  const put = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 243, true);
  view.setUint32(20, 1, true);
  put(24, BASE + HEADERS);
  put(32, 64);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  put(80, BASE);
  put(88, BASE);
  put(96, elf.length);
  put(104, elf.length);
  put(112, 4096);
  elf.set(program, HEADERS);
  return elf;
}
