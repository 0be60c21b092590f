// The boot of Debian's kernel for bench:vm: the kernel of `npm run guests:debian`, and an /init of ours
// that says one word and powers off, so that the same work ends at the same place on every machine.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { POWERED_ON, SoloMachine } from "../dist/testbed/solo.js";

const { COMMAND_LINE, tinyInitramfs, WORD } = await importSource("../test/support/vm/tiny-boot.ts");
export { WORD };
const RAM_BYTES = 128 << 20;
const BOUNDS = { count: 600_000_000, ticks: Number.MAX_SAFE_INTEGER, events: 1_000_000 };

/** A folder with kernel and initramfs; undefined: there is no kernel in the cache. */
export async function bootFolder() {
  const { readCached, readManifest } = await import("../dist/cli/debian/cache.js");
  const manifest = readManifest();
  const kernel = manifest && readCached(manifest.kernel);
  if (kernel === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "ftsim-bench-boot-"));
  writeFileSync(join(folder, "kernel"), kernel);
  writeFileSync(join(folder, "initramfs"), tinyInitramfs());
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

export function qemuBoot(folder) {
  const files = ["-kernel", join(folder, "kernel"), "-initrd", join(folder, "initramfs")];
  return ["-m", "128M", "-serial", "stdio", ...files, "-append", COMMAND_LINE];
}

/** From power-on to power-off; returns the machine's steps. */
export function boot(runtime, folder) {
  const machine = runtime.createMachine({
    ramBytes: RAM_BYTES,
    mac: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
    diskSectors: 1024,
    firmware: "sbi",
    rules: { bounceBuffers: true },
  });
  const loaded = machine.loadLinux({
    kernel: readFileSync(join(folder, "kernel")),
    initramfs: readFileSync(join(folder, "initramfs")),
    commandLine: COMMAND_LINE,
  });
  if (!loaded.ok) throw new Error(loaded.error);
  const print = (bytes) => process.stdout.write(Buffer.from(bytes));
  const end = new SoloMachine(machine, POWERED_ON, { entropy: "boot", print }).run(BOUNDS);
  if (end !== "halt") throw new Error(`the boot ended with ${end}`);
  return machine.count;
}

/** A module of test support, which is TypeScript. */
async function importSource(path) {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(path, import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
