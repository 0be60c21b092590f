// `ftsim merge FOLDER...`: the results of shards, or of machines, as those of one campaign.

import { join } from "node:path";
import { exitOfCampaign } from "./fuzz.ts";
import { campaignJson } from "../fuzz/campaign-json.ts";
import { encodeFailures, FAILURES_FILE } from "../fuzz/failures-file.ts";
import { mismatch, readResults, RESULTS_FILE, rewriteResults } from "../fuzz/results-file.ts";
import { inOrder, type Outcome } from "../fuzz/outcome.ts";
import { type CampaignReport, campaignText } from "../fuzz/summary.ts";
import { Tally } from "../fuzz/tally.ts";
import { OutputFolder, REPORTS_DIR } from "../output-folder.ts";
import { NotDeterministic, UsageError } from "../usage-error.ts";

export interface MergeOptions {
  readonly out: string | undefined;
  readonly requireMarks: boolean;
  readonly json: boolean;
}

export function merge(folders: readonly string[], options: MergeOptions): number {
  const parts = folders.map((path) => readResults(join(path, RESULTS_FILE)));
  const [one] = parts;
  if (one === undefined)
    throw new UsageError("merge: expected at least one folder of `ftsim fuzz`");
  for (const [at, part] of parts.entries()) {
    const problem = mismatch(part, one.subject);
    if (problem !== undefined) throw new UsageError(`${folders[at] ?? ""}: ${problem}`);
  }
  const outcomes = inOrder(united(parts.flatMap((part) => part.outcomes)));
  const tally = new Tally(one.subject.protocol);
  for (const outcome of outcomes) tally.add(outcome);
  const folder = new OutputFolder(options.out ?? join(REPORTS_DIR, "fuzz-merged"));
  const first = Math.min(...parts.map((part) => part.first));
  rewriteResults(join(folder.path, RESULTS_FILE), { ...one, first, outcomes });
  folder.write(FAILURES_FILE, encodeFailures(one.subject, tally.findings));
  const report: CampaignReport = {
    subject: one.subject,
    tally,
    range: `--seeds ${outcomes[0]?.seed ?? first}..${outcomes.at(-1)?.seed ?? first}`,
    jobs: parts.length,
    seconds: outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1_000,
    isInterrupted: false,
    confirmations: new Map(),
    smallest: new Map(),
    standings: new Map(),
    gone: [],
    regressions: { run: 0, failed: [] },
    requiresMarks: options.requireMarks,
    folder: folder.path,
  };
  folder.write("campaign.json", campaignJson(report));
  process.stdout.write(options.json ? campaignJson(report) : campaignText(report));
  return exitOfCampaign(report);
}

/** A seed that two of them ran must have come out the same. */
function united(outcomes: readonly Outcome[]): readonly Outcome[] {
  const bySeed = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const known = bySeed.get(outcome.seed);
    if (known !== undefined && known.digest !== outcome.digest)
      throw new NotDeterministic(
        `seed ${outcome.seed}: digest ${known.digest} in one part, ${outcome.digest} in another`,
      );
    bySeed.set(outcome.seed, outcome);
  }
  return [...bySeed.values()];
}
