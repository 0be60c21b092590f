// A worker of the campaigns: runs what it is sent, one run after the other, and answers with the
// digest, the exit code and who rejected it.

import { parentPort } from "node:worker_threads";
import { withDeterminismGuard } from "../dist/cli/determinism-guard.js";
import { createEngine } from "../dist/cli/engine.js";
import { exitOf } from "../dist/cli/exit-codes.js";
import { findProtocol } from "../dist/cli/protocols.js";
import { loadScenario } from "../dist/cli/scenarios.js";
import { resolveVariants } from "../dist/cli/variants.js";
import { createWorld, runToEnd } from "../dist/testbed/run.js";

const engine = createEngine();

parentPort.on("message", (job) => {
  const scenario = loadScenario(job.scenario, job.set ?? [], job.seed);
  const created = createWorld(engine, {
    scenario,
    seed: job.seed,
    protocol: findProtocol(scenario.protocol.name),
    changes: resolveVariants(job.without ?? [], job.bug ?? []),
  });
  if (!created.ok) throw new Error(created.error);
  const result = withDeterminismGuard(() => runToEnd(created.value));
  parentPort.postMessage({
    job,
    digest: result.digest,
    verdict: result.verdict,
    exit: exitOf(result),
    events: result.events,
    fired: result.facts.filter(({ kind }) => kind === "fault-fired"),
    rejectedBy: result.results.filter((one) => one.verdict === "invalid").map((one) => one.checker),
    message: result.conclusion.findings[0]?.cause.message ?? "",
  });
});
