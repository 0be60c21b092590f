// Goal: every invariant of the specification is either judged by a checker or has a reason why not,
// and no claim of the protocol is lost on its way into the history. Method: the registries compared;
// types compared by the compiler.

import { describe, expect, it } from "vitest";
import { CHECKERS } from "../../src/checkers/registry.ts";
import type { Claim } from "../../src/ft/claim.ts";
import type { ClaimFact } from "../../src/history/fact.ts";
import { INVARIANTS, UNCHECKED } from "../../src/report/invariants.ts";
import { PLANTED_BUGS } from "../../src/testbed/variants/bugs.ts";

const judged = new Set(CHECKERS.flatMap(({ invariants }) => invariants));

const numbered = (prefix: string, last: number): readonly string[] =>
  Array.from({ length: last }, (_, at) => `${prefix}${`${at + 1}`.padStart(2, "0")}`);

describe("invariants", () => {
  it("INV-01 to INV-43, L-1 to L-3 and PERF-1 to PERF-5 all have a meaning", () => {
    const short = [1, 2, 3].map((n) => `L-${n}`).concat([1, 2, 3, 4, 5].map((n) => `PERF-${n}`));
    expect([...INVARIANTS.keys()]).toEqual([...numbered("INV-", 43), ...short]);
  });

  it("each is judged by a checker or has a reason why not, never both", () => {
    const both = [...INVARIANTS.keys()].filter((id) => judged.has(id) === UNCHECKED.has(id));
    expect(both).toEqual([]);
    expect([...judged].filter((id) => !INVARIANTS.has(id))).toEqual([]);
  });

  it("the killers of planted bugs are checkers", () => {
    const names = CHECKERS.map(({ name }) => name);
    const unknown = PLANTED_BUGS.flatMap(({ killers }) => killers).filter(
      (killer) => !names.includes(killer),
    );
    expect(unknown).toEqual([]);
  });
});

/** `Claim` is written twice, because ft may not import history: the compiler holds them together. */
type Stamped<C> = C extends Claim
  ? C & { readonly witness: "claim"; readonly time: number; readonly node: string }
  : never;
type Flat<T> = T extends unknown ? { readonly [K in keyof T]: T[K] } : never;
type Covers<Wide, Narrow> = [Flat<Narrow>] extends [Flat<Wide>] ? true : false;

describe("claims", () => {
  it("and claim facts are the same union, but for who says it and when", () => {
    const isKept: Covers<ClaimFact, Stamped<Claim>> = true;
    const isClaimed: Covers<Stamped<Claim>, ClaimFact> = true;
    const isNarrower: Covers<Stamped<Claim>, ClaimFact | { readonly kind: "more" }> = false;
    expect([isKept, isClaimed, isNarrower]).toEqual([true, true, false]);
  });
});
