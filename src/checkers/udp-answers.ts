// INV-20 for a service that nobody can deduplicate (SCN-08): a counter on UDP, without request ids and
// without retries. At a takeover the policy "drop" may lose an answer and "resend" may give one twice;
// which of the two happened, and how often, is said here. Each must not do what only the other may, as
// far as the network itself neither loses nor repeats datagrams. Datagrams on their way to the guest
// may be lost under both: nobody had promised them anything.

import { count, number } from "../base/words.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Report } from "./define.ts";
import { at } from "./words.ts";

interface Answer {
  readonly client: string;
  readonly fact: number;
  readonly time: number;
}

interface State {
  sent: number;
  received: number;
  /** First answer with each number. */
  answers: Map<number, Answer>;
  highest: number;
  duplicates: number;
  /** A fault on a link, or a pair that is not in order any more: losses have other reasons. */
  isRough: boolean;
}

export const UDP_ANSWERS: CheckerKind = defineChecker({
  name: "udp-answers",
  invariants: ["INV-20"],
  rejects: "under drop, an answer given twice; under resend, one that was lost",
  property: "safety",
  appliesTo: "replay",
  hears: ["fault", "client-datagram"],
  begin: (context): State => ({
    sent: 0,
    received: 0,
    answers: new Map(),
    highest: 0,
    duplicates: 0,
    isRough: context.areClientLinksRough === true,
  }),
  observe(state, fact, index, desk) {
    if (fact.kind === "fault" && fact.fault !== "crash") state.isRough = true;
    if (fact.kind !== "client-datagram") return;
    if (fact.direction === "sent") {
      state.sent += 1;
      return;
    }
    if (!/^\d{1,15}$/.test(fact.text)) return;
    state.received += 1;
    const value = Number.parseInt(fact.text, 10);
    state.highest = Math.max(state.highest, value);
    const known = state.answers.get(value);
    if (known === undefined) {
      const answer = { client: fact.client, fact: index, time: fact.time };
      state.answers.set(value, Object.freeze(answer));
      return;
    }
    state.duplicates += 1;
    if (desk.context.boundaryPolicy === "resend" || state.isRough) return;
    desk.report({
      invariant: "INV-20",
      time: fact.time,
      message: `${at(fact.time)} client ${fact.client} was given ${value} by UDP, which client ${known.client} had been given ${at(known.time)}: under the policy drop no answer leaves twice`,
      facts: [known.fact, index],
    });
  },
  missing: (state, context) => lostUnderResend(state, context),
  describe: (state, context) => ({
    summary: summaryOf(state, context),
    looked: state.received,
    idle: "nobody used the service on UDP",
    figures: [
      ["datagrams", state.sent],
      ["answersLost", lostAnswers(state)],
      ["answersTwice", state.duplicates],
    ],
  }),
});

/** Counted, and a later one was answered, but this one was not: the answer got lost. */
function lostAnswers(state: State): number {
  return state.highest - state.answers.size;
}

function summaryOf(state: State, context: CheckerContext): string {
  const lost = lostAnswers(state);
  const unheard = state.sent - state.highest;
  return (
    `policy ${context.boundaryPolicy}: ${count(state.sent, "datagram")}, ` +
    `${number(state.answers.size)} answered, ${count(lost, "answer")} lost, ` +
    `${number(state.duplicates)} given twice, ${number(Math.max(0, unheard))} never counted`
  );
}

function lostUnderResend(state: State, context: CheckerContext): readonly Report[] {
  if (context.boundaryPolicy !== "resend" || state.isRough || lostAnswers(state) === 0) return [];
  const next = followerOf(state);
  if (next === undefined) return [];
  return [
    {
      invariant: "INV-20",
      time: next.answer.time,
      message: `${at(next.answer.time)} client ${next.answer.client} was given ${next.value} by UDP, but nobody was given ${next.value - 1}: under the policy resend no answer is lost`,
      facts: [next.answer.fact],
    },
  ];
}

/** The first answer whose predecessor nobody got. */
function followerOf(state: State): { readonly value: number; readonly answer: Answer } | undefined {
  for (let value = 2; value <= state.highest; value++) {
    const answer = state.answers.get(value);
    if (answer !== undefined && !state.answers.has(value - 1)) return { value, answer };
  }
  return undefined;
}
