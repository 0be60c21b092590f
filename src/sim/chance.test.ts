// A chance without a stability is drawn every time; with one it is drawn once a period, and holds.

import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { duration, virtualTime } from "../base/time.ts";
import { type Chance, happens, isSameChance, NEVER, type Periods } from "./chance.ts";

const HALF: Chance = { numerator: 1, denominator: 2 };

function draws(chance: Chance, times: readonly number[]): readonly [string, number] {
  const periods: Periods = new Map();
  const prng = new Prng("chance");
  const seen = times.map((at) =>
    happens(periods, prng, { name: "loss", chance, now: virtualTime(at) }) ? "x" : ".",
  );
  return [seen.join(""), prng.draws];
}

const EVERY_MS = Array.from({ length: 400 }, (_, index) => index * 1_000_000);

describe("a chance", () => {
  it("that is never draws nothing", () => {
    expect(draws(NEVER, EVERY_MS)).toEqual([".".repeat(400), 0]);
  });

  it("without a stability is drawn every time", () => {
    const [seen, count] = draws(HALF, EVERY_MS);
    expect(count).toBe(400);
    expect(seen).toContain("x.x");
  });

  it("with a stability holds for its period, then is drawn again", () => {
    const [seen, count] = draws({ ...HALF, stability: duration(20_000_000) }, EVERY_MS);
    expect(count).toBe(20);
    expect(seen).toMatch(/^(x{20}|\.{20})+$/);
    expect(seen).toContain("x");
    expect(seen).toContain(".");
  });

  it("has periods of its own for everything that it is drawn for", () => {
    const periods: Periods = new Map();
    const chance = { numerator: 1, denominator: 2, stability: duration(1_000) };
    const prng = new Prng("names");
    for (const name of ["loss", "corruption", "loss", "corruption"])
      happens(periods, prng, { name, chance, now: virtualTime(5) });
    expect(prng.draws).toBe(2);
  });

  it("is compared by value", () => {
    expect(isSameChance(HALF, { ...HALF })).toBe(true);
    expect(isSameChance(HALF, { ...HALF, stability: duration(1) })).toBe(false);
    expect(isSameChance(HALF, NEVER)).toBe(false);
  });
});
