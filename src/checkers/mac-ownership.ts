// INV-35: a node that took over announces the VM's address before its first frame, within a second
// the switch has the address at its port, and nobody but the owner of the VM ever announces it.
//
// One thing may teach the switch an old port again: a frame of a superseded node that it was
// still allowed to let out, because the backup had acknowledged it before it froze its acks. Such
// frames were performed by the new owner, too, before it went live, or by the machine that it is a copy
// of; what the superseded node lets out beyond them, and any other port, is a violation. A node that was
// paused may be superseded for more than one generation. The owner's next frame or announcement wins the
// address back.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk, nearer } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeRelease } from "./words.ts";

/** ns: announcements are repeated several times in that time, until the VM is found (R-4.4). */
const TEACHING = 1_000_000_000;
/** More states than are on their way. */
const STATES = 64;

/** A takeover that was announced. */
interface Announced {
  readonly owner: NodeName;
  readonly mac: string;
  readonly time: number;
  readonly fact: number;
}

interface State {
  reign: Reign;
  disturbance: Disturbance;
  /** The node that took over and has announced nothing yet. */
  unannounced: NodeName | null;
  announced: Announced | null;
  /** Whether the switch has had the owner's port since. */
  isTaught: boolean;
  /** The last output that each machine performed, or that is in the past that it was given. */
  performed: Map<NodeName, number>;
  /** By "node hash": the same of states that were taken out of machines. */
  taken: Map<string, number>;
  /** Superseded nodes: the last output that their successor had performed by then. */
  limits: Map<NodeName, number>;
  /** The last frame that each node let out. */
  frames: Map<NodeName, { readonly ordinal: number; readonly fact: number }>;
  /** Ports, by address. */
  ports: Map<string, string>;
  announces: number;
  retaught: number;
  nearest: number | undefined;
  looked: number;
}

export const MAC_OWNERSHIP: CheckerKind = defineChecker({
  name: "mac-ownership",
  invariants: ["INV-35"],
  rejects:
    "a frame of the new owner before its announcement; an announcement by another node; a switch that sends elsewhere",
  property: "safety",
  appliesTo: "any",
  begin: (context): State => ({
    reign: startReign(context),
    disturbance: startDisturbance(),
    unannounced: null,
    announced: null,
    isTaught: true,
    performed: new Map(),
    taken: new Map(),
    limits: new Map(),
    frames: new Map(),
    ports: new Map(),
    announces: 0,
    retaught: 0,
    nearest: undefined,
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    judgeTeaching(state, fact, index, desk);
    observeDisturbance(state.disturbance, fact);
    const change = observeReign(state.reign, fact, index);
    if (change === "taken" || change === "moved") {
      state.unannounced = state.reign.authority;
      state.announced = null;
    }
    if (fact.kind === "announce") judgeAnnounce(state, fact, index, desk);
    else if (fact.kind === "output") state.performed.set(fact.node, fact.ordinal);
    else if (fact.kind === "state-take")
      setBounded(state.taken, [`${fact.node} ${fact.stateHash}`, fact.outputs - 1], STATES);
    else if (fact.kind === "state-put") takeOver(state, fact);
    else if (fact.kind === "release") judgeFrame(state, fact, index, desk);
    else if (fact.kind === "switch-learn") judgeLearning(state, fact, index, desk);
    else if (fact.kind === "machine-stop" && fact.node === state.announced?.owner)
      state.isTaught = true;
  },
  describe: (state) => ({
    summary: `${count(state.announces, "announcement")}, ${count(state.reign.takeovers, "takeover")}; the owner first, nobody else${state.retaught === 0 ? "" : `; ${count(state.retaught, "last frame")} of a superseded node led the switch astray`}`,
    looked: state.looked,
    idle: "no takeover and no announcement in this run",
  }),
  closeness: {
    unit: "ns",
    between: "the switch's lesson about the VM's new port and the bound for it",
    of: ({ nearest }) => nearest,
  },
});

/** What was performed in the past of a copy was performed by it. */
function takeOver(state: State, { node, source, sourceHash }: FactOf<"state-put">): void {
  const performed = state.taken.get(`${source} ${sourceHash}`);
  if (performed === undefined) state.performed.delete(node);
  else state.performed.set(node, performed);
}

function judgeAnnounce(state: State, fact: FactOf<"announce">, index: number, desk: Desk): void {
  const { node, mac, time } = fact;
  state.announces += 1;
  state.looked += 1;
  if (node === state.unannounced) {
    const { authority: owner, superseded: old } = state.reign;
    if (old !== null) state.limits.set(old, state.performed.get(owner) ?? -1);
    state.limits.delete(owner);
    state.unannounced = null;
    state.announced = Object.freeze({ owner, mac, time, fact: index });
    state.isTaught = state.ports.get(mac) === owner;
  }
  if (node === state.reign.authority) return;
  desk.report({
    invariant: "INV-35",
    time,
    message: `${at(time)} ${node} announced ${mac}, but ${state.reign.authority} has the VM`,
    facts: [state.reign.wonFact, index],
  });
}

function judgeFrame(state: State, fact: FactOf<"release">, index: number, desk: Desk): void {
  if (fact.outputClass !== "network") return;
  state.frames.set(fact.node, Object.freeze({ ordinal: fact.ordinal, fact: index }));
  if (fact.node !== state.unannounced) return;
  state.unannounced = null;
  state.looked += 1;
  desk.report({
    invariant: "INV-35",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} released ${describeRelease(fact)}, its first frame after it took over, without having announced the VM's address: the switch still sends to the old host`,
    facts: [state.reign.wonFact, index],
    mark: "no announcement before it",
  });
}

function judgeLearning(
  state: State,
  fact: FactOf<"switch-learn">,
  index: number,
  desk: Desk,
): void {
  state.ports.set(fact.mac, fact.port);
  const announced = state.announced;
  if (announced === null || fact.mac !== announced.mac) return;
  state.looked += 1;
  if (fact.port === announced.owner) {
    if (!state.isTaught)
      state.nearest = nearer(state.nearest, announced.time + TEACHING - fact.time);
    state.isTaught = true;
    return;
  }
  const last = state.frames.get(fact.port);
  const limit = state.limits.get(fact.port);
  if (limit !== undefined && last !== undefined && last.ordinal <= limit) {
    state.retaught += 1;
    return;
  }
  const why =
    limit === undefined
      ? "which never had the VM"
      : `by output ${last?.ordinal ?? -1} of a node that may let out nothing beyond output ${limit} any more`;
  desk.report({
    invariant: "INV-35",
    time: fact.time,
    message: `${at(fact.time)} the switch learned ${fact.mac} at the port of ${fact.port}, ${why}, though ${announced.owner} had announced it ${at(announced.time)}`,
    facts: [announced.fact, last?.fact ?? -1, index],
  });
}

/** The network follows the announcement, unless something was wrong with it meanwhile. */
function judgeTeaching(state: State, fact: Fact, index: number, desk: Desk): void {
  const announced = state.announced;
  if (announced === null || state.isTaught) return;
  const times = { from: announced.time, now: fact.time, bound: TEACHING };
  if (!isOverdue(state.disturbance, times)) return;
  state.isTaught = true;
  desk.report({
    invariant: "INV-35",
    time: fact.time,
    message: `${at(fact.time)} the switch still had ${announced.mac} at the port of ${state.ports.get(announced.mac) ?? "nobody"}, though ${announced.owner} had announced it ${at(announced.time)}`,
    facts: [announced.fact, index],
  });
}
