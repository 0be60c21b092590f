// Reads back what a run stored of itself, so that it can be run again.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Intervention } from "../faults/operator.ts";
import { interventionsProblem, parseInterventions } from "../testbed/run-address.ts";
import { parseScenario } from "../testbed/scenario-file.ts";
import type { OwnGuest, Scenario } from "../testbed/scenario.ts";
import { decodeReproduction, type Reproduction } from "./reproduction.ts";
import { UsageError } from "./usage-error.ts";

export function readReproduction(folder: string): Reproduction {
  const file = join(folder, "repro.json");
  return decodeReproduction(readStored(file), file);
}

export function scenarioOf(reproduction: Reproduction, file: string, guest?: OwnGuest): Scenario {
  const { name, text } = reproduction.scenario;
  const parsed = parseScenario({ name, file: `${file} (scenario)`, text }, reproduction.set, guest);
  if (!parsed.ok) throw new UsageError(parsed.error);
  return parsed.value;
}

export function interventionsOf(
  { interventions }: Pick<Reproduction, "interventions">,
  scenario: Scenario,
  file: string,
): readonly Intervention[] {
  const parsed = parseInterventions(interventions);
  if (!parsed.ok) throw new UsageError(`${file}: interventions: ${parsed.error}`);
  const problem = interventionsProblem(scenario, parsed.value);
  if (problem !== undefined) throw new UsageError(`${file}: interventions: ${problem}`);
  return parsed.value;
}

export function readStored(file: string): string {
  if (!existsSync(file))
    throw new UsageError(`${file}: no such file; expected a folder that \`ftsim run\` wrote`);
  return readFileSync(file, "utf8");
}
