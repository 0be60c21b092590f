// `ftsim explore SCENARIO --seed N`: from one run on, forks where something happened for the first
// time and where a violation was near, re-seeded, and forks of those; within a budget of forks.

import { join } from "node:path";
import { Prng } from "../../base/prng.ts";
import { createWorld } from "../../testbed/run.ts";
import { parseDuration } from "../../testbed/units.ts";
import { Crew, jobsOf } from "../crew.ts";
import { Interrupt } from "../drive.ts";
import { createEngine } from "../engine.ts";
import {
  EXIT_INTERNAL,
  EXIT_INTERRUPTED,
  EXIT_LIVENESS,
  EXIT_NOT_DETERMINISTIC,
  EXIT_OK,
  EXIT_UNKNOWN,
  EXIT_VIOLATION,
} from "../exit-codes.ts";
import { type ForkCrew, runForks, runScratch, WORKPLACE } from "../explore/crew.ts";
import { Exploration, isFinding, type TreeRun } from "../explore/exploration.ts";
import {
  type ExploreReport,
  exploreJson,
  exploreText,
  findingsOf,
  inOrderOfInterest,
} from "../explore/report.ts";
import {
  type Chosen,
  chooseSubject,
  extraFaults,
  requestOf,
  type SubjectOptions,
} from "../explore/subject.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";
import { whole } from "../whole.ts";

export interface ExploreOptions extends SubjectOptions {
  readonly budget: string;
  readonly time: string | undefined;
  readonly faults: boolean;
  readonly recheck: string;
  readonly jobs: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

const BUDGET_MAX = 1_000_000;
const RECHECK_MAX = 10_000;

export async function explore(name: string, options: ExploreOptions): Promise<number> {
  const started = performance.now();
  const milliseconds = (): number => performance.now() - started;
  const chosen = chooseSubject(name, options);
  const budget = whole("--budget", options.budget, BUDGET_MAX);
  const recheck = whole("--recheck", options.recheck, RECHECK_MAX, 0);
  const limit = timeOf(options.time);
  const { subject, scenario } = chosen;
  await tryToBuild(chosen);
  const crew: ForkCrew = new Crew(WORKPLACE, jobsOf(options.jobs));
  const folder = new OutputFolder(
    options.out ?? join(REPORTS_DIR, `explore-${scenario.name}-${subject.seed}`),
  );
  const interrupt = new Interrupt();
  const progress = new Progress(options.quiet || options.json);
  try {
    const exploration = await search(chosen, crew, {
      budget,
      hasFaults: options.faults,
      isOver: () => interrupt.isRaised || milliseconds() >= limit,
      show: (text) => progress.show(text),
    });
    const isComplete = exploration.runs.length > budget;
    const report: ExploreReport = {
      subject,
      name: scenario.name,
      exploration,
      budget,
      jobs: crew.size,
      endedBy: interrupt.isRaised
        ? ", interrupted"
        : isComplete || milliseconds() < limit
          ? ""
          : ", ended by --time",
      recheck: await runAgain(chosen, crew, exploration, interrupt.isRaised ? 0 : recheck),
      seconds: milliseconds() / 1_000,
    };
    progress.done();
    folder.write("explore.json", exploreJson(report));
    process.stdout.write(printed(report, options, folder.path));
    return interrupt.isRaised ? EXIT_INTERRUPTED : exitOfExploration(report);
  } finally {
    interrupt.stopListening();
    progress.done();
    await crew.dismiss();
  }
}

/** What is wrong with it is said before the first worker begins. */
async function tryToBuild(chosen: Chosen): Promise<void> {
  const world = createWorld(createEngine(), await requestOf(chosen));
  if (!world.ok) throw new UsageError(world.error);
  world.value.release();
}

interface Search {
  readonly budget: number;
  readonly hasFaults: boolean;
  readonly isOver: () => boolean;
  readonly show: (text: string) => void;
}

async function search(
  { subject, scenario, recipe }: Chosen,
  crew: ForkCrew,
  { budget, hasFaults, isOver, show }: Search,
): Promise<Exploration> {
  const first = await runScratch(crew, subject, recipe);
  const extra = hasFaults ? extraFaults(scenario, subject.seed) : () => [];
  const exploration = new Exploration({ first, recipe, budget, extra });
  while (!isOver()) {
    const forks = exploration.nextRound();
    if (forks.length === 0) break;
    const before = exploration.runs.length - 1;
    const sent = forks.map((fork) => ({
      recipe: exploration.run(fork.run).recipe,
      order: { afterEvent: fork.afterEvent, acts: fork.acts },
      sender: fork,
    }));
    const tell = (done: number): void => show(`${before + done} of ${budget} forks`);
    exploration.absorb(await runForks(crew, subject, sent, tell));
  }
  return exploration;
}

/** Findings first, then a sample of all: each from scratch, by a world that was never forked. */
async function runAgain(
  { subject }: Chosen,
  crew: ForkCrew,
  { runs }: Exploration,
  wanted: number,
): Promise<ExploreReport["recheck"]> {
  const found = inOrderOfInterest(runs).filter(({ news }) =>
    news.some(({ kind }) => kind === "finding"),
  );
  const chosen: TreeRun[] = found.slice(0, wanted);
  const pool = runs.filter((run) => run.id > 0 && !chosen.includes(run));
  const prng = new Prng(`recheck ${subject.seed}`);
  while (chosen.length < wanted && pool.length > 0)
    chosen.push(...pool.splice(prng.below(pool.length), 1));
  const again = await Promise.all(
    chosen.map(async ({ id, recipe, watched }) => {
      const { digest } = await runScratch(crew, subject, recipe);
      return digest === watched.digest ? [] : [id];
    }),
  );
  return { runs: chosen.length, differ: again.flat() };
}

function printed(report: ExploreReport, options: ExploreOptions, path: string): string {
  if (options.json) return exploreJson(report);
  if (!options.quiet) return `${exploreText(report)}report  ${join(path, "explore.json")}\n`;
  const { runs } = report.exploration;
  const findings = findingsOf(runs).length;
  return `${findings === 0 ? "AS EXPECTED" : "FAILED"} ${report.name} seed ${report.subject.seed}: ${runs.length - 1} forks, ${findings} findings\n`;
}

/** Worst first, as for campaigns. */
function exitOfExploration({ exploration, recheck }: ExploreReport): number {
  const codes = new Set(
    exploration.runs
      .filter(({ recipe, watched }) => isFinding(recipe, watched))
      .map(({ watched }) => watched.exit),
  );
  if (recheck.differ.length > 0) codes.add(EXIT_NOT_DETERMINISTIC);
  return WORST_FIRST.find((code) => codes.has(code)) ?? EXIT_OK;
}

const WORST_FIRST = [
  EXIT_INTERNAL,
  EXIT_NOT_DETERMINISTIC,
  EXIT_VIOLATION,
  EXIT_LIVENESS,
  EXIT_UNKNOWN,
];

function timeOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const limit = parseDuration(text);
  if (!limit.ok) throw new UsageError(`--time: ${limit.error}`);
  return limit.value / 1_000_000;
}
