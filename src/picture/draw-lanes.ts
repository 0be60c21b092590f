// The lanes themselves: roles as coloured, patterned, named spans; clients' operations; outputs for as
// long as they are held; facts as ticks when there is room; and flags on what decided the run.

import { clusterLabels } from "./aggregate.ts";
import type { Pen } from "./draw.ts";
import { barTop, CLIENT_ROW_HEIGHT, type LaneBox, ROLE_HEIGHT } from "./layout.ts";
import type { HoldSpan, Lane, Mark } from "./model.ts";
import { patternOf, ROLE_PATTERNS } from "./palette.ts";

/** Facts of a lane become ticks when fewer than this are seen. */
const TICKS_MAX = 160;
const HOLD_ROWS = 3;
/** More holds than this are told by the longest of each column. */
const HOLDS_MAX = 300;
const HOLD_COLUMN = 2;
const FLAG_APART = 16;

export function drawLanes(pen: Pen): void {
  const { model, layout } = pen.scene;
  model.lanes.forEach((lane, at) => {
    const box = layout.lanes[at];
    if (box === undefined) return;
    if (lane.kind === "clients") drawOperations(pen, box);
    else drawBar(pen, lane, box);
    if (lane.kind === "host") drawRoles(pen, at, box, lane);
  });
  drawHolds(pen);
  model.lanes.forEach((lane, at) => {
    const box = layout.lanes[at];
    if (box === undefined) return;
    drawTicks(pen, at, lane, box);
    if (lane.kind !== "clients") drawFlags(pen, at, lane, box);
  });
  drawSelected(pen);
}

function drawBar({ context, scene }: Pen, lane: Lane, box: LaneBox): void {
  const { layout, palette } = scene;
  const top = barTop(lane, box);
  context.fillStyle = palette.wash;
  context.fillRect(layout.plotLeft, top, layout.plotWidth, lane.kind === "host" ? ROLE_HEIGHT : 14);
  if (lane.kind === "host") return;
  context.fillStyle = palette.message.disk;
  context.globalAlpha = 0.25;
  context.fillRect(layout.plotLeft, top, layout.plotWidth, 14);
  context.globalAlpha = 1;
}

function drawOperations({ context, scene, targets, x }: Pen, box: LaneBox): void {
  const { model, window, palette } = scene;
  for (const operation of model.operations) {
    if (operation.from > window.to || operation.to < window.from) continue;
    const left = x(operation.from);
    const width = Math.max(1.5, x(operation.to) - left);
    const y = box.top + operation.row * CLIENT_ROW_HEIGHT + 1;
    const height = CLIENT_ROW_HEIGHT - 2;
    context.fillStyle = palette.operation[operation.outcome];
    context.globalAlpha = operation.outcome === "ok" ? 0.75 : 1;
    context.fillRect(left, y, width, height);
    if (operation.outcome === "fail" || operation.outcome === "info") {
      context.fillStyle = palette.ink;
      context.fillRect(left + width - 2, y - 1, 2, height + 2);
    }
    targets.push({ kind: "span", facts: [operation.fact], x: left, y, width, height });
  }
  context.globalAlpha = 1;
}

function drawRoles(
  { context, scene, targets, x }: Pen,
  at: number,
  box: LaneBox,
  lane: Lane,
): void {
  const { model, window, palette, layout } = scene;
  const top = barTop(lane, box);
  for (const span of model.roles) {
    if (span.lane !== at || span.from > window.to || span.to < window.from) continue;
    const left = Math.max(layout.plotLeft - 2, x(span.from));
    const right = Math.min(layout.plotLeft + layout.plotWidth + 2, x(span.to));
    const width = Math.max(1, right - left);
    context.fillStyle = span.style === "down" ? palette.paper : palette.role[span.style];
    context.fillRect(left, top, width, ROLE_HEIGHT);
    const pattern = ROLE_PATTERNS[span.style];
    if (pattern !== undefined) {
      const isLight = span.style === "down";
      const fill = patternOf(context, pattern, isLight ? palette.role.down : palette.paper);
      context.globalAlpha = 0.35;
      if (fill !== null) context.fillStyle = fill;
      context.fillRect(left, top, width, ROLE_HEIGHT);
      context.globalAlpha = 1;
    }
    targets.push({ kind: "span", facts: [span.fact], x: left, y: top, width, height: ROLE_HEIGHT });
    nameRole({ context, scene, left, right, top }, span.label, span.style);
  }
}

interface RolePlace {
  readonly context: CanvasRenderingContext2D;
  readonly scene: Pen["scene"];
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

function nameRole(
  { context, scene, left, right, top }: RolePlace,
  name: string,
  style: string,
): void {
  const { palette } = scene;
  context.font = `600 12px ${palette.text}`;
  context.textAlign = "left";
  const widthOf = (label: string): number => context.measureText(label).width;
  // Where there is no room for all of it, its first word.
  const label = [name, name.split(",")[0] ?? name].find((one) => right - left >= widthOf(one) + 12);
  if (label === undefined) return;
  const width = widthOf(label);
  const isPatterned = style !== "primary" && style !== "solo" && style !== "spare";
  const ground =
    style === "down" ? palette.paper : palette.role[style as keyof typeof palette.role];
  if (isPatterned) {
    context.fillStyle = ground;
    context.fillRect(left + 3, top + 2, width + 8, ROLE_HEIGHT - 4);
  }
  context.fillStyle =
    style === "down" ? palette.fault : style === "spare" ? palette.quiet : palette.paper;
  context.fillText(label, left + 7, top + ROLE_HEIGHT / 2 + 0.5);
}

/** Below its lane: each output from being held to being let out; or, of many, how long at most. */
function drawHolds(pen: Pen): void {
  const { model, window } = pen.scene;
  const seen = model.holds.filter(({ from, to }) => from <= window.to && to >= window.from);
  if (seen.length > HOLDS_MAX) drawLongestHolds(pen, seen);
  else drawEachHold(pen, seen);
}

function drawEachHold({ context, scene, targets, x }: Pen, holds: readonly HoldSpan[]): void {
  const { model, layout, palette } = scene;
  const ends = new Map<number, number[]>();
  for (const hold of holds) {
    const lane = model.lanes[hold.lane];
    const box = layout.lanes[hold.lane];
    if (lane === undefined || box === undefined) continue;
    const rows = ends.get(hold.lane) ?? Array.from({ length: HOLD_ROWS }, () => -1);
    ends.set(hold.lane, rows);
    const free = rows.findIndex((end) => end <= hold.from);
    const row = free < 0 ? HOLD_ROWS - 1 : free;
    rows[row] = hold.to;
    const left = x(hold.from);
    const width = Math.max(1.5, x(hold.to) - left);
    const y = barTop(lane, box) + ROLE_HEIGHT + 1 + row * 4;
    context.fillStyle = palette.held;
    context.fillRect(left, y, width, 3);
    context.fillRect(left + width - 1, y - 1, 1.5, 5);
    const facts = hold.end < 0 ? [hold.fact] : [hold.fact, hold.end];
    targets.push({ kind: "span", facts, x: left, y: y - 1, width, height: 4 });
  }
}

/** A column for every two pixels, as deep as the longest hold in it. */
function drawLongestHolds({ context, scene, x }: Pen, holds: readonly HoldSpan[]): void {
  const { model, layout, window, palette } = scene;
  const columns = Math.ceil(layout.plotWidth / HOLD_COLUMN);
  const longest = new Map<number, number[]>();
  const columnAt = (time: number): number =>
    Math.min(columns - 1, Math.max(0, Math.floor((x(time) - layout.plotLeft) / HOLD_COLUMN)));
  let most = 1;
  for (const { lane, from, to } of holds) {
    const length = Math.min(to, window.to) - from;
    if (length <= 0) continue;
    most = Math.max(most, length);
    const lengths = longest.get(lane) ?? Array.from({ length: columns }, () => 0);
    longest.set(lane, lengths);
    for (let at = columnAt(from); at <= columnAt(Math.min(to, window.to)); at++)
      lengths[at] = Math.max(lengths[at] ?? 0, length);
  }
  context.fillStyle = palette.held;
  for (const [lane, lengths] of longest) {
    const known = model.lanes[lane];
    const box = layout.lanes[lane];
    if (known === undefined || box === undefined) continue;
    const y = barTop(known, box) + ROLE_HEIGHT;
    lengths.forEach((length, at) => {
      if (length === 0) return;
      const height = 1 + 11 * Math.sqrt(length / most);
      context.fillRect(layout.plotLeft + at * HOLD_COLUMN, y, HOLD_COLUMN - 0.4, height);
    });
  }
}

/** Each fact of a lane, when that few are seen; those of one moment stand on one tick. */
function drawTicks(
  { context, scene, targets, x }: Pen,
  at: number,
  lane: Lane,
  box: LaneBox,
): void {
  const { model, window, palette } = scene;
  if (lane.kind === "clients") return;
  const positions = model.factsOf[at] ?? [];
  const first = lowerBound(positions, model.times, window.from);
  const end = lowerBound(positions, model.times, window.to + 1);
  if (end - first > TICKS_MAX) return;
  const top = barTop(lane, box);
  const height = lane.kind === "host" ? ROLE_HEIGHT : 14;
  for (let index = first; index < end; index++) {
    const position = positions[index] ?? 0;
    const left = x(model.times[position] ?? 0);
    context.fillStyle = palette.ink;
    context.globalAlpha = 0.55;
    context.fillRect(left - 0.5, top, 1, height);
    context.globalAlpha = 1;
    const together = [position];
    while (
      index + 1 < end &&
      model.times[positions[index + 1] ?? 0] === model.times[position] &&
      together.length < 12
    )
      together.push(positions[++index] ?? 0);
    targets.push({ kind: "mark", facts: together, x: left - 3, y: top, width: 6, height });
  }
}

function lowerBound(positions: readonly number[], times: readonly number[], time: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[positions[middle] ?? 0] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Small flags above the bar, named; those that would cover each other share one. */
function drawFlags(pen: Pen, at: number, lane: Lane, box: LaneBox): void {
  const { context, scene, targets, labels, x } = pen;
  const { model, window, palette, layout } = scene;
  const seen = model.marks
    .filter(({ lane: of, time }) => of === at && time >= window.from && time <= window.to)
    .map((mark) => ({ x: x(mark.time), label: mark.label, mark }));
  const top = barTop(lane, box);
  context.font = `11px ${palette.text}`;
  const widthOf = (label: string): number => context.measureText(label).width;
  for (const cluster of clusterLabels(seen, FLAG_APART, widthOf)) {
    const chief = chiefOf(cluster.items.map(({ mark }) => mark));
    if (chief === undefined) continue;
    const color = palette.mark[chief.kind];
    drawGlyph(context, chief.kind, cluster.x, top - 5, color);
    const facts = cluster.items.map(({ mark }) => mark.fact);
    context.font = `11px ${palette.text}`;
    const width = context.measureText(cluster.label).width;
    const isRight = cluster.x + 8 + width <= layout.plotLeft + layout.plotWidth;
    const left = isRight ? cluster.x + 8 : cluster.x - 8 - width;
    const hasRoom = labels.take(left - 1, top - 14, width + 2, 13);
    targets.push({
      kind: "mark",
      facts,
      x: cluster.x - 6,
      y: top - 13,
      width: hasRoom && isRight ? width + 14 : 12,
      height: 13,
    });
    if (!hasRoom) continue;
    context.textAlign = "left";
    context.globalAlpha = 0.85;
    context.fillStyle = palette.paper;
    context.fillRect(left - 1, top - 13, width + 2, 12);
    context.globalAlpha = 1;
    context.fillStyle = palette.ink;
    context.fillText(cluster.label, left, top - 7);
  }
}

const RANK: readonly Mark["kind"][] = [
  "crash",
  "flag",
  "live",
  "halted",
  "suspect",
  "question",
  "announce",
  "copy",
];

function chiefOf(marks: readonly Mark[]): Mark | undefined {
  return marks.toSorted((a, b) => RANK.indexOf(a.kind) - RANK.indexOf(b.kind))[0];
}

/** Told apart by shape: cross, diamond, triangle, square, disc. */
function drawGlyph(
  context: CanvasRenderingContext2D,
  kind: Mark["kind"],
  x: number,
  y: number,
  color: string,
): void {
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.beginPath();
  switch (kind) {
    case "crash":
      context.moveTo(x - 4, y - 4);
      context.lineTo(x + 4, y + 4);
      context.moveTo(x + 4, y - 4);
      context.lineTo(x - 4, y + 4);
      context.stroke();
      return;
    case "flag":
    case "question":
      context.moveTo(x, y - 5);
      context.lineTo(x + 5, y);
      context.lineTo(x, y + 5);
      context.lineTo(x - 5, y);
      break;
    case "live":
    case "announce":
      context.moveTo(x - 4, y - 5);
      context.lineTo(x + 5, y);
      context.lineTo(x - 4, y + 5);
      break;
    case "halted":
    case "copy":
      context.rect(x - 4, y - 4, 8, 8);
      break;
    case "suspect":
      context.arc(x, y, 4, 0, 2 * Math.PI);
      break;
  }
  context.closePath();
  if (kind === "question" || kind === "announce" || kind === "copy") context.stroke();
  else context.fill();
}

/** A ring about what is pinned, and a dot on each fact of an excerpt. */
function drawSelected({ context, scene, x }: Pen): void {
  const { model, layout, window, palette, highlighted, selected } = scene;
  const dots = selected === undefined ? highlighted : new Set([...highlighted, selected]);
  for (const position of dots) {
    const fact = model.fact(position);
    if (fact === undefined || fact.time < window.from || fact.time > window.to) continue;
    const at = model.laneOf(fact);
    const lane = model.lanes[at];
    const box = layout.lanes[at];
    if (lane === undefined || box === undefined) continue;
    const y =
      lane.kind === "clients"
        ? box.bottom - 3
        : barTop(lane, box) + (lane.kind === "host" ? ROLE_HEIGHT / 2 : 7);
    context.beginPath();
    context.arc(x(fact.time), y, position === selected ? 6 : 3.5, 0, 2 * Math.PI);
    context.strokeStyle = palette.highlight;
    context.lineWidth = 2.5;
    context.fillStyle = palette.paper;
    context.fill();
    context.stroke();
  }
}
