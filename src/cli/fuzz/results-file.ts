// results.jsonl: what a campaign ran, one line a seed, in the order in which they ended. The first line
// says what was run. A campaign that was killed has at most half a line too much, and is resumed.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../usage-error.ts";
import { type Outcome, outcomeSchema } from "./outcome.ts";
import { digestOfSubject, madeBy, type Subject, subjectSchema } from "./subject.ts";

export const RESULTS_FILE = "results.jsonl";
const FORMAT = "ftsim-campaign";
const VERSION = 1;

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  madeBy: z.string(),
  /** The seed from which shards count. */
  first: z.number().int(),
  subject: subjectSchema,
});

export interface StoredResults {
  readonly subject: Subject;
  readonly madeBy: string;
  readonly first: number;
  readonly outcomes: readonly Outcome[];
}

export function beginResults(file: string, subject: Subject, first: number): void {
  const header = { format: FORMAT, version: VERSION, madeBy: madeBy(), first, subject };
  writeFileSync(file, `${JSON.stringify(header)}\n`);
}

export function appendResult(file: string, outcome: Outcome): void {
  appendFileSync(file, `${JSON.stringify(outcome)}\n`);
}

export function readResults(file: string): StoredResults {
  if (!existsSync(file))
    throw new UsageError(`${file}: no such file; expected the results of an \`ftsim fuzz\``);
  const lines = readFileSync(file, "utf8").split("\n");
  // A line that was cut off by a kill is a seed that did not end.
  lines.pop();
  const header = headerSchema.safeParse(parse(lines[0] ?? ""));
  if (!header.success)
    throw new UsageError(
      `${file}:1: expected a first line with format ${FORMAT}, version ${VERSION}`,
    );
  const outcomes = lines.slice(1).map((line, index) => {
    const outcome = outcomeSchema.safeParse(parse(line));
    if (outcome.success) return outcome.data;
    throw new UsageError(`${file}:${index + 2}: not the outcome of a seed`);
  });
  const { subject, madeBy: by, first } = header.data;
  return { subject, madeBy: by, first, outcomes };
}

/** In words, when the results of `stored` are not a part of a campaign on this subject. */
export function mismatch(stored: StoredResults, subject: Subject): string | undefined {
  if (stored.madeBy !== madeBy())
    return `made by ftsim ${stored.madeBy}, this is ${madeBy()}: their digests cannot be compared`;
  if (digestOfSubject(stored.subject) !== digestOfSubject(subject))
    return `of another campaign: ${JSON.stringify(stored.subject)}`;
  return undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** The same file without a line that was cut off, to go on from. */
export function rewriteResults(file: string, { subject, first, outcomes }: StoredResults): void {
  beginResults(file, subject, first);
  for (const outcome of outcomes) appendResult(file, outcome);
}
