// INV-31: a VM that runs alone does not stay alone. Once a host that could take a backup has been up,
// and nothing else wrong, for as long as a new backup may take, a generation with a backup is open.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import { isOpening, observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface State {
  reign: Reign;
  disturbance: Disturbance;
  /** Since when the VM runs alone, and the fact of it; null while it has a backup. */
  alone: { readonly since: number; readonly fact: number } | null;
  /** Since when each host is up without a break. */
  upSince: Map<NodeName, number>;
  restored: number;
  /** The longest time alone that ended, ns. */
  longest: number;
}

export const RE_PROTECTION: CheckerKind = defineChecker({
  name: "re-protection",
  invariants: ["INV-31"],
  rejects: "a VM that stays without a backup though a host is free",
  property: "liveness",
  appliesTo: "any",
  hears: [
    "run",
    "host",
    "fault",
    "machine-start",
    "machine-stop",
    "client",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    disturbance: startDisturbance(),
    alone: null,
    upSince: new Map(context.hosts.map((host) => [host, 0])),
    restored: 0,
    longest: 0,
  }),
  observe(state, fact, index, desk) {
    judge(state, fact, index, desk);
    const change = observeReign(state.reign, fact, index);
    observeDisturbance(state.disturbance, fact);
    if (change === "taken" || change === "kept") beginAlone(state, fact, index);
    else if (isOpening(change)) endAlone(state, fact.time);
    else if (fact.kind === "host") followHost(state, fact.node, fact.what, fact.time);
    else if (fact.kind === "machine-stop" && fact.node === state.reign.authority)
      state.alone = null;
  },
  describe: (state) => ({
    summary: `redundancy restored ${count(state.restored, "time")}, after ${formatDuration(state.longest)} at most`,
    looked: state.restored,
    idle: "the VM never ran alone while another host was free",
    figures: [
      ["restored", state.restored],
      ["longestAlone", state.longest],
    ],
  }),
});

function beginAlone(state: State, fact: Fact, index: number): void {
  state.alone ??= Object.freeze({ since: fact.time, fact: index });
}

function endAlone(state: State, time: number): void {
  if (state.alone === null) return;
  state.restored += 1;
  state.longest = Math.max(state.longest, time - state.alone.since);
  state.alone = null;
}

function followHost(state: State, node: NodeName, what: string, time: number): void {
  if (what === "crash" || what === "pause") state.upSince.delete(node);
  else if (what === "restart" || what === "resume") state.upSince.set(node, time);
}

function judge(state: State, fact: Fact, index: number, desk: Desk): void {
  const { alone } = state;
  const bound = desk.context.protectionBound ?? null;
  if (alone === null || bound === null) return;
  const free = freeSince(state);
  if (free === null) return;
  const from = Math.max(alone.since, free);
  if (!isOverdue(state.disturbance, { from, now: fact.time, bound })) return;
  state.alone = null;
  desk.report({
    invariant: "INV-31",
    time: fact.time,
    isAbsence: true,
    message: `${at(fact.time)} the VM on ${state.reign.authority} had run alone for ${formatDuration(fact.time - alone.since)}, though another host was free: redundancy is restored within ${formatDuration(bound)}`,
    facts: [alone.fact, index],
  });
}

/** Since when some other host could have taken a backup. */
function freeSince({ upSince, reign }: State): number | null {
  let earliest: number | null = null;
  for (const [host, since] of upSince)
    if (host !== reign.authority && (earliest === null || since < earliest)) earliest = since;
  return earliest;
}
