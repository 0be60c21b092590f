import { describe, expect, it } from "vitest";
import { HOLES } from "../../testbed/variants/holes.ts";
import { resolveVariants } from "../variants.ts";
import { ANY_SEED, loadScenario, scenarioNames } from "../scenarios.ts";
import { holeOptions } from "../documents/hole-runs.ts";
import { everyName, explanations } from "./explain.ts";

describe("ftsim explain", () => {
  it("explains every name that it suggests", () => {
    const names = everyName();
    expect(names.length).toBeGreaterThan(100);
    for (const name of names) expect(explanations(name), name).not.toHaveLength(0);
  });

  it("knows the numbers of the specification that a scenario shows", () => {
    const numbers = new Set(
      scenarioNames().flatMap((name) => loadScenario(name, [], ANY_SEED).shows),
    );
    expect(numbers.size).toBeGreaterThan(20);
    for (const number of numbers) expect(explanations(number), number).not.toHaveLength(0);
    expect(explanations("SCN-99")).toHaveLength(0);
  });

  it("names for a hole a scenario and a switch that exist", () => {
    for (const hole of HOLES) {
      expect(scenarioNames(), hole.id).toContain(hole.scenario);
      const { without, bug, set } = holeOptions(hole, "open", "42");
      expect(without.length + bug.length + set.length, hole.id).toBe(1);
      if (set.length === 0) expect(resolveVariants(without, bug), hole.id).not.toHaveLength(0);
    }
  });
});
