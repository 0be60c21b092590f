// run.json: one document that says what a run was and how it was judged, for programs. Facts are not
// in it (facts.jsonl has them). Fields are only ever added within a version.

import { collectFigures } from "./figures.ts";
import type { ReportRun } from "./report-run.ts";
import { storyOf } from "./run-story.ts";
import type { Story } from "./story.ts";

export const RUN_FORMAT = "ftsim-run";
export const RUN_VERSION = 1;

/** Indented, with a newline at its end. */
export function runJson(run: ReportRun): string {
  const { scenario, guest, conclusion, outcome } = run;
  const story = storyOf(run);
  const document = {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    // First of all: a run with a rule off must never be taken for one without.
    variants: run.variants,
    verdict: run.verdict,
    exitCode: outcome.exitCode,
    exit: outcome.words,
    exhausted: run.exhausted ?? null,
    ftsim: { version: run.version, revision: run.revision },
    scenario,
    seed: run.seed,
    guest,
    protocol: run.protocol,
    digest: run.digest,
    facts: run.facts.length,
    events: run.events,
    endTime: run.endTime,
    wallSeconds: run.wallSeconds ?? null,
    steps: [...run.steps].map(([node, steps]) => ({ node, steps })),
    figures: figuresJson(run, story),
    moments: story.moments,
    findings: conclusion.findings,
    checkers: run.checkers.map(({ result, rejects }) => ({
      ...result,
      rejects,
      figures: [...result.figures].map(([name, value]) => ({ name, value })),
    })),
    counts: {
      valid: conclusion.valid,
      invalid: conclusion.invalid,
      unknown: conclusion.unknown,
      idle: conclusion.idle,
    },
    faults: run.faults,
    fired: run.fired,
    marks: [...run.marks].map(([name, hits]) => ({ name, hits })),
    parameters: run.parameters,
    commands: run.commands,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function figuresJson(run: ReportRun, story: Story): unknown {
  const { takeovers, slowest, ...figures } = collectFigures(run, story);
  return {
    ...figures,
    slowest:
      slowest === undefined ? null : { opId: slowest.operation.opId, nanoseconds: slowest.latency },
    takeovers: story.takeovers.map(
      ({ node, awaySince, unansweredSince, suspectedAt, wonAt, liveAt, before }) => ({
        node,
        awaySince,
        unansweredSince,
        suspectedAt,
        wonAt,
        liveAt,
        inFlight: before.inFlight,
        pair: before.pair ?? null,
      }),
    ),
    isMoved: takeovers.length > 0,
  };
}
