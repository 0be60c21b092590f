// `ftsim lab` lists the labs; `ftsim lab 1 [FILE]` runs a lab's scenarios with a protocol and shows
// which are valid so far. Without a file it is the one that the lab begins with.

import { join, relative } from "node:path";
import { wrap } from "../../report/text.ts";
import { createWorld, type BootCache, runToEnd, type RunResult } from "../../testbed/run.ts";
import type { Protocol } from "../../ft/protocol.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { createEngine } from "../engine.ts";
import { EXIT_OK, EXIT_VIOLATION } from "../exit-codes.ts";
import { allLabs, findLab, type LabRun } from "../labs.ts";
import { loadProtocol } from "../protocols.ts";
import { loadScenario } from "../scenarios.ts";
import { UsageError } from "../usage-error.ts";

export async function lab(number: string | undefined, file: string | undefined): Promise<number> {
  if (number === undefined) return listLabs();
  const { folder, title, runs } = findLab(number);
  const shown = file ?? `./${relative(process.cwd(), join(folder, "start.js"))}`;
  const protocol = await loadProtocol(/[/\\]/.test(shown) ? shown : `./${shown}`);
  process.stdout.write(`lab ${number}  ${title}\n       ${shown}\n\n`);
  const engine = createEngine();
  let [valid, all] = [0, 0];
  for (const run of runs)
    for (const seed of run.seeds) {
      const result = perform(engine, protocol, run, seed);
      all += 1;
      if (result.verdict === "valid") valid += 1;
      process.stdout.write(row(run.scenario, seed, result));
    }
  const isDone = valid === all;
  process.stdout.write(`\n${valid} of ${all} runs valid\n`);
  if (!isDone) {
    const [first] = runs;
    process.stdout.write(
      `read    ${join(relative(process.cwd(), folder), "README.md")}\nlook    npx ftsim run ${first?.scenario} --seed ${first?.seeds[0]} --protocol ${shown}\n`,
    );
  }
  return isDone ? EXIT_OK : EXIT_VIOLATION;
}

function listLabs(): number {
  for (const { number, title, paper, folder } of allLabs())
    process.stdout.write(
      `${number}  ${title.padEnd(44)}${paper.padEnd(20)}${relative(process.cwd(), folder)}\n`,
    );
  process.stdout.write(
    "\nftsim lab N runs a lab as it begins, ftsim lab N ./mine.js with a protocol of yours.\n",
  );
  return EXIT_OK;
}

function perform(engine: BootCache, protocol: Protocol, run: LabRun, seed: string): RunResult {
  const scenario = loadScenario(run.scenario, run.set, seed);
  const created = createWorld(engine, { scenario, seed, protocol, changes: [] });
  if (!created.ok) throw new UsageError(created.error);
  return withDeterminismGuard(() => runToEnd(created.value));
}

function row(scenario: string, seed: string, result: RunResult): string {
  const [finding] = result.conclusion.findings;
  const head = `  ${scenario.padEnd(20)} seed ${seed.padEnd(4)} ${result.verdict.padEnd(8)}`;
  if (result.verdict === "valid") return `${head}\n`;
  if (finding === undefined) return `${head}${result.exhausted ?? "nothing was decided"}\n`;
  const { checker, message } = finding.cause;
  const lines = wrap(`      ${message}`, 6).map((line) => `${line}\n`);
  return `${head}${checker}\n${lines.join("")}`;
}
