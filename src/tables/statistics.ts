// What many values say together.

export interface Distribution {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

export function distributionOf(values: readonly number[]): Distribution | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    median: quantile(sorted, 50),
    p99: quantile(sorted, 99),
    most: quantile(sorted, 100),
  };
}

/** Of sorted values: the smallest that so many percent are not above. */
function quantile(sorted: readonly number[], percent: number): number {
  const rank = Math.ceil((sorted.length * percent) / 100);
  return sorted[Math.max(0, rank - 1)] as number;
}

/** One figure of several seeds: their mean, and how far the farthest of them is from it. */
export interface Figure {
  readonly value: number;
  readonly spread: number;
}

export function figureOf(values: readonly number[]): Figure | undefined {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value))) return undefined;
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  return { value, spread: Math.max(...values.map((one) => Math.abs(one - value))) };
}

/** The least squares line through some points. */
export function lineThrough(points: readonly (readonly [number, number])[]): {
  readonly slope: number;
  readonly start: number;
} {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const x = mean(points.map(([at]) => at));
  const y = mean(points.map(([, value]) => value));
  let above = 0;
  let below = 0;
  for (const [at, value] of points) {
    above += (at - x) * (value - y);
    below += (at - x) * (at - x);
  }
  const slope = below === 0 ? 0 : above / below;
  return { slope, start: y - slope * x };
}
