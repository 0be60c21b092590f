// `ftsim fuzz SCENARIO`: many seeds on all cores, every run judged; findings by what they are, each
// confirmed in a process of its own. `ftsim merge` puts the results of shards together.

import { join } from "node:path";
import { jobsOf } from "../crew.ts";
import { Interrupt } from "../drive.ts";
import {
  EXIT_INTERNAL,
  EXIT_INTERRUPTED,
  EXIT_LIVENESS,
  EXIT_NOT_DETERMINISTIC,
  EXIT_OK,
  EXIT_UNKNOWN,
  EXIT_USAGE,
  EXIT_VIOLATION,
} from "../exit-codes.ts";
import type { Farm } from "../farm/farm.ts";
import { annotate } from "../fuzz/annotations.ts";
import { type CampaignWatch, runCampaign } from "../fuzz/campaign.ts";
import { campaignJson } from "../fuzz/campaign-json.ts";
import { CampaignProgress } from "../fuzz/campaign-progress.ts";
import { compareWith, encodeFailures, FAILURES_FILE, readBaseline } from "../fuzz/failures-file.ts";
import { confirmAll, shrinkAll } from "../fuzz/findings.ts";
import { reproductionsIn, runReproductions } from "../fuzz/regressions.ts";
import {
  appendResult,
  beginResults,
  mismatch,
  readResults,
  RESULTS_FILE,
  rewriteResults,
} from "../fuzz/results-file.ts";
import { twiceOf } from "../fuzz/outcome.ts";
import { SecondRuns } from "../fuzz/second-runs.ts";
import { SeedCrew } from "../fuzz/seed-crew.ts";
import { lastOf, planSeeds, rangeOf, type SeedOptions, type SeedPlan } from "../fuzz/seeds.ts";
import { checkSubject, refuseOwnProtocol, type Subject, UNBOUNDED } from "../fuzz/subject.ts";
import { type CampaignReport, campaignText } from "../fuzz/summary.ts";
import { Tally } from "../fuzz/tally.ts";
import { appendToLedger, checkLedger } from "../ledger/ledger-file.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

export interface FuzzOptions extends SeedOptions {
  readonly jobs: string | undefined;
  /** The address of a Redis whose workers take part. */
  readonly queue: string | undefined;
  readonly resume: boolean;
  /** Every seed a second time, on other threads. */
  readonly twice: boolean;
  /** The file to which a line about this campaign is added. */
  readonly ledger: string | undefined;
  readonly regressions: string | undefined;
  readonly baseline: string | undefined;
  readonly unbounded: boolean;
  readonly requireMarks: boolean;
  /** Whether findings are made small. */
  readonly shrink: boolean;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly set: readonly string[];
  readonly protocol: string | undefined;
  readonly junit: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export async function fuzz(scenario: string, options: FuzzOptions): Promise<number> {
  const subject = subjectOf(scenario, options);
  const plan = planSeeds(options);
  if (options.ledger !== undefined) checkLedger(options.ledger, subject);
  if (options.queue !== undefined) refuseOwnProtocol("--queue", subject);
  const name = await checkSubject(subject, String(plan.first));
  resolveVariants(subject.without, subject.bug);
  const baseline = options.baseline === undefined ? undefined : readBaseline(options.baseline);
  const files = reproductionsIn(options.regressions);
  const jobs = jobsOf(options.jobs, options.queue === undefined ? 1 : 0);
  const farm = await farmOf(subject, options, jobs);
  try {
    const folder = new OutputFolder(options.out ?? join(REPORTS_DIR, `fuzz-${name}`));
    return await runFuzz({ subject, plan, options, baseline, files, jobs, farm, folder });
  } finally {
    await farm?.close();
  }
}

interface Prepared {
  readonly subject: Subject;
  readonly plan: SeedPlan;
  readonly options: FuzzOptions;
  readonly baseline: ReturnType<typeof readBaseline> | undefined;
  /** Reproductions that are run first. */
  readonly files: readonly string[];
  readonly jobs: number;
  readonly farm: Farm | undefined;
  readonly folder: OutputFolder;
}

async function runFuzz(prepared: Prepared): Promise<number> {
  const { subject, plan, options, baseline, files, jobs, farm, folder } = prepared;
  const tally = new Tally(subject.protocol);
  const first = openResults(folder, { subject, plan, options }, tally);
  // Who only gathers has one all the same, for what broke elsewhere.
  const crew = new SeedCrew(Math.max(1, options.twice ? Math.ceil(jobs / 2) : jobs));
  const secondCrew = options.twice ? new SeedCrew(Math.max(1, Math.floor(jobs / 2))) : undefined;
  const interrupt = new Interrupt();
  const progress = new CampaignProgress(tally, options.quiet || options.json);
  const started = performance.now();
  try {
    const regressions = await runReproductions(crew, files, interrupt);
    const watch: CampaignWatch = {
      now: () => performance.now(),
      isInterrupted: () => interrupt.isRaised,
      onOutcome: (outcome) => {
        tally.add(outcome);
        appendResult(join(folder.path, RESULTS_FILE), outcome);
        progress.show();
      },
    };
    const secondRuns =
      secondCrew && new SecondRuns(subject, secondCrew, (outcome) => watch.onOutcome(outcome));
    const seeds = { ...plan, first };
    const reached =
      farm === undefined
        ? await runCampaign(subject, seeds, crew, tally, watch, secondRuns)
        : await farm.run(seeds, crew, tally, watch);
    await farm?.close();
    progress.done();
    const seconds = (performance.now() - started) / 1_000;
    folder.write(FAILURES_FILE, encodeFailures(subject, tally.findings));
    const report: CampaignReport = {
      subject,
      tally,
      range: rangeOf({ ...plan, first }, reached),
      jobs: crew.size + (secondCrew?.size ?? 0),
      seconds,
      isInterrupted: interrupt.isRaised,
      confirmations: interrupt.isRaised ? new Map() : await confirmAll(subject, tally, folder.path),
      smallest:
        interrupt.isRaised || !options.shrink
          ? new Map()
          : await shrinkAll(subject, tally, { folder: folder.path, jobs: crew.size, interrupt }),
      ...compareWith(baseline, tally.findings),
      regressions,
      requiresMarks: options.requireMarks,
      folder: folder.path,
    };
    if (options.ledger !== undefined) {
      const range = { first, last: lastOf({ ...plan, first }, reached), shard: plan.shard };
      appendToLedger(options.ledger, report, range);
    }
    return finish(report, folder, options);
  } finally {
    interrupt.stopListening();
    progress.done();
    await crew.dismiss();
    await secondCrew?.dismiss();
  }
}

/** `--queue`: the two packages that it needs are looked for only then. */
async function farmOf(
  subject: Subject,
  options: FuzzOptions,
  jobs: number,
): Promise<Farm | undefined> {
  const { queue, resume, twice } = options;
  if (queue === undefined) return undefined;
  if (twice) throw new UsageError("--queue and --twice: expected one of them");
  const { openFarm } = await import("../farm/farm.ts");
  return await openFarm(queue, subject, { resume, jobs });
}

function subjectOf(scenario: string, options: FuzzOptions): Subject {
  const { set, without, bug, protocol, unbounded } = options;
  return { scenario, set: unbounded ? [...UNBOUNDED, ...set] : set, without, bug, protocol };
}

/** The seed from which shards count: that of the results that are resumed. */
function openResults(
  folder: OutputFolder,
  { subject, plan, options }: { subject: Subject; plan: SeedPlan; options: FuzzOptions },
  tally: Tally,
): number {
  const file = join(folder.path, RESULTS_FILE);
  if (!options.resume) {
    beginResults(file, subject, plan.first);
    return plan.first;
  }
  const stored = readResults(file);
  const problem = mismatch(stored, subject);
  if (problem !== undefined) throw new UsageError(`--resume: ${file} is ${problem}`);
  if (options.seeds !== undefined && plan.first !== stored.first)
    throw new UsageError(
      `--resume: ${file} begins with seed ${stored.first}: expected --seeds ${stored.first}..LAST`,
    );
  // What was run once only is run anew, twice.
  const kept = options.twice
    ? stored.outcomes.filter(({ again }) => again !== undefined)
    : stored.outcomes;
  rewriteResults(file, { ...stored, outcomes: kept });
  for (const outcome of kept) tally.add(outcome);
  return stored.first;
}

function finish(report: CampaignReport, folder: OutputFolder, options: FuzzOptions): number {
  folder.write("campaign.json", campaignJson(report));
  const text = campaignText(report);
  if (options.json) process.stdout.write(campaignJson(report));
  else if (options.quiet) process.stdout.write(quietLine(report));
  else process.stdout.write(text);
  annotate(report, text, options.junit);
  return exitOfCampaign(report);
}

function quietLine({ tally, subject, range, requiresMarks }: CampaignReport): string {
  const { findings, seeds, marksMissed } = tally;
  const isIncomplete = requiresMarks && marksMissed.length > 0;
  const word = findings.length > 0 ? "FAILED" : isIncomplete ? "INCOMPLETE" : "AS EXPECTED";
  const missed = isIncomplete ? `, never hit: ${marksMissed.join(", ")}` : "";
  return `${word} ${subject.scenario} ${range}: ${seeds} seeds, ${findings.length} findings${missed}\n`;
}

/** Worst first (design 5). A finding that does not come again is no determinism. */
export function exitOfCampaign(report: CampaignReport): number {
  const { tally, confirmations, regressions, isInterrupted } = report;
  const codes = new Set(tally.exits.keys());
  if (twiceOf(tally.outcomes).differing.length > 0) codes.add(EXIT_NOT_DETERMINISTIC);
  if (report.requiresMarks && tally.marksMissed.length > 0) codes.add(EXIT_UNKNOWN);
  if (regressions.failed.length > 0) codes.add(EXIT_VIOLATION);
  if ([...confirmations.values()].some(({ isConfirmed }) => !isConfirmed))
    codes.add(EXIT_NOT_DETERMINISTIC);
  if (tally.seeds === 0 && !isInterrupted) codes.add(EXIT_UNKNOWN);
  const worst = WORST_FIRST.find((code) => codes.has(code));
  if (worst !== undefined) return worst;
  return isInterrupted ? EXIT_INTERRUPTED : EXIT_OK;
}

const WORST_FIRST = [
  EXIT_INTERNAL,
  EXIT_NOT_DETERMINISTIC,
  EXIT_VIOLATION,
  EXIT_LIVENESS,
  EXIT_UNKNOWN,
  EXIT_USAGE,
];
