// INV-27 and INV-19, as the guest and the clients see them themselves. The probe guest looks at what
// its disk, its buffers and its instructions really did and says when no correct machine can show it;
// a client of bulk bytes compares them end to end. Such an answer is a violation by itself.

import { count } from "../base/words.ts";
import type { FactOf } from "../history/fact.ts";
import { describeOp } from "../history/op-words.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { at } from "./words.ts";

interface State {
  answers: number;
}

export const RIGHT_ANSWERS: CheckerKind = defineChecker({
  name: "right-answers",
  invariants: ["INV-27", "INV-19"],
  rejects: "a buffer that changed before its completion; bytes that are not those that were sent",
  property: "safety",
  appliesTo: "any",
  hears: ["client"],
  begin: (): State => ({ answers: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind !== "client" || fact.event.kind !== "ok" || !isCompared(fact)) return;
    state.answers += 1;
    const { op, opId, client, result } = fact.event;
    if (result.kind !== "wrong") return;
    desk.report({
      invariant: op.kind === "down" || op.kind === "up" ? "INV-19" : "INV-27",
      time: fact.time,
      message: `${at(fact.time)} the answer to ${describeOp(op)} (${opId} of client ${client}) tells of what cannot be: ${result.detail}`,
      facts: [index],
    });
  },
  describe: ({ answers }) => ({
    summary: `${count(answers, "answer")} that would have told of a violation`,
    looked: answers,
    idle: "no operation whose answer tells by itself whether it is right",
  }),
});

function isCompared({ event }: FactOf<"client">): boolean {
  const { kind } = event.op;
  return kind === "probe" || kind === "command" || kind === "down" || kind === "up";
}
