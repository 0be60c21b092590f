// What a test of a checker says of a whole history: accepted, or rejected with which words.

import { expect } from "vitest";
import type { CheckerContext, CheckerKind } from "../../src/checkers/checker.ts";
import type { Fact } from "../../src/history/fact.ts";
import { judge } from "./history-builder.ts";

export function accepts(kind: CheckerKind, facts: readonly Fact[], context?: CheckerContext): void {
  const result = judge(kind, facts, context);
  expect(result.findings).toEqual([]);
  expect([result.verdict, result.isIdle]).toEqual(["valid", undefined]);
}

/** The first finding's sentence. */
export function rejection(
  kind: CheckerKind,
  facts: readonly Fact[],
  context?: CheckerContext,
): string {
  const result = judge(kind, facts, context);
  expect(result.verdict).toBe("invalid");
  expect(result.invariants).toContain(result.findings[0]?.invariant);
  return result.findings[0]?.message ?? "";
}
