// INV-14 and INV-15: the flag of a generation goes from unset to one owner, once and forever, also
// across restarts of the storage; and the same request always gets the same answer. A generation
// that was closed by opening the next one cannot be won any more (H-2).

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";

const REMEMBERED = 256;

interface Answer {
  readonly result: "won" | "lost";
  readonly time: number;
  readonly fact: number;
}

interface Owner {
  readonly owner: NodeName;
  readonly time: number;
  readonly fact: number;
}

interface State {
  owners: Map<number, Owner>;
  /** By "generation owner". */
  answers: Map<string, Answer>;
  /** By opened generation: "primary backup". */
  opened: Map<number, { readonly pair: string; readonly fact: number }>;
  newest: number;
  restarts: number;
  looked: number;
}

export const FLAG: CheckerKind = defineChecker({
  name: "flag",
  invariants: ["INV-14", "INV-15"],
  rejects: "a flag that changes its owner or forgets it; two answers to one request",
  property: "safety",
  appliesTo: "any",
  hears: ["test-and-set", "open-generation", "storage-restart"],
  begin: (): State => ({
    owners: new Map(),
    answers: new Map(),
    opened: new Map(),
    newest: -1,
    restarts: 0,
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    if (fact.kind === "storage-restart") state.restarts += 1;
    else if (fact.kind === "test-and-set") {
      state.looked += 1;
      judgeAnswer(state, fact, index, desk);
      if (fact.result === "won") judgeOwner(state, fact, index, desk);
    } else if (fact.kind === "open-generation") {
      state.looked += 1;
      if (fact.result === "won") judgeOpening(state, fact, index, desk);
    }
  },
  describe: (state) => ({
    summary: `${count(state.looked, "answer")} of the storage about ${count(state.owners.size, "flag")}, ${count(state.restarts, "storage restart")}: one owner each, for ever`,
    looked: state.looked,
    idle: "nobody asked for the flag",
  }),
});

function judgeAnswer(state: State, fact: FactOf<"test-and-set">, index: number, desk: Desk): void {
  const key = `${fact.generation} ${fact.owner}`;
  const before = state.answers.get(key);
  const answer = Object.freeze({ result: fact.result, time: fact.time, fact: index });
  if (before === undefined) setBounded(state.answers, [key, answer], REMEMBERED);
  else if (before.result !== fact.result)
    desk.report({
      invariant: "INV-15",
      time: fact.time,
      message: `${at(fact.time)} the storage answered "${fact.result}" to ${fact.owner} for generation ${fact.generation}, though it had answered "${before.result}" to the same request ${at(before.time)}`,
      facts: [before.fact, index],
    });
}

function judgeOwner(state: State, fact: FactOf<"test-and-set">, index: number, desk: Desk): void {
  const { generation, owner, time } = fact;
  const before = state.owners.get(generation);
  if (before === undefined) {
    setBounded(state.owners, [generation, Object.freeze({ owner, time, fact: index })], REMEMBERED);
    if (generation >= state.newest) return;
    desk.report({
      invariant: "INV-14",
      time,
      message: `${at(time)} ${owner} won generation ${generation}, which was over since generation ${state.newest} was opened: a stale replica got the VM`,
      facts: [state.opened.get(state.newest)?.fact ?? -1, index],
    });
    return;
  }
  const restart = state.restarts > 0 ? " (the storage restarted in this run)" : "";
  const problem =
    before.owner !== owner
      ? `${owner} won the flag of generation ${generation}, which ${before.owner} owned since ${at(before.time).slice(3)}`
      : fact.isFirst
        ? `${owner} won the flag of generation ${generation} as if for the first time: the storage forgot that ${owner} owned it since ${at(before.time).slice(3)}`
        : null;
  if (problem === null) return;
  const facts = [before.fact, index];
  desk.report({ invariant: "INV-14", time, message: `${at(time)} ${problem}${restart}`, facts });
}

function judgeOpening(
  state: State,
  fact: FactOf<"open-generation">,
  index: number,
  desk: Desk,
): void {
  const { generation, primary, opener, time } = fact;
  const pair = `${primary} ${fact.backup}`;
  const before = state.opened.get(generation);
  const owner = state.owners.get(generation - 1);
  const problem =
    before !== undefined && before.pair !== pair
      ? `${pair.replace(" ", " and ")} opened generation ${generation}, which ${before.pair.replace(" ", " and ")} had opened`
      : owner !== undefined && owner.owner !== opener
        ? `${opener} opened generation ${generation}, but generation ${generation - 1} belongs to ${owner.owner}`
        : null;
  if (problem !== null)
    desk.report({
      invariant: "INV-14",
      time,
      message: `${at(time)} ${problem}`,
      facts: [before?.fact ?? owner?.fact ?? -1, index],
    });
  if (before === undefined)
    setBounded(state.opened, [generation, Object.freeze({ pair, fact: index })], REMEMBERED);
  state.newest = Math.max(state.newest, generation);
}
