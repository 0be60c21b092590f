// Counterfactual forks of any run: at chosen gaps between events the world is forked, the primary and
// all that is on its wires to the backup die there, and the backup goes on until it shows itself
// alive. What came out is a fact of the run that was forked, and no part of its identity.

import type { Prng } from "../base/prng.ts";
import { after, type Duration, type VirtualTime, virtualTime } from "../base/time.ts";
import {
  type CounterfactualFact,
  compareCounterfactual,
  isAlive,
  killingOf,
} from "./oracle/counterfactual.ts";
import type { World } from "./world.ts";

/** How far behind a survivor may be, and how long the storage may take, beside the detection. */
const US = 1_000;
const PATIENCE = 3_000_000_000;

export interface Sampling {
  /** How many forks; undefined: at every gap. */
  readonly samples: number | undefined;
  /** Draws the moments; no stream of the world's. */
  readonly prng: Prng;
}

export class Counterfactuals {
  readonly #world: World;
  readonly #fork: World;
  /** Ascending; undefined: every gap. */
  readonly #moments: readonly VirtualTime[] | undefined;
  #next: number;
  #isLookingForRelease: boolean;

  /** `fork` is another world of the same request and runtime. */
  constructor(world: World, fork: World, { samples, prng }: Sampling) {
    this.#world = world;
    this.#fork = fork;
    const { for: safety } = world.spec.scenario.workload;
    this.#moments =
      samples === undefined
        ? undefined
        : Array.from({ length: samples }, () => prng.below(Math.ceil(safety / US)) * US)
            .sort((a, b) => a - b)
            .map(virtualTime);
    this.#next = 0;
    this.#isLookingForRelease = false;
  }

  /** As World.advance, with forks on the way. */
  advance(maxEvents: number): void {
    const { kernel, facts } = this.#world;
    for (let left = maxEvents; left > 0 && !this.#world.isOver; left--) {
      const before = { dispatched: kernel.dispatched, facts: facts.history.length };
      this.#world.advance(1);
      if (kernel.dispatched > before.dispatched && this.#isDue(before.facts)) this.#ask();
    }
  }

  release(): void {
    this.#fork.release();
  }

  /**
   * A drawn moment is due at the first event after it in which a primary let something out: where
   * nothing has left since the last one, dying a little later is the same question.
   */
  #isDue(facts: number): boolean {
    if (this.#moments === undefined) return true;
    const { now } = this.#world.kernel;
    while ((this.#moments[this.#next] ?? Number.MAX_SAFE_INTEGER) <= now) {
      this.#next += 1;
      this.#isLookingForRelease = true;
    }
    if (!this.#isLookingForRelease) return false;
    const news = this.#world.facts.history.facts().slice(facts);
    if (!news.some(({ kind }) => kind === "release")) return false;
    this.#isLookingForRelease = false;
    return true;
  }

  #ask(): void {
    const killing = killingOf(this.#world, this.#world.roles.nodeOf("primary"));
    if (killing === undefined || this.#world.isOver) return;
    const { killed, survivor } = killing;
    const fork = this.#fork;
    const snapshot = this.#world.snapshot();
    fork.restore(snapshot);
    snapshot.release();
    fork.strikeHere({ phase: "start", kind: "crash", target: killed });
    fork.strikeHere({ phase: "start", kind: "cut", target: `${killed}-${survivor}` });
    this.#runUntilAlive(survivor);
    const { time: _forks, ...found } = compareCounterfactual(fork, killing);
    const fact: CounterfactualFact = { ...found, time: this.#world.kernel.now };
    this.#world.facts.emit(fact);
  }

  #runUntilAlive(survivor: string): void {
    const fork = this.#fork;
    const { protocol } = fork.spec.scenario;
    const detection = Math.max(protocol["heartbeat-timeout"], protocol["log-timeout"]);
    const until = after(fork.kernel.now, (detection + PATIENCE) as Duration);
    let seen = fork.facts.history.length;
    while (!fork.isOver && fork.kernel.now < until) {
      fork.advance(16);
      const facts = fork.facts.history.facts();
      for (const fact of facts.slice(seen)) if (isAlive(fact, survivor)) return;
      seen = facts.length;
    }
  }
}
