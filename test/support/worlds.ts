// Worlds for tests: one engine for all tests of a file, small scenarios by overrides.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Intervention } from "../../src/faults/operator.ts";
import type { Protocol } from "../../src/ft/protocol.ts";
import { VM_FT } from "../../src/ft/vm-ft.ts";
import { BootCache, createWorld, runToEnd, type RunResult } from "../../src/testbed/run.ts";
import type { RuleChange, Rules } from "../../src/testbed/rules.ts";
import { parseScenario } from "../../src/testbed/scenario-file.ts";
import type { Scenario } from "../../src/testbed/scenario.ts";
import type { World } from "../../src/testbed/world.ts";
import type { Execution } from "../../src/testbed/world-spec.ts";
import { loadTestRuntime } from "./runtime.ts";
import { loadTestGuests } from "./guests.ts";

export const ROOT: string = join(import.meta.dirname, "..", "..");

/** Timeouts and lengths for about a second of virtual time: everything happens, only shorter. */
const SHORT: readonly string[] = [
  "workload.for=800ms",
  "recovery=400ms",
  "protocol.heartbeat-timeout=200ms",
  "protocol.log-timeout=200ms",
  "protocol.heartbeat-interval=40ms",
  "protocol.progress-interval=40ms",
];

/** The scenario failover, short. */
export const SMALL: readonly string[] = [
  ...SHORT,
  "faults.0.when.from=300ms",
  "faults.0.when.in-flight=2",
];

/** Scenarios whose first fault strikes at a given time, short. */
export const SMALL_AT: readonly string[] = [...SHORT, "faults.0.at=300ms"];

export function createTestEngine(maxPages?: number): BootCache {
  return new BootCache(loadTestRuntime(maxPages), loadTestGuests());
}

export function scenarioOf(name: string, overrides: readonly string[] = []): Scenario {
  const file = join(ROOT, "scenarios", `${name}.yaml`);
  const parsed = parseScenario({ name, file, text: readFileSync(file, "utf8") }, overrides);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export interface TestRun {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly changes?: readonly RuleChange[];
  readonly execution?: Execution;
  readonly protocol?: Protocol;
  readonly interventions?: readonly Intervention[];
  readonly watchRules?: (rules: Rules) => Rules;
}

export function worldOf(engine: BootCache, run: TestRun): World {
  const { scenario, seed, changes = [], execution, protocol = VM_FT, interventions = [] } = run;
  const { watchRules } = run;
  const world = createWorld(engine, {
    scenario,
    seed,
    protocol,
    changes,
    interventions,
    ...(execution === undefined ? {} : { execution }),
    ...(watchRules === undefined ? {} : { watchRules }),
  });
  if (!world.ok) throw new Error(world.error);
  return world.value;
}

export function runOf(engine: BootCache, run: TestRun): RunResult {
  return runToEnd(worldOf(engine, run));
}
