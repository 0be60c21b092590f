// Quantities with units are exact integers or exact ratios, or a sentence that says what was expected.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Result } from "../base/result.ts";
import { parseBandwidth, parseDuration, parseRate, parseRatio, parseSize } from "./units.ts";

const value = <T>(result: Result<T>): T | string => (result.ok ? result.value : result.error);

describe("quantities", () => {
  it.each([
    [parseDuration, "150us", 150_000],
    [parseDuration, "1.5ms", 1_500_000],
    [parseDuration, " 2 s ", 2_000_000_000],
    [parseDuration, "0s", 0],
    [parseDuration, "1min", 60_000_000_000],
    [parseDuration, "10m", 600_000_000_000],
    [parseDuration, "0.000000001s", 1],
    [parseDuration, "180min", 10_800_000_000_000],
    [parseBandwidth, "1Gb/s", 1_000_000_000],
    [parseBandwidth, "2.5kb/s", 2_500],
    [parseSize, "64KiB", 65_536],
    [parseSize, "0.5MiB", 524_288],
    [parseRate, "200/s", 200],
    [parseRate, "200 / s", 200],
  ] as const)("%p of %s is %d", (parse, text, expected) => {
    expect(value<number>(parse(text))).toBe(expected);
  });

  it("are exact, whatever the fraction", () => {
    fc.assert(
      fc.property(fc.nat(9_999), fc.stringMatching(/^\d{1,9}$/), (whole, fraction) => {
        const scale = BigInt(`1${"0".repeat(fraction.length)}`);
        const exact = BigInt(whole) * 1_000_000_000n + (BigInt(fraction) * 1_000_000_000n) / scale;
        expect(value<number>(parseDuration(`${whole}.${fraction}s`))).toBe(Number(exact));
      }),
    );
  });

  it.each([
    [parseDuration, ["", "5", "-1s", "1e3s", "1.s", ".5s", "181min", "99999999999999999s"]],
    [parseBandwidth, ["", "1", "1GB/s", "999b/s", "1001Gb/s"]],
    [parseSize, ["", "64KB", "65GiB"]],
    [parseRate, ["", "0/s", "1.5/s", "1000001/s", "5/min"]],
  ] as const)("say what was expected instead", (parse, texts) => {
    for (const text of texts)
      expect(value(parse(text) as Result<number>), text).toMatch(/expected/);
  });
});

describe("chances", () => {
  it.each([
    ["5%", 5, 100],
    ["0.25 %", 25, 10_000],
    ["100%", 100, 100],
    ["1/20", 1, 20],
    ["0/1", 0, 1],
  ])("%s", (text, numerator, denominator) => {
    expect(value(parseRatio(text))).toEqual({ numerator, denominator });
  });

  it.each(["", "5", "101%", "100.5%", "2/1", "1/0", "-1%", "1/20 per s"])("not %j", (text) => {
    expect(value(parseRatio(text))).toMatch(/expected/);
  });
});
