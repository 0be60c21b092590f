// Outside judge: QEMU. Seeded programs make accesses under random Sv39 tables on both machines: every
// loaded value, every trap's cause, value and pc, and the tables with their A and D bits at the end.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { assemble } from "../../test/support/vm/assembler.ts";
import { CONFIG, machineWith, RAM } from "../../test/support/vm/load-core.ts";
import {
  PAGES,
  pagingMemory,
  pagingPages,
  pagingProgram,
  TABLES,
} from "../../test/support/vm/paging-program.ts";

const QEMU = "qemu-system-riscv64";
const hasQemu = spawnSync(QEMU, ["--version"]).status === 0;
const PROGRAMS = 40;

/** All of a superpage of 1 GiB is RAM: QEMU has its own idea of the address that misses it. */
const RAM_BYTES = 1 << 30;

/** Program, tables and pages as one image from the start of RAM. */
function image(seed: number): Uint8Array {
  const random = new Prng(`vm/paging/qemu/${seed}`);
  const options = { actions: 400, isFenced: true };
  const pages = pagingPages(random);
  const bytes = new Uint8Array(PAGES - RAM + pages.length);
  bytes.set(pages, PAGES - RAM);
  bytes.set(pagingMemory(random, options), TABLES - RAM);
  bytes.set(assemble(pagingProgram(random, options)));
  return bytes;
}

function ours(program: Uint8Array): string {
  const machine = machineWith(program, undefined, { ...CONFIG, ramBytes: RAM_BYTES });
  let text = "";
  for (;;) {
    const exit = machine.run(10_000_000);
    if (exit.kind === "halt") return text;
    if (exit.kind !== "output") throw new Error(`${exit.kind} at ${machine.pc.toString(16)}`);
    for (const output of exit.outputs)
      if (output.class === "console") text += String.fromCharCode(...output.bytes);
  }
}

function theirs(program: Uint8Array, folder: string): string {
  const file = join(folder, "program.bin");
  const console = join(folder, "console.txt");
  writeFileSync(file, program);
  const loader = `loader,file=${file},addr=0x80000000,force-raw=on`;
  const machine = ["-M", "virt", "-m", `${RAM_BYTES >> 20}M`, "-bios", "none", "-device", loader];
  const front = ["-display", "none", "-monitor", "none", "-serial", `file:${console}`];
  spawnSync(QEMU, [...machine, ...front], { timeout: 20_000 });
  return readFileSync(console, "latin1");
}

describe.skipIf(!hasQemu)("random page tables", () => {
  it("translate, fault and are marked as on QEMU", () => {
    const folder = mkdtempSync(join(tmpdir(), "ftsim-vm-"));
    try {
      for (let seed = 0; seed < PROGRAMS; seed++) {
        const program = image(seed);
        const text = ours(program);
        expect(text.length).toBe(16);
        expect([seed, theirs(program, folder)]).toEqual([seed, text]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
