// INV-34: the time that the guest reads never decreases, also not across a takeover.

import { count } from "../base/words.ts";
import type { NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, nearer } from "./define.ts";
import { at } from "./words.ts";

interface Read {
  readonly ticks: number;
  readonly isLive: boolean;
  readonly fact: number;
}

interface State {
  last: Map<NodeName, Read>;
  nearest: number | undefined;
  looked: number;
}

export const GUEST_TIME: CheckerKind = defineChecker({
  name: "guest-time",
  invariants: ["INV-34"],
  rejects: "a clock that goes backwards in the guest",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "crossing"],
  begin: (): State => ({ last: new Map(), nearest: undefined, looked: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "machine-start") state.last.delete(fact.node);
    if (fact.kind !== "crossing" || fact.crossing !== "time" || fact.ticks < 0) return;
    state.looked += 1;
    const before = state.last.get(fact.node);
    const { ticks, isLive } = fact;
    state.last.set(fact.node, Object.freeze({ ticks, isLive, fact: index }));
    if (before !== undefined && isLive && !before.isLive)
      state.nearest = nearer(state.nearest, ticks - before.ticks);
    if (before === undefined || fact.ticks >= before.ticks) return;
    desk.report({
      invariant: "INV-34",
      time: fact.time,
      message: `${at(fact.time)} the guest on ${fact.node} read ${fact.ticks} ticks (step ${fact.count}) after it had read ${before.ticks}: its time went backwards`,
      facts: [before.fact, index],
    });
  },
  describe: (state) => ({
    summary: `${count(state.looked, "time read")}, never backwards`,
    looked: state.looked,
    idle: "the guest never read the time through the port",
  }),
  closeness: {
    unit: "ticks",
    between: "the last time that a backup replayed and the first that it read itself",
    of: ({ nearest }) => nearest,
  },
});
