// The failure detector: two signals with a timeout each, heartbeats between the servers and traffic
// on the log channel. It can be wrong, and nothing about safety depends on it.

import { clonePlain } from "../base/clone.ts";
import type { FtParams } from "./params.ts";
import type { FtRules } from "./rules.ts";

export interface Silence {
  readonly signal: "heartbeat" | "log";
  /** Nanoseconds on this host's clock. */
  readonly length: number;
}

interface DetectorState {
  heartbeatAt: number;
  logAt: number;
}

export type DetectorSnapshot = DetectorState;

export class Detector {
  readonly #params: FtParams;
  readonly #watchesLog: boolean;
  #state: DetectorState;

  constructor(params: FtParams, rules: FtRules, clock: number) {
    this.#params = params;
    this.#watchesLog = rules.detector === "both";
    this.#state = { heartbeatAt: clock, logAt: clock };
  }

  heardHeartbeat(clock: number): void {
    this.#state.heartbeatAt = clock;
  }

  heardLog(clock: number): void {
    this.#state.logAt = clock;
  }

  /** The silence that has lasted too long, if one has. */
  silence(clock: number): Silence | undefined {
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

  snapshot(): DetectorSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: DetectorSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
