// What the page's script finds in its data element: nothing but what it needs to draw.

import type { Spec } from "./charts/chart.ts";

export interface PageData {
  readonly charts: readonly { readonly id: string; readonly spec: Spec }[];
  /** Seconds of virtual time. */
  readonly endTime: number;
}

/** Ids of elements that page and script share. */
export const DATA_ID = "data";
export const CHARTS_ID = "charts";
export const CURSOR_ID = "cursor";
export const HELP_ID = "help";
/** Links to a moment: "#at=1.999981" (seconds). */
export const MOMENT_PREFIX = "at=";
