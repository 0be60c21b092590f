// npm run campaign:digests -- DIR [--part I/N]: every seed that the campaign in DIR has done again, each by
// the command line of `ftsim run`, in this process: what ran in the campaign's workers, among its other
// seeds, has the same digest and the same exit code. `--part`: every N-th seed, from the I-th.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../dist/cli/main.js";

const [folder, , part = "1/1"] = process.argv.slice(2);
const [hand, hands] = part.split("/").map(Number);
if (folder === undefined || !(hand >= 1 && hand <= hands)) usage();

const [head, ...done] = resultsOf(folder);
const { scenario, set, without, bug } = head.subject;
const options = [
  ...set.flatMap((change) => ["--set", change]),
  ...without.flatMap((rule) => ["--without", rule]),
  ...bug.flatMap((name) => ["--bug", name]),
];
const own = done.filter((_, index) => index % hands === hand - 1);
let differ = 0;
for (const { seed, digest, exit } of own) {
  const again = await runAgain(seed);
  if (again.digest === digest && again.exit === exit) continue;
  differ += 1;
  console.log(
    `seed ${seed}: ${digest}, exit ${exit}; by ftsim run ${again.digest}, exit ${again.exit}`,
  );
}
console.log(`${own.length} of ${done.length} seeds of ${scenario} run again: ${differ} differ`);
process.exitCode = differ === 0 && own.length > 0 ? 0 : 1;

function resultsOf(from) {
  try {
    const lines = readFileSync(join(from, "results.jsonl"), "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line));
  } catch (error) {
    console.error(`campaign-digests: ${from}: no campaign's results.jsonl: ${error.message}`);
    process.exit(64);
  }
}

async function runAgain(seed) {
  const written = [];
  const { write } = process.stdout;
  process.stdout.write = (text) => written.push(String(text)) > 0;
  const exit = await main(["run", scenario, "--seed", seed, "--json", "--no-report", ...options]);
  process.stdout.write = write;
  return { exit, digest: exit === 64 ? undefined : JSON.parse(written.join("")).digest };
}

function usage() {
  console.error("campaign-digests: the folder of a campaign, and --part I/N for a part of it");
  process.exit(64);
}
