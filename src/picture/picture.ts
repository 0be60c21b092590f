// The space-time picture on a canvas: give it a model and it draws what its window shows, says what
// lies under the pointer, and reports what a person does with it. It never moves by itself: whoever
// made it decides what a drag or a click changes. For a run that is still going, append to the model
// and call `refresh`.

import { type Background, drawScene, type Gap, type Scene } from "./draw.ts";
import { MessageIndex, type Window } from "./aggregate.ts";
import { hitTest, type Target } from "./hit.ts";
import { type Layout, layoutOf, pictureHeight, timeOf } from "./layout.ts";
import type { PictureModel } from "./model.ts";
import { type Palette, readPalette } from "./palette.ts";

export interface PictureEvents {
  /** Positions of facts under the pointer, and the time there (ns); undefined outside of the plot. */
  readonly onHover: (hover: Hover | undefined) => void;
  readonly onPick: (facts: readonly number[]) => void;
  /** A share of what is shown, to later times. */
  readonly onMove: (by: number) => void;
  readonly onZoom: (factor: number, around: number) => void;
  readonly onWhole: () => void;
}

export interface Hover {
  readonly facts: readonly number[];
  readonly time: number;
  /** CSS pixels in the canvas. */
  readonly x: number;
  readonly y: number;
}

export interface PictureParts {
  readonly canvas: HTMLCanvasElement;
  readonly model: PictureModel;
  readonly events: PictureEvents;
  readonly gaps?: readonly Gap[];
  readonly background?: Background;
  /** Draws what no fact tells, over everything else. */
  readonly over?: (context: CanvasRenderingContext2D, scene: Scene) => void;
}

const WHEEL_ZOOM = 1.0015;
const CLICK_WITHIN = 4;

export class Picture {
  readonly #parts: PictureParts;
  #model: PictureModel;
  #gaps: readonly Gap[];
  #index: MessageIndex;
  #now: number | undefined;
  #palette: Palette;
  #layout: Layout;
  #targets: readonly Target[];
  #window: Window;
  #cursor: number | undefined;
  #selected: number | undefined;
  #highlighted: ReadonlySet<number>;
  #hidden: ReadonlySet<string>;
  #isAsked: boolean;
  #pressedAt: { readonly x: number; readonly y: number } | undefined;
  #hasDragged: boolean;

  constructor(parts: PictureParts, window: Window) {
    this.#parts = parts;
    this.#model = parts.model;
    this.#gaps = parts.gaps ?? [];
    this.#index = new MessageIndex(parts.model.messages);
    this.#now = undefined;
    this.#palette = readPalette();
    parts.canvas.style.height = `${pictureHeight(parts.model.lanes)}px`;
    this.#layout = layoutOf(parts.model.lanes, sizeOf(parts.canvas));
    this.#targets = [];
    this.#window = window;
    this.#cursor = undefined;
    this.#selected = undefined;
    this.#highlighted = new Set();
    this.#hidden = new Set();
    this.#isAsked = false;
    this.#pressedAt = undefined;
    this.#hasDragged = false;
    this.#listen();
    this.drawNow();
  }

  get layout(): Layout {
    return this.#layout;
  }

  show(window: Window): void {
    this.#window = window;
    this.refresh();
  }

  /** Of a run that goes on: nothing is known of what is later than this. */
  setNow(now: number): void {
    this.#now = now;
    this.refresh();
  }

  /** Another one with the same lanes. */
  setModel(model: PictureModel, gaps: readonly Gap[]): void {
    this.#model = model;
    this.#gaps = gaps;
    this.#index = new MessageIndex(model.messages);
    this.refresh();
  }

  setCursor(time: number | undefined): void {
    if (this.#cursor === time) return;
    this.#cursor = time;
    this.refresh();
  }

  select(selected: number | undefined, highlighted: ReadonlySet<number>): void {
    this.#selected = selected;
    this.#highlighted = highlighted;
    this.refresh();
  }

  /** Groups of messages that are not shown: see groupOf. */
  hide(hidden: ReadonlySet<string>): void {
    this.#hidden = hidden;
    this.refresh();
  }

  recolor(): void {
    this.#palette = readPalette();
    this.refresh();
  }

  /** With the next frame, once however often it is asked for. */
  refresh(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.drawNow();
    });
  }

  drawNow(): void {
    const { canvas, background, over } = this.#parts;
    const model = this.#model;
    const context = canvas.getContext("2d");
    if (context === null) return;
    const size = sizeOf(canvas);
    const scale = devicePixelRatio;
    if (canvas.width !== Math.round(size.width * scale))
      canvas.width = Math.round(size.width * scale);
    if (canvas.height !== Math.round(size.height * scale))
      canvas.height = Math.round(size.height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#layout = layoutOf(model.lanes, size);
    const scene: Scene = {
      model,
      index: this.#index,
      layout: this.#layout,
      window: this.#window,
      palette: this.#palette,
      gaps: this.#gaps,
      background,
      hidden: this.#hidden,
      highlighted: this.#highlighted,
      selected: this.#selected,
      cursor: this.#cursor,
      now: this.#now,
    };
    this.#targets = drawScene(context, scene);
    over?.(context, scene);
  }

  #listen(): void {
    const { canvas, events } = this.#parts;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#pointer(event));
    canvas.addEventListener("pointerup", (event) => this.#release(event));
    canvas.addEventListener("pointerleave", () => events.onHover(undefined));
    canvas.addEventListener("dblclick", () => events.onWhole());
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    new ResizeObserver(() => this.refresh()).observe(canvas);
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#pressedAt = { x: event.clientX, y: event.clientY };
    this.#hasDragged = false;
    this.#parts.canvas.setPointerCapture(event.pointerId);
  }

  #pointer(event: PointerEvent): void {
    const { events } = this.#parts;
    const pressed = this.#pressedAt;
    if (pressed !== undefined && (event.buttons & 1) === 1) {
      const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
      if (moved > CLICK_WITHIN) this.#hasDragged = true;
      if (this.#hasDragged) events.onMove(-event.movementX / this.#layout.plotWidth);
    }
    events.onHover(this.#hoverAt(event));
  }

  #release(event: PointerEvent): void {
    const pressed = this.#pressedAt;
    this.#pressedAt = undefined;
    if (pressed === undefined || this.#hasDragged) return;
    this.#parts.events.onPick(this.#hoverAt(event)?.facts ?? []);
  }

  #hoverAt(event: PointerEvent): Hover | undefined {
    const { plotLeft, plotWidth } = this.#layout;
    const { offsetX: x, offsetY: y } = event;
    if (x < plotLeft || x > plotLeft + plotWidth) return undefined;
    const facts = hitTest(this.#targets, x, y)?.facts ?? [];
    return { facts, time: timeOf(this.#layout, this.#window, x), x, y };
  }

  #wheel(event: WheelEvent): void {
    // Without a modifier the wheel belongs to the page.
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
    event.preventDefault();
    const turned = event.deltaY === 0 ? event.deltaX : event.deltaY;
    const around = timeOf(this.#layout, this.#window, event.offsetX);
    this.#parts.events.onZoom(WHEEL_ZOOM ** turned, around);
  }
}

function sizeOf(canvas: HTMLCanvasElement): { readonly width: number; readonly height: number } {
  return { width: Math.max(1, canvas.clientWidth), height: Math.max(1, canvas.clientHeight) };
}
