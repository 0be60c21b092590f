// `ftsim init ci`: campaigns in somebody's own CI, as files to begin with.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { REGRESSIONS_DIR, REGRESSIONS_README, WORKFLOW, WORKFLOW_FILE } from "../ci-workflow.ts";
import { EXIT_OK } from "../exit-codes.ts";
import { UsageError } from "../usage-error.ts";

const FILES: readonly (readonly [name: string, text: string])[] = [
  [WORKFLOW_FILE, WORKFLOW],
  [join(REGRESSIONS_DIR, "README.md"), REGRESSIONS_README],
];

export function init(what: string): number {
  if (what !== "ci") throw new UsageError(`init ${what}: expected ci`);
  const there = FILES.find(([name]) => existsSync(name));
  if (there !== undefined)
    throw new UsageError(`${there[0]}: is there already, and stays as it is`);
  for (const [name, text] of FILES) {
    write(name, text);
    process.stdout.write(`${name}\n`);
  }
  process.stdout.write(
    "\nPull requests run fixed seeds and the regressions, every night new seeds in four shards.\n",
  );
  return EXIT_OK;
}

function write(name: string, text: string): void {
  try {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, text);
  } catch (error) {
    throw new UsageError(`${name}: cannot be written (${(error as Error).message})`);
  }
}
