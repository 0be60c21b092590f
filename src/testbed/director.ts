// The phases of a run: safety (faults strike), then everything heals, operations go on for a while (for
// longer, where the scenario allows it and nobody has been answered yet), clients stop, and when they
// are idle (or a bound is reached) the history is closed (D10).

import {
  after,
  type Duration,
  earliest,
  milliseconds,
  NO_TIME,
  seconds,
  type VirtualTime,
  virtualTime,
} from "../base/time.ts";
import type { EventHandle, Kernel } from "../sim/kernel.ts";

export const DIRECTOR = "director";

/** How long clients may take to finish what is in flight. */
const DRAIN_MAX: Duration = seconds(20);
const DRAIN_POLL: Duration = milliseconds(50);
/** How often it is asked whether the service is back, when it is late. */
const LATE_POLL: Duration = milliseconds(500);

export type Phase = "safety" | "recovery" | "draining" | "quiet" | "over";

export interface Stage {
  heal(): void;
  /** Clients ask, somebody has the VM, and of what was asked since everything healed nothing is answered. */
  isServiceLate(): boolean;
  stopClients(): void;
  areClientsIdle(): boolean;
  end(): void;
}

export interface DirectorSnapshot {
  readonly phase: Phase;
  readonly coming: readonly EventHandle[];
  readonly stopBy: VirtualTime;
  readonly drainUntil: VirtualTime;
}

export class Director {
  readonly #kernel: Kernel;
  readonly #stage: Stage;
  #phase: Phase;
  /** Then clients stop, whether or not they have been answered. */
  #stopBy: VirtualTime;
  #drainUntil: VirtualTime;
  /** The end of the safety phase and of the recovery, while they are to come. */
  #coming: readonly EventHandle[];
  #recovery: Duration;
  #recoveryMost: Duration;
  #quiet: Duration;

  constructor(kernel: Kernel, stage: Stage) {
    this.#kernel = kernel;
    this.#stage = stage;
    this.#phase = "safety";
    this.#stopBy = virtualTime(0);
    this.#drainUntil = virtualTime(0);
    this.#coming = [];
    this.#recovery = NO_TIME;
    this.#recoveryMost = NO_TIME;
    this.#quiet = NO_TIME;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** `quiet`: what is still under way when clients have stopped may settle before the end. */
  start(phases: {
    readonly safety: Duration;
    readonly recovery: Duration;
    /** So long it may become where the service is late. */
    readonly recoveryMost: Duration;
    readonly quiet: Duration;
  }): void {
    this.#recovery = phases.recovery;
    this.#recoveryMost = phases.recoveryMost;
    this.#quiet = phases.quiet;
    this.#plan(after(this.#kernel.now, phases.safety));
  }

  /** The safety phase ends then, unless it ends sooner. */
  endSafetyBy(time: VirtualTime): void {
    const [heal] = this.#coming;
    if (this.#phase !== "safety" || heal === undefined || heal.time <= time) return;
    for (const event of this.#coming) this.#kernel.cancel(event);
    this.#plan(time);
  }

  handle(kind: string): void {
    switch (kind) {
      case "heal":
        this.#phase = "recovery";
        this.#stopBy = after(this.#kernel.now, this.#recoveryMost);
        this.#stage.heal();
        break;
      case "stop-clients":
        this.#endRecovery();
        break;
      case "poll":
        this.#poll();
        break;
      case "end":
        this.#phase = "over";
        this.#stage.end();
        break;
    }
  }

  snapshot(): DirectorSnapshot {
    return {
      phase: this.#phase,
      stopBy: this.#stopBy,
      drainUntil: this.#drainUntil,
      coming: this.#coming,
    };
  }

  restore(snapshot: DirectorSnapshot): void {
    this.#phase = snapshot.phase;
    this.#stopBy = snapshot.stopBy;
    this.#drainUntil = snapshot.drainUntil;
    this.#coming = snapshot.coming;
  }

  #plan(healAt: VirtualTime): void {
    const stopAt = after(healAt, this.#recovery);
    this.#coming = [
      this.#kernel.schedule(healAt, DIRECTOR, "heal", null),
      this.#kernel.schedule(stopAt, DIRECTOR, "stop-clients", null),
    ];
  }

  #endRecovery(): void {
    const { now } = this.#kernel;
    if (now < this.#stopBy && this.#stage.isServiceLate()) {
      const next = earliest(after(now, LATE_POLL), this.#stopBy);
      this.#kernel.schedule(next, DIRECTOR, "stop-clients", null);
      return;
    }
    this.#phase = "draining";
    this.#drainUntil = after(now, DRAIN_MAX);
    this.#stage.stopClients();
    this.#poll();
  }

  #poll(): void {
    const { now } = this.#kernel;
    if (this.#stage.areClientsIdle() || now >= this.#drainUntil) {
      this.#phase = "quiet";
      this.#kernel.schedule(after(now, this.#quiet), DIRECTOR, "end", null);
    } else {
      this.#kernel.schedule(after(now, DRAIN_POLL), DIRECTOR, "poll", null);
    }
  }
}
