// Outside judge: QEMU. Seeded random programs run on both machines and print all their registers.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { randomProgram } from "../../test/support/vm/random-program.ts";
import { CONFIG, machineWith } from "../../test/support/vm/load-core.ts";

const QEMU = "qemu-system-riscv64";
const hasQemu = spawnSync(QEMU, ["--version"]).status === 0;

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
