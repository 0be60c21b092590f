// From what a sweep found to its certificate.

import {
  type BranchOutcome,
  type Certificate,
  type CertificateBranch,
  type CertificateKind,
  type CertificatePlace,
  type CertificateStrike,
  CERTIFICATE_FORMAT,
  CERTIFICATE_VERSION,
} from "../../report/sweep-certificate.ts";
import { coverageOf } from "../../report/sweep-coverage.ts";
import { isTimed } from "../../faults/operator.ts";
import { encodeIntervention } from "../../testbed/run-address.ts";
import type { RunResult } from "../../testbed/run.ts";
import {
  type Branch,
  type BranchAnswer,
  type BranchPlace,
  isAsExpected,
  isSkipped,
  type StruckAt,
} from "../../testbed/sweep-branch.ts";
import { EVERY_EVENT } from "../../testbed/sweep-kinds.ts";
import { type Strike, strikeName } from "../../testbed/sweep-strikes.ts";
import type { Survey } from "../../testbed/sweep-survey.ts";
import { quote } from "../report-input.ts";
import { revision, version } from "../version.ts";
import type { SweepPlan } from "./plan.ts";

export interface SweepFindings {
  readonly plan: SweepPlan;
  readonly base: RunResult;
  /** False: the unforked run, or what came after it, was interrupted. */
  readonly isWhole: boolean;
  readonly survey: Survey;
  readonly census: ReadonlyMap<string, number>;
  /** Boundaries that were drawn to be tried. */
  readonly drawn: number;
  readonly answers: readonly BranchAnswer[];
  readonly recheck: Certificate["recheck"];
}

export function certify(findings: SweepFindings): Certificate {
  const { plan, base, survey, recheck, drawn } = findings;
  const { subject, leftOut } = plan;
  const { second } = subject;
  const answers = inOrder(findings.answers);
  const branches = answers.map((answer) => cellOf(answer, plan));
  const run = branches.filter(isRun);
  const unexpected = run.filter(({ isExpected }) => !isExpected);
  const kinds = kindsOf(findings, branches);
  const isCountedAlike = kinds.every(({ happened, recounted }) => happened === recounted);
  const isBroken = !isCountedAlike || recheck.differ > 0;
  const isGood = unexpected.length === 0 && run.length > 0 && base.verdict === "valid";
  return {
    format: CERTIFICATE_FORMAT,
    version: CERTIFICATE_VERSION,
    ftsim: { version: version(), revision: revision() },
    verdict: isBroken ? "broken" : isGood ? "as expected" : "not as expected",
    isComplete: findings.isWhole,
    scenario: subject.scenario,
    seed: subject.seed,
    set: subject.set,
    without: subject.without,
    bug: subject.bug,
    strikes: strikesOf(subject.strikes, (name) => branches.filter((one) => one.strike === name)),
    second:
      second === undefined
        ? null
        : {
            strikes: strikesOf(second.strikes, (name) =>
              branches.filter((one) => one.second?.strike === name),
            ),
            within: second.within,
          },
    leftOut,
    window: windowOf(findings),
    base: {
      digest: base.digest,
      verdict: base.verdict,
      events: base.events,
      facts: base.facts.length,
    },
    boundaries: survey.boundaries.length,
    drawn,
    kinds: kinds.filter(({ happened, recounted }) => happened + recounted > 0),
    isCountedAlike,
    ...countsOf(branches),
    answered: spread(run.filter(({ outcome }) => outcome === "valid").map((one) => one.answered)),
    recheck,
    first: firstOf(plan, answers),
    ...coverageOf({
      hasSecond: second !== undefined,
      isSampled: drawn < survey.boundaries.length,
      isSecondSampled: second?.most !== undefined,
    }),
    branches,
  };
}

function isRun({ outcome }: CertificateBranch): boolean {
  return outcome !== "off" && outcome !== "equal";
}

function windowOf({ plan, survey }: SweepFindings): Certificate["window"] {
  const { from, to, isEveryEvent } = plan;
  const { events, invoked, answered } = survey;
  return { from, to, events, invoked, answered, isEveryEvent };
}

function firstOf(plan: SweepPlan, answers: readonly BranchAnswer[]): Certificate["first"] {
  for (const answer of answers) {
    if (isSkipped(answer) || isAsExpected(answer)) continue;
    const branch = cellOf(answer, plan);
    return { finding: branch.finding, command: commandOf(plan, answer), branch };
  }
  return null;
}

function kindsOf(
  { survey, census }: SweepFindings,
  cells: readonly CertificateBranch[],
): readonly CertificateKind[] {
  const kindsAt = new Map(survey.boundaries.map(({ afterEvent, kinds }) => [afterEvent, kinds]));
  return survey.counts.map(({ kind, happened, boundaries }) => ({
    kind,
    happened,
    // Events as such leave nothing in the files: the kernel's own counter is all there is.
    recounted: kind === EVERY_EVENT ? survey.events : (census.get(kind) ?? 0),
    boundaries,
    ...countsOf(cells.filter(({ afterEvent }) => kindsAt.get(afterEvent)?.includes(kind))),
  }));
}

function strikesOf(
  strikes: readonly Strike[],
  cellsOf: (name: string) => readonly CertificateBranch[],
): readonly CertificateStrike[] {
  return strikes.map((one) => {
    const strike = strikeName(one);
    return { strike, ...countsOf(cellsOf(strike)) };
  });
}

function countsOf(cells: readonly CertificateBranch[]): Omit<CertificateStrike, "strike"> {
  const of = (outcome: CertificateBranch["outcome"]): number =>
    cells.filter((cell) => cell.outcome === outcome).length;
  const outcomes: Record<BranchOutcome, number> = {
    valid: of("valid"),
    outage: of("outage"),
    liveness: of("liveness"),
    unknown: of("unknown"),
    violation: of("violation"),
  };
  return {
    tried: cells.filter(isRun).length,
    equal: of("equal"),
    off: of("off"),
    outcomes,
    unexpected: cells.filter(({ isExpected }) => !isExpected).length,
  };
}

/** The branch as a run of its own, from scratch. */
export function commandOf({ subject }: Pick<SweepPlan, "subject">, { acts }: Branch): string {
  const { scenario, seed, set, without, bug } = subject;
  // What has a moment stands after what has a gap, each in its order.
  const timed = acts.filter(isTimed).sort((a, b) => a.at - b.at);
  return [
    `npx ftsim run ${quote(scenario)} --seed ${seed}`,
    ...set.map((text) => `--set ${quote(text)}`),
    ...without.map((name) => `--without ${name}`),
    ...bug.map((name) => `--bug ${name}`),
    ...[...acts.filter((act) => !isTimed(act)), ...timed].map(
      (act) => `--do ${quote(encodeIntervention(act))}`,
    ),
  ].join(" ");
}

/** In the order of the run, whoever found what when. */
export function inOrder(answers: readonly BranchAnswer[]): readonly BranchAnswer[] {
  return [...answers].sort((a, b) => compareAt(a.first, b.first) || compareAt(a.second, b.second));
}

function compareAt(a: StruckAt | null, b: StruckAt | null): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  return a.afterEvent - b.afterEvent || a.strike - b.strike;
}

function cellOf(answer: BranchAnswer, { subject }: SweepPlan): CertificateBranch {
  const { strikes, second } = subject;
  const place = {
    ...placeOf(answer.first, strikes),
    second: answer.second === null ? null : placeOf(answer.second, second?.strikes ?? []),
  };
  if (isSkipped(answer)) {
    const { skipped: outcome, equalTo } = answer;
    return { ...place, ...NOTHING, outcome, equalTo: equalTo === null ? -1 : lastOf(equalTo) };
  }
  const { outcome, expected, away, answered, digest, finding } = answer;
  const isExpected = isAsExpected(answer);
  const words =
    finding === null ? "" : `${finding.checker} (${finding.invariant}): ${finding.message}`;
  return {
    ...place,
    outcome,
    isExpected,
    away,
    answered,
    digest,
    equalTo: -1,
    finding: words === "" && !isExpected ? `expected ${expected}` : words,
  };
}

function placeOf({ afterEvent, time, strike }: StruckAt, of: readonly Strike[]): CertificatePlace {
  const struck = of[strike];
  return { afterEvent, time, strike: struck === undefined ? "" : strikeName(struck) };
}

function lastOf({ first, second }: BranchPlace): number {
  return (second ?? first).afterEvent;
}

const NOTHING = { isExpected: true, away: -1, answered: 0, digest: "", finding: "" };

function spread(values: readonly number[]): Certificate["answered"] {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    least: sorted[0] ?? 0,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    most: sorted.at(-1) ?? 0,
  };
}
