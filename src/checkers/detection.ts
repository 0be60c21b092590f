// INV-28: silence of the peer is noticed, and nothing but silence is. There are three kinds of it:
// no heartbeats, at either side; no log entries and no PROGRESS, at the backup; no acks, at the
// primary. A node that is PRIMARY or BACKUP becomes SUSPECT within the timeout and a little more
// once one of them has lasted that long, and not while all of them are shorter.
//
// Legitimate silence is none: a host that does not read the log channel, because its buffer is full,
// has closed the window itself; a paused host hears nothing and can say nothing. What was
// heard is the testbed's word, not the replica's; only the roles are claims. A VM that hangs is silent,
// whatever its hypervisor sends, from the last sign of it on, which its backup read before it hung, to
// the first after: neither is a fact of its own, since "heard" is thinned. So is a VM of which the entries
// that come say nothing (vm-signs.ts). Of a peer that has won the flag and goes on alone, or that has
// another partner, anything may come on the log channel, the offer of a copy for one: whether it was log
// nobody but its old partner knows, who is right to suspect it and right to wait a while. And who knows
// nothing of the open generation yet listens to its peer of before.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import { type Fact, type FactOf, HEARD_EVERY, type NodeName } from "../history/fact.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { observeVmSigns, startVmSigns, stillSince, type VmSigns } from "./vm-signs.ts";
import { at } from "./words.ts";

/** How much longer than its timeout a silence may go unnoticed. */
const LATENESS = 100_000_000;
/** Hosts' clocks drift by at most 1000 ppm; timeouts are measured on them. */
const DRIFT = 500;

type Signal = "heartbeat" | "log";

interface Ear {
  heartbeat: number;
  /** Entries at the backup, acks at the primary. */
  log: number;
  /** The last that came on the log channel of a peer with the flag or a new partner: perhaps no log. */
  perhapsLog: number;
  /** Whom it listened to before the open generation, of which it may not know yet; null: nobody. */
  former: Former | null;
  /** The facts that told so; -1: none yet. */
  facts: Record<Signal, number>;
  /** While this host does not read the channel. */
  isWindowClosed: boolean;
  /** When it last could not hear: paused, or the window closed. */
  deafUntil: number;
  windowOpenedAt: number;
  /** The fact that closed or opened it; -1: it was always open. */
  windowFact: number;
  isPaused: boolean;
  /** When its silence is overdue, as far as is known; Infinity while nothing is owed. */
  due: number;
  /** Said once a role. */
  isReported: boolean;
}

interface Former {
  readonly peer: NodeName;
  heartbeat: number;
  log: number;
}

/** Of a VM that executes nothing though its hypervisor goes on. */
interface Hang {
  readonly since: number;
  /** null: it hangs yet. */
  endedAt: number | null;
  /** How long each host had been without a sign of the VM when it began. */
  readonly silences: ReadonlyMap<NodeName, number>;
}

interface State {
  roles: RoleBook;
  ears: Map<NodeName, Ear>;
  /** Whom a member of its generation listens to; a copy that is not admitted yet: anybody. */
  peers: Map<NodeName, NodeName>;
  /** Who has the flag of the open generation: it has no partner any more. */
  alone: NodeName | null;
  /** The newest generation that was opened: the same answer again changes nobody's peer. */
  opened: number;
  /** A copy is whole, and who belongs to the VM is being decided: its primary waits for that first. */
  isUndecided: boolean;
  signs: VmSigns;
  /** Hosts whose detector was made to fire for no reason. */
  alarmed: Set<NodeName>;
  /** The last hang of each host's VM. */
  hangs: Map<NodeName, Hang>;
  heard: number;
  suspicions: number;
  /** The longest silence that nobody had to suspect. */
  longest: number;
}

export const DETECTION: CheckerKind = defineChecker({
  name: "detection",
  invariants: ["INV-28"],
  rejects: "a silence that nobody notices in time; a suspicion without a silence",
  property: "safety",
  appliesTo: "replay",
  begin: ({ hosts: [primary = "", backup = ""] }): State => ({
    roles: new Map(),
    ears: new Map(),
    peers: new Map([
      [primary, backup],
      [backup, primary],
    ]),
    alone: null,
    opened: -1,
    isUndecided: false,
    signs: startVmSigns(),
    alarmed: new Set(),
    hangs: new Map(),
    heard: 0,
    suspicions: 0,
    longest: 0,
  }),
  observe(state, fact, index, desk) {
    judgeOverdue(state, fact, index, desk);
    observeVmSigns(state.signs, fact);
    if (fact.kind === "heard") hear(state, fact, index, desk.context);
    else if (fact.kind === "log-window") moveWindow(state, fact, index, desk.context);
    else if (fact.kind === "host") followHost(state, fact, desk.context);
    else if (fact.kind === "test-and-set") endPair(state, fact);
    else if (fact.kind === "open-generation") changePair(state, fact, desk.context);
    else if (fact.kind === "state-put") awaitDecision(state);
    else if (fact.kind === "copy" && fact.stage === "aborted")
      endWaiting(state, fact, desk.context);
    else if (fact.kind === "machine-stop") forget(state, fact.node);
    else if (fact.kind === "role") changeRole(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.heard, "sign")} of life heard, ${count(state.suspicions, "suspicion")}, each after a silence and in time (longest other silence ${formatDuration(state.longest)})`,
    looked: state.heard + state.suspicions,
    figures: [
      ["heard", state.heard],
      ["suspicions", state.suspicions],
      ["longestSilence", state.longest],
    ],
  }),
});

function hear(state: State, fact: FactOf<"heard">, index: number, context: CheckerContext): void {
  const ear = state.ears.get(fact.node);
  const peer = state.peers.get(fact.node);
  if (ear === undefined) return;
  const signal: Signal = fact.signal === "heartbeat" ? "heartbeat" : "log";
  if (ear.former?.peer === fact.from) {
    ear.former[signal] = fact.time;
    setDue(state, fact.node, ear, context);
  }
  if (peer !== undefined && peer !== fact.from) return;
  state.heard += 1;
  state.longest = Math.max(state.longest, silenceOf(ear, signal, fact.time));
  if (signal === "log" && !isPartner(state, fact.node)) ear.perhapsLog = fact.time;
  else {
    ear[signal] = fact.time;
    ear.facts[signal] = index;
  }
  setDue(state, fact.node, ear, context);
}

/** Whoever it listens to is in a pair with it, or nobody knows otherwise yet. */
function isPartner({ peers, alone }: State, node: NodeName): boolean {
  const peer = peers.get(node);
  return peer === undefined || (peer !== alone && peers.get(peer) === node);
}

/** Whoever wins the flag writes no log for the other one any more. */
function endPair(state: State, { owner, result }: FactOf<"test-and-set">): void {
  if (result === "won") state.alone = owner;
}

/** The storage may be away for long: whom a primary would suspect is not known before it answers. */
function awaitDecision(state: State): void {
  state.isUndecided = true;
  for (const [node, ear] of state.ears)
    if (state.roles.get(node)?.role === "PRIMARY") ear.due = Infinity;
}

/** A primary gives its own copy up only where it has asked nobody. Whether a backup's counts it may have asked. */
function endWaiting(state: State, { node }: FactOf<"copy">, context: CheckerContext): void {
  const ear = state.ears.get(node);
  if (ear === undefined || state.roles.get(node)?.role !== "PRIMARY") return;
  state.isUndecided = false;
  setDue(state, node, ear, context);
}

/**
 * Another peer from now on: its silence begins no sooner than now. A member of an earlier generation
 * that this one left behind goes on listening to its peer of then.
 */
function changePair(state: State, fact: FactOf<"open-generation">, context: CheckerContext): void {
  state.isUndecided = false;
  if (fact.result !== "won" || fact.generation <= state.opened) return;
  state.opened = fact.generation;
  state.alone = null;
  const { peers } = state;
  state.peers = new Map([...peers, [fact.primary, fact.backup], [fact.backup, fact.primary]]);
  for (const node of [fact.primary, fact.backup]) {
    const ear = state.ears.get(node);
    if (ear === undefined) continue;
    const peer = peers.get(node);
    const isNewPeer = peer !== undefined && peer !== state.peers.get(node);
    ear.former = isNewPeer ? { peer, heartbeat: ear.heartbeat, log: ear.log } : null;
    ear.deafUntil = Math.max(ear.deafUntil, fact.time);
    setDue(state, node, ear, context);
  }
}

function forget(state: State, node: NodeName): void {
  state.ears.delete(node);
  state.peers.delete(node);
}

function moveWindow(
  state: State,
  fact: FactOf<"log-window">,
  index: number,
  context: CheckerContext,
): void {
  const ear = state.ears.get(fact.node);
  if (ear === undefined) return;
  ear.isWindowClosed = !fact.isOpen;
  ear.windowFact = index;
  if (fact.isOpen) ear.windowOpenedAt = fact.time;
  setDue(state, fact.node, ear, context);
}

function followHost(state: State, fact: FactOf<"host">, context: CheckerContext): void {
  if (fact.what === "alarm") state.alarmed.add(fact.node);
  else if (fact.what === "stall") hang(state, fact);
  else if (fact.what === "unstall") endHang(state, fact);
  const ear = state.ears.get(fact.node);
  if (ear === undefined) return;
  if (fact.what === "pause") ear.isPaused = true;
  else if (fact.what === "resume") {
    ear.isPaused = false;
    ear.deafUntil = fact.time;
  }
  setDue(state, fact.node, ear, context);
}

/** A machine that hangs already goes on hanging from when it began. */
function hang(state: State, { node, time }: FactOf<"host">): void {
  if (state.hangs.get(node)?.endedAt === null) return;
  const silences = new Map<NodeName, number>();
  for (const [listener, ear] of state.ears)
    silences.set(listener, silenceOfMachine(state, listener, ear, time));
  state.hangs.set(node, { since: time, endedAt: null, silences });
}

function endHang({ hangs }: State, { node, time }: FactOf<"host">): void {
  const ended = hangs.get(node);
  if (ended !== undefined) ended.endedAt ??= time;
}

function changeRole(state: State, fact: FactOf<"role">, index: number, desk: Desk): void {
  const { node, time, role } = fact;
  let ear = state.ears.get(node);
  if (ear === undefined) {
    ear = {
      heartbeat: time,
      log: time,
      perhapsLog: time,
      former: null,
      facts: { heartbeat: -1, log: -1 },
      isWindowClosed: false,
      deafUntil: time,
      windowOpenedAt: -1,
      windowFact: -1,
      isPaused: false,
      due: Infinity,
      isReported: false,
    };
    state.ears.set(node, ear);
  }
  if (role === "SUSPECT" && isWatching(state, node)) judgeSuspicion(state, fact, ear, index, desk);
  observeRole(state.roles, fact, index);
  ear.isReported = false;
  ear.deafUntil = Math.max(ear.deafUntil, time);
  setDue(state, node, ear, desk.context);
}

function isWatching(state: State, node: NodeName): boolean {
  const role = state.roles.get(node)?.role;
  return role === "PRIMARY" || role === "BACKUP";
}

function judgeSuspicion(
  state: State,
  fact: FactOf<"role">,
  ear: Ear,
  index: number,
  desk: Desk,
): void {
  const { heartbeatTimeout, logTimeout } = desk.context;
  state.suspicions += 1;
  if (state.alarmed.delete(fact.node) || isOfFormerPeer(state, fact, ear, desk)) return;
  const heartbeat = silenceOf(ear, "heartbeat", fact.time);
  const log = silenceOfMachine(state, fact.node, ear, fact.time);
  if (isAtLeast(heartbeat, heartbeatTimeout) || isAtLeast(log, logTimeout)) return;
  const what = state.roles.get(fact.node)?.role === "PRIMARY" ? "acks" : "log entries";
  const window = ear.isWindowClosed ? ` (it read no further itself)` : "";
  desk.report({
    invariant: "INV-28",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} suspected its peer (${fact.reason}), though it had been without heartbeats for ${formatDuration(heartbeat)} and without ${what} for ${formatDuration(log)}${window}: legitimate silence is no failure`,
    facts: [ear.facts.heartbeat, ear.windowFact, index],
    mark: ear.isWindowClosed ? "it read no further itself" : "its peer was not silent",
  });
}

/** It knows nothing of the open generation yet, and its peer of before is silent indeed. */
function isOfFormerPeer(
  state: State,
  { generation, time }: FactOf<"role">,
  ear: Ear,
  { context }: Desk,
): boolean {
  const former = formerOf(state, generation, ear);
  if (former === null) return false;
  const { heartbeatTimeout, logTimeout } = context;
  return (
    isAtLeast(time - former.heartbeat, heartbeatTimeout) || isAtLeast(time - former.log, logTimeout)
  );
}

/** Whom a node of an earlier generation than the open one still listens to, and rightly. */
function formerOf({ opened }: State, generation: number, { former }: Ear): Former | null {
  return generation < opened ? former : null;
}

/**
 * How long nothing came that says that the peer's VM goes on. What the hypervisor of a VM that hangs
 * goes on to send says that the VM got no further: a backup may take that for silence.
 */
function silenceOfMachine(state: State, node: NodeName, ear: Ear, time: number): number {
  let silence = silenceOf(ear, "log", time);
  if (state.roles.get(node)?.role !== "BACKUP") return silence;
  const still = stillSince(state.signs, node);
  if (still !== undefined && !ear.isWindowClosed)
    silence = Math.max(silence, time - Math.max(still, ear.windowOpenedAt));
  for (const [other, ofOther] of state.hangs)
    if (isHangOfPeer(state, node, other) && !isOver(ofOther, ear))
      silence = Math.max(silence, time - ofOther.since + (ofOther.silences.get(node) ?? 0));
  return silence;
}

function isHangOfPeer({ peers }: State, node: NodeName, other: NodeName): boolean {
  return other !== node && (peers.get(node) ?? other) === other;
}

/**
 * The backup has heard of the VM after it hung. The first that it reads then may have been sent before,
 * and the first that was sent since may be one that left no fact: HEARD_EVERY is for both.
 */
function isOver({ endedAt }: Hang, { log }: Ear): boolean {
  return endedAt !== null && log >= endedAt + HEARD_EVERY;
}

function judgeOverdue(state: State, fact: Fact, index: number, desk: Desk): void {
  for (const [node, ear] of state.ears) {
    if (fact.time <= ear.due) continue;
    const { heartbeatTimeout } = desk.context;
    const isHeartbeat = ear.due === dueOf(state, node, ear, "heartbeat", heartbeatTimeout);
    const signal: Signal = isHeartbeat ? "heartbeat" : "log";
    const name = isHeartbeat
      ? "heartbeats"
      : state.roles.get(node)?.role === "PRIMARY"
        ? "acks"
        : "log entries";
    const { time: since, fact: role } = state.roles.get(node) ?? { time: 0, fact: -1 };
    const lastHeard = Math.max(heardLast(state, node, ear, signal), since);
    ear.due = Infinity;
    ear.isReported = true;
    // A suspicion of this very moment may stand behind this fact.
    if (fact.kind === "role" && fact.node === node) continue;
    desk.report({
      invariant: "INV-28",
      time: fact.time,
      message: `${at(fact.time)} ${node} had heard no ${name} since ${at(lastHeard).slice(3)} and suspected nothing: a silence of ${formatDuration(isHeartbeat ? heartbeatTimeout : desk.context.logTimeout)} is a failure`,
      facts: [role, ear.facts[signal], index],
      mark: `still no ${name}, suspects nothing`,
    });
  }
}

function setDue(state: State, node: NodeName, ear: Ear, context: CheckerContext): void {
  const isWaiting = state.isUndecided && state.roles.get(node)?.role === "PRIMARY";
  if (!isWatching(state, node) || isWaiting || ear.isPaused || ear.isReported) {
    ear.due = Infinity;
    return;
  }
  const heartbeat = dueOf(state, node, ear, "heartbeat", context.heartbeatTimeout);
  ear.due = ear.isWindowClosed
    ? heartbeat
    : Math.min(heartbeat, dueOf(state, node, ear, "log", context.logTimeout));
}

function dueOf(state: State, node: NodeName, ear: Ear, signal: Signal, timeout: number): number {
  const opened = signal === "log" ? ear.windowOpenedAt : -1;
  // The last sign of life may be younger than the last fact about one.
  const heard = heardLast(state, node, ear, signal) + HEARD_EVERY;
  return Math.max(heard, ear.deafUntil, opened) + timeout + LATENESS + timeout / DRIFT;
}

/** The last sign that may have kept it from suspecting: one of its former peer too, while it knows no other. */
function heardLast(state: State, node: NodeName, ear: Ear, signal: Signal): number {
  const heard = signal === "log" ? Math.max(ear.log, ear.perhapsLog) : ear.heartbeat;
  const former = formerOf(state, state.roles.get(node)?.generation ?? -1, ear);
  return former === null ? heard : Math.max(heard, former[signal]);
}

/** How long the signal has been missing for certain, and not by this host's own doing. */
function silenceOf(ear: Ear, signal: Signal, time: number): number {
  if (signal === "log" && ear.isWindowClosed) return 0;
  return time - Math.max(ear[signal], signal === "log" ? ear.windowOpenedAt : -1);
}

function isAtLeast(silence: number, timeout: number): boolean {
  return silence + timeout / DRIFT >= timeout;
}
