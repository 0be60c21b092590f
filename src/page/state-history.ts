// How everything stood after each fact. A copy of every so-manyth state is kept, as far as somebody
// asked: a jump begins at the nearest one. What a fact changed is asked of immer, for that fact alone.

import { enablePatches, produceWithPatches, setAutoFreeze } from "immer";
import type { Fact } from "../history/fact.ts";
import { applyFact, copyState, type WorldState } from "../report/world-state.ts";

const KEEP_EVERY = 256;

export interface StateStart {
  readonly position: number;
  readonly state: WorldState;
}

export class StateHistory {
  readonly #facts: readonly Fact[];
  readonly #starts: ReadonlyMap<number, WorldState>;
  /** Before every KEEP_EVERY-th fact. */
  readonly #kept: WorldState[];

  /** `starts`: how things stood before a fact, where the page has nothing of what came before it. */
  constructor(facts: readonly Fact[], initial: WorldState, starts: readonly StateStart[]) {
    enablePatches();
    // States are shared between each other; nobody here changes one.
    setAutoFreeze(false);
    this.#facts = facts;
    this.#starts = new Map(starts.map(({ position, state }) => [position, state]));
    this.#kept = [copyState(initial)];
  }

  /** After the fact at this position; before all of them at -1. */
  at(position: number): WorldState {
    const end = Math.min(position + 1, this.#facts.length);
    const block = Math.floor(Math.max(0, end) / KEEP_EVERY);
    while (this.#kept.length <= block) this.#keepNext();
    return this.#walked(block, end);
  }

  /** "nodes.0.held": paths of what the fact at this position changed. */
  changedBy(position: number): ReadonlySet<string> {
    const fact = this.#facts[position];
    if (fact === undefined) return new Set();
    const before = this.#starts.get(position) ?? this.at(position - 1);
    const [, patches] = produceWithPatches(before, (draft) => applyFact(draft, fact));
    return new Set(patches.map(({ path }) => path.join(".")));
  }

  #keepNext(): void {
    const last = this.#kept.length - 1;
    this.#kept.push(this.#walked(last, (last + 1) * KEEP_EVERY));
  }

  /** From what is kept of a block to the state before the fact at `end`. */
  #walked(block: number, end: number): WorldState {
    let state = copyState(this.#kept[block] as WorldState);
    for (let at = block * KEEP_EVERY; at < end; at++) {
      const start = this.#starts.get(at);
      if (start !== undefined) state = copyState(start);
      const fact = this.#facts[at];
      if (fact !== undefined) applyFact(state, fact);
    }
    return state;
  }
}
