// The phases of a run: safety (faults strike), then everything heals, operations go on for a while,
// clients stop, and when they are idle (or a bound is reached) the history is closed (D10).

import {
  after,
  type Duration,
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
export type Phase = "safety" | "recovery" | "draining" | "quiet" | "over";

export interface Stage {
  heal(): void;
  stopClients(): void;
  areClientsIdle(): boolean;
  end(): void;
}

export interface DirectorSnapshot {
  readonly phase: Phase;
  readonly coming: readonly EventHandle[];
  readonly drainUntil: VirtualTime;
}

export class Director {
  readonly #kernel: Kernel;
  readonly #stage: Stage;
  #phase: Phase;
  #drainUntil: VirtualTime;
  /** The end of the safety phase and of the recovery, while they are to come. */
  #coming: readonly EventHandle[];
  #recovery: Duration;
  #quiet: Duration;

  constructor(kernel: Kernel, stage: Stage) {
    this.#kernel = kernel;
    this.#stage = stage;
    this.#phase = "safety";
    this.#drainUntil = virtualTime(0);
    this.#coming = [];
    this.#recovery = NO_TIME;
    this.#quiet = NO_TIME;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** `quiet`: what is still under way when clients have stopped may settle before the end. */
  start(phases: {
    readonly safety: Duration;
    readonly recovery: Duration;
    readonly quiet: Duration;
  }): void {
    this.#recovery = phases.recovery;
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
        this.#stage.heal();
        break;
      case "stop-clients":
        this.#phase = "draining";
        this.#drainUntil = after(this.#kernel.now, DRAIN_MAX);
        this.#stage.stopClients();
        this.#poll();
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
    return { phase: this.#phase, drainUntil: this.#drainUntil, coming: this.#coming };
  }

  restore(snapshot: DirectorSnapshot): void {
    this.#phase = snapshot.phase;
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
