// Does to a running world what a person does: pulls a plug, cuts a link, heals it. The nemesis has a
// plan; the operator decides while the run goes on, and what was done is written down so that a
// replay that knows it from the start is the same run to the last bit (docs/adr/0004).

import { assert, must } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import type { VirtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import { type Kernel, LANE_HAND } from "../sim/kernel.ts";
import type { Aim, Fault, FaultKind, FaultTargets } from "./fault.ts";
import { type NamedLink, resolveLinks } from "./link-names.ts";
import { findFaultKind } from "./registry.ts";

/** What a person does: a fault without any figure begins on a target, or ends there. */
export interface Act {
  readonly phase: "start" | "end";
  /** A kind of fault that needs nothing but a target; or RESEED. */
  readonly kind: string;
  /** Of RESEED: the label by which all streams are re-keyed. */
  readonly target: string;
}

/**
 * No fault: from here on all chance is drawn from other streams. What was drawn before stays drawn:
 * the moments of planned faults, what is on its way, the state of a chance that has a stability.
 */
export const RESEED = "reseed";

/** An act with its moment; of one run, strictly later than the timed one before. */
export interface TimedIntervention extends Act {
  readonly at: VirtualTime;
}

/**
 * An act in the gap between two events: so many were dispatched, the next one was not. Only for what
 * nobody can see a machine's position by (`strikesBetweenEvents`): a live machine may have run ahead
 * of the clock there, and how far depends on how it was sliced (ADR 9).
 */
export interface BoundaryIntervention extends Act {
  readonly afterEvent: number;
}

export type Intervention = TimedIntervention | BoundaryIntervention;

export function isTimed(intervention: Intervention): intervention is TimedIntervention {
  return "at" in intervention;
}

/** A dead machine has no position, and a link only judges what is sent and what arrives. */
export function strikesBetweenEvents({ name, aim, needs }: FaultKind): boolean {
  return needs.length === 0 && (name === "crash" || aim === "links");
}

/** No machine runs past a step that draws something: it stops there for its answer. */
function mayStandBetween({ kind }: Act): boolean {
  return kind === RESEED || strikesBetweenEvents(must(findFaultKind(kind), kind));
}

/** What the operator needs of the world. */
export interface OperatorWorld {
  readonly kernel: Kernel;
  readonly targets: FaultTargets;
  readonly links: readonly NamedLink[];
  /** A role's node at this moment; other names stay as they are. */
  nodeOf(name: string): string;
  emit(fact: Fact): void;
  reseed(label: string): void;
}

interface OperatorState {
  /** In the order of time, those to come included; those between events in the order of events. */
  interventions: Intervention[];
  /** The next gap in which something strikes; NEVER without one. */
  nextGap: number;
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
    this.#state = { interventions: [], nextGap: NEVER, active: [], isHealed: false };
  }

  /** The moment of the last timed one so far; of a run without any, zero. */
  get lastAt(): number {
    return this.#state.interventions.findLast(isTimed)?.at ?? 0;
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
    assert(at > this.lastAt, () => `an intervention at ${at}, after one at ${this.lastAt}`);
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
    const { afterEvent, kind } = intervention;
    const { dispatched } = this.#world.kernel;
    assert(mayStandBetween(intervention), () => `${kind} between events`);
    assert(afterEvent >= dispatched, () => `an act after event ${afterEvent}, at ${dispatched}`);
    this.#state.interventions.push(intervention);
    if (afterEvent === dispatched) this.#apply(intervention);
    else this.#state.nextGap = Math.min(this.#state.nextGap, afterEvent);
  }

  #gapAfter(dispatched: number): number {
    let next = NEVER;
    for (const one of this.#state.interventions)
      if (!isTimed(one) && one.afterEvent > dispatched) next = Math.min(next, one.afterEvent);
    return next;
  }

  #apply(act: Act): void {
    if (act.kind === RESEED) {
      this.#world.reseed(act.target);
      return;
    }
    // As with the nemesis: once everything is to heal, nothing strikes any more.
    if (this.#state.isHealed) return;
    if (act.phase === "start") this.#strike(act);
    else this.#end(faultOf(act), this.#aim(act));
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
    const kind = must(findFaultKind(act.kind), act.kind);
    const fault = faultOf(act);
    const aim = this.#aim(act);
    this.#report("start", fault, kind.describe(fault, aim));
    kind.start(this.#world.targets, fault, aim);
    if (kind.canEnd) this.#state.active.push({ fault, aim });
  }

  /** Ends the fault whoever began it: a link that the plan has cut can be healed, too. */
  #end(fault: Fault, aim: Aim): void {
    const kind = must(findFaultKind(fault.kind), fault.kind);
    this.#state.active = this.#state.active.filter(
      (active) => active.fault.kind !== fault.kind || active.fault.target !== fault.target,
    );
    this.#report("end", fault, kind.describe(fault, aim));
    kind.end(this.#world.targets, fault, aim);
  }

  #aim({ kind, target }: Act): Aim {
    const { aim } = must(findFaultKind(kind), kind);
    const nodeOf = (name: string): string => this.#world.nodeOf(name);
    if (aim === "node") return { nodes: [nodeOf(target)], links: [] };
    if (aim === "links")
      return { nodes: [], links: resolveLinks(target, this.#world.links, nodeOf) };
    return { nodes: [], links: [] };
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

function faultOf({ kind, target }: Act): Fault {
  return {
    kind,
    target,
    lasts: undefined,
    percent: undefined,
    onto: undefined,
    chance: undefined,
    by: undefined,
    bandwidth: undefined,
    ppm: undefined,
    times: undefined,
  };
}
