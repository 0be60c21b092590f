// Whether anybody runs the VM, by what machines did: the end of a history, or of a branch of it.

import { isVmLost, observeMachines, startMachines } from "../checkers/machines.ts";
import { type Fact, POWER_OFF } from "../history/fact.ts";

/** Nobody has the VM at the end. */
export function isOutage(facts: readonly Fact[]): boolean {
  const machines = startMachines();
  for (const fact of facts) observeMachines(machines, fact);
  return isVmLost(machines);
}

/** Somebody wanted the VM to end, and a machine ended because of that. */
export function wasPoweredOff(facts: readonly Fact[]): boolean {
  return facts.some((fact) => fact.kind === "machine-stop" && fact.why.startsWith(POWER_OFF));
}
