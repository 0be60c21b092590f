// L-1 after everything has healed, in whole runs: a guest whose disk commands nobody answers any more
// (BUG-20) hangs for ever, and its clients ask on until that is shown; a correct run is not longer by
// that.

import { beforeAll, describe, expect, it } from "vitest";
import type { Fact } from "../../src/history/fact.ts";
import type { Scenario } from "../../src/testbed/scenario.ts";
import type { RuleChange } from "../../src/testbed/rules.ts";
import { type BootCache, type RunResult, runToEnd } from "../../src/testbed/run.ts";
import { createTestEngine, runOf, scenarioOf, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const FORGETS: readonly RuleChange[] = [{ layer: "ft", change: { reissue: "none" } }];
const ENOUGH = "recovery-most=25s";

/** The scenario pending-disk-io, short. */
const SHORT: readonly string[] = [
  "workload.for=800ms",
  "workload.clients=4",
  "recovery=400ms",
  "protocol.heartbeat-timeout=200ms",
  "protocol.log-timeout=200ms",
  "protocol.heartbeat-interval=40ms",
  "protocol.progress-interval=40ms",
  "faults.0.when.nth=10",
  "faults.0.when.from=200ms",
];

function scenarioWith(overrides: readonly string[]): Scenario {
  return scenarioOf("pending-disk-io", [...SHORT, ...overrides]);
}

function runWith(overrides: readonly string[], changes: readonly RuleChange[]): RunResult {
  return runOf(engine, { scenario: scenarioWith(overrides), seed: "1", changes });
}

const resumes = (run: RunResult): RunResult["results"][number] | undefined =>
  run.results.find(({ checker }) => checker === "service-resumes");

function isLateFor(facts: readonly Fact[]): number {
  const healed = facts.find((fact) => fact.kind === "run" && fact.phase === "healed");
  return (facts.at(-1)?.time ?? 0) - (healed?.time ?? 0);
}

describe("a service that is gone", () => {
  it("is shown to be gone where clients ask on", () => {
    const run = runWith([ENOUGH], FORGETS);
    expect(resumes(run)?.findings[0]?.message).toContain("was healed");
  });

  it("is an open question where they stop before", () => {
    const result = resumes(runWith([], FORGETS));
    expect(result?.findings).toEqual([]);
    expect(result?.verdict).toBe("unknown");
  });

  it("makes no run longer in which it answers", () => {
    const usual = runWith([], []);
    const patient = runWith([ENOUGH], []);
    expect(patient.digest).toBe(usual.digest);
    expect(patient.verdict).toBe("valid");
    expect(isLateFor(patient.facts)).toBeLessThan(2_000_000_000);
  });

  it("is asked identically after a restore", () => {
    const scenario = scenarioWith([ENOUGH]);
    const world = worldOf(engine, { scenario, seed: "1", changes: FORGETS });
    while (world.kernel.now < 10_000_000_000) world.advance(1000);
    const snapshot = world.snapshot();
    const first = runToEnd(world).digest;
    const again = worldOf(engine, { scenario, seed: "1", changes: FORGETS });
    again.restore(snapshot);
    expect(runToEnd(again).digest).toBe(first);
    snapshot.release();
  });
});
