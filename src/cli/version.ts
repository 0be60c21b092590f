// Which ftsim this is: the package's version and, in a repository, the commit.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { PACKAGE_ROOT } from "./paths.ts";

const SHORT = 7;

export function version(): string {
  const text = readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Seven digits of the commit, or "" outside of a repository. */
export function revision(): string {
  const head = readGit("HEAD");
  if (head === undefined) return "";
  const reference = /^ref: (\S+)$/.exec(head)?.[1];
  const commit = reference === undefined ? head : (readGit(reference) ?? packed(reference));
  return commit?.slice(0, SHORT) ?? "";
}

function packed(reference: string): string | undefined {
  const line = readGit("packed-refs")
    ?.split("\n")
    .find((candidate) => candidate.endsWith(` ${reference}`));
  return line?.split(" ")[0];
}

function readGit(name: string): string | undefined {
  for (const folder of gitFolders()) {
    const file = join(folder, name);
    if (existsSync(file)) return readFileSync(file, "utf8").trim();
  }
  return undefined;
}

/** A worktree has a folder of its own, and shares another. */
function gitFolders(): readonly string[] {
  const git = join(PACKAGE_ROOT, ".git");
  if (!existsSync(git) || !statSync(git).isFile()) return [git];
  const own = /^gitdir: (.+)$/m.exec(readFileSync(git, "utf8"))?.[1]?.trim();
  if (own === undefined) return [];
  const common = join(own, "commondir");
  const shared = existsSync(common) ? resolve(own, readFileSync(common, "utf8").trim()) : own;
  return [own, shared];
}
