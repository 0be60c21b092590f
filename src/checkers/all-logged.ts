// INV-08, the primary's half: whatever its machine takes from its own host while it has a backup
// (interrupts with their data, clock, randomness) has an entry, appended before, of the same kind and
// at the same step; and each such entry is taken. The backup's half is same-execution's.

import { count, number } from "../base/words.ts";
import type { CrossingKind, Fact, FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at } from "./words.ts";

interface Entry {
  readonly entry: string;
  readonly count: number;
  readonly lsn: number;
  readonly fact: number;
}

interface State {
  roles: RoleBook;
  /** Entries that were appended and whose event has not crossed the port yet, by node. */
  appended: Map<NodeName, Entry[]>;
  /** The newest of them: a log that goes on in another generation tells what it still holds again. */
  newest: Map<NodeName, number>;
  reported: Set<NodeName>;
  looked: number;
}

/** Outputs are judged by output-commit; PROGRESS crosses nothing. */
const INPUTS: ReadonlySet<string> = new Set<CrossingKind>([
  "timer",
  "net-rx",
  "disk-done",
  "uart-rx",
  "time",
  "entropy",
]);

export const ALL_LOGGED: CheckerKind = defineChecker({
  name: "all-logged",
  invariants: ["INV-08"],
  rejects: "an input of the primary's machine that its log does not have, or has elsewhere",
  property: "safety",
  appliesTo: "replay",
  hears: ["machine-start", "crossing", "role", "log-append"],
  begin: (): State => ({
    roles: new Map(),
    appended: new Map(),
    newest: new Map(),
    reported: new Set(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    if (fact.kind === "log-append") append(state, fact, index);
    else if (fact.kind === "crossing") judge(state, fact, index, desk);
    else if (fact.kind === "machine-start" || (fact.kind === "role" && fact.role === "SOLO"))
      forget(state, fact);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "input")} of a primary's machine, each with its entry in the log`,
    looked: state.looked,
    idle: "no machine with a backup took an input",
  }),
});

function append(state: State, fact: FactOf<"log-append">, index: number): void {
  if (!INPUTS.has(fact.entry)) return;
  const { entry, lsn } = fact;
  if (lsn <= (state.newest.get(fact.node) ?? 0)) return;
  state.newest.set(fact.node, lsn);
  const known = state.appended.get(fact.node) ?? [];
  known.push(Object.freeze({ entry, count: fact.count, lsn, fact: index }));
  state.appended.set(fact.node, known);
}

function forget(state: State, fact: Extract<Fact, { readonly node: NodeName }>): void {
  state.appended.delete(fact.node);
  state.newest.delete(fact.node);
  state.reported.delete(fact.node);
}

function judge(state: State, fact: FactOf<"crossing">, index: number, desk: Desk): void {
  const { node, crossing } = fact;
  if (!fact.isLive || !INPUTS.has(crossing)) return;
  const entries = state.appended.get(node);
  if (state.roles.get(node)?.side !== "PRIMARY") {
    // A node that gets a backup logs from the clone point on, before it is admitted.
    if (entries?.[0]?.entry === crossing && entries[0].count === fact.count) entries.shift();
    return;
  }
  if (state.reported.has(node)) return;
  state.looked += 1;
  const next = entries?.shift();
  if (next?.entry === crossing && next.count === fact.count) return;
  // What follows is out of step with its entries and would only say the same again.
  state.reported.add(node);
  const had =
    next === undefined
      ? ""
      : ` (the next one was ${next.entry} at step ${number(next.count)}, entry ${next.lsn})`;
  desk.report({
    invariant: "INV-08",
    time: fact.time,
    message: `${at(fact.time)} the machine on ${node} took ${crossing} at step ${number(fact.count)} without an entry in the log${had}: the backup's machine cannot be given the same`,
    facts: [next?.fact ?? -1, index],
  });
}
