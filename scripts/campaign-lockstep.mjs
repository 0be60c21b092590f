// npm run campaign:lockstep [-- --seconds N] [--steps N] [--seed S]: random programs for all of the
// machine, run in every way that a machine can be run; all must come to the same states at the same
// counts. Without a seed they are fresh ones. A mismatch is told with the program's name, the first
// count at which it shows, and what differs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

function option(name, usual) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? usual : process.argv[at + 1];
}

const seed = option("seed", `${Date.now()}`);
const seconds = Number(option("seconds", "Infinity"));
const steps = Number(option("steps", Number.isFinite(seconds) ? "Infinity" : "1e9"));
if (Number.isNaN(seconds) || Number.isNaN(steps)) {
  console.error("campaign-lockstep: --seconds and --steps take a number");
  process.exit(64);
}

// The arms are test support in TypeScript: bundled here, beside the repository's own modules.
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ftsim-lockstep-"));
const outfile = join(folder, "campaign.mjs");
const core = pathToFileURL(join(root, "test/support/vm/load-core.ts")).href;
await build({
  entryPoints: [join(root, "test/lockstep/campaign.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  outfile,
  define: { "import.meta.url": JSON.stringify(core) },
});
const { campaign, summary } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });

const start = Date.now();
const isOver = () => Date.now() - start >= seconds * 1000;
console.log(`seed ${seed}`);
const result = campaign({ seed, steps, isOver, tell: (line) => console.log(line) });
console.log(`${summary(result)}, ${Math.round((Date.now() - start) / 1000)} s`);
process.exitCode = result.mismatches === 0 ? 0 : 1;
