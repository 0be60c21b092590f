// Moves the charts through time: dragging, wheel with Ctrl, keys, and links to a moment. Shows the
// cursor, one line over all charts with the time that it stands at.

import { MOMENT_PREFIX } from "../report/page-data.ts";
import type { Charts } from "./charts.ts";
import { move, parseMoment, showMoment, type TimeWindow, wholeRun, zoom } from "./time-window.ts";

const KEY_ZOOM = 0.6;
const KEY_MOVE = 0.2;
const WHEEL_ZOOM = 1.0015;

export class Navigation {
  readonly #charts: Charts;
  readonly #stack: HTMLElement;
  readonly #cursor: HTMLElement;
  readonly #endTime: number;
  #window: TimeWindow;
  /** The moment that a link chose; the cursor returns to it when the pointer leaves. */
  #pinned: number | undefined;
  #isShowing: boolean;
  #isStale: boolean;

  constructor(charts: Charts, stack: HTMLElement, cursor: HTMLElement, endTime: number) {
    this.#charts = charts;
    this.#stack = stack;
    this.#cursor = cursor;
    this.#endTime = endTime;
    this.#window = wholeRun(endTime);
    this.#pinned = undefined;
    this.#isShowing = false;
    this.#isStale = false;
  }

  get window(): TimeWindow {
    return this.#window;
  }

  listen(help: HTMLDialogElement): void {
    const stack = this.#stack;
    stack.addEventListener("pointermove", (event) => this.#pointer(event));
    stack.addEventListener("pointerleave", () => this.placeCursor());
    stack.addEventListener("dblclick", () => this.#show(wholeRun(this.#endTime)));
    stack.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    document.addEventListener("keydown", (event) => this.#key(event, help));
    addEventListener("hashchange", () => this.followLink());
    addEventListener("resize", () => this.placeCursor());
  }

  /** To the moment that the address names. */
  followLink(): void {
    const time = parseMoment(location.hash, MOMENT_PREFIX);
    if (time === undefined) return;
    this.#pinned = Math.min(time, this.#endTime);
    this.#show(showMoment(this.#window, this.#pinned, this.#endTime));
    this.#stack.scrollIntoView({ block: "start" });
  }

  placeCursor(time: number | undefined = this.#pinned): void {
    const plot = this.#charts.plot();
    const { from, to } = this.#window;
    const isShown = plot !== undefined && time !== undefined && time >= from && time <= to;
    this.#cursor.hidden = !isShown;
    if (!isShown) return;
    const share = (time - from) / (to - from);
    this.#cursor.style.left = `${plot.left + share * plot.width}px`;
    this.#cursor.classList.toggle("left", share > 0.85);
    const label = this.#cursor.querySelector("span");
    if (label !== null) label.textContent = `${time.toFixed(6)} s`;
  }

  #pointer(event: PointerEvent): void {
    const plot = this.#charts.plot();
    if (plot === undefined) return;
    const { from, to } = this.#window;
    // Only the first button, and not a finger: that one scrolls the page.
    if ((event.buttons & 1) === 1 && event.pointerType !== "touch") {
      this.#show(move(this.#window, -event.movementX / plot.width, this.#endTime));
      event.preventDefault();
    }
    const x = event.clientX - this.#stack.getBoundingClientRect().left - plot.left;
    const isInside = x >= 0 && x <= plot.width;
    this.placeCursor(isInside ? from + (x / plot.width) * (to - from) : this.#pinned);
  }

  #wheel(event: WheelEvent): void {
    // Without a modifier the wheel belongs to the page.
    const plot = this.#charts.plot();
    if ((!event.ctrlKey && !event.metaKey && !event.shiftKey) || plot === undefined) return;
    event.preventDefault();
    const { from, to } = this.#window;
    const x = event.clientX - this.#stack.getBoundingClientRect().left - plot.left;
    const around = from + Math.min(1, Math.max(0, x / plot.width)) * (to - from);
    const turned = event.deltaY === 0 ? event.deltaX : event.deltaY;
    this.#show(zoom(this.#window, WHEEL_ZOOM ** turned, around, this.#endTime));
  }

  #key(event: KeyboardEvent, help: HTMLDialogElement): void {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const next = this.#afterKey(event.key);
    if (event.key === "?") help.showModal();
    else if (next === undefined) return;
    else this.#show(next);
    event.preventDefault();
  }

  #afterKey(key: string): TimeWindow | undefined {
    const window = this.#window;
    const middle = this.#pinned ?? (window.from + window.to) / 2;
    const around = middle >= window.from && middle <= window.to ? middle : window.from;
    switch (key) {
      case "ArrowLeft":
        return move(window, -KEY_MOVE, this.#endTime);
      case "ArrowRight":
        return move(window, KEY_MOVE, this.#endTime);
      case "+":
      case "=":
        return zoom(window, KEY_ZOOM, around, this.#endTime);
      case "-":
        return zoom(window, 1 / KEY_ZOOM, around, this.#endTime);
      case "0":
        return wholeRun(this.#endTime);
      default:
        return undefined;
    }
  }

  /** Requests that come while charts are drawn are served by one more drawing. */
  #show(window: TimeWindow): void {
    this.#window = window;
    this.placeCursor();
    this.#isStale = true;
    if (!this.#isShowing) void this.#drawUntilFresh();
  }

  async #drawUntilFresh(): Promise<void> {
    this.#isShowing = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#charts.show(this.#window);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    this.#isShowing = false;
  }
}
