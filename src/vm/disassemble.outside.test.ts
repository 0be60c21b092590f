// Outside judge: binutils. Every 32-bit instruction of a guest reads as objdump reads it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { disassemble } from "./disassemble.ts";

const OBJDUMP = "riscv64-unknown-elf-objdump";
const ELF = fileURLToPath(new URL("../../guests/kv/kv.elf", import.meta.url));
const isPossible = existsSync(ELF) && spawnSync(OBJDUMP, ["--version"]).status === 0;

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
