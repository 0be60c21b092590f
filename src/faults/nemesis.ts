// Applies a fault schedule: at given times, or when a trigger fires; ends faults that have an end;
// at the end of the safety phase it heals everything that can be healed. A strike that would go
// beyond the run's budget is left out, and that is said. Counts what really struck, and what it hit.

import { must } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import { after, type Duration, microseconds, type VirtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import type { Kernel } from "../sim/kernel.ts";
import { aimOf, mayTouchHost } from "./aim.ts";
import { type BudgetRule, destroysDurable, losesHost } from "./budget.ts";
import type { Aim, Fault, FaultKind, FaultTargets } from "./fault.ts";
import type { NamedLink } from "./link-names.ts";
import { FAULT_KINDS, findFaultKind } from "./registry.ts";
import { countInFlight, matchesTrigger, type Trigger } from "./trigger.ts";

export interface PlannedFault {
  readonly fault: Fault;
  /** When it strikes: a time, or a trigger and a delay after it. */
  readonly at: VirtualTime | undefined;
  readonly trigger: Trigger | undefined;
  readonly delay: Duration;
}

/** What the nemesis needs of the world. */
export interface NemesisWorld {
  readonly kernel: Kernel;
  readonly targets: FaultTargets;
  readonly links: readonly NamedLink[];
  /** A role's node at this moment; other names stay as they are. */
  nodeOf(name: string): string;
  /** Without this host nobody would have the VM any more. */
  isLastHope(node: string): boolean;
  /** Without this host's vote nobody could win the VM any more. */
  isLastVote(node: string): boolean;
  emit(fact: Fact): void;
}

interface NemesisState {
  /** Matches seen so far, one a planned fault. */
  matches: number[];
  struck: number[];
  /** What strikes did at once, one a planned fault. */
  done: number[];
  active: { index: number; aim: Aim }[];
  /** Client operations invoked and not completed. */
  inFlight: number;
  isHealed: boolean;
}

export type NemesisSnapshot = NemesisState;

export const NEMESIS = "nemesis";
/**
 * A triggered fault on a host strikes no sooner than this after the fact: a machine that runs ahead
 * of the event queue runs no further than that while such a fault waits (design D6).
 */
export const TRIGGER_REACTION: Duration = microseconds(10);

export class Nemesis {
  readonly #world: NemesisWorld;
  readonly #plan: readonly PlannedFault[];
  readonly #budget: BudgetRule;
  #state: NemesisState;

  constructor(world: NemesisWorld, plan: readonly PlannedFault[], budget: BudgetRule) {
    this.#world = world;
    this.#plan = plan;
    this.#budget = budget;
    this.#state = {
      matches: plan.map(() => 0),
      struck: plan.map(() => 0),
      done: plan.map(() => 0),
      active: [],
      inFlight: 0,
      isHealed: false,
    };
  }

  start(): void {
    this.#plan.forEach((planned, index) => {
      if (planned.at !== undefined)
        this.#world.kernel.schedule(planned.at, NEMESIS, "strike", index);
    });
  }

  /** Every fact passes here; links react at once, hosts after TRIGGER_REACTION. */
  watch(fact: Fact): void {
    this.#state.inFlight = countInFlight(this.#state.inFlight, fact);
    if (this.#state.isHealed) return;
    this.#plan.forEach(({ trigger, delay, fault }, index) => {
      if (trigger === undefined) return;
      const { inFlight } = this.#state;
      if (!matchesTrigger(trigger, fact, (name) => this.#world.nodeOf(name), inFlight)) return;
      const seen = must(this.#state.matches[index], "matches") + 1;
      this.#state.matches[index] = seen;
      if (seen !== trigger.nth) return;
      const kind = must(findFaultKind(fault.kind), fault.kind);
      if (isOnWires(kind) && delay === 0) {
        this.#strike(index);
        return;
      }
      const { kernel } = this.#world;
      const wait = mayTouchHost(kind) && delay < TRIGGER_REACTION ? TRIGGER_REACTION : delay;
      kernel.schedule(after(kernel.now, wait), NEMESIS, "strike", index);
    });
  }

  handle(kind: string, payload: unknown): void {
    if (kind === "strike") this.#strike(payload as number);
    else if (kind === "end") this.#end(payload as number);
  }

  /** Whether a fault on a host still waits for its fact. */
  mayBeTriggered(): boolean {
    const { matches, isHealed } = this.#state;
    if (isHealed) return false;
    return this.#plan.some(
      ({ trigger, fault }, index) =>
        trigger !== undefined &&
        must(matches[index], "matches") < trigger.nth &&
        mayTouchHost(must(findFaultKind(fault.kind), fault.kind)),
    );
  }

  /** The safety phase is over: whatever can be healed is healed, and nothing strikes any more. */
  heal(): void {
    this.#state.isHealed = true;
    const { active } = this.#state;
    for (const { index } of active) this.#end(index);
  }

  /** When each planned fault strikes, as the seed drew it; undefined where it waits for a trigger. */
  moments(): readonly (VirtualTime | undefined)[] {
    return this.#plan.map(({ at }) => at);
  }

  /** How often each planned fault really struck. */
  struck(): readonly number[] {
    return this.#state.struck;
  }

  /** One fact for each kind that struck: how often, and how many packets, commands or hosts it hit. */
  reportFired(): void {
    for (const kind of FAULT_KINDS) {
      const indexes = this.#plan.flatMap(({ fault }, at) => (fault.kind === kind.name ? [at] : []));
      const sum = (counts: readonly number[]): number =>
        indexes.reduce((total, at) => total + must(counts[at], "count"), 0);
      const strikes = sum(this.#state.struck);
      if (strikes === 0) continue;
      const later = kind.bite === undefined ? 0 : this.#world.targets.bites(kind.bite);
      this.#world.emit({
        kind: "fault-fired",
        witness: "world",
        time: this.#world.kernel.now,
        fault: kind.name,
        strikes,
        bites: sum(this.#state.done) + later,
      });
    }
  }

  snapshot(): NemesisSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: NemesisSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  #strike(index: number): void {
    if (this.#state.isHealed) return;
    const { kernel, targets } = this.#world;
    const { fault } = must(this.#plan[index], "planned fault");
    const kind = must(findFaultKind(fault.kind), fault.kind);
    const aim = this.#aim(fault);
    const words = kind.describe(fault, aim);
    if (this.#isBeyondBudget(kind, fault, aim)) {
      this.#report("skipped", fault, `${words}: not struck, beyond the budget`);
      return;
    }
    this.#state.struck[index] = must(this.#state.struck[index], "struck") + 1;
    this.#report("start", fault, words);
    const done = kind.start(targets, fault, aim);
    this.#state.done[index] = must(this.#state.done[index], "done") + done;
    if (!kind.canEnd) return;
    this.#state.active.push({ index, aim });
    if (fault.lasts !== undefined)
      kernel.schedule(after(kernel.now, fault.lasts), NEMESIS, "end", index);
  }

  #end(index: number): void {
    const found = this.#state.active.find((active) => active.index === index);
    if (found === undefined) return;
    this.#state.active = this.#state.active.filter((active) => active !== found);
    const { fault } = must(this.#plan[index], "planned fault");
    const kind = must(findFaultKind(fault.kind), fault.kind);
    this.#report("end", fault, kind.describe(fault, found.aim));
    kind.end(this.#world.targets, fault, found.aim);
  }

  #isBeyondBudget(kind: FaultKind, fault: Fault, aim: Aim): boolean {
    if (this.#budget === "unbounded") return false;
    if (destroysDurable(kind)) return true;
    if (!losesHost(kind, fault)) return false;
    const isForGood = kind.losesHost === "for-good";
    return aim.nodes.some(
      (node) => this.#world.isLastHope(node) || (isForGood && this.#world.isLastVote(node)),
    );
  }

  #aim({ kind, target }: Fault): Aim {
    return aimOf(must(findFaultKind(kind), kind), target, this.#world);
  }

  #report(phase: "start" | "end" | "skipped", fault: Fault, detail: string): void {
    this.#world.emit({
      kind: "fault",
      witness: "world",
      time: this.#world.kernel.now,
      fault: fault.kind,
      phase,
      target: fault.target,
      detail,
    });
  }
}

/** What happens on wires only may happen in the middle of an event. */
function isOnWires(kind: FaultKind): boolean {
  return kind.aim === "links";
}
