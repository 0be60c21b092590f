// The failure detector: two signals with a timeout each, heartbeats between the servers and traffic
// on the log channel. It can be wrong, and nothing about safety depends on it.

import { clonePlain } from "../base/clone.ts";
import type { FtParams } from "./params.ts";
import type { FtRules } from "./rules.ts";

export interface Silence {
  /** `alarm`: none; the detector is wrong. */
  readonly signal: "heartbeat" | "log" | "alarm";
  /** Nanoseconds on this host's clock. */
  readonly length: number;
}

interface DetectorState {
  heartbeatAt: number;
  logAt: number;
  /** How far the peer's machine had come in the last entry that said so. */
  peerCount: number;
  /** It fires for no reason, until it has another peer. */
  isAlarmed: boolean;
}

/** What an entry says about the machine that caused it. */
export interface SignOfLife {
  readonly count: number;
  /** It waits for something to do, and does not hang. */
  readonly isWaiting: boolean;
}

export type DetectorSnapshot = DetectorState;

export class Detector {
  readonly #params: FtParams;
  readonly #watchesLog: boolean;
  #state: DetectorState;

  constructor(params: FtParams, rules: FtRules, clock: number) {
    this.#params = params;
    this.#watchesLog = rules.detector === "both";
    this.#state = { heartbeatAt: clock, logAt: clock, peerCount: -1, isAlarmed: false };
  }

  /** A false alarm: nothing about safety depends on the detector being right. */
  alarm(): void {
    this.#state.isAlarmed = true;
  }

  /**
   * Entries of the peer's log. Its hypervisor writes PROGRESS also when its machine hangs, so that only
   * entries of a machine that came further, or that waits, are a sign of life (D12, SCN-11).
   */
  heardEntries(clock: number, signs: readonly SignOfLife[]): void {
    for (const { count, isWaiting } of signs) {
      if (!isWaiting && count <= this.#state.peerCount) continue;
      this.#state.peerCount = Math.max(count, this.#state.peerCount);
      this.heardLog(clock);
    }
  }

  /** Another peer from now on. */
  restart(clock: number): void {
    this.#state = { heartbeatAt: clock, logAt: clock, peerCount: -1, isAlarmed: false };
  }

  heardHeartbeat(clock: number): void {
    this.#state.heartbeatAt = clock;
  }

  heardLog(clock: number): void {
    this.#state.logAt = clock;
  }

  /** The silence that has lasted too long, if one has. */
  silence(clock: number): Silence | undefined {
    this.#forgetFuture(clock);
    if (this.#state.isAlarmed) return { signal: "alarm", length: 0 };
    const heartbeat = clock - this.#state.heartbeatAt;
    if (heartbeat >= this.#params.heartbeatTimeout)
      return { signal: "heartbeat", length: heartbeat };
    const log = clock - this.#state.logAt;
    if (this.#watchesLog && log >= this.#params.logTimeout) return { signal: "log", length: log };
    return undefined;
  }

  /** When to look next: the earliest moment at which a silence could become too long. */
  nextCheck(): number {
    const heartbeat = this.#state.heartbeatAt + this.#params.heartbeatTimeout;
    return this.#watchesLog
      ? Math.min(heartbeat, this.#state.logAt + this.#params.logTimeout)
      : heartbeat;
  }

  /** The clock was set back: what was heard "later" was heard just now. */
  #forgetFuture(clock: number): void {
    this.#state.heartbeatAt = Math.min(this.#state.heartbeatAt, clock);
    this.#state.logAt = Math.min(this.#state.logAt, clock);
  }

  snapshot(): DetectorSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: DetectorSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
