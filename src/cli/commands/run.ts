// `ftsim run SCENARIO --seed N`: build the world, drive it to its end, judge it, write what it left,
// print what a person wants to know.

import { join } from "node:path";
import { Prng } from "../../base/prng.ts";
import { runJson } from "../../report/json.ts";
import type { ReportRun } from "../../report/report-run.ts";
import { summarize } from "../../report/summary.ts";
import { Counterfactuals, type Sampling } from "../../testbed/counterfactuals.ts";
import { type BootCache, createWorld, type RunRequest, type RunResult } from "../../testbed/run.ts";
import type { Scenario } from "../../testbed/scenario.ts";
import type { World } from "../../testbed/world.ts";
import { Capture } from "../capture.ts";
import { drive, type Driven, Interrupt } from "../drive.ts";
import { debugWorld } from "../gdb/replicas.ts";
import { createEngine } from "../engine.ts";
import { EXIT_INTERRUPTED, exitOf } from "../exit-codes.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { isUserProtocol, loadProtocol } from "../protocols.ts";
import { toReportRun } from "../report-input.ts";
import type { RunOptions } from "../run-options.ts";
import { differenceWhenForked } from "../run-again.ts";
import { writeRunFiles } from "../run-files.ts";
import { loadScenario, scenarioText } from "../scenarios.ts";
import { chooseSeed } from "../seed.ts";
import { stalledOutput } from "../stalled-output.ts";
import { interventionsOf } from "../stored-run.ts";
import { NotDeterministic, UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

export async function run(options: RunOptions): Promise<number> {
  const seed = chooseSeed(options.seed);
  const scenario = loadScenario(options.scenario, options.set, seed);
  const interventions = interventionsOf({ interventions: options.do ?? [] }, scenario, "--do");
  const { result, isInterrupted } = await perform(
    { ...options, interventions },
    {
      scenario,
      scenarioText: scenarioText(options.scenario, seed),
      seed,
    },
  );
  return isInterrupted ? EXIT_INTERRUPTED : exitOf(result);
}

export interface RunSubject {
  readonly scenario: Scenario;
  readonly scenarioText: string;
  readonly seed: string;
  /** What makes it again, where it is no scenario that could be named. */
  readonly again?: string;
}

/** Runs, judges, writes the files and prints what they say. */
export async function perform(options: RunOptions, subject: RunSubject): Promise<Driven> {
  const started = performance.now();
  const { scenario, seed } = subject;
  const changes = resolveVariants(options.without, options.bug);
  const protocol = await loadProtocol(options.protocol ?? scenario.protocol.name);
  const { interventions = [] } = options;
  const request = { scenario, seed, protocol, changes, interventions };
  const sampling = samplingOf(options.counterfactuals, seed);
  const engine = createEngine();
  const world = build(engine, request);
  const capture = options.pcap ? new Capture(world) : undefined;
  // Before anything can be seen of the run: whoever sees it may interrupt it.
  const interrupt = new Interrupt();
  await debugWorld(world, options, interrupt);
  const folder = options.report ? openFolder(options, scenario.name, seed) : undefined;
  const progress = new Progress(options.quiet || options.json);
  const asking = sampling && new Counterfactuals(world, build(engine, request), sampling);
  const driven = await drive(world, progress, interrupt, asking?.advance.bind(asking));
  asking?.release();
  const { result, isInterrupted } = driven;
  const report = toReportRun(result, {
    options,
    reportPath: folder === undefined ? "" : join(folder.path, "report.html"),
    outDir: folder?.path ?? "",
    wallSeconds: (performance.now() - started) / 1_000,
    isInterrupted,
    ...(subject.again === undefined ? {} : { again: subject.again }),
  });
  if (folder !== undefined)
    writeRunFiles(folder, { report, options, scenarioText: subject.scenarioText, result, capture });
  world.release();
  process.stdout.write(printed(report, options));
  if (isUserProtocol(protocol.name) && !isInterrupted) adviseAuthor(engine, request, result);
  return driven;
}

function build(engine: BootCache, request: RunRequest): World {
  const created = createWorld(engine, request);
  if (!created.ok) throw new UsageError(created.error);
  return created.value;
}

/** `--counterfactuals 50`, or all: forks in which the primary dies. */
function samplingOf(text: string | undefined, seed: string): Sampling | undefined {
  if (text === undefined) return undefined;
  const prng = new Prng(`counterfactuals ${seed}`);
  if (text === "all") return { samples: undefined, prng };
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new UsageError(`--counterfactuals ${text}: expected a number from 1 to 999999, or all`);
  return { samples: Number(text), prng };
}

/** For somebody's own protocol: what no checker can say of it. */
function adviseAuthor(engine: BootCache, request: RunRequest, result: RunResult): void {
  const { name } = request.protocol;
  const stalled = result.verdict === "valid" ? undefined : stalledOutput(result);
  if (stalled !== undefined) process.stderr.write(`ftsim: ${name}: ${stalled}\n`);
  const difference = differenceWhenForked(engine, request, result);
  if (difference !== undefined)
    throw new NotDeterministic(`${name}: not deterministic: ${difference}`);
}

function printed(report: ReportRun, options: RunOptions): string {
  if (options.json) return runJson(report);
  if (options.quiet)
    return `${report.verdict.toUpperCase()} ${report.scenario.name} seed ${report.seed} digest ${report.digest}\n`;
  return summarize(report, { isVerbose: options.verbose });
}

function openFolder(options: RunOptions, name: string, seed: string): OutputFolder {
  return new OutputFolder(options.out ?? join(REPORTS_DIR, `${name}-${seed}`));
}
