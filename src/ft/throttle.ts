// Feedback: a slow loop that trims the primary VM's CPU limit by a few per cent at a time while
// its backup stays behind, and gives it back step by step once the backup has caught up. It looks at
// the smoothed lag, and at whether what is left to execute shrinks: cutting on until the lag is gone
// would end in a swing from one end to the other, since a lag of seconds is seconds old.

import type { Behind } from "./lag-meter.ts";
import type { FtParams } from "./params.ts";
import type { Step } from "./parts.ts";

/** Plain data. */
export interface ThrottleState {
  /** Per cent of the CPU that the VM may use. */
  readonly limit: number;
  /** What the last look found. */
  readonly behind: Behind;
  /** Looks in a row that found the lag high. */
  readonly high: number;
  /** Reading of the host's clock at which to look again. */
  readonly nextLookAt: number;
}

const FULL = 100;
/** Looks ahead: the average follows what it measures late. */
const AHEAD = 4;
/** What would be executed in so many looks at the present pace is on its way. */
const ON_ITS_WAY = 40;
/** One look is no reason: the lag must have been high in so many before the first cut. */
const HIGH_BEFORE_CUT = 2;

export const UNTHROTTLED: ThrottleState = {
  limit: FULL,
  behind: { lag: 0, steps: 0 },
  high: 0,
  nextLookAt: 0,
};

/** Looks at the lag when it is time to, and moves the limit by at most one step. */
export function throttle(step: Step): void {
  const { parts, context } = step;
  const { params } = parts.config;
  const before = parts.throttle;
  if (parts.control.role !== "PRIMARY") return;
  // A clock that was set back must not blind the loop until it has caught up.
  const isTooFar = before.nextLookAt - context.now > params.lagPeriod;
  if (context.now < before.nextLookAt && !isTooFar) return;
  const behind = measure(step);
  const high = behind.lag > params.lagHigh ? before.high + 1 : 0;
  const nextLookAt = context.now + params.lagPeriod;
  parts.throttle = { limit: before.limit, behind, high, nextLookAt };
  const wanted = before.limit + change(step, before.behind);
  setLimit(step, Math.min(FULL, Math.max(params.cpuFloor, wanted)));
}

/** Alone, nobody has to keep up. */
export function endThrottle(step: Step): void {
  setLimit(step, FULL);
  step.parts.throttle = UNTHROTTLED;
}

function measure({ parts }: Step): Behind {
  const { rules, params } = parts.config;
  if (rules.throttle !== "by-bytes") return parts.lagMeter.behind;
  // BUG-42: a buffer that is full to the brim stands for twice the lag that is too much.
  const { bytes } = parts.primaryLog;
  return {
    lag: Math.round((bytes * 2 * params.lagHigh) / params.primaryBufferBytes),
    steps: bytes,
  };
}

function change({ parts }: Step, before: Behind): number {
  const { rules, params } = parts.config;
  const { lag } = parts.throttle.behind;
  switch (rules.throttle) {
    case "none":
      return 0;
    case "all-or-nothing":
      return lag > params.lagHigh ? -FULL : lag < params.lagLow ? FULL : 0;
    case "gradual":
    case "by-bytes":
      return gradualChange(parts.throttle, before, params);
    case "without-return":
      return Math.min(0, gradualChange(parts.throttle, before, params));
  }
}

function gradualChange(
  { limit, behind, high }: ThrottleState,
  before: Behind,
  { lagHigh, lagLow, cpuStep }: FtParams,
): number {
  const { lag, steps } = behind;
  const soon = lag + AHEAD * (lag - before.lag);
  if (lag > lagHigh) {
    const isOnItsWay = (before.steps - steps) * ON_ITS_WAY > steps;
    return high < HIGH_BEFORE_CUT || isOnItsWay ? 0 : -cpuStep;
  }
  if (lag < lagLow) return soon < lagLow ? cpuStep : 0;
  // It got too much back, or too little was taken: the lag would become high again.
  const slight = (lagLow + lagHigh) / 2;
  return limit < FULL && lag > before.lag && soon > slight ? -cpuStep : 0;
}

function setLimit(step: Step, percent: number): void {
  const { parts, out } = step;
  const { limit, behind } = parts.throttle;
  if (percent === limit) return;
  parts.throttle = { ...parts.throttle, limit: percent };
  out.vm({ do: "limit", percent });
  out.claim({ kind: "throttle", percent, lag: behind.lag });
  if (limit === FULL) out.mark("primary-is-throttled");
  if (percent === parts.config.params.cpuFloor) out.mark("throttle-at-its-floor");
  if (percent > limit && percent < FULL) out.mark("throttle-gives-a-little-back");
  if (percent === FULL) out.mark("throttle-is-over");
}
