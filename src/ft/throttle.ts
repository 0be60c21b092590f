// Feedback: a slow loop that trims the primary VM's CPU limit by a few per cent at a time while
// its backup stays behind, and gives it back step by step once the backup has caught up. It looks at
// the smoothed lag and at where that is going: cutting on for as long as the lag is there, though it
// shrinks already, would end in a swing from one end to the other.

import type { Step } from "./parts.ts";

/** Plain data. */
export interface ThrottleState {
  /** Per cent of the CPU that the VM may use. */
  readonly limit: number;
  /** The lag at the last look, ns. */
  readonly lag: number;
  /** Looks in a row that found the lag high. */
  readonly high: number;
  /** Reading of the host's clock at which to look again. */
  readonly nextLookAt: number;
}

const FULL = 100;
/** Looks ahead: lag follows the limit late, by the average and by what is in the buffers. */
const AHEAD = 4;
/** A lag that would be low in so many looks at its present pace is on its way. */
const ON_ITS_WAY = 40;
/** One sample is no reason: the lag must have been high in so many looks before the first cut. */
const HIGH_BEFORE_CUT = 2;

export const UNTHROTTLED: ThrottleState = { limit: FULL, lag: 0, high: 0, nextLookAt: 0 };

/** Looks at the lag when it is time to, and moves the limit by at most one step. */
export function throttle(step: Step): void {
  const { parts, context } = step;
  const { params } = parts.config;
  const { control, throttle: before } = parts;
  if (control.role !== "PRIMARY") return;
  // A clock that was set back must not blind the loop until it has caught up.
  const isTooFar = before.nextLookAt - context.now > params.lagPeriod;
  if (context.now < before.nextLookAt && !isTooFar) return;
  const lag = measure(step);
  const high = lag > params.lagHigh ? before.high + 1 : 0;
  const nextLookAt = context.now + params.lagPeriod;
  parts.throttle = { limit: before.limit, lag, high, nextLookAt };
  const wanted = before.limit + change(step, before);
  setLimit(step, Math.min(FULL, Math.max(params.cpuFloor, wanted)));
}

/** Alone, nobody has to keep up. */
export function endThrottle(step: Step): void {
  setLimit(step, FULL);
}

function measure({ parts }: Step): number {
  const { rules, params } = parts.config;
  if (rules.throttle !== "by-bytes") return parts.lagMeter.lag;
  // BUG-42: a buffer that is full to the brim stands for twice the lag that is too much.
  return Math.round((parts.primaryLog.bytes * 2 * params.lagHigh) / params.primaryBufferBytes);
}

function change({ parts }: Step, before: ThrottleState): number {
  const { rules, params } = parts.config;
  const { lag, high, limit } = parts.throttle;
  switch (rules.throttle) {
    case "none":
      return 0;
    case "all-or-nothing":
      return lag > params.lagHigh ? -FULL : lag < params.lagLow ? FULL : 0;
    case "gradual":
    case "by-bytes":
    case "without-return": {
      const trend = lag - before.lag;
      if (mustCut({ lag, high, trend, limit }, params)) return -params.cpuStep;
      const mayReturn = rules.throttle !== "without-return";
      return mayReturn && lag < params.lagLow && lag + AHEAD * trend < params.lagLow
        ? params.cpuStep
        : 0;
    }
  }
}

interface Look {
  readonly lag: number;
  readonly high: number;
  readonly trend: number;
  readonly limit: number;
}

function mustCut(
  { lag, high, trend, limit }: Look,
  { lagHigh, lagLow }: { readonly lagHigh: number; readonly lagLow: number },
): boolean {
  if (lag > lagHigh)
    return high >= HIGH_BEFORE_CUT && lag + ON_ITS_WAY * Math.min(0, trend) > lagLow;
  // The VM got too much back, or not little enough: the lag would grow out of bounds again.
  const slight = (lagLow + lagHigh) / 2;
  return limit < FULL && lag >= lagLow && trend > 0 && lag + AHEAD * trend > slight;
}

function setLimit(step: Step, percent: number): void {
  const { parts, out } = step;
  const { limit, lag } = parts.throttle;
  if (percent === limit) return;
  parts.throttle = { ...parts.throttle, limit: percent };
  out.vm({ do: "limit", percent });
  out.claim({ kind: "throttle", percent, lag });
  if (limit === FULL) out.mark("primary-is-throttled");
  if (percent === FULL) out.mark("throttle-is-over");
}
