// npm run campaign:rules [-- --seeds N]: every protection switched off, and every planted bug, in the
// scenario that names it. A rule must be missed in at least 95 of 100 seeds; with all rules on the
// same seeds are valid (campaign:shipped says so for all scenarios).

import { PLANTED_BUGS } from "../dist/testbed/variants/bugs.js";
import { PROTECTIONS } from "../dist/testbed/variants/protections.js";
import { runJobs, seedRange, seedsOption } from "./campaign.mjs";

const seeds = seedsOption(100);
const NEEDED = 0.95;
let failures = 0;

async function judge(label, scenario, variant, isCaught) {
  const jobs = seedRange(seeds).map((seed) => ({ scenario, seed, ...variant }));
  const answers = (await runJobs(jobs, 1)).map(([answer]) => answer);
  const caught = answers.filter(isCaught).length;
  const killers = new Map();
  for (const { rejectedBy } of answers)
    for (const name of rejectedBy) killers.set(name, (killers.get(name) ?? 0) + 1);
  const isEnough = caught >= NEEDED * seeds;
  if (!isEnough) failures += 1;
  const by = [...killers].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
  console.log(
    `${isEnough ? "ok  " : "MISS"} ${label.padEnd(36)} ${scenario.padEnd(20)} ${caught}/${seeds}  ${by.join(", ")}`,
  );
}

for (const { name, scenario } of PROTECTIONS)
  await judge(
    `without ${name}`,
    scenario,
    { without: [name] },
    ({ verdict }) => verdict === "invalid",
  );
const bugs = process.argv.includes("--protections") ? [] : PLANTED_BUGS;
for (const { name, scenario, killers } of bugs)
  await judge(`bug ${name}`, scenario, { bug: [name] }, ({ rejectedBy }) =>
    rejectedBy.some((checker) => killers.includes(checker)),
  );
console.log(
  `${PROTECTIONS.length} protections, ${bugs.length} planted bugs, ${seeds} seeds each: ${failures} missed`,
);
process.exitCode = failures === 0 ? 0 : 1;
