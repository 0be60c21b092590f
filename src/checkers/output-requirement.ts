// INV-04, the Output Requirement: what the primary ever let out, the survivor must have performed
// too before it went live, in the same order and with the same bytes. World facts only: `output` is
// what a machine performed, `release` what left its host.
//
// While the pair runs, releases of the primary and outputs of the backup are matched by ordinal and
// forgotten. At a takeover, what the primary released and the survivor had not performed is a
// violation; a release that a superseded primary makes later still (acks in flight, H-1) is
// judged against what its survivor had performed by then, whoever has the VM meanwhile.
//
// A copy may become the backup, or be given up, and the backup of before goes on: until the storage has
// said who belongs to the VM each is followed. A copy of a backup has performed what that one had.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { isOutput, liveActor, type Release } from "./acts.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeRelease } from "./words.ts";

/** More outputs than a backup can perform ahead of the primary's releases. */
const REMEMBERED = 4096;
/** More than a primary releases while a copy that nobody admits is there. */
const RELEASED = 65_536;

interface Waiting {
  readonly release: Release;
  readonly fact: number;
  /** The bytes that the backup produced instead; null when it has not performed the output. */
  readonly instead: string | null;
}

interface Held {
  readonly hash: string;
  readonly count: number;
}

/** A machine that may go on instead of the primary's. */
interface Follower {
  /** Where it began: it has performed what the primary performed before. */
  readonly start: number;
  /** Released by the primary, not performed by this one yet, or with other bytes. */
  waiting: Map<number, Waiting>;
  /** Performed by this one, not released by the primary yet. */
  ahead: Map<number, string>;
  /** Highest ordinal that `ahead` forgot. */
  forgotten: number;
}

/** A superseded primary: what its survivor had performed and it had not released. */
interface Old {
  readonly survivor: NodeName;
  readonly at: number;
  readonly allowed: Map<number, string>;
  readonly forgotten: number;
}

interface State {
  reign: Reign;
  primary: NodeName;
  followers: Map<NodeName, Follower>;
  /** Performed by the primary, not released yet. */
  held: Map<number, Held>;
  olds: Map<NodeName, Old>;
  stopped: Set<NodeName>;
  /** Last ordinal released, by "node class". */
  last: Map<string, number>;
  released: number;
  matched: number;
}

export const OUTPUT_REQUIREMENT: CheckerKind = defineChecker({
  name: "output-requirement",
  invariants: ["INV-04"],
  rejects:
    "an output that left and that the survivor had not performed; one that no machine performed",
  property: "safety",
  appliesTo: "any",
  hears: [
    "machine-start",
    "machine-stop",
    "state-put",
    "crossing",
    "output",
    "release",
    "announce",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    primary: context.hosts[0] ?? "",
    followers: new Map(context.hosts.slice(1, 2).map((backup) => [backup, startFollower(-1)])),
    held: new Map(),
    olds: new Map(),
    stopped: new Set(),
    last: new Map(),
    released: 0,
    matched: 0,
  }),
  observe(state, fact, index, desk) {
    const change = observeReign(state.reign, fact, index);
    // Who won the flag goes on alone: nobody is left whom its outputs could contradict.
    if (change === "kept" || change === "taken") keepOnly(state, [state.reign.authority]);
    else if (fact.kind === "open-generation" && change !== "none")
      keepOnly(state, [fact.primary, fact.backup]);
    judgeTakeover(state, fact, index, desk);
    if (fact.kind === "machine-stop") {
      state.stopped.add(fact.node);
      state.followers.delete(fact.node);
    } else if (fact.kind === "machine-start") beginMachine(state, fact);
    else if (fact.kind === "state-put") inherit(state, fact);
    else if (fact.kind === "output" && isOutput(fact)) perform(state, fact);
    else if (fact.kind === "release") release(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.released, "output")} released, ${count(state.matched, "of them performed", "of them performed")} by the other machine too; ${count(state.reign.takeovers, "takeover")}`,
    looked: state.released,
    idle: "nothing was released",
    figures: [
      ["released", state.released],
      ["matched", state.matched],
    ],
  }),
});

function startFollower(start: number): Follower {
  return { start, waiting: new Map(), ahead: new Map(), forgotten: -1 };
}

function keepOnly({ followers }: State, members: readonly NodeName[]): void {
  for (const node of followers.keys()) if (!members.includes(node)) followers.delete(node);
}

function beginMachine(state: State, fact: FactOf<"machine-start">): void {
  state.stopped.delete(fact.node);
  if (fact.node === state.primary) return;
  state.followers.set(fact.node, startFollower(fact.count));
  state.olds.delete(fact.node);
}

/** A copy of one that follows is as far as that one, which stands still for it. */
function inherit({ followers }: State, { node, source }: FactOf<"state-put">): void {
  const from = followers.get(source);
  const copy = followers.get(node);
  if (from === undefined || copy === undefined || from === copy) return;
  copy.waiting = new Map(from.waiting);
  copy.ahead = new Map(from.ahead);
  copy.forgotten = from.forgotten;
}

function perform(state: State, fact: FactOf<"output">): void {
  const { ordinal, hash } = fact;
  if (fact.node === state.primary) {
    setBounded(state.held, [ordinal, Object.freeze({ hash, count: fact.count })], REMEMBERED);
    return;
  }
  const follower = state.followers.get(fact.node);
  if (follower === undefined) return;
  const waiting = follower.waiting.get(ordinal);
  if (waiting === undefined) {
    const dropped = setBounded(follower.ahead, [ordinal, hash], REMEMBERED);
    if (dropped !== undefined) follower.forgotten = dropped;
  } else if (waiting.release.hash === hash) {
    follower.waiting.delete(ordinal);
    state.matched += 1;
  } else follower.waiting.set(ordinal, Object.freeze({ ...waiting, instead: hash }));
}

function release(state: State, fact: Release, index: number, desk: Desk): void {
  state.released += 1;
  if (!isWellFormed(state, fact, index, desk)) return;
  if (!isOutput(fact)) return;
  if (fact.node === state.primary) {
    const held = state.held.get(fact.ordinal);
    state.held.delete(fact.ordinal);
    if (fact.isAgain) return;
    // Performed before the clone point: the copy has it in its past.
    for (const follower of state.followers.values())
      if (held === undefined || held.count >= follower.start)
        matchRelease(state, follower, fact, index);
  } else judgeLate(state, fact, index, desk);
}

function matchRelease(state: State, follower: Follower, fact: Release, index: number): void {
  const performed = follower.ahead.get(fact.ordinal);
  if (performed === undefined && fact.ordinal <= follower.forgotten) return;
  follower.ahead.delete(fact.ordinal);
  if (performed === fact.hash) state.matched += 1;
  else {
    const release = { release: Object.freeze({ ...fact }), fact: index };
    const waiting = Object.freeze({ ...release, instead: performed ?? null });
    setBounded(follower.waiting, [fact.ordinal, waiting], RELEASED);
  }
}

/** An output that its own machine performed, with those bytes, after the ones before it. */
function isWellFormed(state: State, fact: Release, index: number, desk: Desk): boolean {
  const problem = malformation(state, fact);
  if (problem === null) return true;
  desk.report({
    invariant: "INV-04",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} released ${problem}`,
    facts: [index],
  });
  return false;
}

function malformation(state: State, fact: Release): string | null {
  // A re-issued command is known from the device's state, not from an output: INV-23 looks at it.
  if (fact.isAgain && fact.outputClass === "disk") return null;
  if (fact.ordinal < 0)
    return `${describeBytes(fact)} that its machine never performed: an invented output`;
  const held = fact.node === state.primary ? state.held.get(fact.ordinal) : undefined;
  if (held !== undefined && held.hash !== fact.hash)
    return `${describeRelease(fact)} with bytes ${fact.hash}, but its machine performed ${held.hash}`;
  // Disk commands may overtake one another when an earlier one waits for an overlapping one.
  if (fact.outputClass === "disk" || fact.isAgain) return null;
  const stream = `${fact.node} ${fact.outputClass}`;
  const last = state.last.get(stream) ?? -1;
  if (fact.ordinal <= last)
    return `${describeRelease(fact)} after output ${last} of the same class: outputs leave in the order in which the machine performed them`;
  state.last.set(stream, fact.ordinal);
  return null;
}

function describeBytes(fact: Release): string {
  const to = fact.segment === null ? "" : ` to ${fact.segment.connection}`;
  return `${count(fact.length, "byte")} on ${fact.outputClass}${to}`;
}

/** The survivor shows itself: from here on, nothing can be added to what it had performed. */
function judgeTakeover(state: State, fact: Fact, index: number, desk: Desk): void {
  const survivor = liveActor(fact);
  const follower = survivor === null ? undefined : state.followers.get(survivor);
  if (survivor === null || follower === undefined) return;
  if (state.reign.authority !== survivor && !state.stopped.has(state.primary)) return;
  const orphans = [...follower.waiting.values()];
  const first = orphans[0];
  if (first !== undefined) {
    const { release: lost, instead } = first;
    const others = orphans.length > 1 ? ` (nor ${count(orphans.length - 1, "later one")})` : "";
    const what =
      instead === null
        ? "without having performed"
        : `having produced other bytes (${instead}) for`;
    desk.report({
      invariant: "INV-04",
      time: fact.time,
      message: `${at(fact.time)} ${survivor} went live ${what} ${describeRelease(lost)}, which ${lost.node} had let out ${at(lost.time)}${others}`,
      facts: [first.fact, index],
    });
  }
  const { ahead: allowed, forgotten } = follower;
  state.olds.set(state.primary, { survivor, at: fact.time, allowed, forgotten });
  state.olds.delete(survivor);
  state.followers.delete(survivor);
  state.primary = survivor;
  state.held = new Map();
}

function judgeLate(state: State, fact: Release, index: number, desk: Desk): void {
  const old = state.olds.get(fact.node);
  if (old === undefined || fact.ordinal <= old.forgotten) return;
  const performed = old.allowed.get(fact.ordinal);
  if (performed === fact.hash) {
    state.matched += 1;
    return;
  }
  const why =
    performed === undefined
      ? `which ${old.survivor} had not performed when it took over`
      : `for which ${old.survivor} had produced other bytes (${performed})`;
  desk.report({
    invariant: "INV-04",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node}, superseded since ${at(old.at).slice(3)}, released ${describeRelease(fact)}, ${why}`,
    facts: [index],
  });
}
