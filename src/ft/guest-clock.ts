// The guest's clock: 10 MHz ticks derived from this host's clock and an anchor. At a takeover the
// new host continues from the last logged reading plus the time that its own clock has counted since
// that reading arrived: the guest sees the outage as elapsed time, and time never goes back,
// not even when the host's clock is set back: the guest's goes on from its last reading.

import { clonePlain } from "../base/clone.ts";

/** Nanoseconds per tick: the machine's timebase is 10 MHz. */
const TICK_NS = 100;

interface GuestClockState {
  anchorTicks: number;
  anchorClock: number;
  /** Whether the anchor is a logged reading, or still where the guest began. */
  isReading: boolean;
  /** The last reading that the guest has seen, live or replayed. */
  lastTicks: number;
  /** The latest reading of this host's clock that was looked at. */
  lastClock: number;
}

export type GuestClockSnapshot = GuestClockState;

export class GuestClock {
  #state: GuestClockState;

  constructor(ticks: number, hostClock: number) {
    this.#state = {
      anchorTicks: ticks,
      anchorClock: hostClock,
      isReading: false,
      lastTicks: ticks,
      lastClock: hostClock,
    };
  }

  /** A live reading; never less than an earlier one. */
  read(hostClock: number): number {
    this.#noticeStep(hostClock);
    const ticks = Math.max(this.#state.lastTicks, this.#ticksAt(hostClock));
    this.#state.lastTicks = ticks;
    return ticks;
  }

  /** What a reading would be; nobody has read it. */
  ticksAt(hostClock: number): number {
    return Math.max(this.#state.lastTicks, this.#ticksAt(hostClock));
  }

  /** The backup stored a logged reading; one that is not newer was sent again and says nothing. */
  follow(ticks: number, hostClock: number): void {
    this.#noticeStep(hostClock);
    const { anchorTicks, isReading } = this.#state;
    if (ticks < anchorTicks || (ticks === anchorTicks && isReading)) return;
    this.#state.isReading = true;
    this.#state.anchorTicks = ticks;
    this.#state.anchorClock = hostClock;
  }

  /** The guest was given a logged reading. */
  replayed(ticks: number): void {
    this.#state.lastTicks = Math.max(this.#state.lastTicks, ticks);
  }

  /** The guest of another host comes here; or, forgetting its past, BUG-62: a time base of the new host's own. */
  rebase(ticks: number, hostClock: number, lastTicks: number = 0): void {
    this.#state = {
      anchorTicks: ticks,
      anchorClock: hostClock,
      isReading: false,
      lastTicks,
      lastClock: hostClock,
    };
  }

  /** This host's clock shows this now: so that a step back is noticed soon after it happened. */
  look(hostClock: number): void {
    this.#noticeStep(hostClock);
  }

  /** The reading of this host's clock at which the guest's clock shows `ticks`. */
  hostClockAt(ticks: number): number {
    return this.#state.anchorClock + (ticks - this.#state.anchorTicks) * TICK_NS;
  }

  snapshot(): GuestClockSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: GuestClockSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  /** The host's clock was set back: what it had counted stays counted, and it counts on from here. */
  #noticeStep(hostClock: number): void {
    const { lastClock } = this.#state;
    this.#state.lastClock = hostClock;
    if (hostClock >= lastClock) return;
    this.#state.anchorTicks = this.#ticksAt(lastClock);
    this.#state.anchorClock = hostClock;
  }

  #ticksAt(hostClock: number): number {
    const elapsed = hostClock - this.#state.anchorClock;
    return this.#state.anchorTicks + Math.floor(elapsed / TICK_NS);
  }
}
