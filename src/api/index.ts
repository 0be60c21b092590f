// ftsim as a library: `run()` makes a run and judges it, or pauses it on its way. This file and vitest.ts
// are all that another project can import.

import { type PausedRun, Run, type Until } from "./paused-run.ts";
import type { RunResult } from "./result.ts";
import type { ScenarioSource } from "./scenario-source.ts";
import { resolveSubject, type RunOptions } from "./subject.ts";

export { NotDeterministic, UsageError } from "../cli/usage-error.ts";
export type { ClaimFact, Fact, FactOf, WorldFact } from "../history/fact.ts";
export type { Op, OpEvent, OpResult } from "../history/op.ts";
export type { CheckerResult, Finding, Verdict } from "../history/verdict.ts";
export {
  type AtEnd,
  type Checker,
  checker,
  type CheckerDefinition,
  type Found,
  type Looked,
  type RunContext,
} from "./checker.ts";
export { type Guest, guest, type GuestDefinition, type WorkloadName } from "./guest.ts";
export type { Figures, PausedRun, Until } from "./paused-run.ts";
export type { Operation, RunFinding, RunResult, WrittenReport } from "./result.ts";
export type {
  FaultData,
  LinkData,
  Repro,
  ScenarioData,
  ScenarioSource,
} from "./scenario-source.ts";
export type { RunOptions } from "./subject.ts";

/**
 * Makes one run and judges it; with `until`, up to there, where it pauses.
 *
 * A run is a function of scenario, seed, options and this version of ftsim, to the last bit. It takes
 * seconds of one core, and returns to Node's loop in between.
 *
 * @throws UsageError for what cannot be run, in one line: a name that there is not, a file with its line
 * and column, a checker's mistake before the first event. NotDeterministic where a protocol of your own
 * asks the host for time or chance.
 */
export function run(
  scenario: ScenarioSource,
  options: RunOptions & { readonly until: Until },
): Promise<PausedRun>;
export function run(scenario: ScenarioSource, options?: RunOptions): Promise<RunResult>;
export async function run(
  scenario: ScenarioSource,
  options: RunOptions & { readonly until?: Until } = {},
): Promise<PausedRun | RunResult> {
  const begun = Run.begin(await resolveSubject(scenario, options));
  return options.until === undefined ? begun.finish() : begun.resume(options.until);
}
