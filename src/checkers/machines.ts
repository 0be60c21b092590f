// On which hosts the VM is, by what machines did: one that began as a copy of another host's counts
// from when the storage has admitted it. A copy that never was is no VM, whoever waits for it.

import type { Fact, NodeName } from "../history/fact.ts";

export interface MachineBook {
  running: Set<NodeName>;
  /** Begun as a copy, and not admitted yet. */
  copies: Set<NodeName>;
  /** Members of the generation that is open. */
  members: Set<NodeName>;
}

export function startMachines(): MachineBook {
  return { running: new Set(), copies: new Set(), members: new Set() };
}

export function observeMachines(book: MachineBook, fact: Fact): void {
  if (fact.kind === "machine-start") {
    book.running.add(fact.node);
    // Who begins at the start of the run is of the first generation.
    if (fact.time === 0) book.members.add(fact.node);
  } else if (fact.kind === "machine-stop") {
    book.running.delete(fact.node);
    book.copies.delete(fact.node);
  } else if (fact.kind === "state-put" && !book.members.has(fact.node)) book.copies.add(fact.node);
  else if (fact.kind === "open-generation" && fact.result === "won") {
    book.members = new Set([fact.primary, fact.backup]);
    for (const member of book.members) book.copies.delete(member);
  }
}

/** Nobody has the VM: no machine runs, or only copies that nobody has admitted. */
export function isVmLost({ running, copies }: MachineBook): boolean {
  return [...running].every((node) => copies.has(node));
}
