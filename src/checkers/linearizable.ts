// INV-18, the single-server illusion: for each key and each lock there is an order of the operations,
// compatible with when they were invoked and answered, in which one server gives just these answers.
// An acknowledged write that got lost, or a counter that reads the same number twice, has none.

import { clonePlain } from "../base/clone.ts";
import { TIME_NEVER } from "../base/time.ts";
import { count, number } from "../base/words.ts";
import type { FactOf } from "../history/fact.ts";
import { describeOp, describeResult } from "../history/op-words.ts";
import type { Op, OpResult } from "../history/op.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Report } from "./define.ts";
import {
  addOpen,
  answer,
  type Budget,
  type Configuration,
  invoke,
  type Search,
  startSearch,
} from "./linear-search.ts";
import { describeState, isRead, type ModelOp, partitionOf } from "./service-model.ts";
import { at } from "./words.ts";

/** Answers remembered for the words of a finding. */
const RECENT = 32;

interface Operation {
  readonly opId: string;
  readonly op: Op;
  readonly client: number;
  readonly invoked: number;
  readonly invokeFact: number;
  readonly outcome: Outcome | null;
}

interface Outcome {
  readonly kind: "ok" | "fail" | "info";
  readonly result: OpResult | null;
  readonly time: number;
  readonly fact: number;
}

interface QueuedEvent {
  readonly kind: "invoke" | "answer";
  readonly opId: string;
}

interface KeyState {
  operations: Map<string, Operation>;
  /** Events that wait for the outcome of the operation at the front. */
  queue: QueuedEvent[];
  search: Search;
  recent: Operation[];
  /** Found impossible or too hard: nothing more to learn from this key. */
  isOver: boolean;
}

interface State {
  keys: Map<string, KeyState>;
  /** Which key an operation in flight is about. */
  partitions: Map<string, string>;
  budget: Budget;
  undecided: string[];
  decided: number;
  unanswered: number;
  /** Operations that no key stands for: they are judged elsewhere. */
  others: number;
}

export const LINEARIZABLE: CheckerKind = defineChecker({
  name: "linearizable",
  invariants: ["INV-18"],
  rejects: "answers that no single server could have given; an acknowledged write that is gone",
  property: "safety",
  appliesTo: "any",
  hears: ["client"],
  begin: startState,
  observe(state, fact, index, desk) {
    if (fact.kind !== "client") return;
    const partition = record(state, fact, index);
    if (partition === null) return;
    for (const report of advance(state, partition, false)) desk.report(report);
  },
  missing: (state) => settle(state).reports,
  describe: (state) => {
    const { decided, unanswered, undecided, budget } = settle(state).state;
    return {
      summary: `${count(decided, "operation")} on ${count(state.keys.size, "key")} linearizable, ${number(unanswered)} without an answer`,
      looked: decided,
      ...(state.others > 0 && state.keys.size === 0 ? { idle: "no operation on a key" } : {}),
      ...(undecided.length > 0 ? { undecided: `not decided: ${undecided.join("; ")}` } : {}),
      figures: [
        ["operations", decided],
        ["unanswered", unanswered],
        ["searchSteps", budget.spent],
      ],
    };
  },
});

function startState(context: CheckerContext): State {
  return {
    keys: new Map(),
    partitions: new Map(),
    budget: { spent: 0, limit: context.searchBudget },
    undecided: [],
    decided: 0,
    unanswered: 0,
    others: 0,
  };
}

/** What the verdict would be if the run ended here: who has no answer yet never gets one. */
function settle(state: State): { readonly state: State; readonly reports: readonly Report[] } {
  const copy = clonePlain(state);
  const reports: Report[] = [];
  for (const partition of copy.keys.keys()) reports.push(...advance(copy, partition, true));
  return { state: copy, reports };
}

/** The key that the event is about, or null when it tells nothing. */
function record(state: State, fact: FactOf<"client">, index: number): string | null {
  const { event } = fact;
  const partition =
    event.kind === "invoke" ? partitionOf(event.op) : state.partitions.get(event.opId);
  if (partition === null && event.kind === "invoke") state.others += 1;
  if (partition === null || partition === undefined) return null;
  const key = keyState(state, partition);
  if (key.isOver) return null;
  const { opId } = event;
  if (event.kind === "invoke") {
    const { op, client } = event;
    const operation = { opId, op, client, invoked: fact.time, invokeFact: index, outcome: null };
    key.operations.set(opId, Object.freeze(operation));
    key.queue.push(Object.freeze({ kind: "invoke", opId }));
    state.partitions.set(opId, partition);
    return partition;
  }
  state.partitions.delete(opId);
  const operation = key.operations.get(opId);
  if (operation === undefined) return null;
  const result = event.kind === "ok" ? event.result : null;
  const outcome = Object.freeze({ kind: event.kind, result, time: fact.time, fact: index });
  key.operations.set(opId, Object.freeze({ ...operation, outcome }));
  if (event.kind === "ok") key.queue.push(Object.freeze({ kind: "answer", opId }));
  return partition;
}

function keyState(state: State, partition: string): KeyState {
  const known = state.keys.get(partition);
  if (known !== undefined) return known;
  const key: KeyState = {
    operations: new Map(),
    queue: [],
    search: startSearch(),
    recent: [],
    isOver: false,
  };
  state.keys.set(partition, key);
  return key;
}

/** Passes the events whose operations have an outcome; at the end, all of them. */
function advance(state: State, partition: string, isEnd: boolean): readonly Report[] {
  const key = keyState(state, partition);
  let passed = 0;
  const reports: Report[] = [];
  while (passed < key.queue.length && !key.isOver) {
    const event = key.queue[passed] as QueuedEvent;
    const operation = key.operations.get(event.opId);
    if (operation === undefined) passed += 1;
    else if (event.kind === "invoke") {
      if (operation.outcome === null && !isEnd) break;
      passInvoke(state, key, partition, operation);
      passed += 1;
    } else {
      const report = passAnswer(state, key, partition, operation);
      if (report !== null) reports.push(report);
      passed += 1;
    }
  }
  key.queue.splice(0, passed);
  if (key.isOver) forget(key);
  return reports;
}

function forget(key: KeyState): void {
  key.queue = [];
  key.operations = new Map();
  key.recent = [];
}

function passInvoke(state: State, key: KeyState, partition: string, operation: Operation): void {
  const kind = operation.outcome?.kind ?? "info";
  if (kind === "ok") {
    if (!invoke(key.search, operation.opId, modelOf(operation)))
      giveUp(state, key, `${partition}: too many operations at once`);
    return;
  }
  key.operations.delete(operation.opId);
  if (kind === "fail") return;
  state.unanswered += 1;
  addOpen(key.search, modelOf(operation));
}

function passAnswer(
  state: State,
  key: KeyState,
  partition: string,
  operation: Operation,
): Report | null {
  const before = key.search.configurations;
  const outcome = answer(key.search, operation.opId, state.budget);
  key.operations.delete(operation.opId);
  if (outcome === "out-of-budget") {
    giveUp(state, key, `${partition}: more than ${number(state.budget.limit)} search steps`);
    return null;
  }
  state.decided += 1;
  if (outcome === "possible") {
    key.recent.push(operation);
    if (key.recent.length > RECENT) key.recent.shift();
    return null;
  }
  key.isOver = true;
  return explain(partition, key, operation, before);
}

function giveUp(state: State, key: KeyState, why: string): void {
  state.undecided.push(why);
  key.isOver = true;
}

function modelOf(operation: Operation): ModelOp {
  const { op, invoked, outcome } = operation;
  const isAnswered = outcome?.kind === "ok";
  return Object.freeze({
    op,
    result: isAnswered ? outcome.result : null,
    invoked,
    returned: isAnswered ? outcome.time : TIME_NEVER,
  });
}

function explain(
  partition: string,
  key: KeyState,
  operation: Operation,
  before: readonly Configuration[],
): Report {
  const outcome = operation.outcome as Outcome;
  const states = [...new Set(before.map((one) => describeState(partition, one.state)))];
  const shown = states.slice(0, 3).join(" or ") + (states.length > 3 ? " or others" : "");
  const witness = witnessOf(key, operation);
  const twin = witness === null ? "" : `; ${describeWitness(witness, operation)}`;
  return {
    invariant: "INV-18",
    time: outcome.time,
    message: `${at(outcome.time)} client ${operation.client} got ${answerOf(operation)} for ${describeOp(operation.op)} (${operation.opId}), which no order of the operations explains: ${partition} was ${shown} until then${twin}`,
    facts: [operation.invokeFact, outcome.fact, witness?.outcome?.fact ?? -1],
  };
}

/** The answer that stands against it: the same one given before, or else the last write. */
function witnessOf(key: KeyState, operation: Operation): Operation | null {
  const isTwin = (other: Operation): boolean =>
    other.op.kind === operation.op.kind && answerOf(other) === answerOf(operation);
  if (isCount(operation.op)) {
    const twin = key.recent.findLast(isTwin);
    if (twin !== undefined) return twin;
  }
  return key.recent.findLast((other) => !isRead(modelOf(other))) ?? null;
}

function isCount(op: Op): boolean {
  return op.kind === "incr" || op.kind === "inc";
}

function describeWitness(witness: Operation, operation: Operation): string {
  const when = at(witness.outcome?.time ?? witness.invoked);
  const what = `${answerOf(witness)} for ${describeOp(witness.op)} (${witness.opId})`;
  const isTwin = isCount(witness.op) && answerOf(witness) === answerOf(operation);
  return isTwin
    ? `the same ${answerOf(witness)} had gone to client ${witness.client} (${witness.opId}) ${when}`
    : `client ${witness.client} had got ${what} ${when}`;
}

function answerOf(operation: Operation): string {
  const result = operation.outcome?.result ?? null;
  return result === null ? "no answer" : describeResult(result);
}
