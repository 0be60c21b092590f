// The counter of the lecture: it stands at 10, and whoever is told "11" must be the only one ever.

import { utf8Encode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import type { VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { nextDue, type OpenLoopOptions, type OpenLoopState, startOpenLoop } from "./open-loop.ts";
import { decodeCount } from "./probe-reply.ts";
import type { RespValue } from "./resp.ts";
import type { NextOp, Outcome, Workload } from "./workload.ts";

/** guests/probe/cmd-inc.c. */
export const COUNT: Op = Object.freeze({ kind: "inc", key: "counter", from: 10 });

export class CounterWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: OpenLoopOptions;
  #schedule: OpenLoopState;

  constructor(prng: Prng, options: OpenLoopOptions) {
    this.#prng = prng;
    this.#options = options;
    this.#schedule = startOpenLoop();
  }

  next(_clientIndex: number, now: VirtualTime): NextOp {
    const at = nextDue(this.#schedule, this.#prng, this.#options, now);
    return at === undefined ? { kind: "done" } : { kind: "op", op: COUNT, at };
  }

  encode(_op: Op): Uint8Array {
    return utf8Encode("inc\r\n");
  }

  decode(_op: Op, reply: RespValue): Outcome {
    return decodeCount(reply);
  }

  snapshot(): { readonly schedule: OpenLoopState; readonly prng: PrngSnapshot } {
    return { schedule: clonePlain(this.#schedule), prng: this.#prng.snapshot() };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as ReturnType<CounterWorkload["snapshot"]>;
    this.#schedule = clonePlain(own.schedule);
    this.#prng.restore(own.prng);
  }
}
