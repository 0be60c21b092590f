// Forks of one run, in the order of its events: a world that goes on from point to point, and another
// one that is put where it stands, acted on, and left to run to its end. A snapshot lives only as long
// as the forks of its point are run.

import { assert } from "../base/assert.ts";
import type { Act } from "../faults/operator.ts";
import { ReferencePrefix } from "./oracle/reference-prefix.ts";
import type { World } from "./world.ts";

export class ForkBench {
  readonly #base: World;
  readonly #fork: World;
  readonly #prefix: ReferencePrefix;

  /** Two worlds of one request and runtime; they are the bench's own from here on. */
  constructor(base: World, fork: World) {
    this.#base = base;
    this.#fork = fork;
    this.#prefix = new ReferencePrefix(base.spec);
  }

  /** Events of the run that were dispatched: only later points can be forked at. */
  get reached(): number {
    return this.#base.kernel.dispatched;
  }

  /**
   * At the gap behind this event, a fork for each list of acts; `finish` runs it to its end and says
   * what came of it. Undefined: the run was over before.
   */
  forkAt<T>(
    afterEvent: number,
    lists: readonly (readonly Act[])[],
    finish: (fork: World) => T,
  ): readonly T[] | undefined {
    this.#goTo(afterEvent);
    if (this.#base.isOver) return undefined;
    const snapshot = this.#base.snapshot();
    const answers = lists.map((acts) => {
      const fork = this.#fork;
      fork.restore(snapshot);
      for (const act of acts) fork.strikeHere(act);
      fork.referencePrefix = this.#prefix;
      return finish(fork);
    });
    snapshot.release();
    return answers;
  }

  release(): void {
    this.#prefix.release();
    this.#base.release();
    this.#fork.release();
  }

  #goTo(afterEvent: number): void {
    const base = this.#base;
    assert(base.kernel.dispatched <= afterEvent, "a bench only goes forward");
    while (base.kernel.dispatched < afterEvent && !base.isOver) base.advance(1);
    const records = base.hosts
      .filter(({ hasMachine }) => hasMachine)
      .map(({ parts }) => parts.runner.record.crossings());
    if (records.length === 0) return;
    const common = Math.min(...records.map(({ length }) => length));
    this.#prefix.follow(records[0] ?? [], common - 1);
  }
}
