// Which seeds a command line means.

import { describe, expect, it } from "vitest";
import { isOfShard, planSeeds, rangeOf, type SeedOptions } from "./seeds.ts";

const NOTHING: SeedOptions = {
  number: undefined,
  seeds: undefined,
  time: undefined,
  shard: undefined,
  untilQuiet: undefined,
};

describe("a plan of seeds", () => {
  it("is the range that was given, without a limit of time", () => {
    expect(planSeeds({ ...NOTHING, seeds: "7..9" })).toEqual({
      first: 7,
      last: 9,
      shard: { index: 1, of: 1 },
      milliseconds: undefined,
      quietAfter: undefined,
    });
  });

  it("is a minute from a seed that is drawn, when nothing is said", () => {
    const plan = planSeeds(NOTHING);
    expect(plan).toMatchObject({ last: undefined, milliseconds: 60_000 });
    expect(plan.first).toBeGreaterThan(0);
  });

  it("has as many as -n says, and ends by time or by quiet when told so", () => {
    const { first, last = 0 } = planSeeds({ ...NOTHING, number: "5" });
    expect(last - first).toBe(4);
    expect(planSeeds({ ...NOTHING, time: "2min" }).milliseconds).toBe(120_000);
    expect(planSeeds({ ...NOTHING, untilQuiet: true })).toMatchObject({
      quietAfter: 500,
      milliseconds: undefined,
    });
    expect(planSeeds({ ...NOTHING, untilQuiet: "20" }).quietAfter).toBe(20);
  });

  it("of three shards has every seed in one of them", () => {
    const shards = [1, 2, 3].map((index) => ({ index, of: 3 }));
    for (let seed = 100; seed < 120; seed++)
      expect(shards.filter((shard) => isOfShard(seed, 100, shard))).toHaveLength(1);
  });

  it("says what was done, so that it can be done again", () => {
    const plan = planSeeds({ ...NOTHING, seeds: "10..90", shard: "2/3" });
    expect(rangeOf(plan, 40)).toBe("--seeds 10..40 --shard 2/3");
    expect(rangeOf(plan, undefined)).toBe("--seeds 10..10 --shard 2/3");
    expect(rangeOf({ ...plan, shard: { index: 1, of: 1 } }, 500)).toBe("--seeds 10..90");
  });
});
