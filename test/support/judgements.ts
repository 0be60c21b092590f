// What the tests of checkers expect of a judgement: a history that holds, or the one finding.

import { expect } from "vitest";
import type { CheckerKind } from "../../src/checkers/checker.ts";
import type { Fact } from "../../src/history/fact.ts";
import type { CheckerResult } from "../../src/history/verdict.ts";
import { judge } from "./history-builder.ts";

/** It looked at something, and found nothing. */
export function accepts(kind: CheckerKind, facts: readonly Fact[]): void {
  const result = judge(kind, facts);
  expect(result.findings).toEqual([]);
  expect(result.verdict).toBe("valid");
  expect(result.isIdle).not.toBe(true);
}

/** Of the finding that is told first: it names an invariant of its checker and shows a fact. */
export function messageOf(result: CheckerResult): string {
  expect(result.verdict).toBe("invalid");
  const finding = result.findings[0];
  expect(result.invariants).toContain(finding?.invariant);
  expect(finding?.facts.length).toBeGreaterThan(0);
  return `${finding?.invariant}: ${finding?.message}`;
}
