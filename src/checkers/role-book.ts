// The last role that each node claimed. `side` remembers what it was before it began to suspect: a
// suspecting primary and a suspecting backup are judged by different rules.

import type { Fact, NodeName, Role } from "../history/fact.ts";

export interface RoleEntry {
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

/**
 * Of the nodes that are so, the one of the newest generation: one of an earlier generation may not know
 * yet that the VM went on without it, and goes on saying what it was.
 */
export function newestThat(book: RoleBook, isSo: (entry: RoleEntry) => boolean): NodeName | null {
  let newest: NodeName | null = null;
  let generation = -1;
  for (const [node, entry] of book)
    if (entry.generation > generation && isSo(entry)) {
      newest = node;
      generation = entry.generation;
    }
  return newest;
}

function sideOf(role: Role, before: RoleEntry["side"]): RoleEntry["side"] {
  if (role === "PRIMARY" || role === "BACKUP" || role === "SOLO" || role === "HALTED") return role;
  return before;
}
