// A campaign as one JSON document: campaign.json and `--json`.

import { digestOfResults, twiceOf } from "./outcome.ts";
import { commandFor, madeBy } from "./subject.ts";
import type { CampaignReport } from "./summary.ts";

export function campaignJson(report: CampaignReport): string {
  const { subject, tally, confirmations, standings } = report;
  const document = {
    format: "ftsim-campaign-report",
    version: 1,
    madeBy: madeBy(),
    subject,
    range: report.range,
    jobs: report.jobs,
    seconds: report.seconds,
    isInterrupted: report.isInterrupted,
    seeds: tally.seeds,
    resultDigest: digestOfResults(tally.outcomes),
    twice: twiceOf(tally.outcomes),
    exits: Object.fromEntries(tally.exits),
    virtualSeconds: tally.virtualSeconds,
    guestSteps: tally.steps,
    faults: tally.fired,
    marksHit: Object.fromEntries(tally.marksHit),
    marksMissed: tally.marksMissed,
    rareMarksMissed: tally.rareMarksMissed,
    requiresMarks: report.requiresMarks,
    regressions: report.regressions,
    findings: tally.findings.map(({ fingerprint, fastest, seeds }) => ({
      fingerprint,
      standing: standings.get(fingerprint) ?? "",
      exit: fastest.exit,
      seed: fastest.seed,
      digest: fastest.digest,
      message: fastest.message,
      seeds,
      confirmation: confirmations.get(fingerprint) ?? null,
      smallest: report.smallest.get(fingerprint) ?? null,
      command: commandFor(subject, fastest.seed),
    })),
    gone: report.gone,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
