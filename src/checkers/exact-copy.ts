// INV-33: a machine that begins on another host is the machine that it was copied from: the same step,
// the same hash of everything. And a host into which only a part of a machine was copied does nothing
// with it: it takes no input, lets nothing out and announces nothing.

import { count, number } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { liveActor } from "./acts.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";

interface State {
  /** Hosts on which a whole machine has begun and not stopped. */
  whole: Set<NodeName>;
  reported: Set<NodeName>;
  copies: number;
}

export const EXACT_COPY: CheckerKind = defineChecker({
  name: "exact-copy",
  invariants: ["INV-33"],
  rejects: "a copy that is another machine than its source; a half copy that does anything",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "machine-stop", "state-put", "crossing", "release", "announce"],
  begin: (): State => ({ whole: new Set(), reported: new Set(), copies: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "machine-start") {
      state.whole.add(fact.node);
      state.reported.delete(fact.node);
    } else if (fact.kind === "machine-stop") state.whole.delete(fact.node);
    else if (fact.kind === "state-put") judgeCopy(state, fact, index, desk);
    else judgeAct(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.copies, "copy", "copies")} of a machine, each equal to its source`,
    looked: state.copies,
    idle: "no machine was copied",
    figures: [["copies", state.copies]],
  }),
});

function judgeCopy(state: State, fact: FactOf<"state-put">, index: number, desk: Desk): void {
  state.copies += 1;
  if (fact.sourceHash === fact.stateHash) return;
  const source =
    fact.source === ""
      ? "no machine that there is"
      : `${fact.source}'s, which was in state ${fact.sourceHash}`;
  desk.report({
    invariant: "INV-33",
    time: fact.time,
    message: `${at(fact.time)} the machine on ${fact.node} began at step ${number(fact.count)} in state ${fact.stateHash}, a copy of ${source}: something is missing or damaged`,
    facts: [index],
  });
}

function judgeAct(state: State, fact: Fact, index: number, desk: Desk): void {
  const node = liveActor(fact);
  if (node === null || state.whole.has(node) || state.reported.has(node)) return;
  // What a stopped host had sent before is another checker's; here it is about machines that begin.
  if (fact.kind === "release") return;
  state.reported.add(node);
  const what = fact.kind === "crossing" ? `took ${fact.crossing} input` : "announced the address";
  desk.report({
    invariant: "INV-33",
    time: fact.time,
    message: `${at(fact.time)} ${node} ${what}, though no whole machine has begun there: a copy that is not complete is nothing`,
    facts: [index],
  });
}
