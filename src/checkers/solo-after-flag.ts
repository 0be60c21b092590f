// INV-11: a node is SOLO only in a generation whose test-and-set it won at the storage; the first
// host alone may begin SOLO, before it ever had a backup.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";

interface Answer {
  readonly owner: NodeName;
  readonly result: FactOf<"test-and-set">["result"];
  readonly time: number;
  readonly fact: number;
}

interface State {
  /** What the storage told each node last, by "generation owner". */
  told: Map<string, Answer>;
  /** Who won a generation. */
  winners: Map<number, Answer>;
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
  begin: (): State => ({ told: new Map(), winners: new Map(), hadRole: new Set(), looked: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "test-and-set") hear(state, fact, index);
    else if (fact.kind === "role") judge(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "node")} went SOLO, each with the flag of its generation`,
    looked: state.looked,
    idle: "no node went SOLO",
  }),
});

/** A node that has won keeps the flag, whatever a repeated answer says. */
function hear(state: State, fact: FactOf<"test-and-set">, index: number): void {
  const { owner, result, time, generation } = fact;
  const answer = Object.freeze({ owner, result, time, fact: index });
  const key = `${generation} ${owner}`;
  if (state.told.get(key)?.result !== "won") state.told.set(key, answer);
  if (result === "won") state.winners.set(generation, answer);
}

function judge(state: State, fact: FactOf<"role">, index: number, desk: Desk): void {
  const { node, generation } = fact;
  const isFirstBoot = !state.hadRole.has(node) && node === desk.context.hosts[0];
  state.hadRole.add(node);
  if (fact.role !== "SOLO" || isFirstBoot) return;
  state.looked += 1;
  const told = state.told.get(`${generation} ${node}`);
  if (told?.result === "won") return;
  const winner = state.winners.get(generation);
  const answer =
    told === undefined
      ? "though the storage had not given it the flag of that generation"
      : `though the storage had told it ${at(told.time)} that it lost`;
  const other = winner === undefined ? "" : `: ${winner.owner} had won ${at(winner.time)}`;
  desk.report({
    invariant: "INV-11",
    time: fact.time,
    message: `${at(fact.time)} ${node} went SOLO in generation ${generation} (${fact.reason}), ${answer}${other}`,
    facts: [winner?.fact ?? -1, told?.fact ?? -1, index],
    mark: told === undefined ? "without the flag" : "though it lost",
  });
}
