// INV-13: who has asked for the flag waits for the answer, however long. It leaves TAS_WAIT only
// with an answer, and the answer that it claims is the one that the storage gave. Who is told that the
// storage has opened a later generation has its answer, too: it belongs to that one, or to none. So has
// who is fenced off, whenever the refused command left it, and that one halts.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at } from "./words.ts";

/** Generations that a node can have missed. */
const REMEMBERED = 256;

interface State {
  roles: RoleBook;
  /** What the storage answered: "generation owner result". */
  given: Set<string>;
  /** Nodes with an answer since they began to wait. */
  answered: Set<NodeName>;
  /** Nodes of which the storage refused a command: its answer may be long under way. */
  fenced: Set<NodeName>;
  /** Who is the backup of each generation that was opened. */
  opened: Map<number, NodeName>;
  looked: number;
}

export const WAITS_ON_SILENCE: CheckerKind = defineChecker({
  name: "waits-on-silence",
  invariants: ["INV-13"],
  rejects: "a node that takes silence, or an error, for an answer of the storage",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "machine-start",
    "disk-apply",
    "test-and-set",
    "open-generation",
    "arbiter-answer",
    "role",
    "test-and-set-result",
  ],
  begin: (): State => ({
    roles: new Map(),
    given: new Set(),
    answered: new Set(),
    fenced: new Set(),
    opened: new Map(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    if (fact.kind === "test-and-set")
      state.given.add(`${fact.generation} ${fact.owner} ${fact.result}`);
    else if (fact.kind === "arbiter-answer") {
      // Where it is not the storage that decides, its word comes first, and "lost" is enough.
      if (fact.what === "flag" && fact.result === "lost")
        state.given.add(`${fact.generation} ${fact.owner} lost`);
    } else if (fact.kind === "open-generation") {
      if (fact.result === "won")
        setBounded(state.opened, [fact.generation, fact.backup], REMEMBERED);
    } else if (fact.kind === "disk-apply") {
      if (fact.result === "fenced") state.fenced.add(fact.node);
    } else if (fact.kind === "machine-start") {
      // Whoever waited there lost its power while it did.
      state.roles.delete(fact.node);
      state.fenced.delete(fact.node);
    } else if (fact.kind === "test-and-set-result") judgeAnswer(state, fact, index, desk);
    else if (fact.kind === "role") judgeRole(state, fact, index, desk);
    observeRole(state.roles, fact, index);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "answer")} waited for and believed as the storage gave it`,
    looked: state.looked,
    idle: "nobody waited for the flag",
  }),
});

function judgeAnswer(
  state: State,
  fact: FactOf<"test-and-set-result">,
  index: number,
  desk: Desk,
): void {
  state.looked += 1;
  state.answered.add(fact.node);
  if (state.given.has(`${fact.generation} ${fact.node} ${fact.result}`)) return;
  report(
    desk,
    fact,
    `${fact.node} took the test-and-set of generation ${fact.generation} for ${fact.result}, but the storage never said so`,
    [index],
  );
}

function judgeRole(state: State, fact: FactOf<"role">, index: number, desk: Desk): void {
  const before = state.roles.get(fact.node);
  if (fact.role === "TAS_WAIT") {
    if (before?.role !== "TAS_WAIT") state.answered.delete(fact.node);
    return;
  }
  if (before?.role !== "TAS_WAIT") return;
  state.looked += 1;
  // An operator's power-off ends the wait as well.
  if (state.answered.has(fact.node) || /power/i.test(fact.reason)) return;
  if (isOfLaterGeneration(state, fact, before.generation)) return;
  report(
    desk,
    fact,
    `${fact.node} went from TAS_WAIT to ${fact.role} (${fact.reason}) without an answer of the storage: silence is no answer`,
    [before.fact, index],
  );
}

/** The storage has decided over its head, and it was told so: by who asked, or by a refused command. */
function isOfLaterGeneration(
  { opened, fenced }: State,
  { node, role, generation }: FactOf<"role">,
  waitedIn: number,
): boolean {
  if (role === "BACKUP") return generation > waitedIn && opened.get(generation) === node;
  if (role !== "HALTED") return false;
  return fenced.has(node) || [...opened.keys()].some((later) => later > waitedIn);
}

function report(desk: Desk, fact: Fact, what: string, facts: readonly number[]): void {
  desk.report({ invariant: "INV-13", time: fact.time, message: `${at(fact.time)} ${what}`, facts });
}
