// What a campaign keeps of one seed. All but `milliseconds` follows from the subject and the seed.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Verdict } from "../../history/verdict.ts";
import type { RunResult } from "../../testbed/run.ts";
import { exitOf } from "../exit-codes.ts";
import { fingerprintOf } from "./fingerprint.ts";

export interface Outcome {
  readonly seed: string;
  readonly digest: string;
  /** As `ftsim run` would end. */
  readonly exit: number;
  readonly verdict: Verdict;
  /** Which finding it is; "" for a seed that went as expected. */
  readonly fingerprint: string;
  /** The finding in words; of an error in ftsim itself, the error. */
  readonly message: string;
  /** Checkers that found something. */
  readonly rejectedBy: readonly string[];
  readonly events: number;
  /** Virtual time, ns. */
  readonly endTime: number;
  /** Guest steps of all machines. */
  readonly steps: number;
  /** Strikes of each kind of fault, and what they hit. */
  readonly strikes: Readonly<Record<string, number>>;
  readonly hits: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<string, number>>;
  readonly milliseconds: number;
  /** How a second run of the seed ended (`--twice`): as `endOf` says it. */
  readonly again?: string | undefined;
  /** Rules that the run asked for, where that was wanted. */
  readonly asked?: readonly string[] | undefined;
}

const counts = z.record(z.string(), z.number());

export const outcomeSchema: z.ZodType<Outcome> = z.strictObject({
  seed: z.string(),
  digest: z.string(),
  exit: z.number().int(),
  verdict: z.enum(["valid", "invalid", "unknown"]),
  fingerprint: z.string(),
  message: z.string(),
  rejectedBy: z.array(z.string()),
  events: z.number().int(),
  endTime: z.number().int(),
  steps: z.number(),
  strikes: counts,
  hits: counts,
  marks: counts,
  milliseconds: z.number(),
  again: z.string().optional(),
  asked: z.array(z.string()).optional(),
});

export function outcomeOf(result: RunResult, milliseconds: number): Outcome {
  const fired = result.facts.filter((fact) => fact.kind === "fault-fired");
  const exit = exitOf(result);
  const [finding] = result.conclusion.findings;
  const undecided = result.results.find(({ verdict }) => verdict === "unknown");
  return {
    seed: result.seed,
    digest: result.digest,
    exit,
    verdict: result.verdict,
    fingerprint: exit === 0 ? "" : fingerprintOf(result),
    message:
      exit === 0
        ? ""
        : (finding?.cause.message ?? result.exhausted ?? undecided?.summary ?? "ended otherwise"),
    rejectedBy: result.results.flatMap(({ checker, verdict }) =>
      verdict === "invalid" ? [checker] : [],
    ),
    events: result.events,
    endTime: result.endTime,
    steps: [...result.steps.values()].reduce((sum, steps) => sum + steps, 0),
    strikes: Object.fromEntries(fired.map(({ fault, strikes }) => [fault, strikes])),
    hits: Object.fromEntries(fired.map(({ fault, bites }) => [fault, bites])),
    marks: Object.fromEntries(result.marks),
    milliseconds,
  };
}

/** An error of ftsim itself is an outcome too: the campaign goes on. */
export function brokenOutcome(seed: string, message: string, exit: number): Outcome {
  const first = message.split("\n")[0] ?? "";
  return {
    seed,
    digest: "",
    exit,
    verdict: "unknown",
    fingerprint: `${BROKEN} ${first.replace(/\d+/g, "#")}`,
    message: first,
    rejectedBy: [],
    events: 0,
    endTime: 0,
    steps: 0,
    strikes: {},
    hits: {},
    marks: {},
    milliseconds: 0,
  };
}

const BROKEN = "error";

/** Nothing was judged: ftsim, or the machine that it ran on, did not get so far. */
export function isBroken({ digest, fingerprint }: Outcome): boolean {
  return digest === "" && fingerprint.startsWith(`${BROKEN} `);
}

/** In words, how two outcomes of one seed differ; undefined: they are the same. */
export function differenceOf(one: Outcome, other: Outcome): string | undefined {
  const plain = (outcome: Outcome): string =>
    JSON.stringify({ ...outcome, again: undefined, milliseconds: 0 });
  if (plain(one) === plain(other)) return undefined;
  const kept = `digest ${one.digest || "none"}, exit ${one.exit}`;
  const said = `digest ${other.digest || "none"}, exit ${other.exit}`;
  return kept === said ? `${kept}, with other figures` : `${kept} once, ${said} another time`;
}

/** What two runs of a seed must have in common. */
function endOf({ digest, exit }: Outcome): string {
  return `${digest} ${exit}`;
}

export function withSecond(first: Outcome, second: Outcome): Outcome {
  return { ...first, again: endOf(second) };
}

export interface Twice {
  readonly seeds: number;
  /** Seeds whose two runs ended differently, ascending. */
  readonly differing: readonly string[];
}

export function twiceOf(outcomes: readonly Outcome[]): Twice {
  const twice = outcomes.filter(({ again }) => again !== undefined);
  const differing = twice.filter((outcome) => outcome.again !== endOf(outcome));
  return { seeds: twice.length, differing: inOrder(differing).map(({ seed }) => seed) };
}

/** The same for the same set of seeds, whoever ran them, in whatever order. */
export function digestOfResults(outcomes: readonly Outcome[]): string {
  const hash = createHash("sha256");
  for (const outcome of inOrder(outcomes)) hash.update(`${outcome.seed} ${endOf(outcome)}\n`);
  return hash.digest("hex").slice(0, 16);
}

export function inOrder(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.toSorted((a, b) => Number(a.seed) - Number(b.seed));
}
