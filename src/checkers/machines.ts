// On which hosts the VM is, by what machines did: one that began as a copy of another host's counts
// from when the storage has admitted it. A copy that never was is no VM, whoever waits for it.

import type { Fact, FactOf, NodeName } from "../history/fact.ts";

export interface MachineBook {
  running: Set<NodeName>;
  /** Begun as a copy, and not admitted yet. */
  copies: Set<NodeName>;
  /** Members of the generation that is open. */
  members: Set<NodeName>;
  opened: number;
}

export function startMachines(): MachineBook {
  return { running: new Set(), copies: new Set(), members: new Set(), opened: -1 };
}

export function observeMachines(book: MachineBook, fact: Fact): void {
  if (fact.kind === "machine-start") {
    // Who begins at the start of the run is of the first generation; whoever begins where a member's
    // machine has stopped is a copy, and no member yet. One that runs may be given another state.
    if (fact.time === 0) book.members.add(fact.node);
    else if (!book.running.has(fact.node)) book.members.delete(fact.node);
    book.running.add(fact.node);
  } else if (fact.kind === "machine-stop") {
    book.running.delete(fact.node);
    book.copies.delete(fact.node);
  } else if (fact.kind === "state-put" && !book.members.has(fact.node)) book.copies.add(fact.node);
  else if (isFirstOpening(book, fact)) {
    book.opened = fact.generation;
    book.members = new Set([fact.primary, fact.backup]);
    for (const member of book.members) book.copies.delete(member);
  }
}

/** Who asks again is told again, when its members may have become others. */
function isFirstOpening({ opened }: MachineBook, fact: Fact): fact is FactOf<"open-generation"> {
  return fact.kind === "open-generation" && fact.result === "won" && fact.generation > opened;
}

/** Nobody has the VM: no machine runs, or only copies that nobody has admitted. */
export function isVmLost({ running, copies }: MachineBook): boolean {
  return [...running].every((node) => copies.has(node));
}
