// Colours and patterns of the picture, read from the page's style sheet: light and dark are decided
// there. A role is told by its pattern and its name as well.

import type { MarkKind, MessageKind, SpanStyle } from "./model.ts";

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly wash: string;
  readonly fault: string;
  readonly held: string;
  readonly highlight: string;
  readonly text: string;
  readonly mono: string;
  readonly operation: Readonly<Record<"ok" | "fail" | "info" | "open" | "cut", string>>;
  readonly role: Readonly<Record<SpanStyle, string>>;
  readonly message: Readonly<Record<MessageKind, string>>;
  readonly mark: Readonly<Record<MarkKind, string>>;
}

export function readPalette(): Palette {
  const root = getComputedStyle(document.documentElement);
  const color = (name: string): string => root.getPropertyValue(`--${name}`).trim();
  const role = (name: string): string => color(`role-${name}`);
  return {
    paper: color("paper"),
    ink: color("ink"),
    quiet: color("quiet"),
    line: color("line"),
    wash: color("wash"),
    fault: color("fault"),
    held: color("held"),
    highlight: color("highlight"),
    text: color("text-face"),
    mono: color("mono-face"),
    operation: {
      ok: color("client"),
      cut: color("client"),
      fail: color("failed"),
      info: color("unanswered"),
      open: color("unanswered"),
    },
    role: {
      primary: role("primary"),
      backup: role("backup"),
      "going-live": role("going"),
      solo: role("solo"),
      halted: role("halted"),
      down: color("fault"),
      spare: color("wash"),
    },
    message: {
      log: color("log"),
      ack: color("ack"),
      request: color("client"),
      reply: color("client"),
      disk: color("disk"),
      "disk-done": color("disk"),
      arbiter: color("arbiter"),
    },
    mark: {
      crash: color("fault"),
      suspect: role("going"),
      question: color("arbiter"),
      flag: color("arbiter"),
      live: role("solo"),
      halted: color("ink"),
      announce: role("solo"),
      copy: role("backup"),
    },
  };
}

/** Dashes tell what colour tells: requests are inferred, acks and answers go back. */
export const DASHES: Readonly<Record<MessageKind, readonly number[]>> = {
  log: [],
  ack: [5, 3],
  request: [],
  reply: [],
  disk: [],
  "disk-done": [5, 3],
  arbiter: [],
};

export type PatternName = "lines" | "dots" | "cross";

export const ROLE_PATTERNS: Readonly<Partial<Record<SpanStyle, PatternName>>> = {
  backup: "lines",
  "going-live": "dots",
  halted: "cross",
  down: "cross",
};

/** A tile of strokes, to be filled over a colour. */
export function patternOf(
  context: CanvasRenderingContext2D,
  name: PatternName,
  color: string,
): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.lineWidth = 1.2;
  if (name === "dots") {
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ] as const)
      pen.fillRect(x - 0.8, y - 0.8, 1.6, 1.6);
  } else {
    for (const shift of [-8, 0, 8]) {
      pen.beginPath();
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
      pen.stroke();
      if (name !== "cross") continue;
      pen.beginPath();
      pen.moveTo(shift, 0);
      pen.lineTo(shift + 8, 8);
      pen.stroke();
    }
  }
  return context.createPattern(tile, "repeat");
}
