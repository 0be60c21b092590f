// A thread of `ftsim sweep`: its own engine and its own unforked run, which goes forward only; the
// branches of the boundaries that it is sent. Also runs a branch again from scratch, without a fork.

import { threadId } from "node:worker_threads";
import { createWorld, runToEnd } from "../../testbed/run.ts";
import type { Intervention } from "../../faults/operator.ts";
import { BranchBench } from "../../testbed/sweep-bench.ts";
import type { World } from "../../testbed/world.ts";
import { DEFAULT_EXECUTION } from "../../testbed/world-spec.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { createEngine } from "../engine.ts";
import { findProtocol } from "../protocols.ts";
import { loadScenario } from "../scenarios.ts";
import { resolveVariants } from "../variants.ts";
import type { SweepJob, SweepReply, SweepSubject } from "./messages.ts";

const engine = createEngine();
// The guard takes the clock away from the simulated zone; this one was taken before.
const clock = performance.now.bind(performance);
/** A thread serves one sweep. */
let bench: BranchBench | undefined;

export function perform(job: SweepJob): SweepReply {
  return withDeterminismGuard(() => (job.kind === "recheck" ? recheck(job) : branches(job)));
}

function recheck({ subject, branch }: Extract<SweepJob, { kind: "recheck" }>): SweepReply {
  const world = build(subject, { interventions: branch.acts });
  return { kind: "recheck", branch, digest: runToEnd(world).digest };
}

function branches({ subject, groups }: Extract<SweepJob, { kind: "branches" }>): SweepReply {
  const { strikes, second } = subject;
  bench ??= new BranchBench((isExact) => build(subject, { isExact }), { strikes, second, clock });
  const answers = [];
  for (const group of groups) answers.push(...bench.run(group));
  return { kind: "branches", answers, worker: threadId, spent: bench.spent };
}

interface Differently {
  readonly isExact?: boolean;
  readonly interventions?: readonly Intervention[];
}

function build(subject: SweepSubject, { isExact = false, interventions = [] }: Differently): World {
  const scenario = loadScenario(subject.scenario, subject.set, subject.seed);
  const created = createWorld(engine, {
    scenario,
    seed: subject.seed,
    protocol: findProtocol(scenario.protocol.name),
    changes: resolveVariants(subject.without, subject.bug),
    interventions,
    execution: { ...DEFAULT_EXECUTION, isExact },
  });
  if (!created.ok) throw new Error(created.error);
  return created.value;
}
