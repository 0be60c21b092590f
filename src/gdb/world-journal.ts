// The journal of a replica's machine in a world: what its flight recorder holds (D14). The world only
// ever goes forward, as it would without a debugger, so that it stays the same run; looking back is
// the twin's affair. A backup that went live has one record from its first step on, so the way back
// leads across a failover.

import { must } from "../base/assert.ts";
import { TIME_NEVER, type VirtualTime } from "../base/time.ts";
import type { FtHost } from "../testbed/ft-host.ts";
import type { World } from "../testbed/world.ts";
import { emulated, type MachineSnapshot } from "../vm/snapshot.ts";
import type { Editor, Input, Journal } from "./journal.ts";

const EVENTS_AT_A_TIME = 100;

interface Mark {
  readonly time: number;
  readonly count: number;
}

export class WorldJournal implements Journal {
  readonly #world: World;
  readonly #host: FtHost;
  /** Where the machine was seen when, in order. */
  readonly #marks: Mark[];
  /** All journals of this world: whoever lets it go on, the others look at their machines too. */
  readonly #all: readonly WorldJournal[];

  private constructor(world: World, host: FtHost, all: readonly WorldJournal[]) {
    this.#world = world;
    this.#host = host;
    this.#marks = [];
    this.#all = all;
    this.#note();
  }

  static of(world: World, hosts: readonly FtHost[]): readonly WorldJournal[] {
    const all: WorldJournal[] = [];
    for (const host of hosts) all.push(new WorldJournal(world, host, all));
    return all;
  }

  /** Where the machine is at this moment of the world. */
  get present(): number {
    return this.#host.parts.runner.count;
  }

  /** A run is what its seed makes it. */
  get editor(): Editor | undefined {
    return undefined;
  }

  get first(): MachineSnapshot {
    return must(emulated(this.#world.spec.booted.machine), "a machine with instructions");
  }

  get horizon(): number {
    const { count } = this.#host.parts.runner.machine;
    return this.isOver ? count : count - 1;
  }

  get isOver(): boolean {
    return this.#world.isOver || this.#host.parts.runner.isHalted;
  }

  input(index: number): Input | undefined {
    return this.#host.parts.runner.record.crossings()[index]?.crossing;
  }

  extend(): void {
    this.advanceTo(TIME_NEVER);
  }

  /** Lets the world go on, for a bounded while, up to a moment; says whether it is there. */
  advanceTo(time: VirtualTime): boolean {
    for (let left = EVENTS_AT_A_TIME; left > 0; left--) {
      if (this.#world.advanceTo(time, 1)) return true;
      for (const journal of this.#all) journal.#note();
    }
    return false;
  }

  describe(position: number): string {
    const { now } = this.#world.kernel;
    const mark = this.#marks.find(({ count }) => count >= position);
    const time = mark === undefined ? now : mark.time;
    return `${this.#host.name} at ${seconds(time)}, the world at ${seconds(now)}`;
  }

  positionAt(time: number): number | undefined {
    let position: number | undefined;
    for (const mark of this.#marks) {
      if (mark.time > time) break;
      position = mark.count;
    }
    return position;
  }

  /** Remembers where the machine is at this moment. */
  #note(): void {
    const { now } = this.#world.kernel;
    const count = this.present;
    const last = this.#marks.at(-1);
    if (last !== undefined && last.count >= count) return;
    this.#marks.push({ time: now, count });
  }
}

function seconds(time: number): string {
  return `${(time / 1e9).toFixed(6)} s`;
}
