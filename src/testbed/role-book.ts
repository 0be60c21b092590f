// Which node has which role now, by what replicas last said: what `primary` means in a scenario.

import type { Fact, Role } from "../history/fact.ts";
import { PAIR } from "./topology.ts";

export interface RoleBookSnapshot {
  readonly roles: readonly (readonly [string, Role])[];
}

export class RoleBook {
  readonly #roles: Map<string, Role>;

  constructor() {
    this.#roles = new Map([
      [PAIR[0], "PRIMARY"],
      [PAIR[1], "BACKUP"],
    ]);
  }

  watch(fact: Fact): void {
    if (fact.kind === "role") this.#roles.set(fact.node, fact.role);
    else if (fact.kind === "machine-stop") this.#roles.set(fact.node, "HALTED");
  }

  /** A role's node; any other name is a node's already. */
  nodeOf(name: string): string {
    if (name === "primary") return this.#find(["PRIMARY", "SOLO"]) ?? PAIR[0];
    if (name === "backup") return this.#find(["BACKUP", "GOING_LIVE"]) ?? PAIR[1];
    return name;
  }

  roleOf(node: string): Role | undefined {
    return this.#roles.get(node);
  }

  snapshot(): RoleBookSnapshot {
    return { roles: [...this.#roles] };
  }

  restore(snapshot: RoleBookSnapshot): void {
    for (const [node, role] of snapshot.roles) this.#roles.set(node, role);
  }

  #find(roles: readonly Role[]): string | undefined {
    for (const role of roles) for (const [node, has] of this.#roles) if (has === role) return node;
    return undefined;
  }
}
