import { describe, expect, it } from "vitest";
import { HOLES } from "../../testbed/variants/holes.ts";
import { resolveVariants } from "../variants.ts";
import { loadScenario, scenarioNames } from "../scenarios.ts";
import { everyName, explanations } from "./explain.ts";

describe("ftsim explain", () => {
  it("explains every name that it suggests", () => {
    const names = everyName();
    expect(names.length).toBeGreaterThan(100);
    for (const name of names) expect(explanations(name), name).not.toHaveLength(0);
  });

  it("knows the numbers of the specification that a scenario shows", () => {
    const numbers = new Set(scenarioNames().flatMap((name) => loadScenario(name, []).shows));
    expect(numbers.size).toBeGreaterThan(20);
    for (const number of numbers) expect(explanations(number), number).not.toHaveLength(0);
    expect(explanations("SCN-99")).toHaveLength(0);
  });

  it("names for a hole a scenario and a switch that exist", () => {
    for (const { id, scenario, opened } of HOLES) {
      if (scenario === undefined) continue;
      expect(scenarioNames(), id).toContain(scenario);
      const [flag, name = ""] = (opened ?? "").split(" ");
      if (flag === "--without") expect(resolveVariants([name], []), id).not.toHaveLength(0);
      if (flag === "--bug") expect(resolveVariants([], [name]), id).not.toHaveLength(0);
    }
  });
});
