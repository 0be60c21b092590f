// npm run campaign:shrink [-- --count N] [--first SEED] [--fired N]: swarm runs with a planted bug that fail
// after many faults struck, each made as small as it still shows the same finding. Every one must end
// with the same invariant and with nothing in it that is not needed. The seeds decide which runs, the
// planted bugs take turns.

import { faultsOf } from "../dist/cli/shrink/plain.js";
import { shrinkRun, subjectOf } from "../dist/cli/shrink/shrink-run.js";
import { Crew, jobsOf } from "../dist/cli/crew.js";
import { workerFile } from "../dist/cli/paths.js";
import { PLANTED_BUGS } from "../dist/testbed/variants/bugs.js";

const ATTEMPT = { file: workerFile("shrink"), function: "attempt" };
const FEW_FAULTS = 10;

const wanted = option("count", 50);
const first = option("first", 1);
const leastFired = option("fired", 25);
const jobs = jobsOf(undefined);
const crew = new Crew(ATTEMPT, jobs);
const shrunk = [];
let tried = 0;
let seed = first;

while (shrunk.length < wanted) {
  const found = await failingRuns();
  for (const { subject, first: before } of found.slice(0, wanted - shrunk.length))
    shrunk.push(await shrinkOne(subject, before));
}
await crew.dismiss();
summarise();

/** As many at once as there are cores; the next seeds with enough faults planned. */
async function failingRuns() {
  const subjects = Array.from({ length: jobs }, nextSubject);
  tried += subjects.length;
  const runs = await Promise.all(
    subjects.map(async (subject) => ({
      subject,
      first: await crew.run({ ...subject, target: undefined, isToEnd: true }),
    })),
  );
  return runs.filter(
    ({ first: { finding, fired } }) => finding !== undefined && fired >= leastFired,
  );
}

function nextSubject() {
  for (;;) {
    const bug = PLANTED_BUGS[seed % PLANTED_BUGS.length].name;
    const setting = { seed: String(seed), without: [], bug: [bug], protocol: undefined };
    const subject = subjectOf("swarm", [], setting);
    seed += 1;
    if (faultsOf(subject.scenario).length >= leastFired / 2) return subject;
  }
}

async function shrinkOne(subject, { finding, fired }) {
  const started = performance.now();
  const small = await shrinkRun(subject, { jobs, isOver: () => false, onRun: () => {} });
  const seconds = (performance.now() - started) / 1_000;
  const { before, after, runs, needed } = small;
  const isSame = small.finding.invariant === finding.invariant;
  const isMinimal = needed.every((attempt) => attempt.finding === undefined);
  const { seed: name, bug } = subject.setting;
  console.log(
    `swarm ${name.padEnd(6)}${bug[0].padEnd(34)}${finding.invariant.padEnd(8)}fired ${String(fired).padStart(4)} -> ${String(after.fired).padStart(3)}  faults ${String(before.faults).padStart(3)} -> ${String(after.faults).padStart(2)}  ${String(runs).padStart(4)} runs ${seconds.toFixed(1).padStart(6)} s${isSame ? "" : `  NOW ${small.finding.invariant}`}${isMinimal ? "" : "  NOT MINIMAL"}`,
  );
  return { seconds, isSame, isMinimal, faults: after.faults };
}

function summarise() {
  const few = shrunk.filter(({ faults }) => faults <= FEW_FAULTS).length;
  const wrong = shrunk.filter(({ isSame, isMinimal }) => !isSame || !isMinimal).length;
  console.log(
    `${shrunk.length} failing runs of ${tried} with a planted bug, each with ${leastFired} fired faults or more, to seed ${seed - 1}: ${few} shrunk to ${FEW_FAULTS} faults or fewer, ${median(shrunk.map(({ faults }) => faults))} in the median; ${median(shrunk.map(({ seconds }) => seconds)).toFixed(1)} s in the median on ${jobs} cores; ${wrong} with another invariant or not 1-minimal`,
  );
  process.exitCode = wrong === 0 && shrunk.length > 0 ? 0 : 1;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

function option(name, usual) {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`campaign-shrink: --${name} takes a whole number from 1`);
  process.exit(64);
}
