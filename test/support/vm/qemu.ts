// Runs a raw image on QEMU's `virt` machine with an exact instruction count; what it printed.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const QEMU = "qemu-system-riscv64";
export const hasQemu = spawnSync(QEMU, ["--version"]).status === 0;

/** The console goes to a file: on a pipe QEMU loses bytes that the reader does not take at once. */
export function consoleOfQemu(program: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "ftsim-vm-"));
  const image = join(folder, "program.bin");
  const console = join(folder, "console.txt");
  writeFileSync(image, program);
  const loader = `loader,file=${image},addr=0x80000000,force-raw=on`;
  const machine = ["-M", "virt", "-m", "16M", "-bios", "none", "-device", loader];
  const front = ["-display", "none", "-monitor", "none", "-serial", `file:${console}`];
  spawnSync(QEMU, [...machine, ...front, "-icount", "shift=0"], { timeout: 120_000 });
  const text = readFileSync(console, "latin1");
  rmSync(folder, { recursive: true });
  return text;
}
