// What a campaign runs: one scenario with what was changed in it, and many seeds. Two campaigns with
// the same subject can be resumed and merged; with another one they cannot.

import { createHash } from "node:crypto";
import { z } from "zod";
import { loadScenario } from "../scenarios.ts";
import { revision, version } from "../version.ts";

export interface Subject {
  readonly scenario: string;
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly protocol: string | undefined;
}

export const subjectSchema: z.ZodType<Subject> = z
  .strictObject({
    scenario: z.string(),
    set: z.array(z.string()),
    without: z.array(z.string()),
    bug: z.array(z.string()),
    protocol: z.string().optional(),
  })
  .transform(({ protocol, ...rest }) => ({ ...rest, protocol }));

/** Which ftsim runs it: results of two versions are not one result. */
export function madeBy(): string {
  return `${version()} ${revision()}`.trim();
}

/** `--unbounded`: more may be lost than a run must survive, so that only safety is judged. */
export const UNBOUNDED: readonly string[] = ["budget=unbounded", "expect=safe"];

export function digestOfSubject(subject: Subject): string {
  return createHash("sha256").update(JSON.stringify(subject)).digest("hex").slice(0, 16);
}

/** What somebody types to see one seed of it. */
export function commandFor(subject: Subject, seed: string): string {
  return ["npx ftsim run", subject.scenario, `--seed ${seed}`, ...switches(subject)].join(" ");
}

/** The subject's part of a command line. */
export function switches({ set, without, bug, protocol }: Subject): readonly string[] {
  return [
    ...without.map((name) => `--without ${name}`),
    ...bug.map((name) => `--bug ${name}`),
    ...(protocol === undefined ? [] : [`--protocol ${protocol}`]),
    ...set.map((one) => `--set ${one}`),
  ];
}

/** A scenario that cannot be read is told before the first worker begins. */
export function checkSubject({ scenario, set }: Subject, seed: string): string {
  return loadScenario(scenario, set, seed).name;
}
