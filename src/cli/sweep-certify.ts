// From what a sweep found to its certificate.

import {
  type BranchOutcome,
  type Certificate,
  type CertificateBranch,
  type CertificateKind,
  CERTIFICATE_FORMAT,
  CERTIFICATE_VERSION,
  COVERS,
  DOES_NOT_COVER,
} from "../report/sweep-certificate.ts";
import { encodeIntervention } from "../testbed/run-address.ts";
import type { RunResult } from "../testbed/run.ts";
import { type BranchAnswer, interventionOf, isSkipped } from "../testbed/sweep-branch.ts";
import { EVERY_EVENT } from "../testbed/sweep-kinds.ts";
import type { Survey } from "../testbed/sweep-survey.ts";
import { quote } from "./report-input.ts";
import type { SweepPlan } from "./sweep-plan.ts";
import { revision, version } from "./version.ts";

export interface SweepFindings {
  readonly plan: SweepPlan;
  readonly base: RunResult;
  /** False: the unforked run was interrupted. */
  readonly isWhole: boolean;
  readonly survey: Survey;
  readonly census: ReadonlyMap<string, number>;
  readonly answers: readonly BranchAnswer[];
  readonly recheck: Certificate["recheck"];
}

export function certify(findings: SweepFindings): Certificate {
  const { plan, base, survey, recheck } = findings;
  const { subject } = plan;
  const branches = cellsOf(findings);
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
    isComplete:
      findings.isWhole && branches.length === survey.boundaries.length * subject.nodes.length,
    scenario: subject.scenario,
    seed: subject.seed,
    set: subject.set,
    without: subject.without,
    bug: subject.bug,
    fault: "crash",
    nodes: subject.nodes,
    window: windowOf(findings),
    base: {
      digest: base.digest,
      verdict: base.verdict,
      events: base.events,
      facts: base.facts.length,
    },
    boundaries: survey.boundaries.length,
    kinds: kinds.filter(({ happened, recounted }) => happened + recounted > 0),
    isCountedAlike,
    outcomes: outcomesOf(branches),
    tried: run.length,
    equal: branches.filter(({ outcome }) => outcome === "equal").length,
    off: branches.filter(({ outcome }) => outcome === "off").length,
    unexpected: unexpected.length,
    answered: spread(run.filter(({ outcome }) => outcome === "valid").map((one) => one.answered)),
    recheck,
    first: firstOf(plan, unexpected),
    covers: COVERS,
    doesNotCover: DOES_NOT_COVER,
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

function firstOf(plan: SweepPlan, unexpected: readonly CertificateBranch[]): Certificate["first"] {
  const [branch] = unexpected;
  if (branch === undefined) return null;
  return { finding: branch.finding, command: commandOf(plan, branch), branch };
}

function kindsOf(
  { plan, survey, census }: SweepFindings,
  cells: readonly CertificateBranch[],
): readonly CertificateKind[] {
  const { nodes } = plan.subject;
  const kindsAt = new Map(survey.boundaries.map(({ afterEvent, kinds }) => [afterEvent, kinds]));
  return survey.counts.map(({ kind, happened, boundaries }) => {
    const own = cells.filter(({ afterEvent }) => kindsAt.get(afterEvent)?.includes(kind));
    const perNode = (isCounted: (cell: CertificateBranch) => boolean): readonly number[] =>
      nodes.map((node) => own.filter((cell) => cell.node === node && isCounted(cell)).length);
    return {
      kind,
      happened,
      // Events as such leave nothing in the files: the kernel's own counter is all there is.
      recounted: kind === EVERY_EVENT ? survey.events : (census.get(kind) ?? 0),
      boundaries,
      tried: perNode(isRun),
      equal: perNode(({ outcome }) => outcome === "equal"),
      off: perNode(({ outcome }) => outcome === "off"),
      outcomes: outcomesOf(own),
      unexpected: own.filter(({ isExpected }) => !isExpected).length,
    };
  });
}

/** The branch as a run of its own, from scratch. */
export function commandOf(
  { subject }: Pick<SweepPlan, "subject">,
  branch: Pick<CertificateBranch, "afterEvent" | "node">,
): string {
  const { scenario, seed, set, without, bug } = subject;
  return [
    `npx ftsim run ${quote(scenario)} --seed ${seed}`,
    ...set.map((text) => `--set ${quote(text)}`),
    ...without.map((name) => `--without ${name}`),
    ...bug.map((name) => `--bug ${name}`),
    `--do ${quote(encodeIntervention(interventionOf(branch)))}`,
  ].join(" ");
}

/** In the order of the run, whoever found what when. */
function cellsOf({ survey, answers, plan }: SweepFindings): readonly CertificateBranch[] {
  const { nodes } = plan.subject;
  const timeOf = new Map(survey.boundaries.map(({ afterEvent, time }) => [afterEvent, time]));
  return [...answers]
    .sort((a, b) => a.afterEvent - b.afterEvent || nodes.indexOf(a.node) - nodes.indexOf(b.node))
    .map((answer): CertificateBranch => {
      const { afterEvent, node } = answer;
      const place = { afterEvent, time: timeOf.get(afterEvent) ?? 0, node };
      if (isSkipped(answer)) {
        const { skipped: outcome, equalTo } = answer;
        return { ...place, ...NOTHING, outcome, equalTo };
      }
      const { outcome, expected, away, answered, digest, finding } = answer;
      const isExpected = outcome === expected;
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
    });
}

const NOTHING = { isExpected: true, away: -1, answered: 0, digest: "", finding: "" };

function outcomesOf(cells: readonly CertificateBranch[]): Readonly<Record<BranchOutcome, number>> {
  const of = (outcome: BranchOutcome): number =>
    cells.filter((cell) => cell.outcome === outcome).length;
  return {
    valid: of("valid"),
    outage: of("outage"),
    liveness: of("liveness"),
    unknown: of("unknown"),
    violation: of("violation"),
  };
}

function spread(values: readonly number[]): Certificate["answered"] {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    least: sorted[0] ?? 0,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    most: sorted.at(-1) ?? 0,
  };
}
