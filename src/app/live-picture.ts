// The space-time picture of a run that goes on: follows it in the window that the speed asks for, or
// stays where a person moved it. Of a long run it keeps what decided it and the newest of the rest.

import type { Fact } from "../history/fact.ts";
import type { Gap, Scene } from "../picture/draw.ts";
import { PictureModel } from "../picture/model.ts";
import { Picture } from "../picture/picture.ts";
import { linesOf, Tip } from "../picture/tip.ts";
import { isBulk } from "../report/kept-facts.ts";
import type { PacketView, Update, WorldView } from "./messages.ts";
import { drawPackets } from "./packets-under-way.ts";

/** The newest that are always there; a run that has twice as many gives the older ones up. */
const FACTS_KEPT = 60_000;
const PACKETS_KEPT = 12_000;
/** Nothing is shorter than a nanosecond. */
const WINDOW_LEAST = 100;

interface Window {
  readonly from: number;
  readonly to: number;
}

export interface LiveParts {
  readonly canvas: HTMLCanvasElement;
  /** What a person points at and clicks is told here. */
  readonly onPin: (lines: readonly string[]) => void;
}

export class LivePicture {
  readonly #parts: LiveParts;
  readonly #picture: Picture;
  readonly #tip: Tip;
  #hosts: readonly string[];
  #clients: readonly string[];
  #model: PictureModel;
  #facts: Fact[];
  #packets: readonly PacketView[];
  #now: number;
  #width: number;
  /** Where a person moved it; undefined: it follows the run. */
  #chosen: Window | undefined;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#hosts = [];
    this.#clients = [];
    this.#model = new PictureModel([]);
    this.#facts = [];
    this.#packets = [];
    this.#now = 0;
    this.#width = 1;
    this.#chosen = undefined;
    this.#tip = new Tip(parts.canvas, (position) => this.#model.fact(position));
    this.#picture = new Picture(
      {
        canvas: parts.canvas,
        model: this.#model,
        events: {
          onHover: (hover) => this.#tip.show(hover),
          onPick: (facts) => this.#pick(facts),
          onMove: (share) => this.moveBy(share),
          onZoom: (factor, around) => this.zoomBy(factor, around),
          onWhole: () => this.showAll(),
        },
        over: (context, scene) => this.#drawPackets(context, scene),
      },
      this.#window,
    );
  }

  /** Those that are told, newest last. */
  get packets(): readonly PacketView[] {
    return this.#packets;
  }

  begin({ hosts, clients }: WorldView): void {
    this.#hosts = hosts;
    this.#clients = clients;
    this.#chosen = undefined;
    this.#startAnew();
  }

  append({ firstFact, facts, packets, time }: Update): void {
    // Whoever acts before what was still to come gets the run told again, from its beginning.
    if (firstFact === 0) this.#startAnew();
    this.#packets = [...this.#packets, ...packets].slice(-PACKETS_KEPT);
    for (const fact of facts) {
      this.#facts.push(fact);
      this.#model.append(fact);
    }
    if (this.#facts.length > 2 * FACTS_KEPT) this.#giveUpOldest();
    this.#now = time;
    this.#picture.setNow(time);
    this.#show();
  }

  /** As much of the newest as the speed asks for (ns). */
  setWidth(width: number): void {
    this.#width = width;
    this.follow();
  }

  follow(): void {
    this.#chosen = undefined;
    this.#tip.hide();
    this.#show();
  }

  moveBy(share: number): void {
    const { from, to } = this.#window;
    const by = Math.max(-from, (to - from) * share);
    this.#choose({ from: from + by, to: to + by });
  }

  zoomBy(factor: number, around: number = this.#middle): void {
    const { from, to } = this.#window;
    const width = Math.max(WINDOW_LEAST, (to - from) * factor);
    const left = Math.max(0, around - ((around - from) / (to - from)) * width);
    this.#choose({ from: left, to: left + width });
  }

  showAll(): void {
    this.#choose({ from: 0, to: Math.max(WINDOW_LEAST, this.#now) });
  }

  get #window(): Window {
    if (this.#chosen !== undefined) return this.#chosen;
    const from = Math.max(0, this.#now - this.#width);
    return { from, to: from + this.#width };
  }

  get #middle(): number {
    const { from, to } = this.#window;
    return (from + to) / 2;
  }

  #choose(window: Window): void {
    this.#chosen = window;
    this.#tip.hide();
    this.#show();
  }

  #show(): void {
    this.#picture.show(this.#window);
  }

  #pick(positions: readonly number[]): void {
    this.#picture.select(positions[0], new Set(positions));
    this.#parts.onPin(linesOf(positions, (position) => this.#model.fact(position)));
  }

  #startAnew(): void {
    this.#facts = [];
    this.#packets = [];
    this.#use(new PictureModel(this.#hosts), []);
  }

  #giveUpOldest(): void {
    const older = this.#facts.slice(0, -FACTS_KEPT).filter((fact) => !isBulk(fact));
    const newer = this.#facts.slice(-FACTS_KEPT);
    const model = new PictureModel(this.#hosts);
    for (const fact of older) model.append(fact);
    model.interrupt();
    for (const fact of newer) model.append(fact);
    this.#facts = [...older, ...newer];
    this.#use(model, [{ from: 0, to: newer[0]?.time ?? 0 }]);
  }

  #use(model: PictureModel, gaps: readonly Gap[]): void {
    this.#model = model;
    this.#picture.setModel(model, gaps);
    this.#pick([]);
  }

  #drawPackets(context: CanvasRenderingContext2D, scene: Scene): void {
    const { window } = scene;
    // Lines may begin outside of what is seen.
    const from = 2 * window.from - window.to;
    const near = this.#packets.filter(({ sentAt }) => sentAt >= from && sentAt <= window.to);
    drawPackets(context, scene, { packets: near, clients: this.#clients, now: this.#now });
  }
}
