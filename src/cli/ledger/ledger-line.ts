// A line of the ledger: what a campaign ran and what came out, so that anybody can run any block of it
// again and compare. All but `noted` follows from subject, seeds and code; `noted` is only told.

import { createHash } from "node:crypto";
import { z } from "zod";
import { digestOfResults, inOrder, type Outcome, twiceOf } from "../fuzz/outcome.ts";
import { isOfShard, type Shard } from "../fuzz/seeds.ts";
import { madeBy, type Subject } from "../fuzz/subject.ts";
import { scenarioSource } from "../scenarios.ts";
import { UsageError } from "../usage-error.ts";
import { codeDigest } from "./code-digest.ts";

const LEDGER_FORMAT = "ftsim-ledger";
const VERSION = 1;
const SMALL_BLOCK = 100;
const LARGE_BLOCK = 1_000;
/** More seeds than that are told of in large blocks. */
const SMALL_CAMPAIGN = 2_000;

const digest = z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hexadecimal digits");
const count = z.number().int().min(0);

export interface LedgerLine {
  readonly format: typeof LEDGER_FORMAT;
  readonly version: typeof VERSION;
  /** Version and commit, for people. */
  readonly madeBy: string;
  /** What really decides: code-digest.ts. */
  readonly code: string;
  readonly scenario: string;
  /** A digest of the scenario's file. */
  readonly text: string;
  readonly set: readonly string[];
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly protocol?: string | undefined;
  readonly first: number;
  readonly last: number;
  /** The index-th of so many. */
  readonly shard: readonly [index: number, of: number];
  readonly seeds: number;
  readonly twice: number;
  readonly differing: readonly string[];
  /** By exit code. */
  readonly exits: Readonly<Record<string, number>>;
  readonly events: number;
  readonly results: string;
  /** So many seeds of the range, of all shards, are a block. */
  readonly block: number;
  readonly blocks: readonly string[];
  readonly noted: { readonly date: string; readonly seconds: number; readonly jobs: number };
}

export const ledgerSchema: z.ZodType<LedgerLine> = z.strictObject({
  format: z.literal(LEDGER_FORMAT),
  version: z.literal(VERSION),
  madeBy: z.string(),
  code: digest,
  scenario: z.string(),
  text: digest,
  set: z.array(z.string()),
  without: z.array(z.string()),
  bug: z.array(z.string()),
  protocol: z.string().optional(),
  first: count,
  last: count,
  shard: z.tuple([count, count]),
  seeds: count,
  twice: count,
  differing: z.array(z.string()),
  exits: z.record(z.string(), count),
  events: count,
  results: digest,
  block: z.number().int().min(1),
  blocks: z.array(digest),
  noted: z.strictObject({ date: z.string(), seconds: z.number(), jobs: count }),
});

export interface LedgerRange {
  readonly first: number;
  readonly last: number;
  readonly shard: Shard;
}

export function ledgerLine(
  subject: Subject,
  range: LedgerRange,
  all: readonly Outcome[],
  noted: LedgerLine["noted"],
): LedgerLine {
  const { first, last, shard } = range;
  const outcomes = outcomesIn(range, all);
  const twice = twiceOf(outcomes);
  const exits: Record<string, number> = {};
  for (const { exit } of outcomes) exits[exit] = (exits[exit] ?? 0) + 1;
  const block = outcomes.length > SMALL_CAMPAIGN ? LARGE_BLOCK : SMALL_BLOCK;
  const { scenario, set, without, bug, protocol } = subject;
  return {
    format: LEDGER_FORMAT,
    version: VERSION,
    madeBy: madeBy(),
    code: codeDigest(),
    scenario,
    text: textDigest(scenario),
    set,
    without,
    bug,
    ...(protocol === undefined ? {} : { protocol }),
    first,
    last,
    shard: [shard.index, shard.of],
    seeds: outcomes.length,
    twice: twice.seeds,
    differing: twice.differing,
    exits,
    events: outcomes.reduce((sum, { events }) => sum + events, 0),
    results: digestOfResults(outcomes),
    block,
    blocks: blockRanges(first, last, block).map((part) => digestOfBlock(part, outcomes)),
    noted,
  };
}

/** The seeds of each block: [first, last]. */
export function blockRanges(
  first: number,
  last: number,
  block: number,
): readonly (readonly [number, number])[] {
  const count = Math.ceil((last - first + 1) / block);
  return Array.from({ length: count }, (_, at) => [
    first + at * block,
    Math.min(last, first + (at + 1) * block - 1),
  ]);
}

export function seedsOf(
  [from, to]: readonly [number, number],
  { first, shard }: Pick<LedgerRange, "first" | "shard">,
): readonly string[] {
  const seeds: string[] = [];
  for (let seed = from; seed <= to; seed++)
    if (isOfShard(seed, first, shard)) seeds.push(String(seed));
  return seeds;
}

export function digestOfBlock(
  [from, to]: readonly [number, number],
  outcomes: readonly Outcome[],
): string {
  return digestOfResults(outcomes.filter(({ seed }) => Number(seed) >= from && Number(seed) <= to));
}

/** Of a scenario's file as it is now. */
export function textDigest(scenario: string): string {
  return createHash("sha256").update(scenarioSource(scenario)).digest("hex").slice(0, 16);
}

/** Every seed of the range: a line about a range with gaps would be about another one. */
function outcomesIn(range: LedgerRange, all: readonly Outcome[]): readonly Outcome[] {
  const seeds = seedsOf([range.first, range.last], range);
  const wanted = new Set(seeds);
  const outcomes = inOrder(all.filter(({ seed }) => wanted.has(seed)));
  if (outcomes.length === seeds.length) return outcomes;
  throw new UsageError(
    `--ledger: ${seeds.length - outcomes.length} seeds of ${range.first}..${range.last} have no result; nothing was added`,
  );
}
