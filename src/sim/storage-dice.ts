// Whatever the storage server draws: with its faults of now, whether they hit a command, and how. It
// counts what they did.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import type { VirtualTime } from "../base/time.ts";
import { happens, type Periods } from "./chance.ts";
import { NO_STORAGE_FAULTS, type StorageBite, type StorageFaults } from "./storage-faults.ts";

interface DiceState {
  faults: StorageFaults;
  periods: Periods;
  bites: Map<StorageBite, number>;
}

export interface StorageDiceSnapshot {
  readonly state: DiceState;
  readonly prng: PrngSnapshot;
}

export class StorageDice {
  readonly #prng: Prng;
  #state: DiceState;

  constructor(prng: Prng) {
    this.#prng = prng;
    this.#state = { faults: NO_STORAGE_FAULTS, periods: new Map(), bites: new Map() };
  }

  get faults(): StorageFaults {
    return this.#state.faults;
  }

  setFaults(faults: StorageFaults): void {
    this.#state.faults = faults;
    this.#state.periods.clear();
  }

  bite(bite: StorageBite): void {
    this.#state.bites.set(bite, this.bites(bite) + 1);
  }

  /** How many commands a fault hit in this way. */
  bites(bite: StorageBite): number {
    return this.#state.bites.get(bite) ?? 0;
  }

  /** Uniform in [least, most]. */
  between(least: number, most: number): number {
    return this.#prng.between(least, most);
  }

  failsCommandOf(initiator: string, now: VirtualTime): boolean {
    const { errorsOf } = this.faults;
    const isMeant = errorsOf === "" || errorsOf === initiator;
    return isMeant && this.#bitesAt("errors", "errored", now);
  }

  losesReply(now: VirtualTime): boolean {
    return this.#bitesAt("lostReplies", "reply-lost", now);
  }

  /** Which sectors of a write are there after the power went: some, but not all; a prefix or any run. */
  tornSectors(sectors: number): (index: number) => boolean {
    const isPrefix = this.#prng.below(2) === 0;
    const written = this.#prng.between(1, sectors - 1);
    if (isPrefix) return (index) => index < written;
    const first = this.#prng.below(sectors);
    return (index) => (index - first + sectors) % sectors < written;
  }

  snapshot(): StorageDiceSnapshot {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: StorageDiceSnapshot): void {
    this.#state = clonePlain(snapshot.state);
    this.#prng.restore(snapshot.prng);
  }

  #bitesAt(name: "errors" | "lostReplies", bite: StorageBite, now: VirtualTime): boolean {
    const { faults, periods } = this.#state;
    const isHit = happens(periods, this.#prng, { name, chance: faults[name], now });
    if (isHit) this.bite(bite);
    return isHit;
  }
}
