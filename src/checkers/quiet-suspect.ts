// INV-16: a primary that suspects its backup lets nothing out until it has the flag, also not on acks
// that still arrive (H-9): the backup may be taking over.

import { count } from "../base/words.ts";
import type { NodeName } from "../history/fact.ts";
import { isOutput } from "./acts.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, nearer } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at, describeRelease } from "./words.ts";

interface State {
  roles: RoleBook;
  suspicions: number;
  /** When each node let something out last. */
  spoke: Map<NodeName, number>;
  nearest: number | undefined;
  looked: number;
}

export const QUIET_SUSPECT: CheckerKind = defineChecker({
  name: "quiet-suspect",
  invariants: ["INV-16"],
  rejects: "an output that a suspecting primary lets out",
  property: "safety",
  appliesTo: "replay",
  hears: ["release", "role"],
  begin: (): State => ({
    roles: new Map(),
    suspicions: 0,
    spoke: new Map(),
    nearest: undefined,
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    if (fact.kind === "role") {
      const isPrimary = state.roles.get(fact.node)?.side === "PRIMARY";
      if (!isPrimary || (fact.role !== "SUSPECT" && fact.role !== "TAS_WAIT")) return;
      const spoke = state.spoke.get(fact.node);
      if (fact.role === "SUSPECT" && spoke !== undefined)
        state.nearest = nearer(state.nearest, fact.time - spoke);
      state.suspicions += 1;
      state.looked += 1;
      return;
    }
    if (fact.kind !== "release" || !isOutput(fact)) return;
    state.spoke.set(fact.node, fact.time);
    const role = state.roles.get(fact.node);
    if (role?.side !== "PRIMARY" || (role.role !== "SUSPECT" && role.role !== "TAS_WAIT")) return;
    state.looked += 1;
    desk.report({
      invariant: "INV-16",
      time: fact.time,
      message: `${at(fact.time)} ${fact.node} released ${describeRelease(fact)} while it was ${role.role} (since ${at(role.time).slice(3)}): a primary that suspects its backup holds everything until it has the flag`,
      facts: [role.fact, index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.suspicions, "change")} of a primary to SUSPECT or TAS_WAIT, nothing let out in them`,
    looked: state.looked,
    idle: "no primary suspected its backup",
  }),
  closeness: {
    unit: "ns",
    between: "the last output of a primary and its doubt about the backup",
    of: ({ nearest }) => nearest,
  },
});
