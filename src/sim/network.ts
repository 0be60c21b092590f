// The topology: named directed links between actors, and the events that packets become. A packet
// that is sent is scheduled at its arrival; at the arrival the link is asked again, since it may
// have been cut or held while the packet was in flight.

import { assert, must } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { after, type Duration, type VirtualTime } from "../base/time.ts";
import type { ActorName, Kernel } from "./kernel.ts";
import {
  type Arrival,
  Link,
  type LinkBite,
  type LinkFaults,
  type LinkOptions,
  type LinkSnapshot,
} from "./link.ts";
import type { Packet } from "./packet.ts";

/** The payload of an "arrive" event. */
export interface ArrivePayload {
  readonly link: string;
  readonly packet: Packet;
  /** It had been held and is handed over now, or has stood back for those that had been. */
  readonly isInOrder?: boolean;
}

export interface NetworkSnapshot {
  readonly letGoAt: readonly (readonly [string, VirtualTime])[];
  readonly links: readonly (readonly [string, LinkSnapshot])[];
}

/** `arrivals`: when it will be there unless the link is cut or held meanwhile; none: it was lost. */
export type PacketTap = (
  link: string,
  packet: Packet,
  time: VirtualTime,
  arrivals: readonly Arrival[],
) => void;

interface Route {
  readonly link: Link;
  readonly from: ActorName;
  readonly to: ActorName;
}

export class Network {
  readonly #kernel: Kernel;
  readonly #prng: Prng;
  readonly #routes: Map<string, Route>;
  /** No path gets faster once it is laid: asked for before every slice of a machine. */
  readonly #leastInto: Map<ActorName, Duration>;
  /** When a link last handed over what it had held. Its receiver may be down, and never ask for it. */
  readonly #letGoAt: Map<string, VirtualTime>;
  #tap: PacketTap | undefined;

  constructor(kernel: Kernel, prng: Prng) {
    this.#kernel = kernel;
    this.#prng = prng;
    this.#routes = new Map();
    this.#leastInto = new Map();
    this.#letGoAt = new Map();
    this.#tap = undefined;
  }

  /** Shows every packet that is sent, at its sender: for captures. It must not change anything. */
  setTap(tap: PacketTap): void {
    this.#tap = tap;
  }

  /** A wire in both directions: two links, named `wire:a>b` and `wire:b>a`. */
  connect(wire: string, a: ActorName, b: ActorName, options: LinkOptions): void {
    this.#add(wire, a, b, options);
    this.#add(wire, b, a, options);
  }

  send(wire: string, from: ActorName, to: ActorName, packet: Packet): void {
    const name = linkName(wire, from, to);
    const route = must(this.#routes.get(name), `link ${name}`);
    const arrivals = route.link.send(packet, this.#kernel.now);
    this.#tap?.(name, packet, this.#kernel.now, arrivals);
    for (const arrival of arrivals) {
      const payload: ArrivePayload = { link: name, packet: arrival.packet };
      this.#kernel.schedule(arrival.time, route.to, "arrive", payload);
    }
  }

  /** The packet of an "arrive" event, unless its link lost or keeps it. */
  receive(payload: ArrivePayload): Packet | undefined {
    const route = must(this.#routes.get(payload.link), `link ${payload.link}`);
    const { now } = this.#kernel;
    if (payload.isInOrder !== true && this.#letGoAt.get(payload.link) === now) {
      // What was held stands in the queue of this instant already: once at its end is behind all of it.
      this.#kernel.schedule(now, route.to, "arrive", { ...payload, isInOrder: true });
      return undefined;
    }
    return route.link.deliver(payload.packet);
  }

  /** Ends faults: these of a link's settings are as the topology has them again. */
  restoreUsual(name: string, settings: readonly (keyof LinkFaults)[]): void {
    const { faults, usualFaults } = this.link(name);
    let restored = faults;
    for (const setting of settings) restored = { ...restored, [setting]: usualFaults[setting] };
    this.setFaults(name, restored);
  }

  link(name: string): Link {
    return must(this.#routes.get(name), `link ${name}`).link;
  }

  /** How many packets faults hit in this way, on all links. */
  bites(bite: LinkBite): number {
    let sum = 0;
    for (const { link } of this.#routes.values()) sum += link.bites(bite);
    return sum;
  }

  /** All links, in the order in which they were connected. */
  links(): readonly Route[] {
    return [...this.#routes.values()];
  }

  /** Changes what a link does wrong; letting it go delivers what it held. */
  setFaults(name: string, faults: LinkFaults): void {
    const route = must(this.#routes.get(name), `link ${name}`);
    const { isHeld: wasHeld, heldReturn } = route.link.faults;
    route.link.setFaults(faults);
    if (!wasHeld || faults.isHeld) return;
    const held = route.link.takeHeld();
    if (heldReturn > 0) {
      this.#returnLate(route, held, heldReturn);
      return;
    }
    if (held.length > 0) this.#letGoAt.set(name, this.#kernel.now);
    for (const packet of held) {
      const payload: ArrivePayload = { link: name, packet, isInOrder: true };
      this.#kernel.schedule(this.#kernel.now, route.to, "arrive", payload);
    }
  }

  /** Old packets come back: what is sent from now on does not wait for them. */
  #returnLate(route: Route, held: readonly Packet[], delay: Duration): void {
    const time = after(this.#kernel.now, delay);
    for (const packet of held) {
      const payload: ArrivePayload = { link: route.link.name, packet };
      this.#kernel.schedule(time, route.to, "arrive", payload);
    }
  }

  /** The least latency of any way into this actor: nothing sent from now on arrives sooner. */
  minimumLatencyInto(actor: ActorName): Duration {
    return this.#leastInto.get(actor) ?? (Number.MAX_SAFE_INTEGER as Duration);
  }

  snapshot(): NetworkSnapshot {
    return {
      letGoAt: [...this.#letGoAt],
      links: [...this.#routes].map(([name, route]) => [name, route.link.snapshot()]),
    };
  }

  restore(snapshot: NetworkSnapshot): void {
    this.#letGoAt.clear();
    for (const [name, time] of snapshot.letGoAt) this.#letGoAt.set(name, time);
    for (const [name, state] of snapshot.links) this.link(name).restore(state);
  }

  #add(wire: string, from: ActorName, to: ActorName, options: LinkOptions): void {
    const name = linkName(wire, from, to);
    assert(!this.#routes.has(name), () => `link ${name} is connected twice`);
    assert(options.latency >= 1_000, () => `link ${name}: the least latency is 1 us`);
    const least = Math.min(options.latency, this.minimumLatencyInto(to)) as Duration;
    this.#leastInto.set(to, least);
    this.#routes.set(name, {
      link: new Link(name, options, this.#prng.fork(`link:${name}`)),
      from,
      to,
    });
  }
}

export function linkName(wire: string, from: ActorName, to: ActorName): string {
  return `${wire}:${from}>${to}`;
}
