// A worker of a search. A task that goes on from where the one before stood, in the same run, is
// spared the way there: that changes nothing but how long it takes.

import { ForkBench } from "../../testbed/fork-bench.ts";
import { Lookout } from "../../testbed/lookout.ts";
import { encodeIntervention } from "../../testbed/run-address.ts";
import { createWorld, judgeWorld, type RunRequest } from "../../testbed/run.ts";
import type { World } from "../../testbed/world.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { createEngine } from "../engine.ts";
import { EXIT_INTERNAL } from "../exit-codes.ts";
import { brokenOutcome, type Outcome, outcomeOf } from "../fuzz/outcome.ts";
import { loadProtocol } from "../protocols.ts";
import { loadScenario } from "../scenarios.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";
import type { Answer, ForkOrder, Recipe, SeededSubject, Task, Watched } from "./task.ts";

const engine = createEngine();
let kept: { readonly key: string; readonly bench: ForkBench } | undefined;

export async function runTask(task: Task): Promise<Answer> {
  const request = await requestOf(task.subject, task.recipe);
  if (task.kind === "scratch") return [alone(request)];
  try {
    const bench = benchFor(task, request);
    return withDeterminismGuard(() => byPoint(task.orders).flatMap((group) => forks(bench, group)));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // One of them broke, and nobody knows what its world left behind: each in a world of its own.
    kept = undefined;
    return task.orders.map(({ afterEvent, acts }) => {
      const own = acts.map((act) => ({ ...act, afterEvent }));
      return alone({ ...request, interventions: [...task.recipe, ...own] });
    });
  }
}

/** From scratch. A run that breaks is an answer too: the search goes on. */
function alone(request: RunRequest): Watched {
  const world = build(request);
  try {
    const watched = withDeterminismGuard(() => watch(world));
    world.release();
    return watched;
  } catch (error) {
    const { message } = error as Error;
    return { ...watchedOf(brokenOutcome(request.seed, message, EXIT_INTERNAL)), ...NOTHING_SEEN };
  }
}

const NOTHING_SEEN = { violated: [], sightings: [], approaches: [] };

async function requestOf(subject: SeededSubject, interventions: Recipe): Promise<RunRequest> {
  const { seed, without, bug } = subject;
  const scenario = loadScenario(subject.scenario, subject.set, seed);
  const protocol = await loadProtocol(subject.protocol ?? scenario.protocol.name);
  return { scenario, seed, protocol, changes: resolveVariants(without, bug), interventions };
}

function benchFor(task: Extract<Task, { kind: "forks" }>, request: RunRequest): ForkBench {
  const key = JSON.stringify([task.subject, task.recipe.map(encodeIntervention)]);
  const first = task.orders[0]?.afterEvent ?? 0;
  if (kept?.key === key && kept.bench.reached <= first) return kept.bench;
  kept?.bench.release();
  kept = { key, bench: new ForkBench(build(request), build(request)) };
  return kept.bench;
}

function build(request: RunRequest): World {
  const world = createWorld(engine, request);
  if (!world.ok) throw new UsageError(world.error);
  return world.value;
}

function byPoint(orders: readonly ForkOrder[]): readonly (readonly ForkOrder[])[] {
  const groups: ForkOrder[][] = [];
  for (const order of orders) {
    const last = groups.at(-1);
    if (last?.[0]?.afterEvent === order.afterEvent) last.push(order);
    else groups.push([order]);
  }
  return groups;
}

function forks(bench: ForkBench, group: readonly ForkOrder[]): Answer {
  const lists = group.map(({ acts }) => acts);
  const answers = bench.forkAt(group[0]?.afterEvent ?? 0, lists, watch);
  return answers ?? group.map(() => null);
}

function watch(world: World): Watched {
  const lookout = new Lookout(world);
  lookout.watch();
  const result = judgeWorld(world);
  return {
    ...watchedOf(outcomeOf(result, 0)),
    violated: result.results.flatMap(({ findings }) => findings.map((one) => one.invariant)),
    sightings: lookout.sightings,
    approaches: lookout.approaches,
  };
}

function watchedOf(outcome: Outcome): Omit<Watched, keyof typeof NOTHING_SEEN> {
  const { digest, exit, verdict, fingerprint, message, events, endTime } = outcome;
  return { digest, exit, verdict, fingerprint, message, events, endTime };
}
