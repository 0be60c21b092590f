// Makes the documents that are made: docs/holes.md from runs, docs/requirements.md from the table in
// src/testbed/variants/requirement*.ts (with --table nothing else). Tests hold them to it.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: ROOT, stdio: "inherit" });

const { createEngine } = await import("../dist/cli/engine.js");
const { holesDocument } = await import("../dist/cli/documents/holes.js");
const { runHole, SHOWN_SEED } = await import("../dist/cli/documents/hole-runs.js");

const { requirementsDocument } = await import("../dist/cli/documents/requirements.js");

writeFileSync(join(ROOT, "docs", "requirements.md"), requirementsDocument());
if (process.argv.includes("--table")) process.exit(0);

const engine = createEngine();
const holes = holesDocument((hole) => {
  const { exit, excerpt } = runHole(engine, hole, "open", SHOWN_SEED);
  console.log(`${hole.id}  exit ${exit}`);
  return excerpt;
});
writeFileSync(join(ROOT, "docs", "holes.md"), holes);
