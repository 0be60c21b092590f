// Where Debian guests lie: outside the repository, since nothing of Debian is ours to ship. The
// manifest says what was built from which packages; who reads a file from here holds its digest
// against the manifest.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const HOW_TO_BUILD = "build it with `npm run guests:debian`";

export interface CachedFile {
  readonly file: string;
  readonly sha256: string;
}

export interface DebianManifest {
  readonly version: number;
  /** Name and version of every package that something was taken from. */
  readonly packages: Readonly<Record<string, string>>;
  readonly kernel: CachedFile;
  readonly initramfs: Readonly<Record<string, CachedFile>>;
}

export const MANIFEST_VERSION = 1;

export function debianCache(): string {
  const base = process.env["XDG_CACHE_HOME"];
  const isUsable = base !== undefined && base.startsWith("/");
  return join(isUsable ? base : join(homedir(), ".cache"), "ftsim", "debian");
}

/** Undefined when the guests were never built, or by a version that built them differently. */
export function readManifest(): DebianManifest | undefined {
  const file = join(debianCache(), "manifest.json");
  if (!existsSync(file)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as DebianManifest;
    return manifest.version === MANIFEST_VERSION ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a file of the cache; undefined when they are not what the manifest says. */
export function readCached({ file, sha256 }: CachedFile): Buffer | undefined {
  const path = join(debianCache(), file);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  return sha256Of(bytes) === sha256 ? bytes : undefined;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
