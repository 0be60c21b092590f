// What the page shows at the moment: the span of time, the cursor, what is pinned. One place that
// everybody asks, and that tells everybody when it changes. Times are seconds, as in links.

import type { TimeWindow } from "./time-window.ts";

export interface ViewState {
  readonly window: TimeWindow;
  /** Under the pointer; undefined when it is elsewhere. */
  readonly pointer: number | undefined;
  /** Chosen by a link, a click or a key: what the cursor returns to. */
  readonly pinned: number | undefined;
  /** Position of the pinned fact. */
  readonly selected: number | undefined;
}

export type ViewListener = (state: ViewState, before: ViewState) => void;

export class View {
  #state: ViewState;
  readonly #listeners: ViewListener[];

  constructor(window: TimeWindow) {
    this.#state = { window, pointer: undefined, pinned: undefined, selected: undefined };
    this.#listeners = [];
  }

  get state(): ViewState {
    return this.#state;
  }

  /** Where the cursor stands. */
  get cursor(): number | undefined {
    return this.#state.pointer ?? this.#state.pinned;
  }

  listen(listener: ViewListener): void {
    this.#listeners.push(listener);
  }

  change(changes: Partial<ViewState>): void {
    const before = this.#state;
    this.#state = { ...before, ...changes };
    for (const listener of this.#listeners) listener(this.#state, before);
  }
}
