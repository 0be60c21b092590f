// INV-05: a backup executes nothing beyond the newest entry that it holds. What its machine does is
// seen at its port; which entries it holds, and where they belong, is claimed. That it is not ahead of
// the primary's machine either is same-execution's business.

import { count, number } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at } from "./words.ts";

/** Entries that were appended and that no backup holds. */
const REMEMBERED = 8192;

interface State {
  roles: RoleBook;
  /** Step of each entry that is not held yet, by "generation lsn". */
  steps: Map<string, number>;
  /** The highest step of an entry that the node holds, and the entry that it holds last. */
  reach: Map<NodeName, number>;
  newest: Map<NodeName, { readonly lsn: number; readonly fact: number }>;
  reported: Set<NodeName>;
  looked: number;
}

export const RUN_AHEAD: CheckerKind = defineChecker({
  name: "run-ahead",
  invariants: ["INV-05"],
  rejects: "a backup that executes beyond the newest entry that it holds",
  property: "safety",
  appliesTo: "replay",
  hears: ["machine-start", "crossing", "output", "role", "log-append", "log-buffered", "diverged"],
  begin: (): State => ({
    roles: new Map(),
    steps: new Map(),
    reach: new Map(),
    newest: new Map(),
    reported: new Set(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    if (fact.kind === "log-append")
      setBounded(state.steps, [`${fact.generation} ${fact.lsn}`, fact.count], REMEMBERED);
    else if (fact.kind === "log-buffered") hold(state, fact, index);
    else if (fact.kind === "diverged" && fact.lsn < 0) judgeDivergence(state, fact, index, desk);
    else if (fact.kind === "machine-start") {
      state.reach.delete(fact.node);
      state.reported.delete(fact.node);
    } else if (fact.kind === "crossing" || fact.kind === "output") judge(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "act")} of a replaying machine, none beyond the newest entry that it held`,
    looked: state.looked,
    idle: "no machine replayed anything",
  }),
});

function hold(state: State, fact: FactOf<"log-buffered">, index: number): void {
  state.newest.set(fact.node, Object.freeze({ lsn: fact.lsn, fact: index }));
  const key = `${fact.generation} ${fact.lsn}`;
  const step = state.steps.get(key);
  state.steps.delete(key);
  if (step === undefined) return;
  state.reach.set(fact.node, Math.max(state.reach.get(fact.node) ?? 0, step));
}

/** It had no entry to go to, and its machine got somewhere. */
function judgeDivergence(state: State, fact: FactOf<"diverged">, index: number, desk: Desk): void {
  const { node, time, detail } = fact;
  const newest = state.newest.get(node);
  state.looked += 1;
  if (state.reported.has(node)) return;
  state.reported.add(node);
  const last = newest === undefined ? "" : `, beyond entry ${newest.lsn}, the newest that it held`;
  desk.report({
    invariant: "INV-05",
    time,
    message: `${at(time)} the machine on ${node} ran on while there was no log entry to replay${last}: ${detail}`,
    facts: [newest?.fact ?? -1, index],
    mark: "it ran on with nothing to replay",
  });
}

function judge(
  state: State,
  fact: FactOf<"crossing"> | FactOf<"output">,
  index: number,
  desk: Desk,
): void {
  const { node } = fact;
  const reach = state.reach.get(node);
  if (state.roles.get(node)?.side !== "BACKUP" || reach === undefined) return;
  state.looked += 1;
  if (fact.count <= reach || state.reported.has(node)) return;
  state.reported.add(node);
  desk.report({
    invariant: "INV-05",
    time: fact.time,
    message: `${at(fact.time)} ${node} was at step ${number(fact.count)} of a replay, but the newest entry that it held belongs to step ${number(reach)}: a backup never runs ahead`,
    facts: [index],
    mark: `its log ends at step ${number(reach)}`,
  });
}
