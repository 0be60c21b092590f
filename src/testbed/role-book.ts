// Which node has which role now, by what replicas last said: what `primary` means in a scenario.

import type { Fact, Role } from "../history/fact.ts";
import { PAIR } from "./topology.ts";

export interface RoleBookSnapshot {
  readonly roles: readonly (readonly [string, Role])[];
  readonly winner: string | undefined;
}

export class RoleBook {
  readonly #roles: Map<string, Role>;
  /** Who won the last test-and-set, as the storage saw it. */
  #winner: string | undefined;

  constructor() {
    this.#winner = undefined;
    this.#roles = new Map([
      [PAIR[0], "PRIMARY"],
      [PAIR[1], "BACKUP"],
    ]);
  }

  watch(fact: Fact): void {
    if (fact.kind === "role") this.#roles.set(fact.node, fact.role);
    else if (fact.kind === "machine-stop") this.#roles.set(fact.node, "HALTED");
    else if (fact.kind === "test-and-set" && fact.result === "won") this.#winner = fact.owner;
  }

  /** A role's node; any other name is a node's already. */
  nodeOf(name: string): string {
    if (name === "primary") return this.#find(["PRIMARY", "SOLO"]) ?? PAIR[0];
    if (name === "backup") return this.#find(["BACKUP", "GOING_LIVE"]) ?? PAIR[1];
    return name;
  }

  /** Without this host nobody would have the VM: it has the flag, or the others have stopped. */
  isLastHope(node: string): boolean {
    if (this.#roles.get(node) === "HALTED") return false;
    if (this.#winner !== undefined) return this.#winner === node;
    for (const [other, role] of this.#roles) if (other !== node && role !== "HALTED") return false;
    return true;
  }

  roleOf(node: string): Role | undefined {
    return this.#roles.get(node);
  }

  snapshot(): RoleBookSnapshot {
    return { roles: [...this.#roles], winner: this.#winner };
  }

  restore(snapshot: RoleBookSnapshot): void {
    for (const [node, role] of snapshot.roles) this.#roles.set(node, role);
    this.#winner = snapshot.winner;
  }

  #find(roles: readonly Role[]): string | undefined {
    for (const role of roles) for (const [node, has] of this.#roles) if (has === role) return node;
    return undefined;
  }
}
