// Values of a parameter as a person writes them: what comes out is again what a scenario would say.

import { describe, expect, it } from "vitest";
import { parseDuration } from "../testbed/units.ts";
import { parseValues } from "./values.ts";

function textsOf(text: string, steps: number): readonly string[] {
  const parsed = parseValues(text, steps);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.values.map((value) => value.text);
}

describe("a range", () => {
  it("is cut by ratio, ends included", () => {
    expect(textsOf("1ms..1s", 4)).toEqual(["1ms", "10ms", "100ms", "1s"]);
    expect(textsOf("10Mb/s..1Gb/s", 3)).toEqual(["10Mb/s", "100Mb/s", "1Gb/s"]);
    expect(textsOf("1..64", 7)).toEqual(["1", "2", "4", "8", "16", "32", "64"]);
  });

  it("is cut evenly when it begins at zero", () => {
    expect(textsOf("0ms..10ms", 3)).toEqual(["0ns", "5ms", "10ms"]);
  });

  it("has values that a scenario can read, in its order", () => {
    const values = textsOf("90us..20ms", 12).map((text) => {
      const parsed = parseDuration(text);
      if (!parsed.ok) throw new Error(parsed.error);
      return parsed.value;
    });
    expect(values).toHaveLength(12);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it("says one value once", () => {
    expect(textsOf("1..3", 9)).toEqual(["1", "2", "3"]);
  });

  it("stands on an axis in one unit", () => {
    const parsed = parseValues("500us..2s", 2);
    expect(parsed).toMatchObject({
      ok: true,
      value: { unit: "ms", isLogarithmic: true, values: [{ position: 0.5 }, { position: 2_000 }] },
    });
  });
});

describe("a list", () => {
  it("is taken as it stands", () => {
    expect(textsOf("1s,250ms,40ms", 6)).toEqual(["1s", "250ms", "40ms"]);
    expect(textsOf("10 %,50 %", 6)).toEqual(["10%", "50%"]);
  });
});

it.each([
  ["20ms..90us", /lesser value first/],
  ["5..5", /lesser value first/],
  ["1ms..1Mb/s", /expected e\.g\./],
  ["1ms..", /expected e\.g\./],
  ["", /expected e\.g\./],
  ["1..2..3", /expected e\.g\./],
  ["-5..3", /expected e\.g\./],
  ["fast..slow", /expected e\.g\./],
])("%s is refused", (text, words) => {
  const parsed = parseValues(text, 6);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.error).toMatch(words);
});
