// Forks of one run, in the order of its events: a world that goes on from point to point, and another
// one that is put where it stands, acted on, and left to run to its end. A snapshot lives only as long
// as the forks of its point are run.

import type { Act } from "../faults/operator.ts";
import { ForwardWorld } from "./forward-world.ts";
import type { World } from "./world.ts";

export class ForkBench {
  readonly #base: ForwardWorld;
  readonly #fork: World;

  /** Two worlds of one request and runtime; they are the bench's own from here on. */
  constructor(base: World, fork: World) {
    this.#base = new ForwardWorld(base);
    this.#fork = fork;
  }

  /** Events of the run that were dispatched: only later points can be forked at. */
  get reached(): number {
    return this.#base.reached;
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
    this.#base.goTo(afterEvent);
    if (this.#base.isOver) return undefined;
    const snapshot = this.#base.snapshot();
    const answers = lists.map((acts) => {
      const fork = this.#fork;
      this.#base.fork(fork, snapshot);
      for (const act of acts) fork.strikeHere(act);
      return finish(fork);
    });
    snapshot.release();
    return answers;
  }

  release(): void {
    this.#base.release();
    this.#fork.release();
  }
}
