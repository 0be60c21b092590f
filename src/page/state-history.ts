// How everything stood after each fact. immer makes a patch for each, which is kept: what a fact
// changed is known, and a jump takes the nearest kept state and a few patches. States are built as
// far as somebody asks, and further when the browser has nothing else to do.

import { applyPatches, enablePatches, type Patch, produceWithPatches, setAutoFreeze } from "immer";
import type { Fact } from "../history/fact.ts";
import { applyFact, type WorldState } from "../report/world-state.ts";

const KEEP_EVERY = 128;

export interface StateStart {
  readonly position: number;
  readonly state: WorldState;
}

export class StateHistory {
  readonly #facts: readonly Fact[];
  readonly #starts: ReadonlyMap<number, WorldState>;
  readonly #patches: (readonly Patch[])[];
  /** After every KEEP_EVERY-th fact. */
  readonly #kept: WorldState[];
  readonly #initial: WorldState;
  #latest: WorldState;

  /** `starts`: how things stood before a fact, where the page has nothing of what came before it. */
  constructor(facts: readonly Fact[], initial: WorldState, starts: readonly StateStart[]) {
    enablePatches();
    // States are shared between each other; nobody here changes one.
    setAutoFreeze(false);
    this.#facts = facts;
    this.#starts = new Map(starts.map(({ position, state }) => [position, state]));
    this.#patches = [];
    this.#kept = [];
    this.#initial = initial;
    this.#latest = initial;
  }

  get built(): number {
    return this.#patches.length;
  }

  /** After the fact at this position; before all of them at -1. */
  at(position: number): WorldState {
    if (position < 0) return this.#initial;
    this.build(position + 1);
    const block = Math.floor(position / KEEP_EVERY);
    let state = block === 0 ? this.#initial : (this.#kept[block - 1] ?? this.#initial);
    for (let at = block * KEEP_EVERY; at <= position; at++)
      state = this.#patched(this.#starts.get(at) ?? state, at);
    return state;
  }

  /** "nodes.0.held": paths of what the fact at this position changed. */
  changedBy(position: number): ReadonlySet<string> {
    if (position < 0) return new Set();
    this.build(position + 1);
    return new Set((this.#patches[position] ?? []).map(({ path }) => path.join(".")));
  }

  /** States of the first `length` facts. */
  build(length: number): void {
    const end = Math.min(length, this.#facts.length);
    for (let at = this.#patches.length; at < end; at++) {
      const fact = this.#facts[at];
      if (fact === undefined) return;
      const before = this.#starts.get(at) ?? this.#latest;
      const [state, patches] = produceWithPatches(before, (draft) => applyFact(draft, fact));
      this.#latest = state;
      this.#patches.push(patches);
      if ((at + 1) % KEEP_EVERY === 0) this.#kept.push(state);
    }
  }

  #patched(state: WorldState, position: number): WorldState {
    const patches = this.#patches[position] ?? [];
    return patches.length === 0 ? state : applyPatches(state, patches as Patch[]);
  }
}
