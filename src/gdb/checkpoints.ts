// Snapshots of a twin along its life, so that going back costs a short way forward. Their number is
// bounded: when there are too many, every other one goes and the next ones are twice as far apart.
// Beside them a few that lie near where the debugger was last, since that is where it goes next.

import { assert } from "../base/assert.ts";
import type { Twin, TwinSnapshot } from "./twin.ts";

const FIRST_INTERVAL = 500_000;
const MOST = 200;
const MOST_NEAR = 64;

export class Checkpoints {
  #kept: TwinSnapshot[];
  /** In the order in which they were taken. */
  #near: TwinSnapshot[];
  #interval: number;

  constructor(twin: Twin) {
    this.#kept = [twin.snapshot()];
    this.#near = [];
    this.#interval = FIRST_INTERVAL;
  }

  get first(): number {
    return this.#at(0).position;
  }

  /** Where the next one is due for a twin that stands at this position. */
  dueAfter(position: number): number {
    const { position: last } = this.#at(this.#kept.length - 1);
    return Math.max(last + this.#interval, position + 1);
  }

  /** Keeps where the twin stands when it is far enough from the last one. */
  offer(twin: Twin): void {
    const { position: last } = this.#at(this.#kept.length - 1);
    if (twin.position < last + this.#interval) return;
    this.#kept.push(twin.snapshot());
    if (this.#kept.length > MOST) this.#thinOut();
  }

  /** Keeps where the twin stands for a while. */
  offerNear(twin: Twin): void {
    if (this.#near.some(({ position }) => position === twin.position)) return;
    this.#near.push(twin.snapshot());
    if (this.#near.length > MOST_NEAR)
      for (const { machine } of this.#near.splice(0, MOST_NEAR / 2)) machine.release();
  }

  /** The last one of all that is not behind a position. */
  nearest(position: number): TwinSnapshot {
    let best = this.before(position + 1);
    for (const one of this.#near)
      if (one.position <= position && one.position > best.position) best = one;
    return best;
  }

  /** The last one before a position; there is always the first. */
  before(position: number): TwinSnapshot {
    let index = this.#kept.length - 1;
    while (index > 0 && this.#at(index).position >= position) index--;
    return this.#at(index);
  }

  /** What lies behind a position is another life's. */
  forgetAfter(position: number): void {
    const kept = this.#kept.filter((one, index) => index === 0 || one.position <= position);
    for (const one of this.#kept) if (!kept.includes(one)) one.machine.release();
    this.#kept = kept;
    this.#releaseNear();
  }

  release(): void {
    for (const { machine } of this.#kept) machine.release();
    this.#kept = [];
    this.#releaseNear();
  }

  #releaseNear(): void {
    for (const { machine } of this.#near) machine.release();
    this.#near = [];
  }

  #at(index: number): TwinSnapshot {
    const found = this.#kept[index];
    assert(found !== undefined, "no checkpoint");
    return found;
  }

  #thinOut(): void {
    const kept = this.#kept.filter((_, index) => index % 2 === 0);
    for (const [index, { machine }] of this.#kept.entries()) if (index % 2 === 1) machine.release();
    this.#kept = kept;
    this.#interval *= 2;
  }
}
