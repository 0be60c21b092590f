// Where in somebody's own code something is: the frames of a stack that are neither ftsim's nor Node's.

import { dirname, isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** dist/ in the package, src/ in the repository. */
const OURS = join(dirname(fileURLToPath(import.meta.url)), "..");
const DEPTH = 50;

/**
 * "test/a.test.ts:12:5": the innermost line of theirs in this error's stack. Whoever asks while the host
 * is closed has asked for the current folder before.
 */
export function placeOf(error: unknown, root: string = process.cwd()): string | undefined {
  for (const { place } of framesOf(error, root)) if (place !== undefined) return place;
  return undefined;
}

/** Lines of a stack as Node writes them, from the caller of ftsim on outwards. */
export function callers(): readonly string[] {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const here = new Error("here");
  Error.stackTraceLimit = before;
  return framesOf(here, "/").flatMap(({ place, line }) => (place === undefined ? [] : [line]));
}

/** As it can be typed in this folder: another machine has the same project somewhere else. */
export function shownPath(path: string, root: string = process.cwd()): string {
  const short = isAbsolute(path) ? relative(root, path) : path;
  return short.replaceAll("\\", "/");
}

interface Frame {
  readonly line: string;
  /** Undefined: not theirs. */
  readonly place: string | undefined;
}

function framesOf(error: unknown, root: string): readonly Frame[] {
  const lines = stackOf(error).split("\n");
  return lines
    .filter((line) => /^\s+at /.test(line))
    .map((line) => ({ line, place: theirs(line, root) }));
}

/** Whoever maps stacks to sources may want the host's help, which a guarded function does not get. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? "") : "";
  } catch {
    return "";
  }
}

function theirs(line: string, root: string): string | undefined {
  const [, url = "", row, column] = /\(?((?:file:\/\/)?[^()\s]+):(\d+):(\d+)\)?$/.exec(line) ?? [];
  const path = url.startsWith("file:") ? fileURLToPath(url.replace(/\?.*$/, "")) : url;
  if (!isAbsolute(path)) return undefined;
  const isOurs = path.startsWith(OURS) && !path.endsWith(".test.ts");
  if (isOurs || path.includes("/node_modules/")) return undefined;
  return `${shownPath(path, root)}:${row}:${column}`;
}
