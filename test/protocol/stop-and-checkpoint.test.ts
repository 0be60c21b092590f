// The interface of D3 carries another protocol: stop-and-checkpoint survives the primary's crash and
// is judged by the same black-box checkers.

import { expect, it } from "vitest";
import { createTestEngine, runOf, scenarioOf } from "../support/worlds.ts";
import { STOP_AND_CHECKPOINT } from "./stop-and-checkpoint.ts";

it("stop-and-checkpoint survives the crash of its primary", () => {
  const engine = createTestEngine();
  for (const seed of ["1", "2", "3"]) {
    const scenario = scenarioOf("failover", [
      "workload.for=2500ms",
      "workload.rate=60/s",
      "faults.0.when.from=800ms",
      "faults.0.when.in-flight=2",
    ]);
    const result = runOf(engine, { scenario, seed, protocol: STOP_AND_CHECKPOINT });
    const rejected = result.results.filter(({ verdict }) => verdict !== "valid");
    expect(
      rejected.map(
        ({ checker, summary, findings }) => `${checker}: ${summary} ${findings[0]?.message ?? ""}`,
      ),
    ).toEqual([]);
    expect(result.verdict).toBe("valid");
    const answered = result.facts.filter(
      (fact) => fact.kind === "client" && fact.event.kind === "ok",
    );
    const taken = result.facts.find((fact) => fact.kind === "test-and-set");
    expect(taken).toBeDefined();
    const after = answered.filter((fact) => fact.time > (taken?.time ?? 0));
    expect(after.length).toBeGreaterThan(20);
  }
});
