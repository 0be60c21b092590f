// A physical host: up, paused or crashed, and a clock of its own that is skewed and drifts. What
// runs on it is the testbed's business.

import { clonePlain } from "../base/clone.ts";
import type { VirtualTime } from "../base/time.ts";

export type HostStatus = "up" | "paused" | "crashed";

interface HostState {
  status: HostStatus;
  /** How many times it started; a restart forgets everything volatile. */
  incarnation: number;
  clockOffsetNs: number;
  /** What the clock shows more than the time since the run began, drift apart: its skew, and every step. */
  clockSetNs: number;
  clockDriftPpm: number;
  /** Virtual time from which drift counts. */
  clockEpoch: number;
}

export type HostSnapshot = HostState;

export class Host {
  readonly name: string;
  #state: HostState;

  constructor(name: string, clockOffsetNs: number, clockDriftPpm: number) {
    this.name = name;
    this.#state = {
      status: "up",
      incarnation: 1,
      clockOffsetNs,
      clockSetNs: clockOffsetNs,
      clockDriftPpm,
      clockEpoch: 0,
    };
  }

  get status(): HostStatus {
    return this.#state.status;
  }

  get incarnation(): number {
    return this.#state.incarnation;
  }

  /** This host's own clock, ns: never decreases unless a fault steps it. */
  clock(now: VirtualTime): number {
    const { clockOffsetNs, clockDriftPpm, clockEpoch } = this.#state;
    const elapsed = now - clockEpoch;
    return now + clockOffsetNs + Math.floor((elapsed * clockDriftPpm) / 1_000_000);
  }

  /** Drifts as the clock does, but nobody sets it: for durations, ns. */
  uptime(now: VirtualTime): number {
    return this.clock(now) - this.#state.clockSetNs;
  }

  /** The first instant at which this host's clock shows at least `reading`. */
  whenClockShows(reading: number, now: VirtualTime): VirtualTime {
    const { clockOffsetNs, clockDriftPpm, clockEpoch } = this.#state;
    const guess = reading - clockOffsetNs;
    const drifted = guess - clockEpoch;
    const drift = Math.floor((drifted * clockDriftPpm) / (1_000_000 + clockDriftPpm));
    let time = Math.max(now, guess - drift - 2);
    while (this.clock(time as VirtualTime) < reading) time += 1;
    return time as VirtualTime;
  }

  pause(): void {
    if (this.#state.status === "up") this.#state.status = "paused";
  }

  resume(): void {
    if (this.#state.status === "paused") this.#state.status = "up";
  }

  crash(): void {
    this.#state.status = "crashed";
  }

  restart(): void {
    this.#state.status = "up";
    this.#state.incarnation += 1;
  }

  stepClock(ns: number): void {
    this.#state.clockOffsetNs += ns;
    this.#state.clockSetNs += ns;
  }

  /** From now on it drifts so much; it shows what it showed. */
  setDrift(ppm: number, now: VirtualTime): void {
    const reading = this.clock(now);
    this.#state.clockDriftPpm = ppm;
    this.#state.clockEpoch = now;
    this.#state.clockOffsetNs = reading - now;
  }

  get drift(): number {
    return this.#state.clockDriftPpm;
  }

  snapshot(): HostSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: HostSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
