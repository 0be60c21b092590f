// H-6: outputs that nobody repeats by himself, datagrams and lines on the console, where a scenario
// promises them: what a machine performed that went on is let out by somebody, though the one that
// first performed it died. TCP repairs this for its own; the policy "drop" cannot give it for others.
// A machine that the VM went on without performs what is nobody's any more.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Report } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface Performed {
  readonly time: number;
  readonly fact: number;
}

interface State {
  reign: Reign;
  /** Numbers that the service on UDP gave, each by its first answer. */
  answers: Map<number, Performed>;
  highest: number;
  /** Console outputs by ordinal that nobody let out yet, as each machine performed them. */
  waiting: Map<NodeName, Map<number, Performed>>;
  released: Set<number>;
  /** The newest ordinal on the console that left. */
  newest: number;
  lines: number;
}

export const AT_LEAST_ONCE: CheckerKind = defineChecker({
  name: "at-least-once",
  invariants: ["INV-20"],
  rejects:
    "a datagram or a console output that was performed and never left, where it was promised",
  property: "safety",
  appliesTo: "any",
  hears: [
    "machine-start",
    "machine-stop",
    "client-datagram",
    "output",
    "release",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    answers: new Map(),
    highest: 0,
    waiting: new Map(),
    released: new Set(),
    newest: -1,
    lines: 0,
  }),
  observe(state, fact, index, desk) {
    if (desk.context.areDatagramsPromised !== true) return;
    observeReign(state.reign, fact, index);
    if (fact.kind === "client-datagram") hearAnswer(state, fact, index);
    else if (fact.kind === "output" && fact.outputClass === "console") perform(state, fact, index);
    else if (fact.kind === "release" && fact.outputClass === "console") letOut(state, fact);
    else if (fact.kind === "machine-stop") state.waiting.delete(fact.node);
  },
  missing: (state) => [...lostAnswers(state), ...lostLines(state)],
  describe: (state, context) => ({
    summary: `${count(state.answers.size, "answer")} by datagram and ${count(state.lines, "console output")}, none lost`,
    looked: state.answers.size + state.lines,
    idle: idleWhy(context),
  }),
});

function idleWhy(context: CheckerContext): string {
  return context.areDatagramsPromised === true
    ? "nothing left that nobody repeats"
    : "this scenario promises nothing about datagrams";
}

function hearAnswer(state: State, fact: FactOf<"client-datagram">, index: number): void {
  if (fact.direction !== "received" || !/^\d{1,15}$/.test(fact.text)) return;
  const value = Number.parseInt(fact.text, 10);
  state.highest = Math.max(state.highest, value);
  if (!state.answers.has(value))
    state.answers.set(value, Object.freeze({ time: fact.time, fact: index }));
}

function perform(state: State, { node, ordinal, time }: FactOf<"output">, index: number): void {
  if (state.released.has(ordinal)) return;
  const known = state.waiting.get(node) ?? new Map<number, Performed>();
  known.set(ordinal, Object.freeze({ time, fact: index }));
  state.waiting.set(node, known);
}

function letOut(state: State, { ordinal }: FactOf<"release">): void {
  state.lines += 1;
  state.released.add(ordinal);
  state.newest = Math.max(state.newest, ordinal);
  for (const of of state.waiting.values()) of.delete(ordinal);
}

/** Counted, since a later one was given; but nobody was told this one. */
function lostAnswers(state: State): readonly Report[] {
  for (let value = 1; value < state.highest; value++) {
    const next = state.answers.get(value + 1);
    if (state.answers.has(value) || next === undefined) continue;
    return [
      report(
        next,
        `a client was given ${value + 1} by datagram, but nobody ever was given ${value}`,
      ),
    ];
  }
  return [];
}

/** Performed by a machine that went on, and later ones left: outputs leave in their order. */
function lostLines(state: State): readonly Report[] {
  for (const [node, waiting] of state.waiting)
    if (!state.reign.left.has(node))
      for (const [ordinal, performed] of waiting)
        if (ordinal < state.newest)
          return [
            report(performed, `${node} performed console output ${ordinal}, which never left`),
          ];
  return [];
}

function report({ time, fact }: Performed, what: string): Report {
  return { invariant: "INV-20", time, message: `${at(time)} ${what}`, facts: [fact] };
}
