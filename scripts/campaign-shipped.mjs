// npm run campaign:shipped [-- --seeds N --only=NAME --except=A,B --once]: every shipped scenario with many seeds,
// each run twice by different workers: equal digests, the expected verdict, none unknown. At the end,
// how often each kind of fault really fired; with all scenarios, one that never did is a failure.
// --once leaves the second runs out: verdicts in half the time, and nothing about digests.

import { loadGuests } from "../dist/cli/engine.js";
import { ANY_SEED, loadScenario, scenarioNames } from "../dist/cli/scenarios.js";
import { FAULT_KINDS } from "../dist/faults/registry.js";
import { guestDigest } from "../dist/testbed/boot.js";
import { runJobs, seedRange, seedsOption } from "./campaign.mjs";

const seeds = seedsOption(200);
const only = process.argv.find((word) => word.startsWith("--only="))?.slice("--only=".length);
const except = process.argv.find((word) => word.startsWith("--except="))?.slice("--except=".length);
const left = new Set(except?.split(",") ?? []);
const times = process.argv.includes("--once") ? 1 : 2;
const often = times === 1 ? "once" : "twice";
const chosen = scenarioNames().filter(
  (name) => !left.has(name) && (only === undefined || name === only),
);
if (left.size > 0) console.log(`left out: ${[...left].join(", ")}`);
const guests = loadGuests();
const names = chosen.filter(
  (name) => guestDigest(guests.get(loadScenario(name, [], ANY_SEED).guest)).ok,
);
const started = performance.now();
let failures = 0;
const fired = new Map(
  FAULT_KINDS.map(({ name }) => [name, { scenarios: 0, strikes: 0, bites: 0 }]),
);

/** Adds up one scenario's answers. */
function countFired(answers) {
  const struck = new Set();
  for (const [answer] of answers)
    for (const { fault, strikes, bites } of answer.fired) {
      const sum = fired.get(fault);
      sum.strikes += strikes;
      sum.bites += bites;
      struck.add(fault);
    }
  for (const fault of struck) fired.get(fault).scenarios += 1;
}

// One crew for all scenarios; each is told about as soon as all its seeds are done.
const jobs = names.flatMap((scenario) => seedRange(seeds).map((seed) => ({ scenario, seed })));
const open = new Map(names.map((name) => [name, []]));
await runJobs(jobs, times, { block: seeds, onAnswers: take });

function take(index, ofSeed) {
  const { scenario } = jobs[index];
  const answers = open.get(scenario);
  answers.push(ofSeed);
  if (answers.length === seeds) tell(scenario, answers);
}

function tell(scenario, answers) {
  const different = answers.filter(([a, b]) => b !== undefined && a.digest !== b.digest);
  const unexpected = answers.filter(([a]) => a.exit !== 0);
  const unknown = answers.filter(([a]) => a.verdict === "unknown");
  const events = answers.reduce((sum, [a]) => sum + a.events, 0);
  countFired(answers);
  open.delete(scenario);
  failures += different.length + unexpected.length;
  console.log(
    `${scenario.padEnd(28)}${answers.length} seeds ${often}, ${events} events: ${times === 1 ? "" : `${different.length} digests differ, `}${unexpected.length} verdicts unexpected, ${unknown.length} unknown`,
  );
  for (const [a, b] of [...new Set([...different, ...unexpected])].slice(0, 3))
    console.log(
      `  seed ${a.job.seed}: ${a.digest} ${b?.digest ?? ""} ${a.verdict} ${a.message}\n    npx ftsim run ${scenario} --seed ${a.job.seed}`,
    );
}

console.log("\nfault             scenarios   strikes      bites");
for (const [name, { scenarios, strikes, bites }] of fired) {
  if (only !== undefined && strikes === 0) continue;
  const isMissing = only === undefined && bites === 0;
  failures += isMissing ? 1 : 0;
  const columns = [scenarios, strikes, bites].map((value, at) => String(value).padStart(9 + at));
  console.log(`${name.padEnd(18)}${columns.join("")}${isMissing ? "   NEVER FIRED" : ""}`);
}
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
for (const name of chosen)
  if (!names.includes(name))
    console.log(
      `${name}: not run, ${guestDigest(guests.get(loadScenario(name, [], ANY_SEED).guest)).error}`,
    );
if (names.length === 0) failures += 1;
console.log(
  `${names.length} scenarios (${chosen.length - names.length} not run), ${names.length * seeds} runs ${often}, ${minutes} min: ${failures} failures`,
);
process.exitCode = failures === 0 ? 0 : 1;
