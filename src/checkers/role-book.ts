// The last role that each node claimed. `side` remembers what it was before it began to suspect: a
// suspecting primary and a suspecting backup are judged by different rules.

import type { Fact, NodeName, Role } from "../history/fact.ts";

interface RoleEntry {
  readonly role: Role;
  readonly side: "PRIMARY" | "BACKUP" | "SOLO" | "HALTED";
  readonly generation: number;
  readonly time: number;
  readonly fact: number;
}

export type RoleBook = Map<NodeName, RoleEntry>;

export function observeRole(book: RoleBook, fact: Fact, index: number): void {
  if (fact.kind !== "role") return;
  const side = sideOf(fact.role, book.get(fact.node)?.side ?? "BACKUP");
  const { role, generation, time } = fact;
  book.set(fact.node, Object.freeze({ role, side, generation, time, fact: index }));
}

function sideOf(role: Role, before: RoleEntry["side"]): RoleEntry["side"] {
  if (role === "PRIMARY" || role === "BACKUP" || role === "SOLO" || role === "HALTED") return role;
  return before;
}
