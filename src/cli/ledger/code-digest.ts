// A digest of all code that decides a run: built scripts of the simulated zone, the machine's core, and
// the guests. Two versions with the same digest give the same runs, whatever their commits say; what
// a command prints, and how, is not in it.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { GUESTS_DIR, PACKAGE_ROOT } from "../paths.ts";

/** Folders whose built modules are in the digest, and in the package for that reason. */
export const ZONE: readonly string[] = [
  "base",
  "history",
  "sim",
  "vm",
  "net",
  "faults",
  "ft",
  "protocols",
  "workload",
  "checkers",
  "testbed",
];

/** 16 hexadecimal digits. */
export function codeDigest(): string {
  const hash = createHash("sha256");
  const files = [
    ...ZONE.flatMap((folder) => filesIn(join(PACKAGE_ROOT, "dist", folder), isCode)),
    ...filesIn(GUESTS_DIR, isGuest),
  ];
  for (const file of files) {
    const name = file.slice(PACKAGE_ROOT.length).split(sep).join("/");
    const content = createHash("sha256").update(readFileSync(file)).digest("hex");
    hash.update(`${name} ${content}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

function filesIn(folder: string, isWanted: (name: string) => boolean): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isWanted);
  return names.sort().map((name) => join(folder, name));
}

function isCode(name: string): boolean {
  return /\.(js|wasm)$/.test(name) && !name.endsWith(".test.js");
}

function isGuest(name: string): boolean {
  return /(^|[/\\])(guest\.json|guests\.json|[^/\\]+\.elf)$/.test(name);
}
