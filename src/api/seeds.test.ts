// Which seeds a test runs, and one clear line for what is none.

import { afterEach, expect, it, vi } from "vitest";
import { listSeeds } from "./seeds.ts";

afterEach(() => vi.unstubAllEnvs());

it("are a range, a list, one, or words", () => {
  expect(listSeeds("8..11")).toEqual(["8", "9", "10", "11"]);
  expect(listSeeds([3, "may"])).toEqual(["3", "may"]);
  expect(listSeeds(7)).toEqual(["7"]);
  expect(listSeeds("7")).toEqual(["7"]);
});

it("are one that never changes where none is given, or what the environment says", () => {
  vi.stubEnv("FTSIM_SEED", "");
  expect(listSeeds(undefined)).toEqual(["1"]);
  vi.stubEnv("FTSIM_SEED", "99");
  expect(listSeeds(undefined)).toEqual(["99"]);
  expect(listSeeds("2..3")).toEqual(["2", "3"]);
});

it.each([
  ["5..4", /^seeds 5\.\.4: expected FIRST\.\.LAST/],
  ["1..999999", /at most 100000/],
  ["a b", /^seed "a b": expected/],
  [-1, /^seed "-1": expected/],
  [[], /^seeds: expected at least one/],
] as const)("refuses %s", (seeds, words) => {
  expect(() => listSeeds(seeds)).toThrow(words);
});
