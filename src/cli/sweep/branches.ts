// The branches of a sweep on a crew of threads: which are run, in which portions, and which of them are
// run again from scratch. None of that depends on how many threads there are.

import { Prng } from "../../base/prng.ts";
import type { Certificate, SweepSpeed } from "../../report/sweep-certificate.ts";
import { type Branch, type BranchAnswer, isSkipped } from "../../testbed/sweep-branch.ts";
import type { SecondStrikes } from "../../testbed/sweep-bench.ts";
import type { Boundary } from "../../testbed/sweep-survey.ts";
import { Crew } from "../crew.ts";
import type { Interrupt } from "../drive.ts";
import type { Progress } from "../progress.ts";
import { workerFile } from "../paths.ts";
import { inOrder } from "./certify.ts";
import type { SweepJob, SweepReply, SweepSubject } from "./messages.ts";
import type { SweepPlan } from "./plan.ts";

export interface Watch {
  readonly progress: Progress;
  readonly interrupt: Interrupt;
}

const WORKPLACE = { file: workerFile("sweep"), function: "perform" };

export interface Branches {
  readonly answers: readonly BranchAnswer[];
  readonly drawn: number;
  readonly recheck: Certificate["recheck"];
  readonly spent: Omit<SweepSpeed, "wallSeconds" | "jobs">;
  readonly jobs: number;
}

/** So many branches are handed out at a time: few, so that no worker is left with the last ones. */
const BATCH = 8;

export async function runBranches(
  plan: SweepPlan,
  all: readonly Boundary[],
  { progress, interrupt }: Watch,
): Promise<Branches> {
  const { subject, jobs } = plan;
  const boundaries = drawnOf(all, plan);
  const crew = new Crew<SweepJob, SweepReply>(WORKPLACE, Math.min(jobs, boundaries.length || 1));
  const answers: BranchAnswer[] = [];
  const spentOf = new Map<number, Branches["spent"]>();
  const recheck = { branches: 0, differ: 0 };
  const tell = teller(progress, boundaries.length * subject.strikes.length, subject.second);
  try {
    await crew.runAll(
      jobsOf(boundaries, subject),
      (reply) => {
        if (reply.kind !== "branches") return;
        answers.push(...reply.answers);
        spentOf.set(reply.worker, reply.spent);
        tell(answers.length);
      },
      () => interrupt.isRaised,
    );
    const chosen = chooseBranches(answers, plan);
    await crew.runAll(
      chosen.map((branch): SweepJob => ({ kind: "recheck", subject, branch })),
      (reply) => {
        if (reply.kind !== "recheck") return;
        recheck.branches += 1;
        if (reply.digest !== reply.branch.digest) recheck.differ += 1;
        progress.show(`${recheck.branches} of ${chosen.length} branches again from scratch`);
      },
      () => interrupt.isRaised,
    );
  } finally {
    await crew.dismiss();
  }
  const spent = sumOf([...spentOf.values()]);
  return { answers, drawn: boundaries.length, recheck, spent, jobs: crew.size };
}

function teller(
  progress: Progress,
  wanted: number,
  second: SecondStrikes | undefined,
): (done: number) => void {
  // How many boundaries a second strike has is known when the first one has struck.
  const of = second === undefined ? ` of ${wanted}` : "";
  return (done) => progress.show(`${done}${of} branches`);
}

/** The same ones for any number of workers, in the order of the run. */
function drawnOf(boundaries: readonly Boundary[], plan: SweepPlan): readonly Boundary[] {
  const { sample, subject } = plan;
  if (sample === undefined || boundaries.length <= sample) return boundaries;
  const prng = new Prng(`boundaries ${subject.seed}`);
  const left = [...boundaries];
  while (left.length > sample) left.splice(prng.below(left.length), 1);
  return left;
}

/** Boundaries of one instant stay together: only they can lead to one world. */
function jobsOf(boundaries: readonly Boundary[], subject: SweepSubject): readonly SweepJob[] {
  const groups: Boundary[][] = [];
  for (const boundary of boundaries) {
    const last = groups.at(-1);
    if (last !== undefined && last[0]?.time === boundary.time) last.push(boundary);
    else groups.push([boundary]);
  }
  const jobs: SweepJob[] = [];
  let batch: Boundary[][] = [];
  for (const group of groups) {
    batch.push(group);
    const branches = batch.reduce((sum, { length }) => sum + length, 0) * subject.strikes.length;
    if (branches < BATCH) continue;
    jobs.push({ kind: "branches", subject, groups: batch });
    batch = [];
  }
  if (batch.length > 0) jobs.push({ kind: "branches", subject, groups: batch });
  return jobs;
}

/** The same ones for any number of workers: drawn from the branches in the order of the run. */
function chooseBranches(answers: readonly BranchAnswer[], plan: SweepPlan): readonly Branch[] {
  const pool = inOrder(answers).filter((answer): answer is Branch => !isSkipped(answer));
  const prng = new Prng(`recheck ${plan.subject.seed}`);
  const chosen: Branch[] = [];
  while (chosen.length < plan.recheck && pool.length > 0)
    chosen.push(...pool.splice(prng.below(pool.length), 1));
  return chosen;
}

function sumOf(all: readonly Branches["spent"][]): Branches["spent"] {
  const sum = { snapshot: 0, restore: 0, tail: 0, judge: 0 };
  for (const { snapshot, restore, tail, judge } of all) {
    sum.snapshot += snapshot;
    sum.restore += restore;
    sum.tail += tail;
    sum.judge += judge;
  }
  return sum;
}
