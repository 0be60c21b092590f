// Whether anybody runs the VM, by what machines did: the end of a history, or of a branch of it.

import { type Fact, POWER_OFF } from "../history/fact.ts";

/** No host's machine runs at the end. */
export function isOutage(facts: readonly Fact[]): boolean {
  const running = new Set<string>();
  for (const fact of facts)
    if (fact.kind === "machine-start") running.add(fact.node);
    else if (fact.kind === "machine-stop") running.delete(fact.node);
  return running.size === 0;
}

/** Somebody wanted the VM to end, and a machine ended because of that. */
export function wasPoweredOff(facts: readonly Fact[]): boolean {
  return facts.some((fact) => fact.kind === "machine-stop" && fact.why.startsWith(POWER_OFF));
}
