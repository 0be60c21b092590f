// Virtual time: integer nanoseconds since the start of a run, as safe integers (2^53 ns is 104
// days). Instants and durations are different types on purpose: adding two instants is a type error.

import { assert } from "./assert.ts";
import type { Brand } from "./brand.ts";

/** An instant on the kernel's clock, in nanoseconds. */
export type VirtualTime = Brand<number, "VirtualTime">;
/** A length of virtual time, in nanoseconds. */
export type Duration = Brand<number, "Duration">;

export const TIME_ZERO: VirtualTime = 0 as VirtualTime;
export const NO_TIME: Duration = 0 as Duration;
/** The least there is between two instants. */
export const TICK: Duration = 1 as Duration;
/** Later than any event of any run. */
export const TIME_NEVER: VirtualTime = Number.MAX_SAFE_INTEGER as VirtualTime;

export function virtualTime(ns: number): VirtualTime {
  assert(Number.isSafeInteger(ns) && ns >= 0, () => `not a virtual time: ${ns}`);
  return ns as VirtualTime;
}

export function duration(ns: number): Duration {
  assert(Number.isSafeInteger(ns), () => `not a duration: ${ns}`);
  return ns as Duration;
}

export const microseconds = (n: number): Duration => duration(n * 1_000);
export const milliseconds = (n: number): Duration => duration(n * 1_000_000);
export const seconds = (n: number): Duration => duration(n * 1_000_000_000);

export function after(start: VirtualTime, length: Duration): VirtualTime {
  const end = start + length;
  assert(Number.isSafeInteger(end) && end >= 0, () => `virtual time out of range: ${end}`);
  return end as VirtualTime;
}

export function between(start: VirtualTime, end: VirtualTime): Duration {
  return (end - start) as Duration;
}

export function earliest(a: VirtualTime, b: VirtualTime): VirtualTime {
  return a < b ? a : b;
}

export function latest(a: VirtualTime, b: VirtualTime): VirtualTime {
  return a > b ? a : b;
}

/** Seconds with a fixed number of decimals, computed in integers: 1999981000 -> "1.999981". */
export function formatSeconds(ns: number, decimals: number = 6): string {
  const unit = 10_000_000_000 / powerOfTen(decimals + 1);
  const rounded = Math.floor((Math.abs(ns) + unit / 2) / unit);
  const scale = powerOfTen(decimals);
  const fraction = (rounded % scale).toString().padStart(decimals, "0");
  const whole = Math.floor(rounded / scale);
  return `${ns < 0 ? "-" : ""}${whole}${decimals > 0 ? `.${fraction}` : ""}`;
}

/** A duration in the unit that reads best: 4 us, 1.5 ms, 2.310 s. */
export function formatDuration(ns: number): string {
  if (ns < 0) return `-${formatDuration(-ns)}`;
  if (ns < 1_000) return `${ns} ns`;
  if (ns < 1_000_000) return `${trimmed(ns, 1_000)} us`;
  if (ns < 1_000_000_000) return `${trimmed(ns, 1_000_000)} ms`;
  return `${formatSeconds(ns, 3)} s`;
}

function trimmed(ns: number, unit: number): string {
  const tenths = Math.round((ns * 10) / unit);
  return tenths >= 1000 || tenths % 10 === 0
    ? `${Math.round(tenths / 10)}`
    : `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

function powerOfTen(n: number): number {
  let value = 1;
  for (let i = 0; i < n; i++) value *= 10;
  return value;
}
