// The linter, type-aware, over everything of ours: says how many files it looked at and fails when
// there were none, when the type-aware half is missing, or on any finding. A gate that sees nothing
// must not pass.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDERS = ["src", "test", "scripts", "bench", "lint", "bin"];
const BINARIES = join(ROOT, "node_modules", ".bin");

process.exitCode = main();

function main() {
  for (const tool of ["oxlint", "tsgolint"])
    if (!existsSync(join(BINARIES, tool))) return fail(`${tool} is not installed: run npm ci`);
  const folders = FOLDERS.filter((folder) => existsSync(join(ROOT, folder)));
  const { stdout, stderr, status } = spawnSync(
    join(BINARIES, "oxlint"),
    ["--type-aware", ...folders],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  const files = Number(/\bon (\d+) files?\b/.exec(stdout)?.[1] ?? 0);
  if (status !== 0) {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    return fail(`oxlint found something (exit ${status}), ${files} files looked at`);
  }
  if (files === 0) return fail("oxlint looked at no file");
  process.stdout.write(`lint: ${files} files in ${folders.join(", ")}, nothing found\n`);
  return 0;
}

function fail(message) {
  process.stderr.write(`lint: ${message}\n`);
  return 1;
}
