// The picture with what stands around it: its legend, the name of what lies under the pointer, the
// state of all nodes at the cursor, and the details of what is pinned.

import { type Hover, Picture } from "../picture/picture.ts";
import { Tip } from "../picture/tip.ts";
import { FACT_PREFIX, LEGEND_ID, type PageData } from "../report/page-data.ts";
import { DetailsPanel } from "./details-panel.ts";
import { byId } from "./elements.ts";
import { type Navigation, windowInNs } from "./navigation.ts";
import type { Run } from "./run.ts";
import type { StateHistory } from "./state-history.ts";
import { StatePanel } from "./state-panel.ts";
import type { View } from "./view.ts";

const SECOND = 1_000_000_000;

export interface PicturePanelParts {
  readonly canvas: HTMLCanvasElement;
  readonly run: Run;
  readonly data: PageData;
  readonly view: View;
  readonly navigation: Navigation;
}

export class PicturePanel {
  readonly #parts: PicturePanelParts;
  readonly #picture: Picture;
  readonly #tip: Tip;
  readonly #excerpt: ReadonlySet<number>;
  #state: StatePanel | undefined;
  #details: DetailsPanel | undefined;

  constructor(parts: PicturePanelParts) {
    const { canvas, run, data, view, navigation } = parts;
    this.#parts = parts;
    this.#tip = new Tip(canvas, (position) => run.store.facts[position]);
    this.#excerpt = excerptOf(parts);
    this.#picture = new Picture(
      {
        canvas,
        model: run.model,
        gaps: run.gaps,
        ...(data.density === null ? {} : { background: data.density }),
        events: {
          onHover: (hover) => this.#hover(hover),
          onPick: (facts) => this.#pick(facts),
          onMove: (share) => navigation.moveBy(share),
          onZoom: (factor, around) => navigation.zoomBy(factor, around / SECOND),
          onWhole: () => navigation.showAll(),
        },
      },
      windowInNs(view.state.window),
    );
    this.#picture.select(undefined, this.#excerpt);
    this.#listenToLegend();
  }

  recolor(): void {
    this.#picture.recolor();
  }

  listenTo(
    state: HTMLElement | undefined,
    details: HTMLElement | undefined,
    history: StateHistory,
  ): void {
    const { run, view } = this.#parts;
    if (state !== undefined) this.#state = new StatePanel(state, run.store, history);
    if (details !== undefined) {
      this.#details = new DetailsPanel(details, run.store, run.links);
      details.addEventListener("click", ({ target }) => {
        if (target instanceof HTMLElement && target.dataset["unpin"] !== undefined)
          this.#parts.navigation.clear();
      });
    }
    view.listen((now, before) => {
      if (now.window !== before.window) {
        this.#picture.show(windowInNs(now.window));
        // What lay under the pointer has moved away from it.
        this.#tip.hide();
      }
      if (now.selected !== before.selected) this.#showSelected(now.selected);
      const cursor = view.cursor;
      this.#picture.setCursor(cursor === undefined ? undefined : cursor * SECOND);
      this.#showState();
    });
    this.#showState();
  }

  #showState(): void {
    const { run, view, data } = this.#parts;
    const { selected, pointer, pinned } = view.state;
    const seconds = pointer ?? pinned ?? data.findings[0]?.time ?? data.endTime;
    const time = Math.round(
      pointer === undefined && pinned === undefined && data.findings[0] !== undefined
        ? data.findings[0].time
        : seconds * SECOND,
    );
    const isPinned = selected !== undefined && pointer === undefined;
    const position = isPinned ? selected : run.store.lastAt(time);
    this.#state?.show(position, time);
  }

  #showSelected(selected: number | undefined): void {
    this.#details?.show(selected);
    const chain = selected === undefined ? undefined : this.#details?.chainOf(selected);
    this.#picture.select(selected, chain ?? this.#excerpt);
  }

  #pick(facts: readonly number[]): void {
    const { navigation, run } = this.#parts;
    const [position] = facts;
    if (position === undefined) {
      navigation.clear();
      return;
    }
    navigation.select(position);
    // The panel below says it all, and the picture is to be seen.
    this.#tip.hide();
    history.replaceState(null, "", `#${FACT_PREFIX}${run.store.indexOf(position)}`);
  }

  #hover(hover: Hover | undefined): void {
    const { view } = this.#parts;
    view.change({ pointer: hover === undefined ? undefined : hover.time / SECOND });
    this.#tip.show(hover);
  }

  #listenToLegend(): void {
    const hidden = new Set<string>();
    byId(LEGEND_ID)?.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button[data-group]") : null;
      if (!(button instanceof HTMLButtonElement)) return;
      const group = button.dataset["group"] ?? "";
      if (hidden.has(group)) hidden.delete(group);
      else hidden.add(group);
      button.setAttribute("aria-pressed", hidden.has(group) ? "false" : "true");
      this.#picture.hide(hidden);
    });
  }
}

/** The facts of all findings' excerpts stand out while nothing is pinned. */
function excerptOf({ run, data }: PicturePanelParts): ReadonlySet<number> {
  const positions = data.findings.flatMap(({ facts }) =>
    facts.flatMap((index) => run.store.positionOf(index) ?? []),
  );
  return new Set(positions);
}
