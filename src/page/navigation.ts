// Keys and links: they move the view, nothing else does it for them.

import { FACT_PREFIX, MOMENT_PREFIX } from "../report/page-data.ts";
import type { FactStore } from "./fact-store.ts";
import {
  move,
  parseFact,
  parseMoment,
  showMoment,
  type TimeWindow,
  wholeRun,
  zoom,
} from "./time-window.ts";
import type { View } from "./view.ts";

const KEY_ZOOM = 0.6;
const KEY_MOVE = 0.2;
const SECOND = 1_000_000_000;

export interface NavigationParts {
  readonly view: View;
  readonly store: FactStore;
  /** Seconds. */
  readonly endTime: number;
  readonly picture: HTMLElement;
  readonly help: HTMLDialogElement | null;
}

export class Navigation {
  readonly #parts: NavigationParts;

  constructor(parts: NavigationParts) {
    this.#parts = parts;
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.followLink());
    // A link to where one is already changes no address, and is followed nevertheless.
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      if (link?.hash !== undefined && link.hash !== "" && link.hash === location.hash)
        this.followLink();
    });
  }

  /** To the moment or the fact that the address names. */
  followLink(): void {
    const { view, store, endTime } = this.#parts;
    const fact = parseFact(location.hash, FACT_PREFIX);
    const position = fact === undefined ? undefined : store.positionOf(fact);
    if (position !== undefined) {
      this.select(position, true);
      this.#parts.picture.scrollIntoView({ block: "nearest" });
      return;
    }
    const time = parseMoment(location.hash, MOMENT_PREFIX);
    if (time === undefined) return;
    const pinned = Math.min(time, endTime);
    const at = store.lastAt(Math.round(pinned * SECOND));
    const isThere = store.facts[at]?.time === Math.round(pinned * SECOND);
    view.change({
      pinned,
      pointer: undefined,
      selected: isThere ? this.#nearestIn(at) : undefined,
      window: showMoment(view.state.window, pinned, endTime),
    });
    this.#parts.picture.scrollIntoView({ block: "nearest" });
  }

  /** `isClose`: its surroundings are shown near enough for single messages. */
  select(position: number, isClose: boolean = false): void {
    const { view, store, endTime } = this.#parts;
    const fact = store.facts[position];
    if (fact === undefined) return;
    const pinned = fact.time / SECOND;
    const { window } = view.state;
    const isShown = !isClose && pinned >= window.from && pinned <= window.to;
    view.change({
      selected: position,
      pinned,
      pointer: undefined,
      window: isShown ? window : showMoment(window, pinned, endTime),
    });
  }

  zoomBy(factor: number, around?: number): void {
    const { view, endTime } = this.#parts;
    const { window } = view.state;
    view.change({ window: zoom(window, factor, around ?? this.#middle(), endTime) });
  }

  moveBy(share: number): void {
    const { view, endTime } = this.#parts;
    view.change({ window: move(view.state.window, share, endTime) });
  }

  showAll(): void {
    this.#parts.view.change({ window: wholeRun(this.#parts.endTime) });
  }

  clear(): void {
    this.#parts.view.change({ selected: undefined, pinned: undefined, pointer: undefined });
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  }

  /** Of the facts of one moment the first: what followed from it comes after. */
  #nearestIn(at: number): number {
    const { facts } = this.#parts.store;
    let first = at;
    while (first > 0 && facts[first - 1]?.time === facts[at]?.time) first--;
    return first;
  }

  #middle(): number {
    const { window, pinned } = this.#parts.view.state;
    const isSeen = pinned !== undefined && pinned >= window.from && pinned <= window.to;
    return isSeen ? pinned : (window.from + window.to) / 2;
  }

  #key(event: KeyboardEvent): void {
    const { help } = this.#parts;
    if (event.ctrlKey || event.metaKey || event.altKey || help?.open === true) return;
    if (event.target instanceof HTMLInputElement) return;
    if (this.#act(event.key)) event.preventDefault();
  }

  #act(key: string): boolean {
    switch (key) {
      case "ArrowLeft":
        this.moveBy(-KEY_MOVE);
        return true;
      case "ArrowRight":
        this.moveBy(KEY_MOVE);
        return true;
      case "+":
      case "=":
        this.zoomBy(KEY_ZOOM);
        return true;
      case "-":
        this.zoomBy(1 / KEY_ZOOM);
        return true;
      case "0":
        this.showAll();
        return true;
      case ",":
        this.#step(-1);
        return true;
      case ".":
        this.#step(1);
        return true;
      case "Escape":
        this.clear();
        return true;
      case "?":
        this.#parts.help?.showModal();
        return true;
      default:
        return false;
    }
  }

  /** To the fact before or after the pinned one, or after the cursor. */
  #step(by: number): void {
    const { view, store } = this.#parts;
    const { selected } = view.state;
    const from = selected ?? store.lastAt((view.cursor ?? view.state.window.from) * SECOND);
    const next = Math.min(store.length - 1, Math.max(0, from + by));
    this.select(next);
  }
}

export function windowInNs(window: TimeWindow): TimeWindow {
  return { from: window.from * SECOND, to: window.to * SECOND };
}
