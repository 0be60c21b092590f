// A worker of a campaign: one run after the other on one engine, each from a fresh world.

import type { Rules } from "../../testbed/rules.ts";
import { createWorld, type RunRequest, runToEnd } from "../../testbed/run.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { createEngine } from "../engine.ts";
import { EXIT_USAGE } from "../exit-codes.ts";
import { findProtocol, loadProtocol } from "../protocols.ts";
import { decodeReproduction } from "../reproduction.ts";
import { loadSent, type ScenarioSource, ScenarioShelf } from "../scenarios.ts";
import { watchedRules } from "../watched-rules.ts";
import { interventionsOf, readStored, scenarioOf } from "../stored-run.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";
import { brokenOutcome, type Outcome, outcomeOf } from "./outcome.ts";
import type { Subject } from "./subject.ts";

/** A seed of a campaign, or a reproduction that an earlier one left. */
export type Task =
  | {
      readonly kind: "seed";
      readonly subject: Subject;
      readonly seed: string;
      /** The scenario's text, where its file is on another machine. */
      readonly source?: ScenarioSource;
      /** The outcome says which rules the run asked for. */
      readonly watchesRules?: boolean;
    }
  | { readonly kind: "reproduction"; readonly file: string };

const engine = createEngine();
const shelf = new ScenarioShelf();
// The guard takes the clock away from the simulated zone; this one was taken before.
const clock = performance.now.bind(performance);

/** What a person got wrong is told here: its name would be lost between threads. */
export async function runTask(task: Task): Promise<Outcome> {
  try {
    return await performTask(task);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const name = task.kind === "seed" ? task.seed : task.file;
    return brokenOutcome(name, error.message, EXIT_USAGE);
  }
}

async function performTask(task: Task): Promise<Outcome> {
  const started = clock();
  const request = task.kind === "seed" ? await ofSeed(task) : await ofFile(task.file);
  const asked = new Set<string>();
  const isWatching = task.kind === "seed" && task.watchesRules === true;
  const watchRules = (rules: Rules): Rules => watchedRules(rules, asked);
  const created = createWorld(engine, isWatching ? { ...request, watchRules } : request);
  if (!created.ok) throw new UsageError(created.error);
  const result = withDeterminismGuard(() => runToEnd(created.value));
  const outcome = outcomeOf(result, Math.round(clock() - started));
  return isWatching ? { ...outcome, asked: [...asked].sort() } : outcome;
}

async function ofSeed(task: Extract<Task, { kind: "seed" }>): Promise<RunRequest> {
  const { subject, seed, source } = task;
  const scenario =
    source === undefined
      ? shelf.load(subject.scenario, subject.set, seed)
      : loadSent(source, subject.set, seed);
  const name = subject.protocol ?? scenario.protocol.name;
  // What came from elsewhere has no code of its own run.
  const protocol = source === undefined ? await loadProtocol(name) : findProtocol(name);
  return { scenario, seed, protocol, changes: resolveVariants(subject.without, subject.bug) };
}

async function ofFile(file: string): Promise<RunRequest> {
  const reproduction = decodeReproduction(readStored(file), file);
  const scenario = scenarioOf(reproduction, file);
  const { seed, without, bug } = reproduction;
  return {
    scenario,
    seed,
    protocol: await loadProtocol(reproduction.protocol),
    changes: resolveVariants(without, bug),
    interventions: interventionsOf(reproduction, scenario, file),
  };
}
