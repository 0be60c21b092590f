// How probable a violation is from each moment of a run on: points with counts, where the next ones
// are worth most, and what the curve says. Pure.

export interface CurvePoint {
  /** The gap behind this event; of the violation itself, the event in which it happened. */
  readonly afterEvent: number;
  /** Virtual ns. */
  readonly time: number;
  /** Of so many re-seeded forks, so many violated the same invariant. */
  readonly violated: number;
  readonly of: number;
}

export interface Jump {
  readonly from: CurvePoint;
  readonly to: CurvePoint;
}

/** "Almost" inevitable: at most one fork of twenty gets away. */
const ALMOST = 0.95;

export function probabilityOf({ violated, of }: CurvePoint): number {
  return violated / of;
}

/**
 * Evenly spread over the time up to the violation, and the gap right before it. `times` has the moment
 * of every event, from the first one on.
 */
export function firstPoints(
  times: readonly number[],
  count: number,
  least: number = 1,
): readonly number[] {
  const end = times.length;
  const last = times[end - 1] ?? 0;
  const events = new Set<number>();
  let event = 1;
  for (let index = 0; index < count - 1; index++) {
    const time = (last * index) / Math.max(1, count - 1);
    while (event < end - 1 && (times[event] ?? 0) <= time) event += 1;
    events.add(Math.max(least, event));
  }
  events.add(Math.max(least, end - 1));
  return [...events].toSorted((a, b) => a - b);
}

/**
 * The events at which the curve is looked at next: in the middle of its steepest intervals, as long as
 * one has an event in its middle. The last point is the violation.
 */
export function nextPoints(curve: readonly CurvePoint[], most: number): readonly number[] {
  return intervalsOf(curve)
    .filter(({ from, to }) => to.afterEvent - from.afterEvent > 1 && riseOf({ from, to }) !== 0)
    .toSorted((a, b) => Math.abs(riseOf(b)) - Math.abs(riseOf(a)))
    .slice(0, most)
    .map(({ from, to }) => Math.floor((from.afterEvent + to.afterEvent) / 2));
}

/** Where it rises most; of equal rises the last, since what comes after it no longer matters. */
export function jumpOf(curve: readonly CurvePoint[]): Jump | undefined {
  let best: Jump | undefined;
  for (const interval of intervalsOf(curve))
    if (best === undefined || riseOf(interval) >= riseOf(best)) best = interval;
  return best !== undefined && riseOf(best) > 0 ? best : undefined;
}

/** From here on (almost) all forks violate it. */
export function inevitableFrom(curve: readonly CurvePoint[]): CurvePoint | undefined {
  let first: CurvePoint | undefined;
  for (const point of curve.toReversed()) {
    if (probabilityOf(point) < ALMOST) break;
    first = point;
  }
  return first;
}

function intervalsOf(curve: readonly CurvePoint[]): readonly Jump[] {
  return curve.slice(1).map((to, at) => ({ from: curve[at] as CurvePoint, to }));
}

function riseOf({ from, to }: Jump): number {
  return probabilityOf(to) - probabilityOf(from);
}

/** Where the probability lies with 95 %: Wilson's interval. */
export function rangeOf(point: CurvePoint): { readonly low: number; readonly high: number } {
  const { of } = point;
  const p = probabilityOf(point);
  const centre = p + (Z * Z) / (2 * of);
  const spread = Z * Math.sqrt((p * (1 - p)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  return {
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}

const Z = 1.96;
