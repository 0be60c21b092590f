// An open loop: operations become due at jittered intervals, whatever the service does.

import { assert } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { after, type Duration, duration, type VirtualTime } from "../base/time.ts";

export interface OpenLoopOptions {
  readonly clients: number;
  /** Operations a second, all clients together. */
  readonly rate: number;
  /** Operations become due for so long after the first call. */
  readonly duration: Duration;
}

export interface OpenLoopState {
  /** When the next operation becomes due; undefined before the first call. */
  dueAt: VirtualTime | undefined;
  endAt: VirtualTime;
}

const NS_PER_SECOND = 1_000_000_000;

export function startOpenLoop(): OpenLoopState {
  return { dueAt: undefined, endAt: 0 as VirtualTime };
}

/** When the next operation of one client becomes due; undefined when there is none any more. */
export function nextDue(
  state: OpenLoopState,
  prng: Prng,
  options: OpenLoopOptions,
  now: VirtualTime,
): VirtualTime | undefined {
  assert(options.rate > 0 && options.clients > 0, "an open loop needs a rate and clients");
  const mean = Math.floor((options.clients * NS_PER_SECOND) / options.rate);
  if (state.dueAt === undefined) {
    state.endAt = after(now, options.duration);
    // Clients start out of step with each other.
    state.dueAt = after(now, duration(prng.between(0, mean)));
  } else {
    const interval = prng.between(Math.floor(mean / 2), mean + Math.floor(mean / 2));
    state.dueAt = after(state.dueAt, duration(Math.max(1, interval)));
  }
  return state.dueAt >= state.endAt ? undefined : state.dueAt;
}
