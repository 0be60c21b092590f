// Goal: a watch of the rules leaves them as they are, and misses nothing that is asked for.

import { describe, expect, it } from "vitest";
import { PAPER_RULES } from "../testbed/rules.ts";
import { watchedRules } from "./watched-rules.ts";

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
    expect([...asked].sort()).toEqual([
      "voter.durableVotes",
      "voter.majorityOf",
      "voter.votesOnce",
    ]);
  });
});
