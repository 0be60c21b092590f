// Steps and time: N(t) = N0 + floor((t - t0) * steps / ns), from an anchor (t0, N0) that is renewed
// at resume, wake-up, speed change and charged cost (D6). Integers only. This file is the one place
// where guest steps and virtual time meet.

import { clonePlain } from "../base/clone.ts";
import type { VirtualTime } from "../base/time.ts";

const NS_PER_SECOND = 1_000_000_000;

interface PacingState {
  anchorTime: number;
  anchorCount: number;
  /** Steps per second at full speed, and the share of it that the machine gets. */
  stepsPerSecond: number;
  percent: number;
  /** The share of that share that its hypervisor lets it use. */
  limit: number;
  /** Per cent that the VM may use of what there is, by its operator's word. */
  share: number;
}

export type PacingSnapshot = PacingState;

/** So many steps in so many ns: a reduced fraction. */
interface Rate {
  readonly steps: number;
  readonly ns: number;
}

export class Pacing {
  #state: PacingState;
  /** What the state says; asked for at every slice and exit. */
  #rate: Rate;

  constructor(stepsPerSecond: number) {
    this.#state = {
      anchorTime: 0,
      anchorCount: 0,
      stepsPerSecond,
      percent: 100,
      limit: 100,
      share: 100,
    };
    this.#rate = rateOf(this.#state);
  }

  /** From here on the machine is at `count` at `time`; an anchor in the future is not moved back. */
  anchor(time: VirtualTime, count: number): void {
    this.#state.anchorTime = Math.max(time, this.#state.anchorTime);
    this.#state.anchorCount = count;
  }

  /** Work of the hypervisor: the machine goes on that much later. */
  charge(ns: number): void {
    this.#state.anchorTime += ns;
  }

  setPercent(percent: number, time: VirtualTime, count: number): void {
    this.anchor(time, count);
    this.#state.percent = percent;
    this.#rate = rateOf(this.#state);
  }

  setLimit(percent: number, time: VirtualTime, count: number): void {
    this.anchor(time, count);
    this.#state.limit = percent;
    this.#rate = rateOf(this.#state);
  }

  setShare(percent: number, time: VirtualTime, count: number): void {
    this.anchor(time, count);
    this.#state.share = percent;
    this.#rate = rateOf(this.#state);
  }

  countAt(time: VirtualTime): number {
    const { anchorTime, anchorCount } = this.#state;
    if (time <= anchorTime) return anchorCount;
    const { steps, ns } = this.#rate;
    const elapsed = time - anchorTime;
    // Split so that the product stays a safe integer for any run length.
    const whole = Math.floor(elapsed / ns);
    return anchorCount + whole * steps + Math.floor(((elapsed - whole * ns) * steps) / ns);
  }

  /** The first instant at which the machine has executed `count` steps. */
  timeOf(count: number): VirtualTime {
    const { anchorTime, anchorCount } = this.#state;
    if (count <= anchorCount) return anchorTime as VirtualTime;
    const { steps, ns } = this.#rate;
    const ahead = count - anchorCount;
    const whole = Math.floor(ahead / steps);
    const rest = Math.ceil(((ahead - whole * steps) * ns) / steps);
    return (anchorTime + whole * ns + rest) as VirtualTime;
  }

  /** The count of the anchor: where a stopped machine stands. */
  get frozenCount(): number {
    return this.#state.anchorCount;
  }

  snapshot(): PacingSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: PacingSnapshot): void {
    this.#state = clonePlain(snapshot);
    this.#rate = rateOf(this.#state);
  }
}

function rateOf({ stepsPerSecond, percent, limit, share }: PacingState): Rate {
  const steps = Math.max(1, Math.floor((stepsPerSecond * percent * limit * share) / 1_000_000));
  const common = greatestCommonDivisor(steps, NS_PER_SECOND);
  return { steps: steps / common, ns: NS_PER_SECOND / common };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
