// `ftsim shrink RUN` or `ftsim shrink SCENARIO --seed N`: the smallest run that shows the same finding,
// as a scenario that anybody can read and run.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatSeconds } from "../../base/time.ts";
import { count, number } from "../../base/words.ts";
import { labelled, wrap } from "../../report/text.ts";
import { plainScenario } from "../../testbed/scenario-file.ts";
import { parseDuration } from "../../testbed/units.ts";
import { jobsOf } from "../crew.ts";
import { Interrupt } from "../drive.ts";
import { EXIT_INTERRUPTED, EXIT_LIVENESS, EXIT_UNKNOWN, EXIT_VIOLATION } from "../exit-codes.ts";
import { madeBy } from "../fuzz/subject.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { decodeReproduction } from "../reproduction.ts";
import { chooseSeed } from "../seed.ts";
import type { Setting } from "../shrink/attempt.ts";
import { faultsOf } from "../shrink/plain.ts";
import {
  commandOfShrunk,
  shrinkRun,
  type ShrinkSubject,
  shrunkJson,
  SMALL_FILE,
  subjectOf,
  writeShrunk,
} from "../shrink/shrink-run.ts";
import { describeFault, type Shrunk } from "../shrink/shrinker.ts";
import { readReproduction, readStored } from "../stored-run.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

export interface ShrinkOptions {
  readonly seed: string | undefined;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly set: readonly string[];
  readonly protocol: string | undefined;
  readonly time: string;
  readonly jobs: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export async function shrink(source: string, options: ShrinkOptions): Promise<number> {
  const isStored = existsSync(source) && !/\.ya?ml$/.test(source);
  const subject = isStored ? ofReproduction(source) : ofScenario(source, options);
  const { setting } = subject;
  resolveVariants(setting.without, setting.bug);
  const limit = parseDuration(options.time);
  if (!limit.ok) throw new UsageError(`--time: ${limit.error}`);
  const jobs = jobsOf(options.jobs);
  const interrupt = new Interrupt();
  const progress = new Progress(options.quiet || options.json);
  const started = performance.now();
  const milliseconds = (): number => performance.now() - started;
  try {
    const shrunk = await shrinkRun(subject, {
      jobs,
      isOver: () => interrupt.isRaised || milliseconds() > limit.value / 1_000_000,
      onRun: (runs, scenario) =>
        progress.show(`${runs} runs, ${faultsOf(scenario).length} faults left`),
    });
    progress.done();
    if (shrunk === undefined) return nothingToShrink(setting);
    const path = options.out ?? join(REPORTS_DIR, `shrink-${setting.name}-${setting.seed}`);
    writeShrunk(new OutputFolder(path), shrunk, setting);
    if (options.json) process.stdout.write(shrunkJson(shrunk, setting));
    else process.stdout.write(printed(shrunk, setting, { path, seconds: milliseconds() / 1_000 }));
    return interrupt.isRaised ? EXIT_INTERRUPTED : exitOf(shrunk);
  } finally {
    interrupt.stopListening();
    progress.done();
  }
}

function ofScenario(scenario: string, options: ShrinkOptions): ShrinkSubject {
  const { without, bug, protocol, set } = options;
  return subjectOf(scenario, set, { seed: chooseSeed(options.seed), without, bug, protocol });
}

/** A run's folder, or a repro.json under any name. */
function ofReproduction(source: string): ShrinkSubject {
  const isFolder = statSync(source).isDirectory();
  const reproduction = isFolder
    ? readReproduction(source)
    : decodeReproduction(readStored(source), source);
  if (reproduction.interventions.length > 0)
    throw new UsageError(`${source}: what a person did to a run cannot be shrunk`);
  const { scenario, seed, without, bug, protocol, set } = reproduction;
  const plain = plainScenario({ ...scenario, file: source }, set);
  if (!plain.ok) throw new UsageError(plain.error);
  return { setting: { name: scenario.name, seed, without, bug, protocol }, scenario: plain.value };
}

function nothingToShrink({ name, seed }: Setting): number {
  process.stdout.write(`NOTHING TO SHRINK   ${name} seed ${seed} shows no finding\n`);
  return EXIT_UNKNOWN;
}

function exitOf({ finding }: Shrunk): number {
  return finding.invariant.startsWith("L-") ? EXIT_LIVENESS : EXIT_VIOLATION;
}

function printed(
  shrunk: Shrunk,
  setting: Setting,
  { path, seconds }: { readonly path: string; readonly seconds: number },
): string {
  const { finding, before, after, runs, needed, isGivenUp } = shrunk;
  const change = (from: number, to: number): string => `${number(from)} -> ${number(to)}`;
  const what = `${finding.checker} (${finding.invariant}) at ${formatSeconds(finding.time)} s`;
  const lines = [
    `ftsim ${madeBy()}   shrink of ${setting.name}   seed ${setting.seed}   ${count(runs, "run")} in ${seconds.toFixed(1)} s`,
    ...labelled("  finding", what, 13),
    ...wrap(`             ${finding.message}`, 13),
    `  faults     ${change(before.faults, after.faults)} (${change(before.fired, after.fired)} fired)`,
    `  options    ${change(before.options, after.options)}`,
    `  clients    ${change(before.clients, after.clients)}`,
    "",
    ...faultsOf(shrunk.scenario).flatMap((fault, at) => [
      ...wrap(`  ${describeFault(fault)}`, 4),
      `      without it: ${(needed[at]?.verdict ?? "not tried").toUpperCase()}   digest ${needed[at]?.digest ?? ""}`,
    ]),
    ...(isGivenUp ? ["  given up for want of time (--time): not all of this may be needed"] : []),
    "",
    `small   ${join(path, SMALL_FILE)}`,
    `again   ${commandOfShrunk(setting, path)}`,
  ];
  return `${lines.join("\n")}\n`;
}
