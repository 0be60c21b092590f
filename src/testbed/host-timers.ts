// The timers of one host: those of the protocol, by name and by the host's own clock, and the one
// wake-up for its network stacks. Each is an event of the kernel; this keeps the handles.

import { latest, TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { Host } from "../sim/host.ts";
import type { EventHandle, Kernel, SimEvent } from "../sim/kernel.ts";

export const EVENT_TIMER = "timer";
export const EVENT_WAKE_UP = "wake-up";

interface HostTimersState {
  named: Map<string, EventHandle>;
  wakeUp: EventHandle | undefined;
}

export interface HostTimersSnapshot {
  readonly named: readonly (readonly [string, EventHandle])[];
  readonly wakeUp: EventHandle | undefined;
}

export class HostTimers {
  readonly #kernel: Kernel;
  readonly #host: Host;
  #state: HostTimersState;

  constructor(kernel: Kernel, host: Host) {
    this.#kernel = kernel;
    this.#host = host;
    this.#state = { named: new Map(), wakeUp: undefined };
  }

  /** `at` is a reading of the host's clock. */
  set(timer: string, at: number): void {
    this.cancel(timer);
    const time = this.#host.whenClockShows(at, this.#kernel.now);
    const handle = this.#kernel.schedule(time, this.#host.name, EVENT_TIMER, timer);
    this.#state.named.set(timer, handle);
  }

  cancel(timer: string): void {
    const handle = this.#state.named.get(timer);
    if (handle === undefined) return;
    this.#kernel.cancel(handle);
    this.#state.named.delete(timer);
  }

  /** The name of the timer that this event is; undefined if it is not set any more. */
  expire(event: SimEvent): string | undefined {
    const timer = event.payload as string;
    // It may have waited for a paused host and been replaced or cancelled meanwhile.
    if (this.#state.named.get(timer) !== event) return undefined;
    this.#state.named.delete(timer);
    return timer;
  }

  /** Deadlines mostly move later; a wake-up that turns out to be early looks again. */
  wakeUpAt(time: VirtualTime): void {
    const { wakeUp } = this.#state;
    if (time === TIME_NEVER || (wakeUp !== undefined && wakeUp.time <= time)) return;
    if (wakeUp !== undefined) this.#kernel.cancel(wakeUp);
    const due = latest(time, this.#kernel.now);
    this.#state.wakeUp = this.#kernel.schedule(due, this.#host.name, EVENT_WAKE_UP, null);
  }

  /** The wake-up has come. */
  wokeUp(): void {
    this.#state.wakeUp = undefined;
  }

  cancelAll(): void {
    for (const handle of this.#state.named.values()) this.#kernel.cancel(handle);
    this.#state.named = new Map();
    if (this.#state.wakeUp !== undefined) this.#kernel.cancel(this.#state.wakeUp);
    this.#state.wakeUp = undefined;
  }

  snapshot(): HostTimersSnapshot {
    return { named: [...this.#state.named], wakeUp: this.#state.wakeUp };
  }

  restore(snapshot: HostTimersSnapshot): void {
    this.#state = { named: new Map(snapshot.named), wakeUp: snapshot.wakeUp };
  }
}
