// The unforked run of a sweep, event by event: which gaps of the window are boundaries, and of what.
//
// A boundary is the gap between two events, named by how many events were dispatched before it: gap k
// comes after event k and before event k + 1. What happens in one event happens at once, so there is
// nothing between an append and the send of the same event. Each event in which something of interest
// happens has two boundaries, the gap before it and the gap after it; neighbours share theirs.

import type { VirtualTime } from "../base/time.ts";
import { WIRE_LOG } from "./wires.ts";
import { BOUNDARY_KINDS, EVERY_EVENT } from "./sweep-kinds.ts";
import type { World } from "./world.ts";

export interface SweepWindow {
  readonly from: VirtualTime;
  readonly to: VirtualTime;
  /** Every gap, not only those beside something of interest. */
  readonly isEveryEvent: boolean;
}

export interface Boundary {
  /** Events dispatched before it. */
  readonly afterEvent: number;
  /** Of the last event before it. */
  readonly time: number;
  /** Kinds of things that happen in the event before or after it. */
  readonly kinds: readonly string[];
}

interface KindCount {
  readonly kind: string;
  /** How often it happened in the window. */
  happened: number;
  /** Gaps beside it. */
  boundaries: number;
}

export interface Survey {
  readonly boundaries: readonly Boundary[];
  readonly counts: readonly KindCount[];
  /** Events in the window. */
  readonly events: number;
  /** Operations that clients began, and those that they finished, within the window. */
  readonly invoked: number;
  readonly answered: number;
}

interface Gap {
  readonly time: number;
  readonly kinds: Set<string>;
}

interface Draft {
  readonly gaps: Map<number, Gap>;
  readonly happened: Map<string, number>;
  events: number;
}

/** One event of a world, and what of interest happened in it. */
export interface Step {
  /** Events dispatched before it, and the time of the last of them. */
  readonly before: number;
  readonly previous: VirtualTime;
  /** How often each kind happened; every event counts as such where that is asked for. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** The world's next event; undefined: there was none any more. */
export function stepOf(world: World, isEveryEvent: boolean): Step | undefined {
  const { kernel, facts } = world;
  const [before, previous, known] = [kernel.dispatched, kernel.now, facts.history.length];
  const sent = packetsSent(world);
  while (!world.isOver && kernel.dispatched === before) world.advance(1);
  if (kernel.dispatched === before) return undefined;
  const news = facts.history.facts().slice(known);
  const packets = packetsSent(world) - sent;
  const kinds = new Map<string, number>();
  for (const { name, isFact, wire } of BOUNDARY_KINDS) {
    const times = wire === WIRE_LOG ? packets : news.filter((fact) => isFact?.(fact)).length;
    if (times > 0) kinds.set(name, times);
  }
  if (isEveryEvent) kinds.set(EVERY_EVENT, 1);
  return { before, previous, kinds };
}

/** Packets that hosts put on the log wires so far, by the links' own counters. */
function packetsSent({ network }: World): number {
  let packets = 0;
  for (const { link } of network.links())
    if (link.name.startsWith(`${WIRE_LOG}:`)) packets += link.counters.packets;
  return packets;
}

/** Runs the world to its end; between chunks the caller may look at the clock, or stop. */
export class Surveyor {
  readonly #world: World;
  readonly #window: SweepWindow;
  readonly #draft: Draft;

  constructor(world: World, window: SweepWindow) {
    this.#world = world;
    this.#window = window;
    this.#draft = { gaps: new Map(), happened: new Map(), events: 0 };
  }

  /** At most so many events. */
  advance(maxEvents: number): void {
    for (let left = maxEvents; left > 0 && !this.#world.isOver; left--) this.#event();
  }

  survey(): Survey {
    const { gaps, happened, events } = this.#draft;
    const boundaries = [...gaps]
      .filter(([afterEvent]) => afterEvent > 0)
      .sort(([a], [b]) => a - b)
      .map(([afterEvent, { time, kinds }]) => ({ afterEvent, time, kinds: [...kinds] }));
    const names = [...BOUNDARY_KINDS.map(({ name }) => name), EVERY_EVENT];
    return {
      boundaries,
      counts: names
        .map((kind) => ({
          kind,
          happened: happened.get(kind) ?? 0,
          boundaries: boundaries.filter(({ kinds }) => kinds.includes(kind)).length,
        }))
        .filter(({ kind }) => kind !== EVERY_EVENT || this.#window.isEveryEvent),
      events,
      ...this.#operations(),
    };
  }

  #event(): void {
    const { kernel } = this.#world;
    const { from, to, isEveryEvent } = this.#window;
    const step = stepOf(this.#world, isEveryEvent);
    if (step === undefined || kernel.now < from || kernel.now > to) return;
    this.#draft.events += 1;
    const { before, previous, kinds } = step;
    if (kinds.size === 0) return;
    for (const [kind, times] of kinds)
      this.#draft.happened.set(kind, (this.#draft.happened.get(kind) ?? 0) + times);
    this.#mark({ afterEvent: before, time: previous }, kinds);
    this.#mark({ afterEvent: kernel.dispatched, time: kernel.now }, kinds);
  }

  #mark(
    { afterEvent, time }: { readonly afterEvent: number; readonly time: number },
    kinds: ReadonlyMap<string, number>,
  ): void {
    const gap = this.#draft.gaps.get(afterEvent) ?? { time, kinds: new Set() };
    for (const kind of kinds.keys()) gap.kinds.add(kind);
    this.#draft.gaps.set(afterEvent, gap);
  }

  #operations(): { readonly invoked: number; readonly answered: number } {
    const { from, to } = this.#window;
    let [invoked, answered] = [0, 0];
    for (const fact of this.#world.facts.history.facts()) {
      if (fact.kind !== "client" || fact.time < from || fact.time > to) continue;
      if (fact.event.kind === "invoke") invoked += 1;
      else if (fact.event.kind === "ok") answered += 1;
    }
    return { invoked, answered };
  }
}
