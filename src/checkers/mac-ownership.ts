// INV-35: a node that took over announces the VM's address before its first frame, and nobody but
// the owner of the VM ever announces it.

import type { FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, count, describeRelease } from "./words.ts";

interface State {
  reign: Reign;
  /** The node that took over and has announced nothing yet. */
  unannounced: NodeName | null;
  announces: number;
  looked: number;
}

export const MAC_OWNERSHIP: CheckerKind = defineChecker<State>({
  name: "mac-ownership",
  invariants: ["INV-35"],
  rejects: "a frame of the new owner before its announcement; an announcement by another node",
  property: "safety",
  appliesTo: "any",
  begin: (context) => ({ reign: startReign(context), unannounced: null, announces: 0, looked: 0 }),
  observe(state, fact, index, desk) {
    if (observeReign(state.reign, fact, index) === "taken")
      state.unannounced = state.reign.authority;
    if (fact.kind === "announce") judgeAnnounce(state, fact, index, desk);
    else if (fact.kind === "release" && fact.node === state.unannounced)
      judgeFirstFrame(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.announces, "announcement")}, ${count(state.reign.takeovers, "takeover")}; the owner first, nobody else`,
    looked: state.looked,
    idle: "no takeover and no announcement in this run",
  }),
});

function judgeAnnounce(state: State, fact: FactOf<"announce">, index: number, desk: Desk): void {
  state.announces += 1;
  state.looked += 1;
  if (fact.node === state.unannounced) state.unannounced = null;
  if (fact.node === state.reign.authority) return;
  desk.report({
    invariant: "INV-35",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} announced ${fact.mac}, but ${state.reign.authority} has the VM`,
    facts: [state.reign.wonFact, index],
  });
}

function judgeFirstFrame(state: State, fact: FactOf<"release">, index: number, desk: Desk): void {
  if (fact.outputClass !== "network") return;
  state.unannounced = null;
  state.looked += 1;
  desk.report({
    invariant: "INV-35",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} released ${describeRelease(fact)}, its first frame after it took over, without having announced the VM's address: the switch still sends to the old host`,
    facts: [state.reign.wonFact, index],
  });
}
