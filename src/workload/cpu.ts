// Someone who sets the cpu guest to work and then asks, at fixed intervals, how far it is.

import { utf8Encode } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import { after, type Duration, type VirtualTime } from "../base/time.ts";
import type { Op } from "../history/op.ts";
import { decodeCount } from "./probe-reply.ts";
import type { RespValue } from "./resp.ts";
import { foreignOp, type NextOp, type Outcome, type Workload } from "./workload.ts";

/** Disk requests a second, and sectors in each. */
export interface DiskRate {
  readonly perSecond: number;
  readonly sectors: number;
}

export interface CpuOptions {
  readonly timerHz: number;
  /** Units of work as fast as they go, or sleep between ticks. */
  readonly isBusy: boolean;
  readonly reads: DiskRate;
  readonly writes: DiskRate;
  /** Between two looks at the counter. */
  readonly every: Duration;
  readonly duration: Duration;
}

interface CpuState {
  asked: number;
  startedAt: VirtualTime | undefined;
}

/** guests/cpu/main.c. */
export const COUNT_COMMAND = "count";

export class CpuWorkload implements Workload {
  readonly #options: CpuOptions;
  #state: CpuState;

  constructor(options: CpuOptions) {
    this.#options = options;
    this.#state = { asked: 0, startedAt: undefined };
  }

  /** The first client's first command sets the load; all others only look. */
  next(clientIndex: number, now: VirtualTime): NextOp {
    const state = this.#state;
    state.startedAt ??= now;
    const due = state.asked * this.#options.every;
    if (due >= this.#options.duration) return { kind: "done" };
    const command = clientIndex === 0 && state.asked === 0 ? this.#loadCommand() : COUNT_COMMAND;
    state.asked += 1;
    return {
      kind: "op",
      op: { kind: "command", command },
      at: after(state.startedAt, due as Duration),
    };
  }

  encode(op: Op): Uint8Array {
    if (op.kind !== "command") throw foreignOp(op);
    return utf8Encode(`${op.command}\r\n`);
  }

  decode(_op: Op, reply: RespValue): Outcome {
    return decodeCount(reply);
  }

  snapshot(): CpuState {
    return clonePlain(this.#state);
  }

  restore(snapshot: unknown): void {
    this.#state = clonePlain(snapshot as CpuState);
  }

  #loadCommand(): string {
    const { timerHz, isBusy, reads, writes } = this.#options;
    const disk = [reads, writes].map(({ perSecond, sectors }) => `${perSecond} ${sectors}`);
    return `load ${timerHz} ${isBusy ? 1 : 0} ${disk.join(" ")}`;
  }
}
