// Figures of a campaign, and its findings, from hand-made outcomes.

import { describe, expect, it } from "vitest";
import { digestOfResults, type Outcome } from "./outcome.ts";
import { type CampaignReport, campaignText } from "./summary.ts";
import { Tally } from "./tally.ts";
import { exitOfCampaign } from "../commands/fuzz.ts";
import { requiredMarks } from "../../testbed/variants/marks.ts";

function outcome(seed: number, changes: Partial<Outcome> = {}): Outcome {
  return {
    seed: String(seed),
    digest: `d${seed}`,
    exit: 0,
    verdict: "valid",
    fingerprint: "",
    message: "",
    rejectedBy: [],
    events: 1_000,
    endTime: 2_000_000_000,
    steps: 5,
    strikes: {},
    hits: {},
    marks: {},
    milliseconds: 1,
    ...changes,
  };
}

const failing = (seed: number, fingerprint: string, events: number): Outcome =>
  outcome(seed, { exit: 1, verdict: "invalid", fingerprint, events });

function tallyOf(...outcomes: readonly Outcome[]): Tally {
  const tally = new Tally();
  for (const one of outcomes) tally.add(one);
  return tally;
}

describe("a tally", () => {
  it("adds up what fired, in the order of the registry", () => {
    const tally = tallyOf(
      outcome(1, { strikes: { loss: 2, crash: 1 }, hits: { loss: 9, crash: 1 } }),
      outcome(2, { strikes: { loss: 1 }, hits: { loss: 0 } }),
    );
    expect(tally.fired).toEqual([
      { name: "crash", strikes: 1, hits: 1 },
      { name: "loss", strikes: 3, hits: 9 },
    ]);
    expect([tally.seeds, tally.strikes, tally.virtualSeconds, tally.steps]).toEqual([2, 4, 4, 10]);
  });

  it("has one finding for a cause, with the failing seed that is quickest to look at", () => {
    const tally = tallyOf(
      failing(9, "INV-01 a", 500),
      failing(3, "INV-01 a", 900),
      failing(5, "INV-02 b", 100),
      outcome(4),
    );
    expect(tally.findings.map(({ fingerprint, seeds }) => [fingerprint, seeds])).toEqual([
      ["INV-01 a", ["3", "9"]],
      ["INV-02 b", ["5"]],
    ]);
    expect(tally.findings[0]?.fastest.seed).toBe("9");
    expect([...tally.exits]).toEqual([
      [1, 3],
      [0, 1],
    ]);
  });

  it("is quiet since the last new mark or finding", () => {
    const tally = tallyOf(outcome(1, { marks: { "group-torn": 1 } }), outcome(2), outcome(3));
    expect(tally.quiet).toBe(2);
    tally.add(failing(4, "INV-01 a", 1));
    expect(tally.quiet).toBe(0);
    tally.add(failing(5, "INV-01 a", 1));
    expect(tally.quiet).toBe(1);
    expect(tally.marksMissed).not.toContain("group-torn");
  });
});

describe("marks that are required", () => {
  const all = requiredMarks();
  const met = (names: readonly string[]): Partial<Outcome> => ({
    marks: Object.fromEntries(names.map((name) => [name, 1])),
  });
  const reportOf = (tally: Tally, requiresMarks: boolean): CampaignReport => ({
    subject: { scenario: "swarm", set: [], without: [], bug: [], protocol: undefined },
    tally,
    range: "--seeds 1..1",
    jobs: 1,
    seconds: 1,
    isInterrupted: false,
    confirmations: new Map(),
    smallest: new Map(),
    standings: new Map(),
    gone: [],
    regressions: { run: 0, failed: [] },
    requiresMarks,
    folder: "here",
  });

  it("are all that can come up, but the rare ones", () => {
    const tally = tallyOf(outcome(1, met(all.map(({ name }) => name))));
    expect([tally.marksMissed, tally.rareMarksMissed.length > 0]).toEqual([[], true]);
    expect(exitOfCampaign(reportOf(tally, true))).toBe(0);
    expect(campaignText(reportOf(tally, true))).toContain("AS EXPECTED   all 1 seed");
  });

  it("make a campaign incomplete when one was never hit, unless it found something worse", () => {
    const [one, ...rest] = all.map(({ name }) => name);
    const tally = tallyOf(outcome(1, met(rest)));
    expect(tally.marksMissed).toEqual([one]);
    expect(exitOfCampaign(reportOf(tally, true))).toBe(2);
    expect(exitOfCampaign(reportOf(tally, false))).toBe(0);
    const text = campaignText(reportOf(tally, true));
    expect(text).toContain("INCOMPLETE   no finding in 1 seed");
    expect(text).toMatch(new RegExp(`never hit +${one}\\n`));
    expect(campaignText(reportOf(tally, false))).toContain("AS EXPECTED   all 1 seed");
    tally.add(failing(2, "INV-01 a", 1));
    expect(exitOfCampaign(reportOf(tally, true))).toBe(1);
  });

  it("are fewer where another protocol runs", () => {
    expect(new Tally("colo").marksMissed.length).toBeLessThan(new Tally().marksMissed.length);
  });
});

describe("the digest of results", () => {
  it("does not depend on the order in which they came, but on everything else", () => {
    const results = [outcome(10), outcome(9), failing(11, "x", 1)];
    const digest = digestOfResults(results);
    expect(digestOfResults(results.toReversed())).toBe(digest);
    expect(digestOfResults(results.slice(1))).not.toBe(digest);
    expect(digestOfResults([outcome(10, { digest: "?" }), ...results.slice(1)])).not.toBe(digest);
    expect(digestOfResults(results.map((one) => ({ ...one, milliseconds: 99 })))).toBe(digest);
  });
});
