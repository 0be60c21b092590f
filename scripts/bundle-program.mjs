// Makes dist/program: the command line, its worker threads and the package's two entries, from the
// compiled modules, in few files that share what they have in common. The modules are some hundreds,
// and loading them one by one took longer than most commands do. Packages stay outside.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rmSync } from "node:fs";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const out = join(dist, "program");

/** Two levels below the package, as dist/cli is: cli/paths.ts finds everything from there. */
const ENTRIES = {
  ftsim: "cli/entry.js",
  "fuzz-worker": "cli/fuzz/worker.js",
  "shrink-worker": "cli/shrink/attempt.js",
  "sweep-worker": "cli/sweep/worker.js",
  "explore-worker": "cli/explore/worker.js",
  "tables-worker": "cli/tables-worker.js",
  "verify-worker": "cli/verify-worker.js",
  index: "api/index.js",
  vitest: "api/vitest.js",
};

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(
    Object.entries(ENTRIES).map(([name, file]) => [name, join(dist, file)]),
  ),
  outdir: out,
  chunkNames: "shared-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  legalComments: "none",
  logLevel: "warning",
});
