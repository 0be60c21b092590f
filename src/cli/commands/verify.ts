// `ftsim verify SCENARIO --seed N`: the same seed twice, the second time in another worker and after
// another run has been there; equal, or the first event that differs (fence 4).

import { Worker } from "node:worker_threads";
import { runToEnd, createWorld } from "../../testbed/run.ts";
import { createEngine } from "../engine.ts";
import { EXIT_NOT_DETERMINISTIC, EXIT_OK, exitOf } from "../exit-codes.ts";
import { workerFile } from "../paths.ts";
import { loadProtocol } from "../protocols.ts";
import { loadScenario } from "../scenarios.ts";
import { chooseSeed } from "../seed.ts";
import { resolveVariants } from "../variants.ts";
import { UsageError } from "../usage-error.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { type EventTrace, traceRun, type TraceRequest } from "../event-trace.ts";

export interface VerifyOptions {
  readonly seed: string | undefined;
  readonly protocol: string | undefined;
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
}

export async function verify(scenarioName: string, options: VerifyOptions): Promise<number> {
  const seed = chooseSeed(options.seed);
  const request: TraceRequest = { ...options, scenarioName, seed };
  const engine = createEngine();
  const scenario = loadScenario(scenarioName, options.set, seed);
  const world = createWorld(engine, {
    scenario,
    seed,
    protocol: await loadProtocol(options.protocol ?? scenario.protocol.name),
    changes: resolveVariants(options.without, options.bug),
  });
  if (!world.ok) throw new UsageError(world.error);
  const here = withDeterminismGuard(() => runToEnd(world.value));
  const there = await traceInWorker({ ...request, isDetailed: false });
  if (here.digest === there.digest) {
    process.stdout.write(
      `EQUAL   ${scenario.name} seed ${seed}: digest ${here.digest} twice, ${here.events} events, ${here.facts.length} facts, ${here.verdict}\n`,
    );
    return exitOf(here) === EXIT_OK ? EXIT_OK : exitOf(here);
  }
  const mine = await traceRun(engine, { ...request, isDetailed: true });
  const theirs = await traceInWorker({ ...request, isDetailed: true });
  process.stdout.write(
    `DIFFERS ${scenario.name} seed ${seed}: ${here.digest} here, ${there.digest} in a worker\n`,
  );
  process.stdout.write(firstDifference(mine, theirs));
  return EXIT_NOT_DETERMINISTIC;
}

function traceInWorker(
  request: TraceRequest & { readonly isDetailed: boolean },
): Promise<EventTrace> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile("verify"), {
      workerData: request,
    });
    worker.once("message", (trace: EventTrace) => resolve(trace));
    worker.once("error", reject);
  });
}

function firstDifference(a: EventTrace, b: EventTrace): string {
  const length = Math.max(a.events.length, b.events.length);
  for (let index = 0; index < length; index++) {
    if (a.events[index] === b.events[index]) continue;
    const before = index === 0 ? "(the first event)" : a.events[index - 1];
    return `  after   ${before}\n  here    ${a.events[index] ?? "(no more events)"}\n  worker  ${b.events[index] ?? "(no more events)"}\n`;
  }
  return "  the same events in two detailed runs; the difference does not repeat\n";
}
