// Draws the charts and keeps them on one span of time, with one cursor. Where a plot begins and ends
// on the page is the same for all of them and for the picture.

import embed, { type EmbedResult, type View as VegaView } from "vega-embed";
import type { PageData } from "../report/page-data.ts";
import { chartConfig, isDark } from "./theme.ts";
import type { TimeWindow } from "./time-window.ts";
import type { View } from "./view.ts";

const WHEEL_ZOOM = 1.0015;
/** Charts follow the picture when it stands still for so long: they are slower than it. */
const REST_MS = 60;

export interface ChartMoves {
  readonly moveBy: (share: number) => void;
  readonly zoomBy: (factor: number, around: number) => void;
  readonly showAll: () => void;
}

export class Charts {
  readonly #data: PageData;
  readonly #view: View;
  readonly #stack: HTMLElement;
  readonly #cursor: HTMLElement;
  #drawn: EmbedResult[];
  /** Redrawing while drawing: only the newest one counts. */
  #round: number;
  #timer: number | undefined;

  constructor(data: PageData, view: View, stack: HTMLElement, cursor: HTMLElement) {
    this.#data = data;
    this.#view = view;
    this.#stack = stack;
    this.#cursor = cursor;
    this.#drawn = [];
    this.#round = 0;
    this.#timer = undefined;
    view.listen((state, before) => {
      if (state.window !== before.window) this.#follow();
      this.placeCursor();
    });
    addEventListener("resize", () => this.placeCursor());
  }

  listen(moves: ChartMoves): void {
    const stack = this.#stack;
    stack.addEventListener("pointermove", (event) => this.#pointer(event, moves));
    stack.addEventListener("pointerleave", () => this.#view.change({ pointer: undefined }));
    stack.addEventListener("dblclick", () => moves.showAll());
    stack.addEventListener("wheel", (event) => this.#wheel(event, moves), { passive: false });
  }

  /** One after the other, with room for everything else between them. */
  async draw(): Promise<void> {
    const round = ++this.#round;
    for (const drawn of this.#drawn) drawn.finalize();
    this.#drawn = [];
    document.documentElement.classList.toggle("dark-charts", isDark());
    const config = chartConfig();
    for (const { id, spec } of this.#data.charts) {
      const element = document.querySelector<HTMLElement>(`[data-chart="${CSS.escape(id)}"]`);
      if (element === null) continue;
      await nextTask();
      const result = await embed(element, spec, {
        mode: "vega-lite",
        renderer: "canvas",
        actions: false,
        ast: true,
        hover: false,
        config,
        tooltip: { theme: "custom" },
      });
      if (round !== this.#round) {
        result.finalize();
        return;
      }
      this.#drawn.push(result);
    }
    await this.#show(this.#view.state.window);
    this.placeCursor();
    document.documentElement.dataset["charts"] = "drawn";
  }

  placeCursor(): void {
    const plot = this.#plot();
    const time = this.#view.cursor;
    const { from, to } = this.#view.state.window;
    const isShown = plot !== undefined && time !== undefined && time >= from && time <= to;
    this.#cursor.hidden = !isShown;
    if (!isShown) return;
    const share = (time - from) / (to - from);
    this.#cursor.style.left = `${plot.left + share * plot.width}px`;
    this.#cursor.classList.toggle("left", share > 0.85);
    const label = this.#cursor.querySelector("span");
    if (label !== null) label.textContent = `${time.toFixed(6)} s`;
  }

  /** Left edge and width of the plots, in pixels from the left edge of a chart. */
  #plot(): { readonly left: number; readonly width: number } | undefined {
    const view: VegaView | undefined = this.#drawn[0]?.view;
    if (view === undefined) return undefined;
    return { left: view.origin()[0] + view.padding().left, width: Number(view.signal("width")) };
  }

  #follow(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show(this.#view.state.window), REST_MS);
  }

  async #show({ from, to }: TimeWindow): Promise<void> {
    for (const { view } of this.#drawn) {
      view.signal("from", from).signal("to", to);
      await view.runAsync();
    }
  }

  #pointer(event: PointerEvent, moves: ChartMoves): void {
    const plot = this.#plot();
    if (plot === undefined) return;
    // Only the first button, and not a finger: that one scrolls the page.
    if ((event.buttons & 1) === 1 && event.pointerType !== "touch") {
      moves.moveBy(-event.movementX / plot.width);
      event.preventDefault();
    }
    const share = this.#shareOf(event, plot);
    const { from, to } = this.#view.state.window;
    const isInside = share >= 0 && share <= 1;
    this.#view.change({ pointer: isInside ? from + share * (to - from) : undefined });
  }

  #wheel(event: WheelEvent, moves: ChartMoves): void {
    // Without a modifier the wheel belongs to the page.
    const plot = this.#plot();
    if ((!event.ctrlKey && !event.metaKey && !event.shiftKey) || plot === undefined) return;
    event.preventDefault();
    const { from, to } = this.#view.state.window;
    const share = Math.min(1, Math.max(0, this.#shareOf(event, plot)));
    const turned = event.deltaY === 0 ? event.deltaX : event.deltaY;
    moves.zoomBy(WHEEL_ZOOM ** turned, from + share * (to - from));
  }

  #shareOf(event: MouseEvent, plot: { readonly left: number; readonly width: number }): number {
    return (event.clientX - this.#stack.getBoundingClientRect().left - plot.left) / plot.width;
  }
}

async function nextTask(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}
