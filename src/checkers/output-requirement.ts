// INV-04, the Output Requirement: what the primary ever let out, the survivor must have performed
// too before it went live, in the same order and with the same bytes. World facts only: `output` is
// what a machine performed, `release` what left its host.
//
// While the pair runs, releases of the primary and outputs of the backup are matched by ordinal and
// forgotten. At a takeover, what the primary released and the survivor had not performed is a
// violation; a release that the superseded primary makes later still (acks in flight, H-1) is
// judged against what the survivor had performed by then.

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

interface State {
  reign: Reign;
  primary: NodeName;
  backup: NodeName | null;
  /** Where the backup's machine began: it has performed what the primary performed before. */
  backupStart: number;
  /** The backup of a primary that moves: it stays the backup. */
  movedWith: NodeName | null;
  /** Performed by the primary, not released yet. */
  held: Map<number, Held>;
  /** Released by the primary, not performed by the backup yet, or with other bytes. */
  waiting: Map<number, Waiting>;
  /** Performed by the backup, not released by the primary yet. */
  ahead: Map<number, string>;
  /** Highest ordinal that `ahead` forgot. */
  forgotten: number;
  /** The superseded primary and what the survivor had performed and it had not released. */
  old: { node: NodeName; at: number; allowed: Map<number, string>; forgotten: number } | null;
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
    backup: context.hosts[1] ?? null,
    backupStart: -1,
    movedWith: null,
    held: new Map(),
    waiting: new Map(),
    ahead: new Map(),
    forgotten: -1,
    old: null,
    stopped: new Set(),
    last: new Map(),
    released: 0,
    matched: 0,
  }),
  observe(state, fact, index, desk) {
    const change = observeReign(state.reign, fact, index);
    // The primary goes on alone: nobody is left whom its outputs could contradict.
    if (fact.kind === "open-generation" && change === "moved") state.movedWith = fact.backup;
    if (change === "kept" && state.primary === state.reign.authority) endPair(state);
    judgeTakeover(state, fact, index, desk);
    if (fact.kind === "machine-stop") state.stopped.add(fact.node);
    else if (fact.kind === "machine-start") beginMachine(state, fact);
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

function endPair(state: State): void {
  state.backup = null;
  state.waiting.clear();
  state.ahead.clear();
  state.forgotten = -1;
}

function beginMachine(state: State, fact: FactOf<"machine-start">): void {
  state.stopped.delete(fact.node);
  if (fact.node === state.primary) return;
  endPair(state);
  state.backup = fact.node;
  state.backupStart = fact.count;
  if (state.old?.node === fact.node) state.old = null;
}

function perform(state: State, fact: FactOf<"output">): void {
  const { ordinal, hash } = fact;
  if (fact.node === state.primary) {
    setBounded(state.held, [ordinal, Object.freeze({ hash, count: fact.count })], REMEMBERED);
    return;
  }
  if (fact.node !== state.backup) return;
  const waiting = state.waiting.get(ordinal);
  if (waiting === undefined) {
    const dropped = setBounded(state.ahead, [ordinal, hash], REMEMBERED);
    if (dropped !== undefined) state.forgotten = dropped;
  } else if (waiting.release.hash === hash) {
    state.waiting.delete(ordinal);
    state.matched += 1;
  } else state.waiting.set(ordinal, Object.freeze({ ...waiting, instead: hash }));
}

function release(state: State, fact: Release, index: number, desk: Desk): void {
  state.released += 1;
  if (!isWellFormed(state, fact, index, desk)) return;
  if (!isOutput(fact)) return;
  if (fact.node === state.primary) {
    const held = state.held.get(fact.ordinal);
    state.held.delete(fact.ordinal);
    if (state.backup === null || fact.isAgain) return;
    // Performed before the clone point: the backup has it in its past.
    if (held !== undefined && held.count < state.backupStart) return;
    matchRelease(state, fact, index);
  } else if (fact.node === state.old?.node) judgeLate(state, fact, index, desk);
}

function matchRelease(state: State, fact: Release, index: number): void {
  const performed = state.ahead.get(fact.ordinal);
  if (performed === undefined && fact.ordinal <= state.forgotten) return;
  state.ahead.delete(fact.ordinal);
  if (performed === fact.hash) state.matched += 1;
  else {
    const waiting = { release: Object.freeze({ ...fact }), fact: index };
    state.waiting.set(fact.ordinal, Object.freeze({ ...waiting, instead: performed ?? null }));
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
  const survivor = state.backup;
  if (survivor === null || liveActor(fact) !== survivor) return;
  if (state.reign.authority !== survivor && !state.stopped.has(state.primary)) return;
  const orphans = [...state.waiting.values()];
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
  state.old = {
    node: state.primary,
    at: fact.time,
    allowed: state.ahead,
    forgotten: state.forgotten,
  };
  state.ahead = new Map();
  endPair(state);
  state.primary = survivor;
  state.backup = state.movedWith;
  state.movedWith = null;
  state.backupStart = -1;
  state.held = new Map();
}

function judgeLate(state: State, fact: Release, index: number, desk: Desk): void {
  const old = state.old;
  if (old === null || fact.ordinal <= old.forgotten) return;
  const performed = old.allowed.get(fact.ordinal);
  if (performed === fact.hash) {
    state.matched += 1;
    return;
  }
  const why =
    performed === undefined
      ? `which ${state.primary} had not performed when it took over`
      : `for which ${state.primary} had produced other bytes (${performed})`;
  desk.report({
    invariant: "INV-04",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node}, superseded since ${at(old.at).slice(3)}, released ${describeRelease(fact)}, ${why}`,
    facts: [index],
  });
}
