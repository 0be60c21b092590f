// Watches a world event by event for what a search is after: marks that this run had not hit before,
// and the moments at which a checker saw it nearer to a violation than before. It begins wherever the
// world stands, and tells only what is new from there on.

import type { Closeness } from "../checkers/checker.ts";
import type { World } from "./world.ts";

/** After which event of the run. */
interface Place {
  readonly afterEvent: number;
  readonly time: number;
}

export interface Sighting extends Place {
  readonly mark: string;
}

/** The smallest distance of a run, and where it was first that small. */
export interface Approach extends Closeness, Place {}

export class Lookout {
  readonly #world: World;
  readonly #sightings: Sighting[];
  readonly #approaches: Map<string, Approach>;
  readonly #marks: Set<string>;
  readonly #distances: Map<string, number>;
  #facts: number;

  constructor(world: World) {
    this.#world = world;
    this.#sightings = [];
    this.#approaches = new Map();
    this.#marks = new Set(world.marks.keys());
    this.#distances = new Map();
    for (const { checker, distance } of world.judge.closeness())
      this.#distances.set(checker, distance);
    this.#facts = world.facts.history.length;
  }

  /** To the end of the run. */
  watch(): void {
    const world = this.#world;
    while (!world.isOver) {
      world.advance(1);
      if (world.marks.size > this.#marks.size) this.#noteMarks();
      // Checkers know nothing but facts.
      if (world.facts.history.length > this.#facts) this.#noteDistances();
    }
  }

  /** In the order in which they were hit. */
  get sightings(): readonly Sighting[] {
    return this.#sightings;
  }

  /** In the registry's order of checkers, those that came nearer. */
  get approaches(): readonly Approach[] {
    return this.#world.judge.closeness().flatMap(({ checker }) => {
      const approach = this.#approaches.get(checker);
      return approach === undefined ? [] : [approach];
    });
  }

  #noteMarks(): void {
    for (const mark of this.#world.marks.keys()) {
      if (this.#marks.has(mark)) continue;
      this.#marks.add(mark);
      this.#sightings.push({ mark, ...this.#here() });
    }
  }

  #noteDistances(): void {
    this.#facts = this.#world.facts.history.length;
    for (const closeness of this.#world.judge.closeness()) {
      const { checker, distance } = closeness;
      if (distance >= (this.#distances.get(checker) ?? Infinity)) continue;
      this.#distances.set(checker, distance);
      this.#approaches.set(checker, { ...closeness, ...this.#here() });
    }
  }

  #here(): Place {
    const { dispatched, now } = this.#world.kernel;
    return { afterEvent: dispatched, time: now };
  }
}
