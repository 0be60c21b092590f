// Does to a running world what a person does: pulls a plug, cuts a link, heals it. The nemesis has a
// plan; the operator decides while the run goes on, and what was done is written down so that a
// replay that knows it from the start is the same run to the last bit (docs/adr/0004).

import { assert, must } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import { after, TICK, type VirtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import { type Kernel, LANE_HAND } from "../sim/kernel.ts";
import { aimOf } from "./aim.ts";
import type { Aim, Fault, FaultKind, FaultTargets } from "./fault.ts";
import type { NamedLink } from "./link-names.ts";
import { findFaultKind } from "./registry.ts";

/** What a person does: a fault begins on a target, or ends there. */
export interface Act {
  readonly phase: "start" | "end";
  /** A kind of fault; or RESEED. */
  readonly kind: string;
  /** Of RESEED: the label by which all streams are re-keyed. */
  readonly target: string;
  /** How strongly, as a scenario says it: `to=5%`, `chance=30%`, `by=20ms`. */
  readonly figures?: readonly string[];
}

/**
 * No fault: from here on all chance is drawn from other streams. What was drawn before stays drawn:
 * the moments of planned faults, what is on its way, the state of a chance that has a stability.
 */
export const RESEED = "reseed";

/** An act with its moment; of one run, no two at the same. */
export interface TimedIntervention extends Act {
  readonly at: VirtualTime;
}

/**
 * An act in the gap between two events: so many were dispatched, the next one was not. What shows a
 * machine's position (`showsPosition`) strikes there only in a run whose machines are exactly where
 * the clock is (ADR 9).
 */
export interface BoundaryIntervention extends Act {
  readonly afterEvent: number;
}

export type Intervention = TimedIntervention | BoundaryIntervention;

export function isTimed(intervention: Intervention): intervention is TimedIntervention {
  return "at" in intervention;
}

/**
 * Whether somebody could see by it how far a live machine has run. A dead machine has no position;
 * links and the storage are asked only when something is sent or arrives.
 */
export function showsPosition({ name, aim }: FaultKind, phase: Act["phase"]): boolean {
  if (name === "crash") return false;
  // What a link held arrives at once, without any latency.
  return aim === "node" || aim === "node-or-storage" || (name === "hold" && phase === "end");
}

/** No machine runs past a step that draws something: re-seeding shows nothing. */
function isExactIn(act: Act): boolean {
  return act.kind !== RESEED && showsPosition(kindOf(act), act.phase);
}

/** What the operator needs of the world. */
export interface OperatorWorld {
  readonly kernel: Kernel;
  readonly targets: FaultTargets;
  readonly links: readonly NamedLink[];
  /** A role's node at this moment; other names stay as they are. */
  nodeOf(name: string): string;
  /** The act's fault with its figures: the act was checked before it was planned. */
  faultOf(act: Act): Fault;
  /** Some machine executed steps that are not due yet. */
  isAhead(): boolean;
  emit(fact: Fact): void;
  reseed(label: string): void;
}

interface OperatorState {
  /** As they were planned, those to come included. */
  interventions: Intervention[];
  /** The next gap in which something strikes; NEVER without one. */
  nextGap: number;
  /** The last gap in which a machine's position is shown; 0 without one. */
  lastExactGap: number;
  active: { fault: Fault; aim: Aim }[];
  isHealed: boolean;
}

export type OperatorSnapshot = OperatorState;

export const OPERATOR = "operator";

const NEVER = Number.MAX_SAFE_INTEGER;

export class Operator {
  readonly #world: OperatorWorld;
  #state: OperatorState;

  constructor(world: OperatorWorld) {
    this.#world = world;
    this.#state = {
      interventions: [],
      nextGap: NEVER,
      lastExactGap: 0,
      active: [],
      isHealed: false,
    };
  }

  /** The latest moment of a timed one so far; of a run without any, zero. */
  get lastAt(): number {
    let last = 0;
    for (const one of this.#state.interventions) if (isTimed(one)) last = Math.max(last, one.at);
    return last;
  }

  /** Machines may not run ahead of the clock: a gap is to come in which one's position is shown. */
  get needsExactGaps(): boolean {
    return this.#state.lastExactGap > this.#world.kernel.dispatched;
  }

  /** The first moment from here on at which nothing is planned. */
  freeFrom(time: VirtualTime): VirtualTime {
    const taken = new Set(this.#state.interventions.filter(isTimed).map(({ at }) => at));
    let free = time;
    while (taken.has(free)) free = after(free, TICK);
    return free;
  }

  get interventions(): readonly Intervention[] {
    return this.#state.interventions;
  }

  /** Whoever asks has made sure that nothing was executed at this moment or later. */
  plan(intervention: Intervention): void {
    if (!isTimed(intervention)) {
      this.#planBetween(intervention);
      return;
    }
    const { at } = intervention;
    assert(this.freeFrom(at) === at, () => `two interventions at ${at}`);
    const index = this.#state.interventions.push(intervention) - 1;
    this.#world.kernel.schedule(at, OPERATOR, intervention.phase, index, LANE_HAND);
  }

  /**
   * Between two events, when so many were dispatched: strikes what is planned for this gap, and says
   * whether a fault was among it.
   */
  passGap(dispatched: number): boolean {
    if (dispatched !== this.#state.nextGap) return false;
    let hasFault = false;
    for (const act of this.#state.interventions) {
      if (isTimed(act) || act.afterEvent !== dispatched) continue;
      this.#apply(act);
      hasFault ||= act.kind !== RESEED;
    }
    this.#state.nextGap = this.#gapAfter(dispatched);
    return hasFault;
  }

  handle(payload: unknown): void {
    this.#apply(must(this.#state.interventions[payload as number], "intervention"));
  }

  #planBetween(intervention: BoundaryIntervention): void {
    const { afterEvent } = intervention;
    const { dispatched } = this.#world.kernel;
    assert(afterEvent >= dispatched, () => `an act after event ${afterEvent}, at ${dispatched}`);
    this.#state.interventions.push(intervention);
    if (isExactIn(intervention))
      this.#state.lastExactGap = Math.max(this.#state.lastExactGap, afterEvent);
    if (afterEvent === dispatched) this.#apply(intervention);
    else this.#state.nextGap = Math.min(this.#state.nextGap, afterEvent);
  }

  #gapAfter(dispatched: number): number {
    let next = NEVER;
    for (const one of this.#state.interventions)
      if (!isTimed(one) && one.afterEvent > dispatched) next = Math.min(next, one.afterEvent);
    return next;
  }

  #apply(act: Intervention): void {
    if (act.kind === RESEED) {
      this.#world.reseed(act.target);
      return;
    }
    // As with the nemesis: once everything is to heal, nothing strikes any more.
    if (this.#state.isHealed) return;
    if (!isTimed(act) && isExactIn(act))
      assert(!this.#world.isAhead(), () => `${act.kind}: a machine is ahead of the clock`);
    if (act.phase === "start") this.#strike(act);
    else this.#end(this.#world.faultOf(act), this.#aim(act));
  }

  /** The safety phase is over: what can be healed is healed. */
  heal(): void {
    this.#state.isHealed = true;
    for (const { fault, aim } of this.#state.active) this.#end(fault, aim);
  }

  snapshot(): OperatorSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: OperatorSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  #strike(act: Act): void {
    const kind = kindOf(act);
    const fault = this.#world.faultOf(act);
    const aim = this.#aim(act);
    this.#report("start", fault, kind.describe(fault, aim));
    kind.start(this.#world.targets, fault, aim);
    if (kind.canEnd) this.#state.active.push({ fault, aim });
  }

  /** Ends the fault whoever began it: a link that the plan has cut can be healed, too. */
  #end(fault: Fault, aim: Aim): void {
    const kind = kindOf(fault);
    this.#state.active = this.#state.active.filter(
      (active) => active.fault.kind !== fault.kind || active.fault.target !== fault.target,
    );
    this.#report("end", fault, kind.describe(fault, aim));
    kind.end(this.#world.targets, fault, aim);
  }

  #aim(act: Act): Aim {
    return aimOf(kindOf(act), act.target, this.#world);
  }

  #report(phase: "start" | "end", fault: Fault, detail: string): void {
    const { kind, target } = fault;
    this.#world.emit({
      kind: "fault",
      witness: "world",
      time: this.#world.kernel.now,
      fault: kind,
      phase,
      target,
      detail,
    });
  }
}

function kindOf({ kind }: Pick<Act, "kind">): FaultKind {
  return must(findFaultKind(kind), kind);
}
