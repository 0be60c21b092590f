// npm run campaign:lockstep [-- --seconds N] [--steps N] [--qemu-steps N] [--seed S]: random programs
// for all of the machine, run in every way that a machine can be run; all must come to the same states
// at the same counts. Without a seed they are fresh ones. A mismatch is told with the program's name,
// the first count at which it shows, and what differs. Then programs that QEMU judges.

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
const qemuSteps = Number(option("qemu-steps", Number.isFinite(seconds) ? "0" : "1e8"));
if ([seconds, steps, qemuSteps].some(Number.isNaN)) {
  console.error("campaign-lockstep: --seconds, --steps and --qemu-steps take a number");
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
const { campaign, qemuCampaign, summary } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });

const start = Date.now();
const isOver = () => Date.now() - start >= seconds * 1000;
console.log(`seed ${seed}`);
const tell = (line) => console.log(line);
const result = campaign({ seed, steps, isOver, tell });
console.log(`${summary(result)}, ${Math.round((Date.now() - start) / 1000)} s`);
const judged = qemuSteps > 0 ? qemuCampaign({ seed, steps: qemuSteps, tell }) : undefined;
if (judged)
  console.log(
    `QEMU: ${judged.programs} programs, ${judged.steps} steps, ${judged.mismatches} mismatches`,
  );
else console.log(qemuSteps > 0 ? "QEMU is not installed: not asked" : "QEMU was not asked");
process.exitCode = result.mismatches + (judged?.mismatches ?? 0) === 0 ? 0 : 1;
