// Where everything stands in the picture: lanes from top to bottom, time from left to right. Pure.

import { CLIENT_ROWS, type Lane } from "./model.ts";

export interface LaneBox {
  readonly top: number;
  readonly bottom: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly plotLeft: number;
  readonly plotWidth: number;
  readonly faultTop: number;
  readonly faultBottom: number;
  readonly lanes: readonly LaneBox[];
}

/** The plot begins and ends at the same columns of the page as those of the charts. */
export const PLOT_LEFT = 78;
export const PLOT_RIGHT = 14;
export const AXIS_HEIGHT = 22;
export const FAULT_HEIGHT = 20;
export const ROLE_HEIGHT = 20;
export const CLIENT_ROW_HEIGHT = 6;
const FLAG_HEIGHT = 17;
export const HOLD_HEIGHT = 14;
const STORAGE_HEIGHT = 14;
const BOTTOM = 8;
const GAP_LEAST = 26;
const HEIGHT = 440;
const HOST_HEIGHT = 88;

/** Three hosts fit as two do; each further one needs room for its bar, its flags and its messages. */
export function pictureHeight(lanes: readonly Lane[]): number {
  const hosts = lanes.filter(({ kind }) => kind === "host").length;
  return HEIGHT + Math.max(0, hosts - 3) * HOST_HEIGHT;
}

/** Gaps between lanes share what lanes leave; the one between hosts carries the log, and gets most. */
export function layoutOf(
  lanes: readonly Lane[],
  size: { readonly width: number; readonly height: number },
): Layout {
  const faultTop = AXIS_HEIGHT;
  const faultBottom = faultTop + FAULT_HEIGHT;
  const used = lanes.reduce((sum, lane) => sum + heightOf(lane), 0);
  const weights = lanes.slice(1).map((lane, at) => gapWeight(lanes[at], lane));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const free = size.height - faultBottom - BOTTOM - used;
  let top = faultBottom + 4;
  const boxes = lanes.map((lane, at) => {
    const box = { top, bottom: top + heightOf(lane) };
    const share = weight === 0 ? 0 : ((weights[at] ?? 0) / weight) * (free - 4);
    top = box.bottom + Math.max(GAP_LEAST, share);
    return box;
  });
  return {
    ...size,
    plotLeft: PLOT_LEFT,
    plotWidth: Math.max(1, size.width - PLOT_LEFT - PLOT_RIGHT),
    faultTop,
    faultBottom,
    lanes: boxes,
  };
}

/** A lane's flags stand above its bar. */
export function barTop({ kind }: Lane, { top }: LaneBox): number {
  return kind === "clients" ? top : top + FLAG_HEIGHT;
}

/** Where messages of a lane begin and end: at its edge towards the other one. */
export function portOf(
  layout: Layout,
  lanes: readonly Lane[],
  lane: number,
  row: number,
  isDown: boolean,
): number {
  const box = layout.lanes[lane];
  const kind = lanes[lane]?.kind;
  if (box === undefined || kind === undefined) return 0;
  if (kind === "clients") return box.top + (row + 0.5) * CLIENT_ROW_HEIGHT;
  const bar = barTop({ id: "", kind }, box);
  if (!isDown) return bar;
  return bar + (kind === "host" ? ROLE_HEIGHT : STORAGE_HEIGHT);
}

export function xOf(layout: Layout, window: { from: number; to: number }, time: number): number {
  return layout.plotLeft + ((time - window.from) / (window.to - window.from)) * layout.plotWidth;
}

export function timeOf(layout: Layout, window: { from: number; to: number }, x: number): number {
  return window.from + ((x - layout.plotLeft) / layout.plotWidth) * (window.to - window.from);
}

function heightOf({ kind }: Lane): number {
  switch (kind) {
    case "clients":
      return CLIENT_ROWS * CLIENT_ROW_HEIGHT;
    case "host":
      return FLAG_HEIGHT + ROLE_HEIGHT + HOLD_HEIGHT;
    case "storage":
      return FLAG_HEIGHT + STORAGE_HEIGHT;
  }
}

function gapWeight(upper: Lane | undefined, lower: Lane): number {
  return upper?.kind === "host" && lower.kind === "host" ? 3 : 2;
}
