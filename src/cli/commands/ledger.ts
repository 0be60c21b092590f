// `ftsim ledger check FILE`: runs blocks of seeds again, drawn at random from the lines that this very
// code wrote, and compares their digests with those of the ledger.

import { randomInt } from "node:crypto";
import { count } from "../../base/words.ts";
import { jobsOf } from "../crew.ts";
import { EXIT_NOT_DETERMINISTIC, EXIT_OK, EXIT_UNKNOWN } from "../exit-codes.ts";
import { digestOfResults } from "../fuzz/outcome.ts";
import { SeedCrew } from "../fuzz/seed-crew.ts";
import { codeDigest } from "../ledger/code-digest.ts";
import { readLedger } from "../ledger/ledger-file.ts";
import { blockRanges, type LedgerLine, seedsOf, textDigest } from "../ledger/ledger-line.ts";
import { scenarioNames } from "../scenarios.ts";
import { whole } from "../whole.ts";

export interface LedgerOptions {
  readonly sample: string;
  readonly jobs: string | undefined;
}

const SAMPLE_MOST = 1_000_000;

interface Block {
  /** Of the file's campaigns, from 1. */
  readonly at: number;
  readonly line: LedgerLine;
  readonly seeds: readonly [number, number];
  readonly digest: string;
}

export async function checkLedgerFile(file: string, options: LedgerOptions): Promise<number> {
  const sample = whole("--sample", options.sample, SAMPLE_MOST);
  const lines = readLedger(file);
  const code = codeDigest();
  const blocks: Block[] = [];
  let isWhole = true;
  for (const [index, line] of lines.entries()) {
    const at = index + 1;
    const problem = contradiction(line);
    if (problem !== undefined) isWhole = false;
    const other = otherThan(line, code);
    say(
      `${at}  ${describe(line)}: ${problem ?? other ?? `${count(line.blocks.length, "block")} of ${line.block}`}`,
    );
    if (problem === undefined && other === undefined) blocks.push(...blocksOf(at, line));
  }
  if (!isWhole) return EXIT_NOT_DETERMINISTIC;
  if (blocks.length === 0) {
    say("NOTHING TO CHECK   no line is of this version");
    return EXIT_UNKNOWN;
  }
  const drawn = draw(blocks, sample);
  const different = await recompute(drawn, jobsOf(options.jobs));
  const all = `${count(drawn.length, "block")} of ${blocks.length}`;
  say(
    different === 0
      ? `EQUAL   ${all}`
      : `DIFFERENT   ${different} of ${count(drawn.length, "block")}`,
  );
  return different === 0 ? EXIT_OK : EXIT_NOT_DETERMINISTIC;
}

/** How many differ. */
async function recompute(blocks: readonly Block[], jobs: number): Promise<number> {
  const crew = new SeedCrew(jobs);
  let different = 0;
  try {
    for (const { at, line, seeds, digest } of blocks) {
      const { scenario, set, without, bug, protocol, first, shard } = line;
      const subject = { scenario, set, without, bug, protocol };
      const range = { first, shard: { index: shard[0], of: shard[1] } };
      const outcomes = await Promise.all(
        seedsOf(seeds, range).map((seed) => crew.run({ kind: "seed", subject, seed })),
      );
      const found = digestOfResults(outcomes);
      if (found !== digest) different += 1;
      const verdict = found === digest ? "equal" : `DIFFERENT: ${found}, the ledger says ${digest}`;
      say(`   line ${at}, seeds ${seeds[0]}..${seeds[1]}: ${verdict}`);
    }
  } finally {
    await crew.dismiss();
  }
  return different;
}

function blocksOf(at: number, line: LedgerLine): readonly Block[] {
  return blockRanges(line.first, line.last, line.block).map((seeds, index) => ({
    at,
    line,
    seeds,
    digest: line.blocks[index] as string,
  }));
}

/** Each block at most once. */
function draw(blocks: readonly Block[], sample: number): readonly Block[] {
  const left = [...blocks];
  const drawn: Block[] = [];
  while (drawn.length < sample && left.length > 0)
    drawn.push(...left.splice(randomInt(left.length), 1));
  return drawn;
}

/** A line that cannot be right, whoever wrote it. */
function contradiction(line: LedgerLine): string | undefined {
  const { first, last, shard, seeds, twice, exits, block, blocks } = line;
  const range = { first, shard: { index: shard[0], of: shard[1] } };
  const isSum = Object.values(exits).reduce((sum, one) => sum + one, 0) === seeds;
  const isRange = first <= last && shard[0] >= 1 && shard[0] <= shard[1];
  const isComplete =
    isRange &&
    seedsOf([first, last], range).length === seeds &&
    blockRanges(first, last, block).length === blocks.length;
  return isSum && isComplete && twice <= seeds ? undefined : "CONTRADICTS ITSELF";
}

/** Why this version cannot say anything about it. */
function otherThan(line: LedgerLine, code: string): string | undefined {
  if (line.code !== code) return `of another version (${line.madeBy})`;
  if (!scenarioNames().includes(line.scenario) || textDigest(line.scenario) !== line.text)
    return `of another text of scenario ${line.scenario}`;
  return undefined;
}

function describe(line: LedgerLine): string {
  const { scenario, first, last, seeds, twice, differing } = line;
  const again = twice === 0 ? "" : `, ${twice} run twice, ${differing.length} differing`;
  return `${scenario} ${first}..${last}, ${count(seeds, "seed")}${again}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
