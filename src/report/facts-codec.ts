// facts.jsonl: a history as JSON Lines. The first line names format and version, then a fact a line,
// then a line that says how many there were: a file that was cut off anywhere is noticed.
// Decoding believes nothing: every field of every fact is checked against fact-fields.ts.

import { err, ok, type Result } from "../base/result.ts";
import type { Fact } from "../history/fact.ts";
import { type Problem, problemOfFact } from "./fact-fields.ts";

export const FACTS_FORMAT = "ftsim-facts";
/** Raised with every change of history/fact.ts that an older reader would misread. */
export const FACTS_VERSION = 5;

export interface FactsProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** One line, without its newline: for a writer that does not hold the whole text. */
export function encodeFact(fact: Fact): string {
  return JSON.stringify(fact);
}

export function factsHeader(): string {
  return JSON.stringify({ format: FACTS_FORMAT, version: FACTS_VERSION });
}

export function factsTrailer(facts: number): string {
  return JSON.stringify({ end: true, facts });
}

export function encodeFacts(facts: readonly Fact[]): string {
  const lines = [factsHeader(), ...facts.map(encodeFact), factsTrailer(facts.length)];
  return `${lines.join("\n")}\n`;
}

export function decodeFacts(text: string): Result<readonly Fact[], FactsProblem> {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const header = checkHeader(lines[0]);
  if (header !== undefined) return err({ line: 1, message: header });
  const facts: Fact[] = [];
  for (let at = 1; at < lines.length; at++) {
    const line = at + 1;
    const value = parseLine(lines[at] ?? "");
    if (!value.ok) return err({ line, message: value.error });
    if (isTrailer(value.value)) return checkTrailer(value.value, facts, line, lines.length);
    const problem: Problem = problemOfFact(value.value);
    if (problem !== undefined) return err({ line, message: problem });
    const fact = value.value as Fact;
    const previous = facts.at(-1);
    if (previous !== undefined && fact.time < previous.time)
      return err({ line, message: `time runs backwards: ${fact.time} after ${previous.time}` });
    facts.push(fact);
  }
  return err({
    line: lines.length,
    message: `the file ends after ${facts.length} facts, without its closing line: it was cut off`,
  });
}

function checkHeader(line: string | undefined): string | undefined {
  const expected = `expected a first line like ${factsHeader()}`;
  const header = parseLine(line ?? "");
  if (!header.ok || typeof header.value !== "object" || header.value === null) return expected;
  const { format, version } = header.value as { format?: unknown; version?: unknown };
  if (format !== FACTS_FORMAT) return expected;
  if (version === FACTS_VERSION) return undefined;
  return `version ${JSON.stringify(version)} of the facts: this ftsim reads version ${FACTS_VERSION}`;
}

function parseLine(line: string): Result<unknown> {
  try {
    return ok(JSON.parse(line) as unknown);
  } catch {
    return err("not a line of JSON");
  }
}

interface Trailer {
  readonly end: true;
  readonly facts: unknown;
}

function isTrailer(value: unknown): value is Trailer {
  return typeof value === "object" && value !== null && "end" in value && value.end === true;
}

function checkTrailer(
  trailer: Trailer,
  facts: readonly Fact[],
  line: number,
  lines: number,
): Result<readonly Fact[], FactsProblem> {
  if (trailer.facts !== facts.length)
    return err({
      line,
      message: `the closing line counts ${JSON.stringify(trailer.facts)} facts; there are ${facts.length}`,
    });
  return line === lines
    ? ok(facts)
    : err({ line: line + 1, message: "text after the closing line" });
}
