// A branch of a sweep: what struck where, how it ended, and whether that is how it had to end.

import type { Fact } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";
import type { Intervention } from "../faults/operator.ts";
import type { RunResult } from "./run.ts";
import { isOutage, wasPoweredOff } from "./outage.ts";

/** Worst first: what an exit code is made of. */
export type Outcome = "violation" | "liveness" | "unknown" | "outage" | "valid";

/** `safe`: whatever became of the service, nothing was violated. */
export type Expected = "valid" | "outage" | "safe";

export interface BranchFinding {
  readonly checker: string;
  readonly invariant: string;
  readonly message: string;
}

/** Where something struck: the gap, virtual ns, and which of the sweep's strikes it was. */
export interface StruckAt {
  readonly afterEvent: number;
  readonly time: number;
  readonly strike: number;
}

/** The strikes that make a branch what it is: one, or a second one after it. */
export interface BranchPlace {
  readonly first: StruckAt;
  readonly second: StruckAt | null;
}

export interface Branch extends BranchPlace {
  readonly outcome: Outcome;
  readonly expected: Expected;
  readonly digest: string;
  readonly finding: BranchFinding | null;
  /** Longest time from the last strike on in which nothing left for the network; -1: nothing ever left. */
  readonly away: number;
  /** Operations that were answered after it. */
  readonly answered: number;
  /** What was done, for a run of its own from scratch. */
  readonly acts: readonly Intervention[];
}

/** The host was off already, or another place of the same instant led to the same world. */
export interface Skipped extends BranchPlace {
  readonly skipped: "off" | "equal";
  /** The place of the equal world; of the others, null. */
  readonly equalTo: BranchPlace | null;
}

export type BranchAnswer = Branch | Skipped;

export function isSkipped(answer: BranchAnswer): answer is Skipped {
  return "skipped" in answer;
}

/** What was known when it struck. */
export interface Circumstances {
  /** Facts before it. */
  readonly facts: number;
  /** The host that was lost by it; undefined: none was. */
  readonly lost: string | undefined;
  readonly isLastHope: boolean;
  readonly mayEndService: boolean;
}

export interface Ended {
  readonly place: BranchPlace;
  readonly acts: readonly Intervention[];
  /** Of each of its strikes. */
  readonly struck: readonly Circumstances[];
  readonly result: RunResult;
}

export function describeBranch({ place, acts, struck, result }: Ended): Branch {
  const cause = result.conclusion.findings[0]?.cause;
  return {
    ...place,
    acts,
    outcome: outcomeOf(result),
    expected: expectedOf(result.facts, struck),
    digest: result.digest,
    finding:
      cause === undefined
        ? firstUnknown(result.results)
        : { checker: cause.checker, invariant: cause.invariant, message: cause.message },
    ...afterStrike(result, struck.at(-1)?.facts ?? 0),
  };
}

export function outcomeOf(result: RunResult): Outcome {
  const { findings } = result.conclusion;
  if (result.exhausted !== undefined) return "unknown";
  if (findings.some(({ property }) => property === "safety")) return "violation";
  if (isOutage(result.facts)) return "outage";
  if (result.verdict === "valid") return "valid";
  return result.verdict === "unknown" ? "unknown" : "liveness";
}

export function isAsExpected({ outcome, expected }: Pick<Branch, "outcome" | "expected">): boolean {
  return expected === "safe" ? outcome !== "violation" : outcome === expected;
}

/**
 * Who may go on without a host that was lost, by the storage's word: somebody else who has the flag in
 * the end; nobody where the lost one has it; nobody where it was the last hope, unless a pair that it
 * had asked for is admitted after its death; and nobody goes on with a VM that its operator ended.
 */
export function expectedOf(facts: readonly Fact[], struck: readonly Circumstances[]): Expected {
  if (struck.some(({ mayEndService }) => mayEndService)) return "safe";
  if (wasPoweredOff(facts)) return "outage";
  const isOver = struck.some((one) => {
    if (one.lost === undefined) return false;
    const { owner, isAdmittedLater } = storageWord(facts, one.facts);
    return owner === undefined ? one.isLastHope && !isAdmittedLater : owner === one.lost;
  });
  return isOver ? "outage" : "valid";
}

/** Who has the flag in the end, and whether a generation was opened after so many facts. */
function storageWord(
  facts: readonly Fact[],
  after: number,
): { readonly owner: string | undefined; readonly isAdmittedLater: boolean } {
  let generation = 1;
  let owner: string | undefined;
  let isAdmittedLater = false;
  for (const [index, fact] of facts.entries())
    if (fact.kind === "open-generation" && fact.result === "won" && fact.generation > generation) {
      generation = fact.generation;
      owner = undefined;
      isAdmittedLater ||= index >= after;
    } else if (fact.kind === "test-and-set" && fact.result === "won")
      owner = fact.generation === generation ? fact.owner : owner;
  return { owner, isAdmittedLater };
}

function firstUnknown(results: readonly CheckerResult[]): BranchFinding | null {
  const unknown = results.find(({ verdict }) => verdict === "unknown");
  if (unknown === undefined) return null;
  const { checker, invariants, summary } = unknown;
  return { checker, invariant: invariants[0] ?? "", message: `unknown: ${summary}` };
}

function afterStrike(
  { facts }: RunResult,
  known: number,
): { readonly away: number; readonly answered: number } {
  let last = facts[Math.max(0, known - 1)]?.time ?? 0;
  let [away, answered, released] = [0, 0, 0];
  for (const fact of facts.slice(known)) {
    if (fact.kind === "client" && fact.event.kind === "ok") answered += 1;
    if (fact.kind !== "release" || fact.outputClass !== "network") continue;
    released += 1;
    away = Math.max(away, fact.time - last);
    last = fact.time;
  }
  return { away: released === 0 ? -1 : away, answered };
}
