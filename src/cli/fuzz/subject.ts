// What a campaign runs: one scenario with what was changed in it, and many seeds. Two campaigns with
// the same subject can be resumed and merged; with another one they cannot.

import { createHash } from "node:crypto";
import { z } from "zod";
import { protocolProblem } from "../../testbed/run.ts";
import { isUserProtocol, loadProtocol } from "../protocols.ts";
import { loadScenario } from "../scenarios.ts";
import { UsageError } from "../usage-error.ts";
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

/** What others are to run, at a queue or from a ledger, has no code of this machine in it. */
export function refuseOwnProtocol(option: string, { protocol = "" }: Subject): void {
  if (isUserProtocol(protocol))
    throw new UsageError(
      `${option}: --protocol ${protocol} is a file of your own, which nobody else could run`,
    );
}

/** A scenario that cannot be read is told before the first worker begins. */
export async function checkSubject(subject: Subject, seed: string): Promise<string> {
  const scenario = loadScenario(subject.scenario, subject.set, seed);
  const protocol = await loadProtocol(subject.protocol ?? scenario.protocol.name);
  const problem = protocolProblem(protocol, scenario);
  if (problem !== undefined) throw new UsageError(problem);
  return scenario.name;
}
