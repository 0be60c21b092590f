// INV-36: a VM that was powered off stays off. Once the node that has the VM has stopped because the
// guest or its operator ended it, or the operator was told that it has, no other node goes live for
// that VM: it wins no flag, announces nothing and lets nothing out. Who asks and loses was cut off when
// the VM was ended, and one that was superseded long before, and has not heard of it, may execute a
// little until it does.
//
// A power-off without its control entry, and one that is confirmed before that entry was acknowledged
// (R-8.1, H-7), show by what comes of them: the backup wins the flag.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { POWER_OFF } from "../history/fact.ts";
import { liveActor } from "./acts.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface State {
  reign: Reign;
  /** Where and when the VM was ended; null while it was not. */
  off: { readonly node: NodeName; readonly time: number; readonly fact: number } | null;
  /** Who was seen live before that. */
  live: Set<NodeName>;
  reported: Set<NodeName>;
  looked: number;
}

export const STAYS_OFF: CheckerKind = defineChecker({
  name: "power-off",
  invariants: ["INV-36"],
  rejects: "a VM that goes on elsewhere after it was powered off",
  property: "safety",
  appliesTo: "any",
  hears: [
    "machine-start",
    "machine-stop",
    "crossing",
    "release",
    "announce",
    "operator",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    off: null,
    live: new Set(),
    reported: new Set(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    const authority = state.reign.authority;
    observeReign(state.reign, fact, index);
    if (state.off !== null) judge(state, fact, index, desk);
    else if (isEnd(fact) && fact.node === authority) noteEnd(state, fact, index);
    else noteLive(state, fact);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "power-off")}, nobody went on after it`,
    looked: state.looked,
    idle: "the VM was not powered off in this run",
  }),
});

function isEnd(fact: Fact): fact is FactOf<"machine-stop"> | FactOf<"operator"> {
  if (fact.kind === "machine-stop") return fact.why.startsWith(POWER_OFF);
  return fact.kind === "operator" && fact.command === "power-off" && fact.result === "done";
}

function noteEnd(
  state: State,
  fact: FactOf<"machine-stop"> | FactOf<"operator">,
  index: number,
): void {
  state.looked += 1;
  state.off = Object.freeze({ node: fact.node, time: fact.time, fact: index });
}

function noteLive(state: State, fact: Fact): void {
  const node = liveActor(fact);
  if (node !== null) state.live.add(node);
  else if (fact.kind === "machine-stop") state.live.delete(fact.node);
}

/** Who wins the VM by this fact, or shows that it has it. */
function whoGoesOn({ live }: State, fact: Fact): NodeName | null {
  if (fact.kind === "test-and-set") return fact.result === "won" ? fact.owner : null;
  const node = liveActor(fact);
  const isGoingOn = fact.kind === "crossing" && node !== null && live.has(node);
  return isGoingOn ? null : node;
}

function judge(state: State, fact: Fact, index: number, desk: Desk): void {
  const off = state.off;
  const node = whoGoesOn(state, fact);
  if (off === null || node === null || node === off.node || state.reported.has(node)) return;
  state.reported.add(node);
  const what = fact.kind === "test-and-set" ? "won the flag" : "went live";
  desk.report({
    invariant: "INV-36",
    time: fact.time,
    message: `${at(fact.time)} ${node} ${what}, though the VM was powered off on ${off.node} ${at(off.time)}: what was ended stays ended`,
    facts: [off.fact, index],
  });
}
