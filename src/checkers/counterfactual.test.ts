// Goal: what INV-04 and INV-07 reject in forks in which the primary died. Method: the oracle's facts
// by hand. That the oracle finds a planted bug in a real run is shown in test/sweep.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { judge } from "../../test/support/history-builder.ts";
import type { FactOf } from "../history/fact.ts";
import { COUNTERFACTUAL } from "./counterfactual.ts";

const fork = (changes: Partial<FactOf<"counterfactual">> = {}): FactOf<"counterfactual"> => ({
  witness: "world",
  time: 5_000_000,
  kind: "counterfactual",
  event: 77,
  killed: "h1",
  survivor: "h2",
  isLive: true,
  released: 12,
  missing: -1,
  position: 30,
  differsAt: -1,
  ...changes,
});

describe("counterfactual", () => {
  test("accepts forks in which everything that was out was performed, in the same state", () => {
    accepts(COUNTERFACTUAL, [fork(), fork({ event: 90, released: 0, position: -1 })]);
    expect(judge(COUNTERFACTUAL, [fork(), fork()]).summary).toContain("24 outputs explained");
  });

  test("INV-04: an output that the survivor had not performed", () => {
    expect(rejection(COUNTERFACTUAL, [fork({ missing: 9 })])).toBe(
      "at 0.005000 s had h1 died after event 77, h2 would have gone live without having performed output 9, which h1 had let out",
    );
  });

  test("INV-07: another state at the last common crossing, live or not", () => {
    for (const isLive of [true, false])
      expect(rejection(COUNTERFACTUAL, [fork({ isLive, differsAt: 29 })])).toContain(
        "another state at crossing 29",
      );
  });

  test("says nothing of a survivor that never went live", () => {
    const result = judge(COUNTERFACTUAL, [fork({ isLive: false, missing: 9 })]);
    expect([result.verdict, result.isIdle]).toEqual(["valid", true]);
  });
});
