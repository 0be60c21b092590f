// The Debian guests as guests/debian/guests.json lists them: images whose kernel and initial file
// system lie in the cache. They can be named on any machine; booting one needs the cache.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { err, ok, type Result } from "../../base/result.ts";
import type { GuestImage, LinuxGuest } from "../../testbed/boot.ts";
import type { LinuxProgram } from "../../vm/linux-image.ts";
import { GUESTS_DIR } from "../paths.ts";
import { type CachedFile, HOW_TO_BUILD, readCached, readManifest, sha256Of } from "./cache.ts";

interface DebianGuestText {
  readonly title: string;
  readonly initramfs: string;
  readonly service: string;
  readonly ramBytes: number;
  readonly ready: string;
  readonly port: number;
}

/**
 * The kernel as it is, but for what would take most of its boot and that no service here asks for: the
 * self-tests of its ciphers, the jitter source of entropy, and names of values in traces.
 */
const COMMAND_LINE =
  "console=ttyS0 quiet panic=-1 cryptomgr.notests initcall_blacklist=jent_mod_init,trace_eval_init";

export function loadDebianGuests(): ReadonlyMap<string, GuestImage> {
  const file = join(GUESTS_DIR, "debian", "guests.json");
  const texts = JSON.parse(readFileSync(file, "utf8")) as Record<string, DebianGuestText>;
  const guests = new Map<string, GuestImage>();
  for (const [name, text] of Object.entries(texts)) {
    const { title, ramBytes, ready, port } = text;
    const program = { kind: "linux", load: () => find(text) } as const;
    guests.set(name, { name, title, ramBytes, ready, port, program });
  }
  return guests;
}

function find({ initramfs, service }: DebianGuestText): Result<LinuxGuest> {
  const manifest = readManifest();
  const archive = manifest?.initramfs[initramfs];
  if (manifest === undefined || archive === undefined) return err(`not built: ${HOW_TO_BUILD}`);
  const commandLine = `${COMMAND_LINE} service=${service}`;
  const { kernel } = manifest;
  const identity = `${kernel.sha256} ${archive.sha256} ${commandLine}`;
  const digest = sha256Of(Buffer.from(identity)).slice(0, 16);
  return ok({ digest, read: () => readProgram(kernel, archive, commandLine) });
}

function readProgram(
  kernelFile: CachedFile,
  archive: CachedFile,
  commandLine: string,
): Result<LinuxProgram> {
  const kernel = readCached(kernelFile);
  const initramfs = readCached(archive);
  if (kernel === undefined || initramfs === undefined) {
    const { file } = kernel === undefined ? kernelFile : archive;
    return err(`${file} is missing or damaged: ${HOW_TO_BUILD}`);
  }
  return ok({ kernel, initramfs, commandLine });
}
