// npm run campaign:inputs [-- --count N] [--seed S] [--first N] [--binary]: wrong scenarios, reproductions,
// histories, programs and command lines, in this process, or by the real binary. Each must be run to a verdict or be refused
// in one line with exit 64, within two seconds; at least 60 % must be refused. Without a seed they are
// fresh ones; what was taken wrongly is told with its number.

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
const count = Number(option("count", "100000"));
const first = Number(option("first", "1"));
if (![count, first].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error("campaign-inputs: --count and --first take a whole number from 1");
  process.exit(64);
}

// The campaign is test support in TypeScript: bundled here, beside the built command line.
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ftsim-inputs-campaign-"));
const outfile = join(folder, "campaign.mjs");
await build({
  entryPoints: [join(root, "test/inputs/campaign.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  outfile,
  packages: "external",
  plugins: [{ name: "built", setup: useBuilt }],
  define: { "import.meta.dirname": JSON.stringify(join(root, "test", "support")) },
});
const { tryInputs, inputsText } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });

/** What is under test is the built command line, not a copy of its source. */
function useBuilt(plugin) {
  plugin.onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path, resolveDir }) => {
    const source = join(resolveDir, path);
    const built = source.replace(join(root, "src"), join(root, "dist")).replace(/\.ts$/, ".js");
    return { path: pathToFileURL(built).href, external: true };
  });
}

console.log(`seed ${seed}`);
let isInterrupted = false;
process.once("SIGINT", () => {
  isInterrupted = true;
});
const result = await tryInputs({
  seed,
  first,
  count,
  isBinary: process.argv.includes("--binary"),
  isOver: () => isInterrupted,
  tell: (line) => console.log(line),
});
console.log(inputsText(result));
const isGood =
  result.inputs > 0 && result.wrong.length === 0 && result.rejected >= 0.6 * result.inputs;
process.exitCode = isGood ? 0 : 1;
