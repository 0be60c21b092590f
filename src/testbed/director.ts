// The phases of a run: safety (faults strike), then everything heals, operations go on for a while,
// clients stop, and when they are idle (or a bound is reached) the history is closed (D10).

import {
  after,
  type Duration,
  milliseconds,
  seconds,
  type VirtualTime,
  virtualTime,
} from "../base/time.ts";
import type { Kernel } from "../sim/kernel.ts";

export const DIRECTOR = "director";

/** How long clients may take to finish what is in flight. */
const DRAIN_MAX: Duration = seconds(20);
const DRAIN_POLL: Duration = milliseconds(50);
/** Every retransmission and announcement that is still under way may settle before the end. */
const QUIET: Duration = milliseconds(500);

export type Phase = "safety" | "recovery" | "draining" | "quiet" | "over";

export interface Stage {
  heal(): void;
  stopClients(): void;
  areClientsIdle(): boolean;
  end(): void;
}

export interface DirectorSnapshot {
  readonly phase: Phase;
  readonly drainUntil: VirtualTime;
}

export class Director {
  readonly #kernel: Kernel;
  readonly #stage: Stage;
  #phase: Phase;
  #drainUntil: VirtualTime;

  constructor(kernel: Kernel, stage: Stage) {
    this.#kernel = kernel;
    this.#stage = stage;
    this.#phase = "safety";
    this.#drainUntil = virtualTime(0);
  }

  get phase(): Phase {
    return this.#phase;
  }

  start(safety: Duration, recovery: Duration): void {
    const healAt = after(this.#kernel.now, safety);
    this.#kernel.schedule(healAt, DIRECTOR, "heal", null);
    this.#kernel.schedule(after(healAt, recovery), DIRECTOR, "stop-clients", null);
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
    return { phase: this.#phase, drainUntil: this.#drainUntil };
  }

  restore(snapshot: DirectorSnapshot): void {
    this.#phase = snapshot.phase;
    this.#drainUntil = snapshot.drainUntil;
  }

  #poll(): void {
    const { now } = this.#kernel;
    if (this.#stage.areClientsIdle() || now >= this.#drainUntil) {
      this.#phase = "quiet";
      this.#kernel.schedule(after(now, QUIET), DIRECTOR, "end", null);
    } else {
      this.#kernel.schedule(after(now, DRAIN_POLL), DIRECTOR, "poll", null);
    }
  }
}
