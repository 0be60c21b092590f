// The unforked run under a bench of forks: it goes from point to point, forward only, and takes the
// oracle's prefix along, so that no fork replays again what all of them share.

import { assert } from "../base/assert.ts";
import { ReferencePrefix } from "./oracle/reference-prefix.ts";
import type { World, WorldSnapshot } from "./world.ts";

export class ForwardWorld {
  readonly #world: World;
  readonly #prefix: ReferencePrefix;

  /** The world is this one's own from here on. */
  constructor(world: World) {
    this.#world = world;
    this.#prefix = new ReferencePrefix(world.spec);
  }

  get isOver(): boolean {
    return this.#world.isOver;
  }

  /** Events that were dispatched: only later points can be gone to. */
  get reached(): number {
    return this.#world.kernel.dispatched;
  }

  /** To the gap behind this event, or to the end of the run. */
  goTo(afterEvent: number): void {
    const world = this.#world;
    assert(this.reached <= afterEvent || world.isOver, "a bench only goes forward");
    while (this.reached < afterEvent && !world.isOver) world.advance(1);
    const records = world.hosts
      .filter(({ hasMachine }) => hasMachine)
      .map(({ parts }) => parts.runner.record.crossings());
    const [first] = records;
    if (first === undefined) return;
    this.#prefix.follow(first, Math.min(...records.map(({ length }) => length)) - 1);
  }

  /** What the forks of this point begin with. Must be released. */
  snapshot(): WorldSnapshot {
    return this.#world.snapshot();
  }

  /** Puts a world of the same request where a snapshot of this run was taken. */
  fork(into: World, snapshot: WorldSnapshot): void {
    into.restore(snapshot);
    into.referencePrefix = this.#prefix;
  }

  release(): void {
    this.#prefix.release();
    this.#world.release();
  }
}
