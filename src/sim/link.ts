// One direction of a wire: bandwidth, latency, a bounded queue, and everything that a wire can do
// wrong. A packet is serialised when the wire is free, travels for the latency, and arrives unless
// a fault says otherwise. Faults are settings that the nemesis changes; at zero they draw nothing.
//
// Order of judgement at sending: cut, queue limit, loss, corruption, duplication, reordering.
// A held link keeps what would arrive and hands it over when it is let go: at once and in order, or
// so much later that newer packets are there first.

import { clonePlain } from "../base/clone.ts";
import type { Prng, PrngSnapshot } from "../base/prng.ts";
import {
  after,
  type Duration,
  latest,
  NO_TIME,
  TIME_ZERO,
  type VirtualTime,
} from "../base/time.ts";
import { type Chance, happens, isSameChance, NEVER, type Periods } from "./chance.ts";
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
  /** How long after it was let go a held packet comes back; zero: at once, before anything newer. */
  readonly heldReturn: Duration;
  readonly loss: Chance;
  readonly duplication: Chance;
  readonly reordering: Chance;
  readonly corruption: Chance;
  /** Added to the latency of every packet. */
  readonly extraLatency: Duration;
  /** Instead of the wire's own bandwidth; zero: as the topology has it. */
  readonly bitsPerSecond: number;
}

export const NO_LINK_FAULTS: LinkFaults = {
  isCut: false,
  isHeld: false,
  heldReturn: NO_TIME,
  loss: NEVER,
  duplication: NEVER,
  reordering: NEVER,
  corruption: NEVER,
  extraLatency: NO_TIME,
  bitsPerSecond: 0,
};

/** What a fault of a link did to a packet. */
export type LinkBite =
  | "cut"
  | "held"
  | "lost"
  | "duplicated"
  | "reordered"
  | "corrupted"
  | "delayed"
  | "throttled";

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
  periods: Periods;
  counters: LinkCounters;
  /** Packets that a fault hit; what the topology's own loss does is not counted. */
  bites: Map<LinkBite, number>;
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
      periods: new Map(),
      bites: new Map(),
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

  /** A chance that changes begins with a period of its own. */
  setFaults(faults: LinkFaults): void {
    for (const setting of CHANCES)
      if (!isSameChance(faults[setting], this.#state.faults[setting]))
        this.#state.periods.delete(setting);
    this.#state.faults = faults;
  }

  /** How many packets a fault hit in this way. */
  bites(bite: LinkBite): number {
    return this.#state.bites.get(bite) ?? 0;
  }

  /** What becomes of a packet that is sent now: no arrival (lost), one, or two (duplicated). */
  send(packet: Packet, now: VirtualTime): readonly Arrival[] {
    const { faults, counters, options } = this.#state;
    const bitsPerSecond = faults.bitsPerSecond === 0 ? options.bitsPerSecond : faults.bitsPerSecond;
    counters.packets += 1;
    counters.bytes += packet.bytes.length;
    const start = latest(now, this.#state.busyUntil);
    const waitingBytes = Math.floor(((start - now) * bitsPerSecond) / 8_000_000_000);
    if (faults.isCut) this.#bite("cut", "isCut");
    if (faults.isCut || waitingBytes > options.queueBytes) {
      counters.dropped += 1;
      return [];
    }
    const onWire = Math.ceil((packet.bytes.length * 8_000_000_000) / bitsPerSecond);
    this.#state.busyUntil = after(start, onWire as Duration);
    this.#bite("throttled", "bitsPerSecond");
    if (this.#happens("loss", now)) {
      counters.dropped += 1;
      this.#bite("lost", "loss");
      return [];
    }
    this.#bite("delayed", "extraLatency");
    const latency = (options.latency + faults.extraLatency) as Duration;
    const arrives = latest(after(this.#state.busyUntil, latency), this.#state.lastArrival);
    this.#state.lastArrival = arrives;
    return this.#arrivals(this.#corrupted(packet, now), arrives, now);
  }

  /** At arrival: the packet, or undefined when the link was cut meanwhile or holds it back. */
  deliver(packet: Packet): Packet | undefined {
    const { faults, counters, held } = this.#state;
    if (faults.isCut) {
      counters.dropped += 1;
      this.#bite("cut", "isCut");
      return undefined;
    }
    if (faults.isHeld) {
      counters.held += 1;
      this.#bite("held", "isHeld");
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

  #arrivals(packet: Packet, arrives: VirtualTime, now: VirtualTime): readonly Arrival[] {
    const { counters, options } = this.#state;
    const arrivals: Arrival[] = [{ time: arrives, packet }];
    if (this.#happens("reordering", now)) {
      counters.reordered += 1;
      this.#bite("reordered", "reordering");
      const delay = this.#prng.between(1, 4 * options.latency) as Duration;
      arrivals[0] = { time: after(arrives, delay), packet };
    }
    if (this.#happens("duplication", now)) {
      counters.duplicated += 1;
      this.#bite("duplicated", "duplication");
      const delay = this.#prng.between(0, 2 * options.latency) as Duration;
      arrivals.push({ time: after(arrives, delay), packet });
    }
    return arrivals;
  }

  #corrupted(packet: Packet, now: VirtualTime): Packet {
    if (!this.#happens("corruption", now) || packet.bytes.length === 0) return packet;
    this.#state.counters.corrupted += 1;
    this.#bite("corrupted", "corruption");
    const bytes = packet.bytes.slice();
    const at = this.#prng.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << this.#prng.below(8));
    return { ...packet, bytes };
  }

  #happens(name: (typeof CHANCES)[number], now: VirtualTime): boolean {
    const { faults, periods } = this.#state;
    return happens(periods, this.#prng, { name, chance: faults[name], now });
  }

  /** Counts a packet when it is a fault that hit it, and not what the topology has anyway. */
  #bite(bite: LinkBite, setting: keyof LinkFaults): void {
    const { faults, usual, bites } = this.#state;
    if (!isSameSetting(faults[setting], usual[setting])) bites.set(bite, this.bites(bite) + 1);
  }
}

const CHANCES = ["loss", "duplication", "reordering", "corruption"] as const;

type Setting = LinkFaults[keyof LinkFaults];

function isSameSetting(a: Setting, b: Setting): boolean {
  return typeof a === "object" && typeof b === "object" ? isSameChance(a, b) : a === b;
}
