// What a machine took from the world, and what its host put into the log channel meanwhile: counted as
// they pass, and told as one fact a second (PERF-3). Counting needs no timer: the fact is due with the
// first message after its second is over.

import { clonePlain } from "../base/clone.ts";
import type { VirtualTime } from "../base/time.ts";
import type { Crossing } from "./flight-recorder.ts";

/** ns. */
const TOLD_EVERY = 1_000_000_000;

export interface LogTraffic {
  readonly since: number;
  readonly sentBytes: number;
  readonly sentMessages: number;
  /** Groups of frames, an interrupt each. */
  readonly receives: number;
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly reads: number;
  readonly readBytes: number;
  /** Interrupts of the timer and bytes of the console, writes that completed. */
  readonly signals: number;
  /** Values that the guest asked its host for: the time, randomness. */
  readonly answers: number;
  readonly outputs: number;
}

type Counters = { -readonly [K in keyof LogTraffic]: LogTraffic[K] };

export type LogMeterSnapshot = LogTraffic;

export class LogMeter {
  #state: Counters;

  constructor(now: VirtualTime) {
    this.#state = startCounters(now);
  }

  /** A message of so many bytes goes into the channel; returns what is to be told before it. */
  sent(bytes: number, now: VirtualTime): LogTraffic | undefined {
    const told = now - this.#state.since >= TOLD_EVERY ? this.#state : undefined;
    if (told !== undefined) this.#state = startCounters(now);
    this.#state.sentBytes += bytes;
    this.#state.sentMessages += 1;
    return told;
  }

  crossed(crossing: Crossing): void {
    const state = this.#state;
    if (crossing.kind === "output") state.outputs += crossing.outputs.length;
    else if (crossing.kind !== "entry") state.answers += 1;
    else if (crossing.entry.kind === "net-rx") {
      state.receives += 1;
      state.receivedFrames += crossing.entry.frames.length;
      state.receivedBytes += crossing.entry.frames.reduce((sum, { length }) => sum + length, 0);
    } else if (crossing.entry.kind === "disk-done" && crossing.entry.data.length > 0) {
      state.reads += 1;
      state.readBytes += crossing.entry.data.length;
    } else state.signals += 1;
  }

  snapshot(): LogMeterSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: LogMeterSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}

function startCounters(now: VirtualTime): Counters {
  return {
    since: now,
    sentBytes: 0,
    sentMessages: 0,
    receives: 0,
    receivedFrames: 0,
    receivedBytes: 0,
    reads: 0,
    readBytes: 0,
    signals: 0,
    answers: 0,
    outputs: 0,
  };
}
