// Outside judge: binutils. Every 32-bit instruction of a guest reads as objdump reads it, and so do
// random words of F and D, the meaningless ones among them.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { disassemble } from "./disassemble.ts";

const OBJDUMP = "riscv64-unknown-elf-objdump";
const ELF = fileURLToPath(new URL("../../guests/kv/kv.elf", import.meta.url));
const hasObjdump = spawnSync(OBJDUMP, ["--version"]).status === 0;
const isPossible = existsSync(ELF) && hasObjdump;

/** Spelling differences that mean nothing: sizes in hexadecimal, zero offsets, fence operands. */
function plain(text: string): string {
  return text
    .replace(/\s*[<#].*$/, "")
    .replace(/\s+/, " ")
    .replace(/^(fence) .*/, "$1")
    .replace(/0\((\w+)\)$/, "($1)")
    .replace(/0x([0-9a-f]+)/g, (_, digits: string) => `${Number.parseInt(digits, 16)}`)
    .trim();
}

describe.skipIf(!isPossible)("the disassembler", () => {
  it("agrees with objdump on a whole guest", () => {
    const dump = spawnSync(OBJDUMP, ["-d", "-M", "no-aliases", ELF], { maxBuffer: 1 << 28 });
    let compared = 0;
    for (const line of dump.stdout.toString().split("\n")) {
      const found = /^\s*([0-9a-f]+):\s+([0-9a-f]{8})\s+(.*)$/.exec(line);
      if (!found) continue;
      const [, address = "", bits = "", text = ""] = found;
      const at = Number.parseInt(address, 16);
      const ours = disassemble(Number.parseInt(bits, 16), at).text;
      const theirs = plain(text).replace(
        /([, ])([0-9a-f]{8})$/,
        (_, before: string, target: string) => `${before}${Number.parseInt(target, 16)}`,
      );
      expect(plain(ours)).toBe(theirs);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(1000);
  });
});

/** Words with the opcodes of F and D; every other one has fields that mean something more often. */
function floatWords(count: number): Uint32Array {
  const random = new Prng("vm/disassemble-float");
  const opcodes = [0x07, 0x27, 0x43, 0x47, 0x4b, 0x4f, 0x53, 0x53, 0x53, 0x53] as const;
  const kinds = [0, 1, 2, 3, 4, 5, 8, 11, 20, 24, 26, 28, 30] as const;
  return Uint32Array.from({ length: count }, (_, n) => {
    const opcode = random.pick(opcodes);
    const word = (random.uint32() & ~127) | opcode;
    if (opcode !== 0x53 || n % 2 === 0) return word;
    return (word & 0x01fff07f) | (random.pick(kinds) << 27) | (random.below(2) << 25);
  });
}

describe.skipIf(!hasObjdump)("the disassembler of F and D", () => {
  it("agrees with objdump on random words", () => {
    const folder = mkdtempSync(join(tmpdir(), "ftsim-objdump-"));
    const image = join(folder, "words.bin");
    const words = floatWords(40_000);
    writeFileSync(image, words);
    const format = ["-D", "-z", "-b", "binary", "-m", "riscv:rv64", "-M", "no-aliases"];
    const dump = spawnSync(OBJDUMP, [...format, image], { maxBuffer: 1 << 28 });
    rmSync(folder, { recursive: true });
    let known = 0;
    let compared = 0;
    for (const line of dump.stdout.toString().split("\n")) {
      const found = /^\s*([0-9a-f]+):\s+([0-9a-f]{8})\s+(.*)$/.exec(line);
      if (!found) continue;
      const [, , bits = "", theirs = ""] = found;
      const ours = disassemble(Number.parseInt(bits, 16), 0).text;
      compared += 1;
      const isMeaningless = /^\.4byte|unknown|\.q\b|\b(fl|fs)[hq]\b|\.h\b/.test(theirs);
      // objdump does not know the mode of a conversion that never rounds, unless it is 0.
      if (isMeaningless && /^fcvt\.d\.(wu?|s) .*,(r..|dyn)$/.test(ours)) continue;
      if (isMeaningless) expect(`${theirs}: ${ours}`).toMatch(/: unknown/);
      else {
        expect(plain(ours)).toBe(plain(theirs));
        known += 1;
      }
    }
    expect(compared).toBe(words.length);
    expect(known).toBeGreaterThan(words.length / 8);
  });
});
