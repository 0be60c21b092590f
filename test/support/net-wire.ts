// A seeded wire for tests: every frame goes to every other station, after a latency, and may be
// lost, doubled, delayed behind later ones, or damaged. Not the simulated network (that is sim's);
// just enough trouble to judge a TCP by.

import { assert } from "../../src/base/assert.ts";
import { Heap } from "../../src/base/heap.ts";
import type { Prng, Ratio } from "../../src/base/prng.ts";
import {
  after,
  type Duration,
  duration,
  milliseconds,
  NO_TIME,
  TIME_NEVER,
  TIME_ZERO,
  type VirtualTime,
} from "../../src/base/time.ts";
import type { Frame } from "../../src/net/address.ts";

export interface Station {
  handleFrame(bytes: Uint8Array, now: VirtualTime): void;
  handleDeadline(now: VirtualTime): void;
  nextDeadline(): VirtualTime;
  takeFrames(): readonly Frame[];
}

export interface WireFaults {
  readonly latency: Duration;
  readonly loss: Ratio;
  readonly duplicate: Ratio;
  readonly corrupt: Ratio;
  /** Delayed by up to `reorderBy` on top of the latency. */
  readonly reorder: Ratio;
  readonly reorderBy: Duration;
}

const NEVER: Ratio = { numerator: 0, denominator: 1 };

export const CLEAN_WIRE: WireFaults = {
  latency: milliseconds(1),
  loss: NEVER,
  duplicate: NEVER,
  corrupt: NEVER,
  reorder: NEVER,
  reorderBy: NO_TIME,
};

export const ROUGH_WIRE: WireFaults = {
  latency: milliseconds(1),
  loss: { numerator: 2, denominator: 100 },
  duplicate: { numerator: 2, denominator: 100 },
  corrupt: { numerator: 1, denominator: 100 },
  reorder: { numerator: 5, denominator: 100 },
  reorderBy: milliseconds(4),
};

export interface CapturedFrame {
  readonly time: VirtualTime;
  readonly station: number;
  readonly bytes: Uint8Array;
}

interface Flight {
  readonly at: VirtualTime;
  readonly sequence: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

export class TestWire {
  readonly #prng: Prng;
  readonly #stations: readonly Station[];
  readonly #flights: Heap<Flight>;
  /** What was transmitted, before any damage. */
  readonly captured: CapturedFrame[];
  faults: WireFaults;
  /** Called for each frame before it is sent; true drops it. */
  filter: (frame: CapturedFrame) => boolean;
  now: VirtualTime;
  #sequence: number;

  constructor(prng: Prng, stations: readonly Station[], faults: WireFaults) {
    this.#prng = prng;
    this.#stations = stations;
    this.#flights = new Heap<Flight>((a, b) =>
      a.at === b.at ? a.sequence < b.sequence : a.at < b.at,
    );
    this.captured = [];
    this.faults = faults;
    this.filter = () => false;
    this.now = TIME_ZERO;
    this.#sequence = 0;
  }

  /** Runs until `isDone`, or until nothing is left to happen, or until the time is up. */
  run(turn: (now: VirtualTime) => void, isDone: () => boolean, until: VirtualTime): void {
    turn(this.now);
    this.#collect();
    for (let events = 0; !isDone(); events++) {
      assert(events < 20_000_000, "test wire: too many events");
      const at = this.#nextTime();
      if (at === TIME_NEVER || at > until) return;
      this.now = at;
      this.#step();
      turn(this.now);
      this.#collect();
    }
  }

  #nextTime(): VirtualTime {
    let at = this.#flights.peek()?.at ?? TIME_NEVER;
    for (const station of this.#stations) {
      const deadline = station.nextDeadline();
      assert(deadline >= this.now, "a deadline in the past");
      if (deadline < at) at = deadline;
    }
    return at;
  }

  #step(): void {
    const flight = this.#flights.peek();
    if (flight !== undefined && flight.at <= this.now) {
      this.#flights.pop();
      this.#stations[flight.to]?.handleFrame(flight.bytes, this.now);
      return;
    }
    for (const station of this.#stations) {
      if (station.nextDeadline() > this.now) continue;
      station.handleDeadline(this.now);
      assert(station.nextDeadline() > this.now, "a deadline stands still");
    }
  }

  #collect(): void {
    for (const [index, station] of this.#stations.entries())
      for (const frame of station.takeFrames()) this.#transmit(index, frame);
  }

  #transmit(station: number, frame: Frame): void {
    const captured = { time: this.now, station, bytes: frame.bytes };
    this.captured.push(captured);
    if (this.filter(captured) || this.#prng.chance(this.faults.loss)) return;
    this.#launch(station, frame.bytes);
    if (this.#prng.chance(this.faults.duplicate)) this.#launch(station, frame.bytes);
  }

  #launch(from: number, bytes: Uint8Array): void {
    const { latency, reorder, reorderBy, corrupt } = this.faults;
    const extra = this.#prng.chance(reorder) ? this.#prng.between(0, reorderBy) : 0;
    const at = after(this.now, duration(latency + extra));
    const sent = this.#prng.chance(corrupt) ? this.#damage(bytes) : bytes;
    for (const [to] of this.#stations.entries()) {
      if (to === from) continue;
      this.#flights.push({ at, sequence: this.#sequence, to, bytes: sent });
      this.#sequence += 1;
    }
  }

  /** A single flipped bit: the checksums must see every one of them behind the Ethernet header. */
  #damage(bytes: Uint8Array): Uint8Array {
    const damaged = Uint8Array.from(bytes);
    const at = this.#prng.below(damaged.length);
    damaged[at] = (damaged[at] as number) ^ (1 << this.#prng.below(8));
    return damaged;
  }
}
