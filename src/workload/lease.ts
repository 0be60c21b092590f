// Leases at their edge: every client asks for the same few locks again at about the moment at which
// the lease that it asked for last would end (SCN-54). Whether a renewal comes in time, or another
// client gets the lock, is decided within a tick of the guest's clock; a replica that reads another
// clock decides otherwise.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { after, type Duration, duration, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { decodeReply, encodeOp } from "./key-value.ts";
import type { RespValue } from "./resp.ts";
import type { NextOp, Outcome, Workload } from "./workload.ts";

export interface LeaseOptions {
  readonly duration: Duration;
  readonly locks: number;
  readonly leaseMilliseconds: number;
  /** A request comes so much too early or too late, at most. */
  readonly jitter: Duration;
}

interface LeaseState {
  /** When each lock is asked for next; empty before the first call. */
  dueAt: VirtualTime[];
  endAt: VirtualTime;
}

const NS_PER_MILLISECOND = 1_000_000;

export class LeaseWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: LeaseOptions;
  #state: LeaseState;

  constructor(prng: Prng, options: LeaseOptions) {
    this.#prng = prng;
    this.#options = options;
    this.#state = { dueAt: [], endAt: 0 as VirtualTime };
  }

  next(clientIndex: number, now: VirtualTime): NextOp {
    const { locks, leaseMilliseconds, jitter } = this.#options;
    const lease = leaseMilliseconds * NS_PER_MILLISECOND;
    const state = this.#state;
    if (state.dueAt.length === 0) {
      state.endAt = after(now, this.#options.duration);
      // All clients ask within the jitter of each other, so the edges of their leases meet.
      for (let lock = 0; lock < locks; lock++)
        state.dueAt.push(
          after(now, duration(Math.floor((lease * lock) / locks) + this.#prng.between(0, jitter))),
        );
    }
    const lock = earliestOf(state.dueAt);
    const at = state.dueAt[lock] as VirtualTime;
    if (at >= state.endAt) return { kind: "done" };
    const pause = Math.max(1, lease + this.#prng.between(0, 2 * jitter) - jitter);
    state.dueAt[lock] = after(at, duration(pause));
    return {
      kind: "op",
      op: { kind: "lock", key: `lock${lock}`, owner: `c${clientIndex + 1}`, leaseMilliseconds },
      at,
    };
  }

  encode(op: Op): Uint8Array {
    return encodeOp(op);
  }

  decode(op: Op, reply: RespValue): Outcome {
    return decodeReply(op, reply);
  }

  snapshot(): { readonly state: LeaseState; readonly prng: PrngSnapshot } {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as ReturnType<LeaseWorkload["snapshot"]>;
    this.#state = clonePlain(own.state);
    this.#prng.restore(own.prng);
  }
}

function earliestOf(times: readonly VirtualTime[]): number {
  let best = 0;
  for (let at = 1; at < times.length; at++)
    if ((times[at] as VirtualTime) < (times[best] as VirtualTime)) best = at;
  return best;
}
