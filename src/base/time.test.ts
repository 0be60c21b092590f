// Instants and durations: integers only, and text that a person reads the right number from.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  after,
  between,
  duration,
  earliest,
  formatDuration,
  formatSeconds,
  latest,
  microseconds,
  milliseconds,
  seconds,
  TIME_NEVER,
  TIME_ZERO,
  virtualTime,
} from "./time.ts";

describe("instants and durations", () => {
  it("add up", () => {
    const start = virtualTime(5);
    expect(between(start, after(start, seconds(2)))).toBe(2_000_000_000);
    expect(microseconds(3) + milliseconds(2)).toBe(2_003_000);
    expect(earliest(start, TIME_ZERO)).toBe(TIME_ZERO);
    expect(latest(start, TIME_NEVER)).toBe(TIME_NEVER);
  });

  it("are safe integers or nothing", () => {
    for (const bad of [-1, 0.5, 9_007_199_254_740_992, Number.NaN])
      expect(() => virtualTime(bad)).toThrow();
    expect(() => duration(0.1)).toThrow("not a duration");
    expect(() => after(TIME_NEVER, duration(1))).toThrow("out of range");
    expect(() => after(TIME_ZERO, duration(-1))).toThrow("out of range");
  });
});

describe("text", () => {
  it("of seconds is rounded half up, exactly", () => {
    expect(formatSeconds(1_999_981_000)).toBe("1.999981");
    expect(formatSeconds(1_999_999_500)).toBe("2.000000");
    expect(formatSeconds(1_999_999_499)).toBe("1.999999");
    expect(formatSeconds(2_310_000_000, 3)).toBe("2.310");
    expect(formatSeconds(1_499_999_999, 0)).toBe("1");
    expect(formatSeconds(1_500_000_000, 0)).toBe("2");
    expect(formatSeconds(-1_500_000_000, 1)).toBe("-1.5");
    expect(formatSeconds(7, 9)).toBe("0.000000007");
    fc.assert(
      fc.property(fc.nat(281_474_976_710_656), (ns) => {
        const micros = (BigInt(ns) + 500n) / 1000n;
        const expected = `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, "0")}`;
        expect(formatSeconds(ns)).toBe(expected);
      }),
    );
  });

  it("of a duration has the unit that reads best", () => {
    expect([0, 999, 4_000, 1_500, 999_949, 1_500_000, 20_000_000].map(formatDuration)).toEqual([
      "0 ns",
      "999 ns",
      "4 us",
      "1.5 us",
      "1000 us",
      "1.5 ms",
      "20 ms",
    ]);
    expect(formatDuration(2_310_400_000)).toBe("2.310 s");
    expect(formatDuration(-1_500)).toBe("-1.5 us");
  });
});
