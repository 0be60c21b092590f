// Goal: what a watch of the rules says is true. A rule that a run never asked for decided nothing in
// it; the planted bug that changes it leaves the run as it is, to the last bit.

import { beforeAll, describe, expect, it } from "vitest";
import { createTestEngine, scenarioOf, worldOf } from "../../test/support/worlds.ts";
import { PAPER_RULES, ruleName, watchedRules } from "./rules.ts";
import { type BootCache, runToEnd } from "./run.ts";
import { PLANTED_BUGS, type PlantedBug } from "./variants/bugs.ts";

describe("watched rules", () => {
  it("have the same values, and note what was asked for", () => {
    const asked = new Set<string>();
    const rules = watchedRules(PAPER_RULES, asked);
    expect(asked.size).toBe(0);
    expect(rules.ft.announce).toBe(PAPER_RULES.ft.announce);
    expect([...asked]).toEqual(["ft.announce"]);
  });

  it("count a copy as asked for, all of it", () => {
    const asked = new Set<string>();
    const copy = { ...watchedRules(PAPER_RULES, asked).voter };
    expect(copy).toEqual(PAPER_RULES.voter);
    expect([...asked].sort()).toEqual(
      Object.keys(PAPER_RULES.voter)
        .map((rule) => ruleName("voter", rule))
        .sort(),
    );
  });
});

describe("in a run", () => {
  let engine: BootCache;
  const asked = new Set<string>();
  let digest = "";
  beforeAll(() => {
    engine = createTestEngine();
    digest = runToEnd(world([], asked)).digest;
  });

  const world = (bugs: readonly PlantedBug[], watched?: Set<string>) =>
    worldOf(engine, {
      scenario: scenarioOf("protocol-only"),
      seed: "7",
      changes: bugs.flatMap(({ changes }) => changes),
      ...(watched === undefined ? {} : { asked: watched }),
    });

  it("watching changes nothing", () => {
    expect(runToEnd(world([])).digest).toBe(digest);
  });

  it("all bugs together in what was not asked for change nothing", () => {
    const untouched = PLANTED_BUGS.filter(({ changes }) =>
      changes.every(({ layer, change }) =>
        Object.keys(change).every((rule) => !asked.has(ruleName(layer, rule))),
      ),
    );
    expect(untouched.length).toBeGreaterThan(10);
    expect(runToEnd(world(untouched)).digest).toBe(digest);
    process.stdout.write(`rules: ${asked.size} asked for, ${untouched.length} bugs untouched\n`);
  });
});
