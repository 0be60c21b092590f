// One direction of a wire: bandwidth, latency, a bounded queue, and everything that a wire can do
// wrong. A packet is serialised when the wire is free, travels for the latency, and arrives unless
// a fault says otherwise. Faults are settings that the nemesis changes; at zero they draw nothing.
//
// Order of judgement at sending: cut, queue limit, loss, corruption, duplication, reordering.
// A held link keeps what would arrive and hands it over, in order, when it is let go.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot, Ratio } from "../base/prng.ts";
import { after, type Duration, latest, TIME_ZERO, type VirtualTime } from "../base/time.ts";
import type { Packet } from "./packet.ts";

export interface LinkOptions {
  readonly latency: Duration;
  readonly bitsPerSecond: number;
  /** Bytes that may wait for the wire; more are dropped at the tail. */
  readonly queueBytes: number;
}

export interface LinkFaults {
  readonly isCut: boolean;
  readonly isHeld: boolean;
  readonly loss: Ratio;
  readonly duplication: Ratio;
  readonly reordering: Ratio;
  readonly corruption: Ratio;
  /** Added to the latency of every packet. */
  readonly extraLatency: Duration;
}

export const NEVER: Ratio = { numerator: 0, denominator: 1 };

export const NO_LINK_FAULTS: LinkFaults = {
  isCut: false,
  isHeld: false,
  loss: NEVER,
  duplication: NEVER,
  reordering: NEVER,
  corruption: NEVER,
  extraLatency: 0 as Duration,
};

export interface LinkCounters {
  packets: number;
  bytes: number;
  dropped: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  held: number;
}

interface LinkState {
  /** What the topology says is wrong with this wire, to which a fault that ends returns. */
  usual: LinkFaults;
  faults: LinkFaults;
  busyUntil: VirtualTime;
  /** When the last packet that was not reordered arrives: nothing sent later arrives sooner. */
  lastArrival: VirtualTime;
  held: Packet[];
  counters: LinkCounters;
  options: LinkOptions;
}

export interface LinkSnapshot {
  readonly state: LinkState;
  readonly prng: PrngSnapshot;
}

/** An arrival that the network must schedule. */
export interface Arrival {
  readonly time: VirtualTime;
  readonly packet: Packet;
}

export class Link {
  readonly name: string;
  readonly #prng: Prng;
  #state: LinkState;

  constructor(name: string, options: LinkOptions, prng: Prng) {
    this.name = name;
    this.#prng = prng;
    this.#state = {
      usual: NO_LINK_FAULTS,
      faults: NO_LINK_FAULTS,
      busyUntil: TIME_ZERO,
      lastArrival: TIME_ZERO,
      held: [],
      counters: {
        packets: 0,
        bytes: 0,
        dropped: 0,
        duplicated: 0,
        reordered: 0,
        corrupted: 0,
        held: 0,
      },
      options,
    };
  }

  get faults(): LinkFaults {
    return this.#state.faults;
  }

  get counters(): Readonly<LinkCounters> {
    return this.#state.counters;
  }

  get options(): LinkOptions {
    return this.#state.options;
  }

  /** The least time between a send and its arrival, whatever the faults. */
  get minimumLatency(): Duration {
    return this.#state.options.latency;
  }

  get usualFaults(): LinkFaults {
    return this.#state.usual;
  }

  setUsualFaults(faults: LinkFaults): void {
    this.#state.usual = faults;
    this.#state.faults = faults;
  }

  setFaults(faults: LinkFaults): void {
    this.#state.faults = faults;
  }

  setBandwidth(bitsPerSecond: number): void {
    this.#state.options = { ...this.#state.options, bitsPerSecond };
  }

  /** What becomes of a packet that is sent now: no arrival (lost), one, or two (duplicated). */
  send(packet: Packet, now: VirtualTime): readonly Arrival[] {
    const { faults, counters, options } = this.#state;
    counters.packets += 1;
    counters.bytes += packet.bytes.length;
    const start = latest(now, this.#state.busyUntil);
    const waitingBytes = Math.floor(((start - now) * options.bitsPerSecond) / 8_000_000_000);
    if (faults.isCut || waitingBytes > options.queueBytes) {
      counters.dropped += 1;
      return [];
    }
    const onWire = Math.ceil((packet.bytes.length * 8_000_000_000) / options.bitsPerSecond);
    this.#state.busyUntil = after(start, onWire as Duration);
    if (this.#happens(faults.loss)) {
      counters.dropped += 1;
      return [];
    }
    const latency = (options.latency + faults.extraLatency) as Duration;
    const arrives = latest(after(this.#state.busyUntil, latency), this.#state.lastArrival);
    this.#state.lastArrival = arrives;
    return this.#arrivals(this.#corrupted(packet), arrives);
  }

  /** At arrival: the packet, or undefined when the link was cut meanwhile or holds it back. */
  deliver(packet: Packet): Packet | undefined {
    const { faults, counters, held } = this.#state;
    if (faults.isCut) {
      counters.dropped += 1;
      return undefined;
    }
    if (faults.isHeld) {
      counters.held += 1;
      held.push(packet);
      return undefined;
    }
    return packet;
  }

  /** What a held link kept, in order of arrival; it keeps nothing any more. */
  takeHeld(): readonly Packet[] {
    const held = this.#state.held;
    this.#state.held = [];
    return held;
  }

  snapshot(): LinkSnapshot {
    return { state: clonePlain(this.#state), prng: this.#prng.snapshot() };
  }

  restore(snapshot: LinkSnapshot): void {
    this.#state = clonePlain(snapshot.state);
    this.#prng.restore(snapshot.prng);
  }

  #arrivals(packet: Packet, arrives: VirtualTime): readonly Arrival[] {
    const { faults, counters, options } = this.#state;
    const arrivals: Arrival[] = [{ time: arrives, packet }];
    if (this.#happens(faults.reordering)) {
      counters.reordered += 1;
      const delay = this.#prng.between(1, 4 * options.latency) as Duration;
      arrivals[0] = { time: after(arrives, delay), packet };
    }
    if (this.#happens(faults.duplication)) {
      counters.duplicated += 1;
      const delay = this.#prng.between(0, 2 * options.latency) as Duration;
      arrivals.push({ time: after(arrives, delay), packet });
    }
    return arrivals;
  }

  #corrupted(packet: Packet): Packet {
    if (!this.#happens(this.#state.faults.corruption) || packet.bytes.length === 0) return packet;
    this.#state.counters.corrupted += 1;
    const bytes = packet.bytes.slice();
    const at = this.#prng.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << this.#prng.below(8));
    return { ...packet, bytes };
  }

  #happens(ratio: Ratio): boolean {
    return ratio.numerator > 0 && this.#prng.chance(ratio);
  }
}
