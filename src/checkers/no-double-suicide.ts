// L-3: the VM is gone only when its hosts crashed or its guest powered off. When no machine is left,
// the node that had the VM must not have halted by itself; and if it crashed without ever having
// had to win the flag, its backup must not have halted either: nobody else could go on.

import { count } from "../base/words.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at } from "./words.ts";
import { isOpening, observeReign, type Reign, startReign } from "./reign.ts";

interface Stop {
  readonly time: number;
  readonly fact: number;
  readonly why: string;
}

interface State {
  reign: Reign;
  /** The authority won the newest generation that is open: others had to halt. */
  hasWon: boolean;
  running: Set<NodeName>;
  crashed: Set<NodeName>;
  stopped: Map<NodeName, Stop>;
  looked: number;
}

export const NO_DOUBLE_SUICIDE: CheckerKind = defineChecker({
  name: "no-double-suicide",
  invariants: ["L-3"],
  rejects: "a VM that is gone because its replicas halted each other",
  property: "liveness",
  appliesTo: "any",
  hears: ["run", "host", "machine-start", "machine-stop", "test-and-set", "open-generation"],
  begin: (context): State => ({
    reign: startReign(context),
    hasWon: false,
    running: new Set(),
    crashed: new Set(),
    stopped: new Map(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    const change = observeReign(state.reign, fact, index);
    if (change !== "none") state.hasWon = !isOpening(change);
    if (fact.kind === "machine-start") {
      state.running.add(fact.node);
      state.stopped.delete(fact.node);
      state.crashed.delete(fact.node);
    } else if (fact.kind === "host" && fact.what === "crash") state.crashed.add(fact.node);
    else if (fact.kind === "machine-stop") {
      state.looked += 1;
      state.running.delete(fact.node);
      const { time, why } = fact;
      state.stopped.set(fact.node, Object.freeze({ time, fact: index, why }));
    } else if (fact.kind === "run" && fact.phase === "end") judgeEnd(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "machine")} stopped, ${count(state.running.size, "machine")} running`,
    looked: state.looked,
    idle: "no machine stopped",
  }),
});

function judgeEnd(state: State, end: Fact, index: number, desk: Desk): void {
  if (state.running.size > 0 || state.stopped.size === 0) return;
  const stops = [...state.stopped];
  if (stops.some(([, stop]) => /power/i.test(stop.why))) return;
  const authority = state.reign.authority;
  const [node, stop] =
    stops.find(([name]) => name === authority && !state.crashed.has(name)) ??
    stops.find(([name]) => !state.hasWon && !state.crashed.has(name)) ??
    [];
  if (node === undefined || stop === undefined) return;
  const why =
    node === authority
      ? "though it had the VM"
      : `though ${authority} crashed without having won the flag`;
  desk.report({
    invariant: "L-3",
    time: stop.time,
    message: `${at(stop.time)} ${node} halted (${stop.why}), ${why}: no machine was left ${at(end.time)}`,
    facts: [stop.fact, index],
  });
}
