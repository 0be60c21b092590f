// A thread of `ftsim sweep`: its own engine and its own unforked run, which goes forward only; the
// branches of the boundaries that it is sent. Also runs a branch again from scratch, without a fork.

import { parentPort, workerData } from "node:worker_threads";
import { createWorld, runToEnd } from "../testbed/run.ts";
import type { Intervention } from "../faults/operator.ts";
import { BranchBench, interventionOf } from "../testbed/sweep-branch.ts";
import type { World } from "../testbed/world.ts";
import { withDeterminismGuard } from "./determinism-guard.ts";
import { createEngine } from "./engine.ts";
import { findProtocol } from "./protocols.ts";
import { loadScenario } from "./scenarios.ts";
import type { SweepJob, SweepReply, SweepSubject } from "./sweep-messages.ts";
import { resolveVariants } from "./variants.ts";

const subject = workerData as SweepSubject;
const engine = createEngine();
const scenario = loadScenario(subject.scenario, subject.set, subject.seed);
// The guard takes the clock away from the simulated zone; this one was taken before.
const clock = performance.now.bind(performance);
let bench: BranchBench | undefined;

function build(interventions: readonly Intervention[] = []): World {
  const created = createWorld(engine, {
    scenario,
    seed: subject.seed,
    protocol: findProtocol(scenario.protocol.name),
    changes: resolveVariants(subject.without, subject.bug),
    interventions,
  });
  if (!created.ok) throw new Error(created.error);
  return created.value;
}

function perform(job: SweepJob): SweepReply {
  if (job.kind === "recheck") {
    const { branch } = job;
    return { kind: "recheck", branch, digest: runToEnd(build([interventionOf(branch)])).digest };
  }
  bench ??= new BranchBench(build(), build(), { nodes: subject.nodes, clock });
  const answers = [];
  for (const group of job.groups) answers.push(...bench.run(group));
  return { kind: "branches", answers, spent: bench.spent };
}

parentPort?.on("message", (job: SweepJob) => {
  parentPort?.postMessage(withDeterminismGuard(() => perform(job)));
});
