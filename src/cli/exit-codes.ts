// Exit codes of every command (design 5). Worst first: 70, 4, 1, 3, 2.

import { isOutage } from "../testbed/outage.ts";
import type { RunResult } from "../testbed/run.ts";
import { didGuestPanic } from "./guest-panic.ts";

export const EXIT_OK = 0;
export const EXIT_VIOLATION = 1;
export const EXIT_UNKNOWN = 2;
export const EXIT_LIVENESS = 3;
export const EXIT_NOT_DETERMINISTIC = 4;
export const EXIT_USAGE = 64;
export const EXIT_INTERNAL = 70;
export const EXIT_INTERRUPTED = 130;

const MEANING: ReadonlyMap<number, string> = new Map([
  [EXIT_OK, "as expected"],
  [EXIT_VIOLATION, "a property was violated"],
  [EXIT_UNKNOWN, "unknown"],
  [EXIT_LIVENESS, "liveness was lost"],
  [EXIT_NOT_DETERMINISTIC, "not deterministic"],
  [EXIT_INTERRUPTED, "interrupted"],
]);

/** A run that went well, where another end was expected, says which. */
export function describeExit(code: number, result: RunResult): string {
  const { expect } = result.scenario;
  if (code !== EXIT_UNKNOWN || result.verdict !== "valid") return MEANING.get(code) ?? "an error";
  const awaited = typeof expect === "object" ? `invalid: ${expect.invalid.join(", ")}` : expect;
  return `nothing was violated, but the scenario expects ${awaited}`;
}

/** What a run's verdict means against what its scenario expects; switches never change that. */
export function exitOf(result: RunResult): number {
  const { expect } = result.scenario;
  const [finding] = result.conclusion.findings;
  if (typeof expect === "object") {
    const invalid = new Set(
      result.results.filter(({ verdict }) => verdict === "invalid").map(({ checker }) => checker),
    );
    return expect.invalid.every((name) => invalid.has(name)) ? EXIT_OK : codeOf(result);
  }
  const isSafe = finding?.property !== "safety" && result.exhausted === undefined;
  // Nobody is left, and nothing was violated on the way: what clients had not begun to read is idle.
  // Whatever became of the service, nothing was violated.
  if (expect === "safe") return isSafe ? EXIT_OK : codeOf(result);
  if (expect === "outage") return isSafe && isOutage(result.facts) ? EXIT_OK : codeOf(result);
  if (expect === "guest-panic") return isSafe && didGuestPanic(result) ? EXIT_OK : codeOf(result);
  if (expect === "stalled") return isSafe && finding !== undefined ? EXIT_OK : codeOf(result);
  return codeOf(result);
}

function codeOf(result: RunResult): number {
  const { expect } = result.scenario;
  if (result.verdict === "valid") return expect === "valid" ? EXIT_OK : EXIT_UNKNOWN;
  if (result.verdict === "unknown") return EXIT_UNKNOWN;
  return result.conclusion.findings[0]?.property === "liveness" ? EXIT_LIVENESS : EXIT_VIOLATION;
}
