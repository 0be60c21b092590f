// Which node has which role now, by what replicas last said: what `primary` means in a scenario.

import type { Fact, Role } from "../history/fact.ts";
import { PAIR } from "./topology.ts";

/** The open generation, as the storage saw it. */
interface Pair {
  readonly generation: number;
  readonly members: readonly string[];
  winner: string | undefined;
}

export interface RoleBookSnapshot {
  readonly roles: readonly (readonly [string, Role])[];
  readonly pair: Readonly<Pair>;
}

export class RoleBook {
  readonly #roles: Map<string, Role>;
  #pair: Pair;

  /** The members of the first generation; `backup` "" where there is none. */
  constructor({ primary, backup }: { readonly primary: string; readonly backup: string }) {
    const members = backup === "" ? [primary] : [primary, backup];
    this.#pair = { generation: 1, members, winner: undefined };
    this.#roles = new Map([[primary, "PRIMARY"]]);
    if (backup !== "") this.#roles.set(backup, "BACKUP");
  }

  watch(fact: Fact): void {
    if (fact.kind === "role") this.#roles.set(fact.node, fact.role);
    // A whole copy that has not said yet what it is.
    else if (fact.kind === "machine-start" && !this.#isThere(fact.node))
      this.#roles.set(fact.node, "BACKUP");
    else if (fact.kind === "machine-stop") this.#roles.set(fact.node, "HALTED");
    else if (fact.kind === "test-and-set" && fact.result === "won") {
      if (fact.generation === this.#pair.generation) this.#pair.winner = fact.owner;
    } else if (fact.kind === "open-generation" && fact.result === "won") {
      const { generation, primary, backup } = fact;
      // The same answer again, which may come when somebody has won that generation.
      if (generation > this.#pair.generation)
        this.#pair = { generation, members: [primary, backup], winner: undefined };
    }
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
    const { winner, members } = this.#pair;
    if (winner !== undefined) return winner === node;
    // Its question may be answered when it is gone: then it has won, and nobody else ever will.
    if (this.#roles.get(node) === "TAS_WAIT") return true;
    return (
      members.includes(node) && !members.some((other) => other !== node && this.#isThere(other))
    );
  }

  roleOf(node: string): Role | undefined {
    return this.#roles.get(node);
  }

  snapshot(): RoleBookSnapshot {
    return { roles: [...this.#roles], pair: { ...this.#pair } };
  }

  restore(snapshot: RoleBookSnapshot): void {
    this.#roles.clear();
    for (const [node, role] of snapshot.roles) this.#roles.set(node, role);
    this.#pair = { ...snapshot.pair };
  }

  #isThere(node: string): boolean {
    const role = this.#roles.get(node);
    return role !== undefined && role !== "HALTED";
  }

  #find(roles: readonly Role[]): string | undefined {
    for (const role of roles) for (const [node, has] of this.#roles) if (has === role) return node;
    return undefined;
  }
}
