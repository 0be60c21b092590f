// Whether anybody runs the VM, by what machines did, and whether clients find its service again: at the
// end of a history, of a branch of it, or of what there is of it.

import { type Duration, seconds, type VirtualTime } from "../base/time.ts";
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

/** A client that asks has one answer in this time where all is well. */
const LATELY: Duration = seconds(1);

/**
 * Somebody has the VM, and of what was asked since everything healed nothing was answered lately: at
 * once after a takeover come the last answers of the host that died, to what was asked before.
 */
export function isServiceLate(facts: readonly Fact[], now: VirtualTime): boolean {
  return !isAnswered(facts, now - LATELY) && !isOutage(facts);
}

function isAnswered(facts: readonly Fact[], since: number): boolean {
  const answered = new Set<string>();
  for (let index = facts.length - 1; index >= 0; index--) {
    const fact = facts[index] as Fact;
    if (fact.kind === "run" && fact.phase === "healed") return false;
    if (fact.kind !== "client") continue;
    const { kind, opId } = fact.event;
    if (kind === "ok" && fact.time >= since) answered.add(opId);
    else if (kind === "invoke" && answered.has(opId)) return true;
  }
  return false;
}
