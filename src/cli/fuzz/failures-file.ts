// failures.jsonl: what a campaign found, one line a finding, always written. With --baseline the one of
// an earlier campaign tells what is new, known and gone.

import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../usage-error.ts";
import { commandFor, type Subject } from "./subject.ts";
import type { Standing } from "./summary.ts";
import type { FindingGroup } from "./tally.ts";

export const FAILURES_FILE = "failures.jsonl";

const failureSchema = z.object({ fingerprint: z.string().min(1) });

export function encodeFailures(subject: Subject, findings: readonly FindingGroup[]): string {
  return findings
    .map(({ fingerprint, fastest, seeds }) =>
      JSON.stringify({
        fingerprint,
        exit: fastest.exit,
        seed: fastest.seed,
        digest: fastest.digest,
        message: fastest.message,
        seeds,
        command: commandFor(subject, fastest.seed),
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** Fingerprints of an earlier campaign. */
export function readBaseline(file: string): readonly string[] {
  if (!existsSync(file))
    throw new UsageError(`--baseline ${file}: no such file; expected a failures.jsonl`);
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line, index) => {
    const failure = failureSchema.safeParse(parse(line));
    if (failure.success) return failure.data.fingerprint;
    throw new UsageError(`${file}:${index + 1}: expected a finding with its fingerprint`);
  });
}

export function compareWith(
  baseline: readonly string[] | undefined,
  findings: readonly FindingGroup[],
): { readonly standings: ReadonlyMap<string, Standing>; readonly gone: readonly string[] } {
  if (baseline === undefined) return { standings: new Map(), gone: [] };
  const found = new Set(findings.map(({ fingerprint }) => fingerprint));
  return {
    standings: new Map(
      [...found].map((one) => [one, baseline.includes(one) ? "known" : "new"] as const),
    ),
    gone: baseline.filter((one) => !found.has(one)),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
