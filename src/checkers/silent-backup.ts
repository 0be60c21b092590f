// INV-09: until it is SOLO, a backup lets nothing out: no frame, no console byte, no disk write, no
// announcement, whatever it performs while it replays or drains the log.

import { count } from "../base/words.ts";
import type { Fact } from "../history/fact.ts";
import { isOutput } from "./acts.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at, describeRelease } from "./words.ts";

interface State {
  roles: RoleBook;
  suppressed: number;
  looked: number;
}

export const SILENT_BACKUP: CheckerKind = defineChecker({
  name: "silent-backup",
  invariants: ["INV-09"],
  rejects: "anything that leaves a backup's host before it is SOLO",
  property: "safety",
  appliesTo: "replay",
  hears: ["output", "release", "announce", "role"],
  begin: (): State => ({ roles: new Map(), suppressed: 0, looked: 0 }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    if (fact.kind !== "output" && fact.kind !== "release" && fact.kind !== "announce") return;
    const role = state.roles.get(fact.node);
    if (role?.side !== "BACKUP") return;
    if (fact.kind !== "announce" && !isOutput(fact)) return;
    state.looked += 1;
    if (fact.kind === "output") {
      state.suppressed += 1;
      return;
    }
    desk.report({
      invariant: "INV-09",
      time: fact.time,
      message: `${at(fact.time)} ${fact.node} ${describeAct(fact)} while it was ${role.role} (since ${at(role.time).slice(3)}): a backup is silent until it is SOLO`,
      facts: [role.fact, index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.suppressed, "output")} of a backup, none left its host`,
    looked: state.looked,
    idle: "no backup performed an output",
  }),
});

function describeAct(fact: Fact): string {
  return fact.kind === "release"
    ? `released ${describeRelease(fact)}`
    : "announced the VM's address";
}
