// A package as its users get it: packed, unpacked into a project, and beside it nothing but what it
// declares. Packages are links to the repository's own, so that nothing is fetched.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ROOT } from "./worlds.ts";

export interface PackedFile {
  /** From the package's root. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What `npm pack` puts into the tarball. */
export function packFtsim(folder: string): {
  readonly files: readonly PackedFile[];
  readonly size: number;
} {
  const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [name] = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  if (packed.status !== 0 || name === undefined) throw new Error(packed.stderr);
  const tarball = readFileSync(join(folder, name));
  return { files: unpack(gunzipSync(tarball)), size: tarball.length };
}

const BLOCK = 512;

/** POSIX ustar, with the extended headers that long names need. */
function unpack(tar: Uint8Array): readonly PackedFile[] {
  const files: PackedFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const field = (from: number, length: number): string =>
      Buffer.from(tar.subarray(at + from, at + from + length))
        .toString("utf8")
        .replace(/\0.*$/s, "");
    const size = Number.parseInt(field(124, 12), 8);
    const bytes = tar.slice(at + BLOCK, at + BLOCK + size);
    const kind = field(156, 1);
    const prefix = field(345, 155);
    const name = longName ?? (prefix === "" ? field(0, 100) : `${prefix}/${field(0, 100)}`);
    if (kind === "x") longName = /\d+ path=(.*)\n/.exec(Buffer.from(bytes).toString("utf8"))?.[1];
    else {
      longName = undefined;
      files.push({ path: name.replace(/^package\//, ""), bytes });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** An empty project with the package, what it depends on, and what its examples need besides. */
export function makeProject(
  folder: string,
  files: readonly PackedFile[],
  besides: readonly string[],
): void {
  const modules = join(folder, "node_modules");
  const own = join(modules, "ftsim");
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(own, path)), { recursive: true });
    writeFileSync(join(own, path), bytes, { mode: path.startsWith("bin/") ? 0o755 : 0o644 });
  }
  const manifest = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of [...Object.keys(manifest.dependencies), ...besides]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(realpathSync(join(ROOT, "node_modules", name)), join(modules, name));
  }
  mkdirSync(join(modules, ".bin"));
  symlinkSync(join("..", "ftsim", "bin", "ftsim.js"), join(modules, ".bin", "ftsim"));
  for (const [name, bin] of [
    ["vitest", "vitest/vitest.mjs"],
    ["tsc", "typescript/bin/tsc"],
  ] as const)
    if (existsSync(join(modules, bin))) symlinkSync(join("..", bin), join(modules, ".bin", name));
  writeFileSync(join(folder, "package.json"), '{"name":"p","type":"module","private":true}\n');
}

/** The same project on another machine: what is in its repository, and no report. */
export function checkOut(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  rmSync(join(to, "reports"), { recursive: true, force: true });
}
