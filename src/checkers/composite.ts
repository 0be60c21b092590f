// All checkers of a run, side by side. One that throws is unknown from there on, with the error's
// text, and the others go on. `conclude` makes one verdict of many results, and of many findings one:
// the earliest cause, with what follows from it folded under it.

import type { Fact } from "../history/fact.ts";
import { type CheckerResult, type Finding, type Verdict, worseOf } from "../history/verdict.ts";
import type { CheckerContext, CheckerKind, Closeness, RunningChecker } from "./checker.ts";

interface Member {
  readonly kind: CheckerKind;
  readonly checker: RunningChecker;
  /** Why it was given up; null while it works. */
  broken: string | null;
}

interface MemberSnapshot {
  readonly state: unknown;
  readonly broken: string | null;
}

export class Composite {
  readonly #members: readonly Member[];
  /** Who hears a kind of fact, in the registry's order; found out when the first one comes. */
  readonly #audiences: Map<Fact["kind"], readonly Member[]>;

  constructor(kinds: readonly CheckerKind[], context: CheckerContext) {
    this.#members = kinds.map((kind) => ({ kind, checker: kind.start(context), broken: null }));
    this.#audiences = new Map();
  }

  observe(fact: Fact, index: number): void {
    for (const member of this.#audienceOf(fact)) {
      if (member.broken !== null) continue;
      try {
        member.checker.observe(fact, index);
      } catch (error: unknown) {
        member.broken = `${describeError(error)} (at fact ${index}, ${fact.kind})`;
      }
    }
  }

  #audienceOf(fact: Fact): readonly Member[] {
    const known = this.#audiences.get(fact.kind);
    if (known !== undefined) return known;
    const audience = this.#members.filter(({ kind }) => {
      // Who judges any protocol never looks at what a replica says about itself (D7).
      if (fact.witness === "claim" && kind.appliesTo === "any") return false;
      return kind.hears?.has(fact.kind) !== false;
    });
    this.#audiences.set(fact.kind, audience);
    return audience;
  }

  /** In the registry's order. */
  results(): readonly CheckerResult[] {
    return this.#members.flatMap((member) => {
      const result = resultOf(member);
      return member.kind.isOnDemand === true && result.isIdle === true ? [] : [result];
    });
  }

  /** Of those that can tell one, in the registry's order; who was given up tells nothing. */
  closeness(): readonly Closeness[] {
    return this.#members.flatMap(({ checker, broken }) => {
      const closeness = broken === null ? checker.closeness?.() : undefined;
      return closeness === undefined ? [] : [closeness];
    });
  }

  snapshot(): unknown {
    return this.#members.map(
      (member): MemberSnapshot => ({
        state: member.checker.snapshot(),
        broken: member.broken,
      }),
    );
  }

  restore(snapshot: unknown): void {
    const members = snapshot as readonly MemberSnapshot[];
    for (let at = 0; at < this.#members.length; at++) {
      const member = this.#members[at] as Member;
      const saved = members[at] as MemberSnapshot;
      member.checker.restore(saved.state);
      member.broken = saved.broken;
    }
  }
}

/** One violation as people should hear of it. */
export interface GroupedFinding {
  readonly cause: Finding;
  /** What else was found, in the order of time: it follows from the cause, or is explained by it. */
  readonly follows: readonly Finding[];
  /** A safety violation outranks a liveness violation, whichever came first. */
  readonly property: "safety" | "liveness";
}

export interface Conclusion {
  readonly verdict: Verdict;
  /** None or one (D10). */
  readonly findings: readonly GroupedFinding[];
  /** How many checkers stand where; an idle one is counted as idle only. */
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  readonly idle: number;
}

export function conclude(results: readonly CheckerResult[]): Conclusion {
  const judged = results.filter((result) => result.isIdle !== true);
  const tally = (verdict: Verdict): number =>
    judged.filter((result) => result.verdict === verdict).length;
  return {
    verdict: results.reduce<Verdict>((worst, one) => worseOf(worst, one.verdict), "valid"),
    findings: groupFindings(results),
    valid: tally("valid"),
    invalid: tally("invalid"),
    unknown: tally("unknown"),
    idle: results.length - judged.length,
  };
}

function groupFindings(results: readonly CheckerResult[]): readonly GroupedFinding[] {
  const all: { readonly finding: Finding; readonly rank: number; readonly isSafety: boolean }[] =
    [];
  for (const result of results)
    for (const finding of result.findings)
      all.push({ finding, rank: all.length, isSafety: result.property === "safety" });
  // Of the same moment the registry's order decides: it lists rules before what breaks without them.
  all.sort((a, b) => a.finding.time - b.finding.time || a.rank - b.rank);
  // What never came is noticed last, whatever kept it away: even a loss of liveness explains it.
  const earliest = all.find((one) => one.isSafety && one.finding.isAbsence !== true) ?? all[0];
  if (earliest === undefined) return [];
  const { checker } = earliest.finding;
  const telling = all.find(({ finding }) => finding.checker === checker && finding.isTelling);
  const first = telling ?? earliest;
  const follows = all.filter((one) => one !== first).map((one) => one.finding);
  const property = all.some((one) => one.isSafety) ? "safety" : "liveness";
  return [{ cause: first.finding, follows, property }];
}

function resultOf(member: Member): CheckerResult {
  const { kind } = member;
  let broken = member.broken;
  let findings: readonly Finding[] = [];
  try {
    const result = member.checker.result();
    if (broken === null) return result;
    findings = result.findings;
  } catch (error: unknown) {
    broken ??= `${describeError(error)} (when asked for its result)`;
  }
  return {
    checker: kind.name,
    invariants: kind.invariants,
    property: kind.property,
    // What it had found before it broke stands.
    verdict: findings.length > 0 ? "invalid" : "unknown",
    summary: `the checker failed: ${broken}`,
    looked: 0,
    findings,
    figures: new Map(),
  };
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
