// The span of virtual time that picture and charts show, in seconds. Pure: the page and its tests ask
// it the same questions.

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Narrower than this, nothing is apart any more: 1 us. */
export const NARROWEST = 0.000001;
/** A link shows its moment this closely: wide enough for what led there, narrow enough for lines. */
const CLOSE = 0.004;

export function wholeRun(endTime: number): TimeWindow {
  return { from: 0, to: endTime };
}

/** `by` is a share of what is shown: 0.1 moves a tenth to later times. */
export function move(window: TimeWindow, by: number, endTime: number): TimeWindow {
  const width = window.to - window.from;
  return clamp(window.from + width * by, width, endTime);
}

/** Below 1 shows less, above 1 more; `around` stays where it is. */
export function zoom(
  window: TimeWindow,
  factor: number,
  around: number,
  endTime: number,
): TimeWindow {
  const width = Math.min(endTime, Math.max(NARROWEST, (window.to - window.from) * factor));
  const share = (around - window.from) / (window.to - window.from);
  return clamp(around - width * share, width, endTime);
}

/** A moment with some of its surroundings; the window stays when it shows the moment closely already. */
export function showMoment(window: TimeWindow, time: number, endTime: number): TimeWindow {
  const isShown = time >= window.from && time <= window.to;
  if (isShown && window.to - window.from <= 2 * CLOSE) return window;
  const width = Math.min(endTime, CLOSE);
  return clamp(time - width / 2, width, endTime);
}

/** "t=1.999981s" of a link, in seconds; undefined for any other. */
export function parseMoment(hash: string, prefix: string): number | undefined {
  if (!hash.startsWith(`#${prefix}`)) return undefined;
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s?$/.exec(hash.slice(prefix.length + 1)) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/** "fact=123" of a link. */
export function parseFact(hash: string, prefix: string): number | undefined {
  if (!hash.startsWith(`#${prefix}`)) return undefined;
  const text = hash.slice(prefix.length + 1);
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function clamp(from: number, width: number, endTime: number): TimeWindow {
  const start = Math.min(Math.max(0, from), Math.max(0, endTime - width));
  return { from: start, to: start + width };
}
