// Users of a database: each sends a transaction, waits for its answer, thinks, and sends the next.

import { utf8Encode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import { after, type Duration, duration, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { decodeCount, decodeError } from "./probe-reply.ts";
import type { RespValue } from "./resp.ts";
import { foreignOp, type NextOp, type Outcome, type Workload } from "./workload.ts";

export interface OltpOptions {
  readonly timerHz: number;
  /** Mean; each pause is drawn between half of it and one and a half. Zero: none. */
  readonly think: Duration;
  /** Units of work of the guest's processor (guests/lib/work.h). */
  readonly work: number;
  /** Disk reads in 1,000 transactions, and writes: a share of them has one more than the others. */
  readonly milliReads: number;
  readonly readSectors: number;
  readonly milliWrites: number;
  readonly writeSectors: number;
  /** Bytes of a request's payload and of a reply's. */
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly duration: Duration;
}

interface OltpState {
  asked: number;
  endAt: VirtualTime | undefined;
}

/** The line itself: no request is shorter. */
export const LEAST_REQUEST = 48;

export class OltpWorkload implements Workload {
  readonly #prng: Prng;
  readonly #options: OltpOptions;
  #state: OltpState;

  constructor(prng: Prng, options: OltpOptions) {
    this.#prng = prng;
    this.#options = options;
    this.#state = { asked: 0, endAt: undefined };
  }

  next(clientIndex: number, now: VirtualTime): NextOp {
    const state = this.#state;
    state.endAt ??= after(now, this.#options.duration);
    if (now >= state.endAt) return { kind: "done" };
    const isFirst = state.asked === 0;
    state.asked += 1;
    if (isFirst && clientIndex === 0)
      return {
        kind: "next-op",
        op: { kind: "command", command: `timer ${this.#options.timerHz}` },
        pause: duration(0),
      };
    return { kind: "next-op", op: this.#draw(), pause: this.#pause(isFirst) };
  }

  encode(op: Op): Uint8Array {
    if (op.kind !== "command") throw foreignOp(op);
    const line = `${op.command} `;
    const padding = Math.max(0, this.#options.requestBytes - line.length - 2);
    return utf8Encode(`${line}${"x".repeat(Math.max(1, padding))}\r\n`);
  }

  decode(op: Op, reply: RespValue): Outcome {
    if (reply.kind === "error") return decodeError(reply);
    if (reply.kind === "integer") return decodeCount(reply);
    if (op.kind !== "command" || reply.kind !== "bulk" || reply.bytes === null)
      return { kind: "info", error: `a ${reply.kind} reply to a transaction` };
    const { replyBytes } = this.#options;
    const bytes = reply.bytes.length;
    if (bytes === replyBytes) return { kind: "ok", result: { kind: "bytes", bytes } };
    return {
      kind: "ok",
      result: { kind: "wrong", detail: `${bytes} bytes instead of ${replyBytes}` },
    };
  }

  snapshot(): { readonly state: OltpState; readonly prng: PrngSnapshot } {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: unknown): void {
    const own = snapshot as ReturnType<OltpWorkload["snapshot"]>;
    this.#state = clonePlain(own.state);
    this.#prng.restore(own.prng);
  }

  #draw(): Op {
    const { work, milliReads, readSectors, milliWrites, writeSectors, replyBytes } = this.#options;
    const reads = this.#times(milliReads);
    const writes = this.#times(milliWrites);
    const numbers = [work, reads, readSectors, writes, writeSectors, replyBytes];
    return { kind: "command", command: `tx ${numbers.join(" ")}` };
  }

  #times(milli: number): number {
    const whole = Math.floor(milli / 1_000);
    return whole + (this.#prng.below(1_000) < milli % 1_000 ? 1 : 0);
  }

  /** Users begin out of step with each other: the first pause may be anything up to the mean. */
  #pause(isFirst: boolean): Duration {
    const { think } = this.#options;
    if (think === 0) return duration(isFirst ? this.#prng.below(1_000_000) : 0);
    if (isFirst) return duration(this.#prng.below(think));
    const half = Math.floor(think / 2);
    return duration(half + this.#prng.below(think));
  }
}
