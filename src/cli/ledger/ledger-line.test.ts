// A line of the ledger: blocks that cover the range once, digests that depend on every seed in them and
// on nothing else, and seeds whose two runs differ.

import { describe, expect, it } from "vitest";
import { brokenOutcome, type Outcome, twiceOf, withSecond } from "../fuzz/outcome.ts";
import { blockRanges, digestOfBlock, ledgerLine, ledgerSchema, seedsOf } from "./ledger-line.ts";

const SUBJECT = { scenario: "failover", set: [], without: [], bug: [], protocol: undefined };
const NOTED = { date: "2000-01-01", seconds: 1, jobs: 1 };
const ALL = { index: 1, of: 1 };

const outcome = (seed: number, digest = `d${seed}`): Outcome => ({
  ...brokenOutcome(String(seed), "", 0),
  digest,
});
const outcomes = (first: number, last: number): readonly Outcome[] =>
  Array.from({ length: last - first + 1 }, (_, at) => outcome(first + at));

describe("the blocks of a range", () => {
  it("cover it once, whatever the shard", () => {
    const blocks = blockRanges(5, 254, 100);
    expect(blocks).toEqual([
      [5, 104],
      [105, 204],
      [205, 254],
    ]);
    const shards = [1, 2, 3].map((index) => ({ first: 5, shard: { index, of: 3 } }));
    const seeds = shards.flatMap((shard) => blocks.flatMap((block) => seedsOf(block, shard)));
    expect(seeds.map(Number).sort((a, b) => a - b)).toEqual(
      outcomes(5, 254).map(({ seed }) => +seed),
    );
  });

  it("have digests of their seeds, in any order, and of nothing else", () => {
    const all = outcomes(1, 200);
    const digest = digestOfBlock([1, 100], all);
    expect(digestOfBlock([1, 100], all.toReversed())).toBe(digest);
    expect(digestOfBlock([1, 100], [...all.slice(0, 100), outcome(150, "other")])).toBe(digest);
    expect(digestOfBlock([1, 100], [...all.slice(0, 99), outcome(100, "other")])).not.toBe(digest);
  });
});

describe("a line", () => {
  it("says what was run, and is read back as it was written", () => {
    const all = outcomes(1, 250).map((one) => withSecond(one, one));
    const line = ledgerLine(SUBJECT, { first: 1, last: 250, shard: ALL }, all, NOTED);
    expect(line).toMatchObject({ seeds: 250, twice: 250, differing: [], exits: { 0: 250 } });
    expect(line.blocks).toHaveLength(3);
    expect(ledgerSchema.parse(JSON.parse(JSON.stringify(line)))).toEqual(line);
  });

  it("does not depend on what is only noted, nor on seeds out of its range", () => {
    const range = { first: 1, last: 120, shard: ALL };
    const one = ledgerLine(SUBJECT, range, outcomes(1, 120), NOTED);
    const other = ledgerLine(SUBJECT, range, outcomes(1, 150), { ...NOTED, date: "x", seconds: 9 });
    expect({ ...other, noted: NOTED }).toEqual(one);
  });

  it("is refused for a range with gaps", () => {
    const range = { first: 1, last: 121, shard: ALL };
    expect(() => ledgerLine(SUBJECT, range, outcomes(1, 120), NOTED)).toThrow(
      "1 seeds of 1..121 have no result",
    );
  });
});

it("knows the seeds whose two runs ended differently, in digest or in exit", () => {
  const first = outcomes(1, 4);
  const second = [outcome(1), outcome(2, "other"), { ...outcome(3), exit: 1 }, outcome(4)];
  const both = first.map((one, at) => withSecond(one, second[at] ?? one));
  expect(twiceOf([...both, outcome(5)])).toEqual({ seeds: 4, differing: ["2", "3"] });
});
