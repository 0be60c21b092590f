// L-3: the VM is gone only when its hosts crashed or its guest powered off. When no machine is left,
// the node that had the VM must not have halted by itself; and if it crashed without ever having
// had to win the flag, its backup must not have halted either: nobody else could go on. Its backup is
// that of the generation that is open: who halted because the VM had left it, or because it had lost an
// earlier one, could do nothing for it. Where the storage is not the arbiter, the arbiter's word counts,
// though who was given the flag may die before it has told the storage.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
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
  /** Of the generation that is open. */
  backup: NodeName;
  /** The newest flag that an arbiter gave. */
  granted: { readonly generation: number; readonly owner: NodeName } | null;
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
  hears: [
    "run",
    "host",
    "machine-start",
    "machine-stop",
    "test-and-set",
    "open-generation",
    "arbiter-answer",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    hasWon: false,
    backup: context.hosts[1] ?? "",
    granted: null,
    running: new Set(),
    crashed: new Set(),
    stopped: new Map(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    const change = observeReign(state.reign, fact, index);
    if (change !== "none") state.hasWon = !isOpening(change);
    if (fact.kind === "open-generation") {
      if (isOpening(change)) state.backup = fact.backup;
    } else if (fact.kind === "arbiter-answer") noteGrant(state, fact);
    else if (fact.kind === "machine-start") {
      state.running.add(fact.node);
      state.stopped.delete(fact.node);
      state.crashed.delete(fact.node);
    } else if (fact.kind === "host") {
      // A host on which nothing ran any more takes no blame from who halted there.
      if (fact.what === "crash" && state.running.has(fact.node)) state.crashed.add(fact.node);
    } else if (fact.kind === "machine-stop") {
      // A host that crashes says so of a machine that had ended before, too: the first end is the one.
      if (!state.running.has(fact.node)) return;
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

function noteGrant(state: State, fact: FactOf<"arbiter-answer">): void {
  const { what, result, generation, owner } = fact;
  if (what !== "flag" || result !== "won") return;
  if (generation > (state.granted?.generation ?? -1))
    state.granted = Object.freeze({ generation, owner });
}

/** Who has the VM, by the storage or by the arbiter before it, and whether it had to win it. */
function ownerOf({ reign, hasWon, granted }: State): {
  readonly owner: NodeName;
  readonly hasWon: boolean;
} {
  const isOfOpen = granted !== null && granted.generation >= Math.max(1, reign.opened);
  return isOfOpen ? { owner: granted.owner, hasWon: true } : { owner: reign.authority, hasWon };
}

function judgeEnd(state: State, end: Fact, index: number, desk: Desk): void {
  if (state.running.size > 0 || state.stopped.size === 0) return;
  const stops = [...state.stopped];
  if (stops.some(([, stop]) => /power/i.test(stop.why))) return;
  const { owner, hasWon } = ownerOf(state);
  const [node, stop] =
    stops.find(([name]) => name === owner && !state.crashed.has(name)) ??
    stops.find(([name]) => !hasWon && name === state.backup && !state.crashed.has(name)) ??
    [];
  if (node === undefined || stop === undefined) return;
  const why =
    node === owner ? "though it had the VM" : `though ${owner} crashed without having won the flag`;
  desk.report({
    invariant: "L-3",
    time: stop.time,
    message: `${at(stop.time)} ${node} halted (${stop.why}), ${why}: no machine was left ${at(end.time)}`,
    facts: [stop.fact, index],
  });
}
