// The failure detector: two signals with a timeout each, heartbeats between the servers and traffic
// on the log channel. It can be wrong, and nothing about safety depends on it.

import { clonePlain } from "../base/clone.ts";
import type { FtParams } from "./params.ts";
import type { FtRules } from "./rules.ts";

export interface Silence {
  /** `alarm`: none; the detector is wrong. */
  readonly signal: "heartbeat" | "log" | "alarm";
  /** Nanoseconds on this host's own oscillator: a clock that is set changes nothing. */
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

  constructor(params: FtParams, rules: FtRules, uptime: number) {
    this.#params = params;
    this.#watchesLog = rules.detector === "both";
    this.#state = { heartbeatAt: uptime, logAt: uptime, peerCount: -1, isAlarmed: false };
  }

  /** A false alarm: nothing about safety depends on the detector being right. */
  alarm(): void {
    this.#state.isAlarmed = true;
  }

  /**
   * Entries of the peer's log. Its hypervisor writes PROGRESS also when its machine hangs, so that only
   * entries of a machine that came further, or that waits, are a sign of life (D12, SCN-11).
   */
  heardEntries(uptime: number, signs: readonly SignOfLife[]): void {
    for (const { count, isWaiting } of signs) {
      if (!isWaiting && count <= this.#state.peerCount) continue;
      this.#state.peerCount = Math.max(count, this.#state.peerCount);
      this.heardLog(uptime);
    }
  }

  /** Another peer from now on. */
  restart(uptime: number): void {
    this.#state = { heartbeatAt: uptime, logAt: uptime, peerCount: -1, isAlarmed: false };
  }

  heardHeartbeat(uptime: number): void {
    this.#state.heartbeatAt = uptime;
  }

  heardLog(uptime: number): void {
    this.#state.logAt = uptime;
  }

  /** The silence that has lasted too long, if one has. */
  silence(uptime: number): Silence | undefined {
    if (this.#state.isAlarmed) return { signal: "alarm", length: 0 };
    const heartbeat = uptime - this.#state.heartbeatAt;
    if (heartbeat >= this.#params.heartbeatTimeout)
      return { signal: "heartbeat", length: heartbeat };
    const log = uptime - this.#state.logAt;
    if (this.#watchesLog && log >= this.#params.logTimeout) return { signal: "log", length: log };
    return undefined;
  }

  /** When to look next, on the host's clock: the earliest moment at which a silence could be too long. */
  nextCheck({ now, uptime }: { readonly now: number; readonly uptime: number }): number {
    const heartbeat = this.#state.heartbeatAt + this.#params.heartbeatTimeout;
    const due = this.#watchesLog
      ? Math.min(heartbeat, this.#state.logAt + this.#params.logTimeout)
      : heartbeat;
    return now + (due - uptime);
  }

  snapshot(): DetectorSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: DetectorSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
