// Draws the picture on a canvas: what lies below first. Remembers what it drew where, so that the
// pointer can ask.

import { formatSeconds } from "../base/time.ts";
import {
  clusterLabels,
  densityOf,
  LINES_MAX,
  type MessageIndex,
  NAMES_MAX,
  tickStep,
  type Window,
} from "./aggregate.ts";
import { drawLanes } from "./draw-lanes.ts";
import type { Target } from "./hit.ts";
import { AXIS_HEIGHT, barTop, HOLD_HEIGHT, type Layout, portOf, xOf } from "./layout.ts";
import { type Message, messageLabel, type PictureModel } from "./model.ts";
import { DASHES, type Palette, patternOf } from "./palette.ts";
import { LabelSpace } from "./label-space.ts";

export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** How many facts each lane had, for stretches that the page does not have. */
export interface Background {
  readonly binWidth: number;
  readonly lanes: readonly { readonly lane: string; readonly counts: readonly number[] }[];
}

export interface Scene {
  readonly model: PictureModel;
  readonly index: MessageIndex;
  readonly layout: Layout;
  readonly window: Window;
  readonly palette: Palette;
  readonly gaps: readonly Gap[];
  readonly background: Background | undefined;
  readonly hidden: ReadonlySet<string>;
  /** Positions of facts that stand out: an excerpt, or what is pinned and its neighbours. */
  readonly highlighted: ReadonlySet<number>;
  readonly selected: number | undefined;
  readonly cursor: number | undefined;
  /** What lasts still is drawn up to here; undefined in a run that is over. */
  readonly now: number | undefined;
}

export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly scene: Scene;
  readonly targets: Target[];
  readonly labels: LabelSpace;
  readonly x: (time: number) => number;
}

/** Returns what can be pointed at, the topmost last. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene): readonly Target[] {
  const { layout, palette, window } = scene;
  const targets: Target[] = [];
  const latest = scene.now ?? 4 * window.to + 1;
  const x = (time: number): number => xOf(layout, window, Math.min(time, latest));
  const pen: Pen = { context, scene, targets, labels: new LabelSpace(), x };
  context.clearRect(0, 0, layout.width, layout.height);
  context.textBaseline = "middle";
  drawAxis(pen);
  context.save();
  context.beginPath();
  context.rect(layout.plotLeft, 0, layout.plotWidth, layout.height);
  context.clip();
  drawFaults(pen);
  drawBackground(pen);
  drawMessages(pen);
  drawLanes(pen);
  context.restore();
  drawLaneNames(pen);
  if (scene.cursor !== undefined) drawCursor(pen, scene.cursor, palette.quiet);
  return targets;
}

function drawAxis({ context, scene, x }: Pen): void {
  const { layout, window, palette } = scene;
  const step = tickStep(window, layout.plotWidth / 110);
  const decimals = Math.max(0, 9 - Math.floor(Math.log10(step) + 1e-9));
  context.font = `11px ${palette.text}`;
  context.textAlign = "center";
  for (let time = Math.ceil(window.from / step) * step; time <= window.to; time += step) {
    const at = Math.round(x(time)) + 0.5;
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(at, AXIS_HEIGHT - 4);
    context.lineTo(at, layout.height);
    context.stroke();
    const label = `${formatSeconds(time, Math.min(9, decimals))} s`;
    const half = context.measureText(label).width / 2;
    if (at - half < layout.plotLeft - 20 || at + half > layout.width) continue;
    context.fillStyle = palette.quiet;
    context.fillText(label, at, 8);
  }
}

function drawFaults({ context, scene, targets, labels, x }: Pen): void {
  const { model, layout, window, palette } = scene;
  const pattern = patternOf(context, "lines", palette.fault);
  for (const fault of model.faults) {
    if (fault.from > window.to || fault.to < window.from) continue;
    const left = x(fault.from);
    const right = fault.isMoment ? left + 1 : Math.max(left + 1, x(fault.to));
    const [top, bottom] = fault.lanes ?? [0, model.lanes.length - 1];
    const first = layout.lanes[top];
    const last = layout.lanes[bottom];
    if (first === undefined || last === undefined) continue;
    const isBetween = top !== bottom;
    const y = isBetween ? first.bottom - 8 : first.top;
    const height = (isBetween ? barY(scene, bottom) : last.bottom) - y;
    if (!fault.isMoment && pattern !== null) {
      context.globalAlpha = 0.22;
      context.fillStyle = pattern;
      context.fillRect(left, y, right - left, height);
      context.globalAlpha = 0.07;
      context.fillStyle = palette.fault;
      context.fillRect(left, y, right - left, height);
      context.globalAlpha = 1;
      targets.push({ kind: "span", facts: [fault.fact], x: left, y, width: right - left, height });
    }
    context.fillStyle = fault.isOperation ? palette.ink : palette.fault;
    context.fillRect(left, layout.faultTop + 7, Math.max(2, right - left), 6);
    context.fillRect(left, layout.faultTop + 7, 1.5, y + height - layout.faultTop - 7);
    targets.push({
      kind: "mark",
      facts: [fault.fact],
      x: left - 4,
      y: layout.faultTop + 2,
      width: Math.max(8, right - left + 8),
      height: 16,
    });
  }
  labelFaults({ context, scene, targets, labels, x });
}

function labelFaults({ context, scene, labels, x }: Pen): void {
  const { model, layout, window, palette } = scene;
  context.font = `600 11px ${palette.text}`;
  context.textAlign = "left";
  const shown = model.faults
    .filter(({ from, to, isMoment }) => from <= window.to && (isMoment ? from : to) >= window.from)
    .map((fault) => ({
      x: Math.max(layout.plotLeft, x(fault.from)),
      label: fault.isOperation ? `operator ${fault.label}` : fault.label,
      isCut: fault.from < window.from,
      isOperation: fault.isOperation,
    }));
  for (const { x: at, label, items } of clusterLabels(
    shown,
    12,
    (text) => context.measureText(text).width,
  )) {
    const width = context.measureText(label).width;
    const left = Math.min(at + 6, layout.plotLeft + layout.plotWidth - width - 2);
    const y = layout.faultTop + 10;
    if (!labels.take(left - 2, y - 8, width + 4, 16)) continue;
    context.fillStyle = palette.paper;
    context.fillRect(left - 2, y - 7, width + 4, 14);
    context.fillStyle = items.every((one) => one.isOperation) ? palette.ink : palette.fault;
    context.fillText(label, left, y);
  }
}

function barY({ model, layout }: Scene, lane: number): number {
  const box = layout.lanes[lane];
  const known = model.lanes[lane];
  return box === undefined || known === undefined ? 0 : barTop(known, box);
}

/** Stretches without facts: how much there was, and that it is not here. */
function drawBackground({ context, scene, labels, x }: Pen): void {
  const { gaps, background, layout, model, window, palette } = scene;
  const density = background?.lanes ?? [];
  const binWidth = background?.binWidth ?? 1;
  const most = Math.max(1, ...density.flatMap(({ counts }) => counts));
  for (const gap of gaps) {
    if (gap.to < window.from || gap.from > window.to) continue;
    const left = Math.max(layout.plotLeft, x(gap.from));
    const right = Math.min(layout.plotLeft + layout.plotWidth, x(gap.to));
    context.fillStyle = palette.wash;
    context.fillRect(left, layout.faultBottom, right - left, layout.height);
    context.fillStyle = palette.quiet;
    density.forEach(({ lane, counts }) => {
      const at = model.lanes.findIndex(({ id }) => id === lane);
      const bottom = layout.lanes[at]?.bottom;
      // The storage's, where each host has a disk of its own.
      if (bottom === undefined) return;
      counts.forEach((count, bin) => {
        const from = Math.max(left, x(bin * binWidth));
        const to = Math.min(right, x((bin + 1) * binWidth));
        if (to <= from || count === 0) return;
        const height = 2 + (count / most) * 20;
        context.globalAlpha = 0.45;
        context.fillRect(from, bottom - height, Math.max(0.5, to - from - 0.2), height);
      });
    });
    context.globalAlpha = 1;
    const label =
      background === undefined ? "left out" : "left out: only how many facts there were";
    context.font = `11px ${palette.text}`;
    const width = context.measureText(label).width;
    if (right - left < width + 12) continue;
    context.textAlign = "left";
    const y = (layout.lanes[1]?.bottom ?? 0) + 16;
    if (labels.take(left + 6, y - 8, width, 16)) context.fillText(label, left + 6, y);
  }
}

function drawMessages(pen: Pen): void {
  const { scene } = pen;
  const messages = scene.index
    .touching(scene.window)
    .filter(({ kind, from, to }) => !scene.hidden.has(groupOf(kind)) && from >= 0 && to >= 0);
  if (messages.length > LINES_MAX) drawDensity(pen, messages);
  else for (const message of messages) drawMessage(pen, message, messages.length);
  if (messages.length <= NAMES_MAX) nameMessages(pen, messages);
  if (messages.length <= LINES_MAX) return;
  for (const message of messages)
    if (isHighlighted(scene, message)) drawMessage(pen, message, LINES_MAX);
}

/** Kinds that the legend shows and hides together. */
export function groupOf(kind: Message["kind"]): string {
  if (kind === "request" || kind === "reply") return "client";
  return kind === "disk-done" ? "disk" : kind;
}

/** Bars that begin at the sender and point to where messages go; twice as high is four times as many. */
function drawDensity({ context, scene }: Pen, messages: readonly Message[]): void {
  const { layout, model, window, palette } = scene;
  const step = 3;
  const columns = Math.floor(layout.plotWidth / step);
  const streams = densityOf(messages, window, columns);
  const base = new Map<string, number[]>();
  const most = new Map<string, number>();
  for (const { lane, isDown, counts } of streams) {
    const key = `${lane} ${isDown ? 1 : 0}`;
    const sum = base.get(key) ?? Array.from({ length: columns }, () => 0);
    counts.forEach((count, at) => {
      sum[at] = (sum[at] ?? 0) + count;
    });
    base.set(key, sum);
    most.set(key, Math.max(1, ...sum));
  }
  const drawn = new Map<string, number[]>();
  for (const { lane, isDown, kind, counts } of streams) {
    const key = `${lane} ${isDown ? 1 : 0}`;
    const room = gapBeside(scene, lane, isDown) * 0.43;
    const below = drawn.get(key) ?? Array.from({ length: columns }, () => 0);
    drawn.set(key, below);
    // Below a host, what it holds comes first.
    const isHost = model.lanes[lane]?.kind === "host";
    const off = isDown ? (isHost ? HOLD_HEIGHT : 1) : -1;
    const y = portOf(layout, model.lanes, lane, isDown ? 7.5 : 0, isDown) + off;
    context.fillStyle = palette.message[kind];
    context.globalAlpha = 0.8;
    counts.forEach((count, at) => {
      if (count === 0) return;
      const height = Math.max(1.5, Math.sqrt(count / (most.get(key) ?? 1)) * room);
      const start = below[at] ?? 0;
      below[at] = start + height;
      const top = isDown ? y + start : y - start - height;
      context.fillRect(layout.plotLeft + at * step, top, step - 0.8, height);
    });
  }
  context.globalAlpha = 1;
}

function gapBeside({ layout, model }: Scene, lane: number, isDown: boolean): number {
  const other = layout.lanes[isDown ? lane + 1 : lane - 1];
  const own = layout.lanes[lane];
  if (other === undefined || own === undefined) return 0;
  const from = portOf(layout, model.lanes, lane, isDown ? 7.5 : 0, isDown);
  const to = portOf(layout, model.lanes, isDown ? lane + 1 : lane - 1, isDown ? 0 : 7.5, !isDown);
  return Math.abs(to - from);
}

function drawMessage({ context, scene, targets, x }: Pen, message: Message, among: number): void {
  const { palette } = scene;
  const ends = endsOf(scene, message, x);
  const isStrong = isHighlighted(scene, message);
  context.strokeStyle = isStrong ? palette.highlight : palette.message[message.kind];
  context.globalAlpha = isStrong ? 1 : among > 300 ? 0.45 : among > 100 ? 0.65 : 0.9;
  context.lineWidth = isStrong ? 2.5 : 1.1;
  context.setLineDash(message.isInferred ? [2, 3] : [...DASHES[message.kind]]);
  context.beginPath();
  context.moveTo(ends.x1, ends.y1);
  context.lineTo(ends.x2, ends.y2);
  context.stroke();
  context.setLineDash([]);
  if (among <= 200 || isStrong) drawHead(context, ends);
  context.globalAlpha = 1;
  targets.push({ kind: "message", facts: [message.cause, message.effect], ...ends });
}

interface Ends {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

function endsOf({ layout, model }: Scene, message: Message, x: (time: number) => number): Ends {
  const isDown = message.to > message.from;
  return {
    x1: x(message.sentAt),
    y1: portOf(layout, model.lanes, message.from, message.fromRow, isDown),
    x2: x(message.arrivedAt),
    y2: portOf(layout, model.lanes, message.to, message.toRow, !isDown),
  };
}

function drawHead(context: CanvasRenderingContext2D, { x1, y1, x2, y2 }: Ends): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(x2, y2);
  for (const turn of [-0.35, 0.35])
    context.lineTo(x2 - 8 * Math.cos(angle + turn), y2 - 8 * Math.sin(angle + turn));
  context.fill();
}

/** Beside its line, where no other name stands; names that find no room are left to the pointer. */
function nameMessages({ context, scene, labels, x }: Pen, messages: readonly Message[]): void {
  const { layout, model, palette } = scene;
  context.font = `11px ${palette.text}`;
  context.textAlign = "left";
  for (const message of messages) {
    const { x1, y1, x2, y2 } = endsOf(scene, message, x);
    const label = messageLabel(model, message);
    const width = context.measureText(label).width;
    for (const share of [0.5, 0.35, 0.65, 0.22, 0.78]) {
      const left = x1 + (x2 - x1) * share + 5;
      const y = y1 + (y2 - y1) * share;
      if (left < layout.plotLeft || left + width > layout.plotLeft + layout.plotWidth) continue;
      if (!labels.take(left - 1, y - 7, width + 2, 14)) continue;
      context.globalAlpha = 0.85;
      context.fillStyle = palette.paper;
      context.fillRect(left - 1, y - 6, width + 2, 12);
      context.globalAlpha = 1;
      context.fillStyle = isHighlighted(scene, message)
        ? palette.highlight
        : palette.message[message.kind];
      context.fillText(label, left, y);
      break;
    }
  }
}

function isHighlighted({ highlighted }: Scene, { cause, effect }: Message): boolean {
  return highlighted.has(cause) && highlighted.has(effect);
}

function drawLaneNames({ context, scene }: Pen): void {
  const { model, layout, palette } = scene;
  context.textAlign = "right";
  model.lanes.forEach((lane, at) => {
    const box = layout.lanes[at];
    if (box === undefined) return;
    const y =
      lane.kind === "clients"
        ? (box.top + box.bottom) / 2
        : barTop(lane, box) + (lane.kind === "host" ? 10 : 7);
    context.font = `600 12px ${palette.text}`;
    context.fillStyle = palette.ink;
    context.fillText(lane.id, layout.plotLeft - 10, y);
  });
  if (model.faults.length === 0) return;
  context.font = `11px ${palette.text}`;
  context.fillStyle = palette.fault;
  context.fillText("faults", layout.plotLeft - 10, layout.faultTop + 10);
}

function drawCursor({ context, scene, x }: Pen, time: number, color: string): void {
  const { layout, window } = scene;
  if (time < window.from || time > window.to) return;
  const at = Math.round(x(time)) + 0.5;
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(at, AXIS_HEIGHT - 6);
  context.lineTo(at, layout.height);
  context.stroke();
}
