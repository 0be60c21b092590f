// L-1: the service comes back. After a crash of the node that had the VM, with a backup running and
// nothing else wrong, some operation completes on the new node within twice (detection + settling):
// a client's TCP has backed off by about as long as the server was away. And once the run has healed,
// clients that ask are answered (healed.ts); where they gave up and it is too early to tell why, the
// verdict is open.

import { count } from "../base/words.ts";
import { type Fact, type FactOf, type NodeName, POWER_OFF } from "../history/fact.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { type Disturbance, observeDisturbance, startDisturbance } from "./disturbance.ts";
import {
  connectionInVain,
  type Healed,
  noteAnswer,
  operationInVain,
  type Question,
  settleTime,
  showsNoService,
  startHealed,
} from "./healed.ts";
import { isVmLost, type MachineBook, observeMachines, startMachines } from "./machines.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

interface Outage {
  readonly node: NodeName;
  readonly time: number;
  readonly fact: number;
  readonly deadline: number;
}

interface State {
  reign: Reign;
  disturbance: Disturbance;
  machines: MachineBook;
  /** Operations in flight: when they were invoked. */
  inFlight: Map<string, number>;
  outage: Outage | null;
  healed: Healed;
  /** It was shown that there was no service: told once. */
  isGone: boolean;
  lastOk: number;
  longestGap: number;
  looked: number;
  /** The run ended, and no machine ran any more. */
  isNobodyLeft: boolean;
  /** The guest, or its operator, ended the VM: nothing has to come back. */
  isPoweredOff: boolean;
}

export const SERVICE_RESUMES: CheckerKind = defineChecker({
  name: "service-resumes",
  invariants: ["L-1"],
  rejects: "a service that does not come back after one crash, or after everything healed",
  property: "liveness",
  appliesTo: "any",
  begin: (context): State => ({
    reign: startReign(context),
    disturbance: startDisturbance(),
    machines: startMachines(),
    inFlight: new Map(),
    outage: null,
    healed: startHealed(),
    isGone: false,
    lastOk: -1,
    longestGap: 0,
    looked: 0,
    isNobodyLeft: false,
    isPoweredOff: false,
  }),
  observe(state, fact, index, desk) {
    judgeDeadline(state, fact, index, desk);
    observeReign(state.reign, fact, index);
    observeDisturbance(state.disturbance, fact);
    observeMachines(state.machines, fact);
    if (isPowerOff(fact) && isOfVm(state.reign, fact.node)) state.isPoweredOff = true;
    if (fact.kind === "client") observeOperation(state, fact, index, desk);
    else if (fact.kind === "client-connection")
      judgeQuestion(state, connectionInVain(fact, desk.context), index, desk);
    else if (fact.kind === "host" && fact.what === "crash") noteCrash(state, fact, index, desk);
    else if (fact.kind === "run" && fact.phase === "healed") {
      state.healed = { ...startHealed(), at: fact.time };
    } else if (fact.kind === "run" && fact.phase === "end") judgeEnd(state, fact, index, desk);
    excuse(state, fact);
  },
  describe: (state, context) => ({
    ...undecided(state, context),
    summary: `the service was back in time after ${count(state.looked, "disturbance")}`,
    looked: state.looked,
    idle: state.isPoweredOff
      ? "the VM was powered off, and nothing happened before that it had to come back from"
      : "nothing happened that the service had to come back from",
    figures: [["longestGap", state.longestGap]],
  }),
});

/** Nothing was violated, but nothing was shown either that a service should show. */
const NOBODY_LEFT =
  "nobody has the VM at the end: nobody is left of whom the service could be asked";

/** Nobody was answered any more, in a run that was too short to show that nobody would have been. */
const NOT_LONG_ENOUGH =
  "after everything was healed clients gave up, and nobody was answered until the end of the run, which came too early to tell whether the service would have come back";

function undecided(
  { isNobodyLeft, isPoweredOff, healed }: State,
  { isEndExpected = false }: CheckerContext,
): { readonly undecided?: string } {
  if (isEndExpected) return {};
  if (isNobodyLeft) return isPoweredOff ? {} : { undecided: NOBODY_LEFT };
  return healed.inVain > 0 ? { undecided: NOT_LONG_ENOUGH } : {};
}

function isPowerOff(fact: Fact): fact is FactOf<"machine-stop"> {
  return fact.kind === "machine-stop" && fact.why.startsWith(POWER_OFF);
}

/**
 * The node that has the VM, or one that never had it and replayed its log: that ends in a power-off only
 * where whoever wrote it was to end, too, perhaps in a crash before. Who was superseded ends nobody's VM.
 */
function isOfVm({ authority, hadIt }: Reign, node: NodeName): boolean {
  return node === authority || !hadIt.includes(node);
}

function resumeBound(context: CheckerContext): number {
  return 2 * settleTime(context);
}

function observeOperation(state: State, fact: FactOf<"client">, index: number, desk: Desk): void {
  const { event } = fact;
  const { opId } = event;
  if (event.kind === "invoke") {
    if (state.inFlight.size === 0) state.lastOk = fact.time;
    state.inFlight.set(opId, fact.time);
    return;
  }
  const asked = state.inFlight.get(opId) ?? fact.time;
  state.inFlight.delete(opId);
  if (event.kind !== "ok") {
    judgeQuestion(state, operationInVain(opId, asked, fact.time, desk.context), index, desk);
    return;
  }
  if (state.lastOk >= 0) state.longestGap = Math.max(state.longestGap, fact.time - state.lastOk);
  state.lastOk = fact.time;
  noteAnswer(state.healed, fact.time);
  const outage = state.outage;
  if (outage === null || state.reign.authority === outage.node) return;
  state.looked += 1;
  state.outage = null;
}

function noteCrash(state: State, fact: FactOf<"host">, index: number, desk: Desk): void {
  const { node, time } = fact;
  state.machines.running.delete(node);
  // A second crash while the first is not repaired is an outage, not a violation.
  const isProtected = !isVmLost(state.machines) && state.outage === null;
  const isQuiet = state.disturbance.open.size === 0 && state.disturbance.slowed.size === 0;
  if (node !== state.reign.authority || !isProtected || !isQuiet) {
    state.outage = null;
    return;
  }
  const deadline = time + resumeBound(desk.context);
  state.outage = Object.freeze({ node, time, fact: index, deadline });
}

/** Anything else that goes wrong on the way leaves the promise to the healed phase. */
function excuse(state: State, fact: Fact): void {
  if (state.outage === null) return;
  const isTrouble =
    (fact.kind === "fault" && fact.phase === "start" && fact.fault !== "crash") ||
    fact.kind === "storage-restart" ||
    (fact.kind === "host" && fact.what !== "crash" && fact.node !== state.outage.node) ||
    isVmLost(state.machines);
  if (isTrouble) state.outage = null;
}

function judgeDeadline(state: State, fact: Fact, index: number, desk: Desk): void {
  const outage = state.outage;
  if (outage === null || fact.time <= outage.deadline) return;
  state.outage = null;
  state.looked += 1;
  const oldest = oldestInFlight(state);
  // Nobody waits, so nobody can tell whether the service is there.
  if (oldest === null || oldest > outage.deadline - desk.context.settleBound) return;
  desk.report({
    invariant: "L-1",
    time: outage.deadline,
    message: `${at(outage.deadline)} no operation had completed on another node since ${outage.node} crashed ${at(outage.time)}; ${count(state.inFlight.size, "operation")} waiting`,
    facts: [outage.fact, index],
  });
}

function judgeEnd(state: State, end: Fact, index: number, desk: Desk): void {
  state.isNobodyLeft = isVmLost(state.machines);
  if (state.healed.at < 0 || state.isNobodyLeft) return;
  for (const [opId, asked] of state.inFlight)
    judgeQuestion(state, operationInVain(opId, asked, end.time, desk.context), index, desk);
  if (state.healed.answered >= 0 || state.healed.inVain > 0) state.looked += 1;
}

function judgeQuestion(
  state: State,
  question: Question | undefined,
  index: number,
  desk: Desk,
): void {
  if (question === undefined || isVmLost(state.machines)) return;
  if (!showsNoService(state.healed, question, desk.context) || state.isGone) return;
  state.isGone = true;
  const { asked, until, what } = question;
  desk.report({
    invariant: "L-1",
    time: asked,
    message: `${at(state.healed.at)} everything was healed, but ${what} ${at(asked)} had no answer ${at(until)}, and meanwhile nobody else had one`,
    facts: [index],
  });
}

function oldestInFlight(state: State): number | null {
  let oldest: number | null = null;
  for (const time of state.inFlight.values()) if (oldest === null || time < oldest) oldest = time;
  return oldest;
}
