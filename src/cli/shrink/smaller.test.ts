// What is left is enough, nothing of it can be left out, and the number of trials at once changes nothing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { smallest, type Trial } from "./smaller.ts";

/** Passes when all of the needed ones are there; `atOnce` candidates are looked at together. */
function needing(
  needed: readonly number[],
  atOnce: number,
): Trial<number> & { tried: () => number } {
  let tried = 0;
  const trial: Trial<number> = async (candidates) => {
    for (let from = 0; from < candidates.length; from += atOnce) {
      const batch = candidates.slice(from, from + atOnce);
      tried += batch.length;
      const passed = batch.findIndex((list) => needed.every((one) => list.includes(one)));
      if (passed >= 0) return from + passed;
    }
    return undefined;
  };
  return Object.assign(trial, { tried: () => tried });
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, at) => at);

describe("the smallest list", () => {
  it("is what is needed, for any crew", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.nat(39), { maxLength: 5 }),
        fc.integer({ min: 1, max: 8 }),
        async (length, picked, atOnce) => {
          const needed = [...new Set(picked)].filter((one) => one < length).sort((a, b) => a - b);
          expect(await smallest(range(length), needing(needed, atOnce))).toEqual(needed);
        },
      ),
    );
  });

  it("of one in forty is found in a few trials", async () => {
    const trial = needing([17], 1);
    expect(await smallest(range(40), trial)).toEqual([17]);
    expect(trial.tried()).toBeLessThan(20);
  });

  it("is the list itself where all of it is needed", async () => {
    expect(await smallest([1, 2, 3], needing([1, 2, 3], 2))).toEqual([1, 2, 3]);
  });
});
