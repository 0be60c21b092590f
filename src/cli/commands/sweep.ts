// `ftsim sweep SCENARIO --seed N`: one fault at every boundary of a window. The scenario is run once
// without it, and the boundaries are found and counted twice; then each becomes a branch for every
// host. Random branches are run again from scratch, without a fork, and must have the same digest.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodeFacts } from "../../report/facts-codec.ts";
import {
  type Certificate,
  certificateJson,
  certificateText,
  type SweepSpeed,
} from "../../report/sweep-certificate.ts";
import { sweepHtml } from "../../report/sweep-html.ts";
import { createWorld, judgeWorld, type RunResult } from "../../testbed/run.ts";
import { type Survey, Surveyor } from "../../testbed/sweep-survey.ts";
import { Capture } from "../capture.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { Interrupt } from "../drive.ts";
import { createEngine } from "../engine.ts";
import {
  EXIT_INTERNAL,
  EXIT_INTERRUPTED,
  EXIT_LIVENESS,
  EXIT_NOT_DETERMINISTIC,
  EXIT_OK,
  EXIT_UNKNOWN,
  EXIT_VIOLATION,
} from "../exit-codes.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { Progress } from "../progress.ts";
import { findProtocol } from "../protocols.ts";
import { takeCensus } from "../sweep/census.ts";
import { runBranches, type Watch } from "../sweep/branches.ts";
import { certify } from "../sweep/certify.ts";
import { planSweep, type SweepOptions, type SweepPlan } from "../sweep/plan.ts";
import { UsageError } from "../usage-error.ts";
import { resolveVariants } from "../variants.ts";

export async function sweep(name: string, options: SweepOptions): Promise<number> {
  const started = performance.now();
  const plan = planSweep(name, options);
  const interrupt = new Interrupt();
  const progress = new Progress(options.quiet || options.json);
  const { seed } = plan.subject;
  const folder = new OutputFolder(
    options.out ?? join(REPORTS_DIR, `sweep-${plan.scenario.name}-${seed}`),
  );
  try {
    const unforked = await runUnforked(plan, { folder, progress, interrupt });
    const branches = await runBranches(plan, unforked.survey.boundaries, { progress, interrupt });
    const isWhole = unforked.isWhole && !interrupt.isRaised;
    const certificate = certify({ plan, ...unforked, ...branches, isWhole });
    const speed: SweepSpeed = {
      ...branches.spent,
      jobs: branches.jobs,
      wallSeconds: (performance.now() - started) / 1_000,
    };
    folder.write("certificate.json", certificateJson(certificate));
    folder.write("sweep.html", sweepHtml(certificate));
    progress.done();
    process.stdout.write(printed(certificate, speed, options, folder.path));
    return interrupt.isRaised ? EXIT_INTERRUPTED : exitOfSweep(certificate);
  } finally {
    interrupt.stopListening();
    progress.done();
  }
}

function printed(
  certificate: Certificate,
  speed: SweepSpeed,
  options: SweepOptions,
  path: string,
): string {
  if (options.json) return certificateJson(certificate);
  const { verdict, scenario, seed, tried, unexpected } = certificate;
  if (options.quiet)
    return `${verdict.toUpperCase()} ${scenario} seed ${seed}: ${tried} branches, ${unexpected} unexpected\n`;
  return `${certificateText(certificate, speed)}report  ${join(path, "sweep.html")}   certificate.json\n`;
}

/** Worst first, as for runs; a sweep that contradicts itself is ftsim's own fault. */
export function exitOfSweep(certificate: Certificate): number {
  const { isCountedAlike, recheck, unexpected, tried, base } = certificate;
  if (!isCountedAlike) return EXIT_INTERNAL;
  if (recheck.differ > 0) return EXIT_NOT_DETERMINISTIC;
  if (tried === 0) return EXIT_UNKNOWN;
  if (base.verdict !== "valid") return base.verdict === "invalid" ? EXIT_VIOLATION : EXIT_UNKNOWN;
  if (unexpected === 0) return EXIT_OK;
  const bad = new Set(
    certificate.branches.filter((one) => !one.isExpected).map(({ outcome }) => outcome),
  );
  if (bad.has("violation")) return EXIT_VIOLATION;
  // Nobody is left where somebody should be, or nobody serves: both are a loss of liveness.
  return bad.has("liveness") || bad.has("outage") ? EXIT_LIVENESS : EXIT_UNKNOWN;
}

interface Unforked {
  readonly base: RunResult;
  readonly isWhole: boolean;
  readonly survey: Survey;
  readonly census: ReadonlyMap<string, number>;
}

const SURVEY_EVENTS = 2_000;

async function runUnforked(
  plan: SweepPlan,
  { folder, progress, interrupt }: Watch & { readonly folder: OutputFolder },
): Promise<Unforked> {
  const { subject, scenario, from, to, isEveryEvent } = plan;
  const created = createWorld(createEngine(), {
    scenario,
    seed: subject.seed,
    protocol: findProtocol(scenario.protocol.name),
    changes: resolveVariants(subject.without, subject.bug),
  });
  if (!created.ok) throw new UsageError(created.error);
  const world = created.value;
  const capture = new Capture(world);
  const surveyor = new Surveyor(world, { from, to, isEveryEvent });
  while (!world.isOver && !interrupt.isRaised) {
    withDeterminismGuard(() => surveyor.advance(SURVEY_EVENTS));
    progress.show(`unforked run: ${(world.kernel.now / 1e9).toFixed(3)} s virtual`);
    await nextTurn();
  }
  const isWhole = world.isOver;
  const base = withDeterminismGuard(() => judgeWorld(world));
  world.release();
  folder.write("facts.jsonl", encodeFacts(base.facts));
  folder.write("frames.pcapng", capture.encode());
  const census = takeCensus(
    readFileSync(join(folder.path, "facts.jsonl"), "utf8"),
    readFileSync(join(folder.path, "frames.pcapng")),
    { from, to },
  );
  return { base, isWhole, survey: surveyor.survey(), census };
}
