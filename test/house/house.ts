// What the house's own tests look at: the repository's files.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT: string = join(import.meta.dirname, "..", "..");

export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
}

/** Made by a build or by a package manager, or not ours to judge. */
const SKIPPED = new Set(["node_modules", "dist", ".git", "reports"]);

export function pathsOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? pathsOf(path) : [path];
  });
}

export function sourcesOf(folder: string): readonly Source[] {
  return pathsOf(folder)
    .filter((path) => /\.(ts|mts|mjs|js)$/.test(path))
    .map(readSource);
}

export function readSource(path: string): Source {
  const content = readFileSync(join(ROOT, path));
  return { path, text: content.toString("utf8"), bytes: content.length };
}

/** Who may import whom: scripts/import-map.json. */
export function importMap(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(join(ROOT, "scripts", "import-map.json"), "utf8");
  return new Map(Object.entries(JSON.parse(text) as Record<string, readonly string[]>));
}
