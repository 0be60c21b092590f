// Figures of many values: against ones that can be done by hand.

import { describe, expect, it } from "vitest";
import { distributionOf, figureOf, lineThrough } from "./statistics.ts";

describe("a distribution", () => {
  it("names the middle, what 99 of 100 are not above, and the most", () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(distributionOf(values)).toEqual({ count: 200, median: 100, p99: 198, most: 200 });
    expect(distributionOf([7])).toEqual({ count: 1, median: 7, p99: 7, most: 7 });
  });

  it("is none of no values", () => {
    expect(distributionOf([])).toBeUndefined();
  });
});

describe("a figure of several seeds", () => {
  it("is their mean, and how far the farthest is from it", () => {
    expect(figureOf([1, 2, 6])).toEqual({ value: 3, spread: 3 });
  });

  it("is missing when one of them is", () => {
    expect(figureOf([1, Number.NaN])).toBeUndefined();
    expect(figureOf([])).toBeUndefined();
  });
});

describe("a line", () => {
  it("goes through points that lie on one", () => {
    const { slope, start } = lineThrough([
      [1, 5],
      [2, 8],
      [5, 17],
    ]);
    expect(slope).toBeCloseTo(3, 12);
    expect(start).toBeCloseTo(2, 12);
  });

  it("goes between points that do not", () => {
    const { slope, start } = lineThrough([
      [0, 0],
      [1, 2],
      [2, 1],
    ]);
    expect(slope).toBeCloseTo(0.5, 12);
    expect(start).toBeCloseTo(0.5, 12);
  });
});
