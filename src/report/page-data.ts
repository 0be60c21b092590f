// What the page's script finds in its data elements: nothing but what it needs to draw.

import type { Spec } from "./charts/chart.ts";
import type { Density, KeptSpan } from "./kept-facts.ts";

export interface PageData {
  readonly charts: readonly { readonly id: string; readonly spec: Spec }[];
  /** Seconds of virtual time. */
  readonly endTime: number;
  readonly hosts: readonly string[];
  /** Of facts in the run; which of them the page has. */
  readonly total: number;
  readonly spans: readonly KeptSpan[];
  readonly density: Density | null;
  readonly findings: readonly PageFinding[];
}

export interface PageFinding {
  /** ns */
  readonly time: number;
  /** The causal excerpt, as indices into the history. */
  readonly facts: readonly number[];
}

/** Ids of elements that page and script share. */
export const DATA_ID = "data";
/** Packed facts (packed-facts.ts): JSON, or base64 of deflated JSON. */
export const FACTS_ID = "facts-data";
export const FACTS_JSON = "application/json";
export const FACTS_DEFLATED = "application/x-deflate-base64";
export const CHARTS_ID = "charts";
export const PICTURE_ID = "picture-canvas";
export const LEGEND_ID = "picture-legend";
export const STATE_ID = "state";
export const DETAILS_ID = "details";
export const CURSOR_ID = "cursor";
export const HELP_ID = "help";
export const THEME_ID = "theme";
/** Links to a moment: "#t=1.999981s"; to a fact: "#fact=123". */
export const MOMENT_PREFIX = "t=";
export const FACT_PREFIX = "fact=";
