// INV-11: a node is SOLO only in a generation whose test-and-set it won at the storage; the first
// host alone may begin SOLO, before it ever had a backup.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";

interface State {
  /** Won at the storage: "generation owner". */
  won: Set<string>;
  hadRole: Set<NodeName>;
  looked: number;
}

export const SOLO_AFTER_FLAG: CheckerKind = defineChecker({
  name: "solo-after-flag",
  invariants: ["INV-11"],
  rejects: "a node that goes SOLO without having won the flag of its generation",
  property: "safety",
  appliesTo: "replay",
  hears: ["test-and-set", "role"],
  begin: (): State => ({ won: new Set(), hadRole: new Set(), looked: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "test-and-set" && fact.result === "won")
      state.won.add(`${fact.generation} ${fact.owner}`);
    else if (fact.kind === "role") judge(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "node")} went SOLO, each with the flag of its generation`,
    looked: state.looked,
    idle: "no node went SOLO",
  }),
});

function judge(state: State, fact: FactOf<"role">, index: number, desk: Desk): void {
  const { node, generation } = fact;
  const isFirstBoot = !state.hadRole.has(node) && node === desk.context.hosts[0];
  state.hadRole.add(node);
  if (fact.role !== "SOLO" || isFirstBoot) return;
  state.looked += 1;
  if (state.won.has(`${generation} ${node}`)) return;
  desk.report({
    invariant: "INV-11",
    time: fact.time,
    message: `${at(fact.time)} ${node} went SOLO in generation ${generation} (${fact.reason}), but the storage had not given it the flag of that generation`,
    facts: [index],
  });
}
