// "90us..20ms" as values between its ends: evenly by ratio where both ends are above zero, as one
// reads a cost over a parameter. "100,500,1000" as they stand.

import { err, ok, type Result } from "../base/result.ts";

export interface ParameterValue {
  readonly text: string;
  readonly position: number;
}

export interface ParameterRange {
  readonly values: readonly ParameterValue[];
  readonly unit: string;
  readonly isLogarithmic: boolean;
}

/** Units of one kind: how many of the smallest each is worth, and in which one the axis is told. */
interface Dimension {
  readonly units: ReadonlyMap<string, number>;
  readonly smallest: string;
  readonly shown: string;
}

const DIMENSIONS: readonly Dimension[] = [
  {
    units: new Map([
      ["ns", 1],
      ["us", 1_000],
      ["ms", 1_000_000],
      ["s", 1_000_000_000],
    ]),
    smallest: "ns",
    shown: "ms",
  },
  {
    units: new Map([
      ["b/s", 1],
      ["kb/s", 1_000],
      ["Mb/s", 1_000_000],
      ["Gb/s", 1_000_000_000],
    ]),
    smallest: "b/s",
    shown: "Mb/s",
  },
  {
    units: new Map([
      ["B", 1],
      ["KiB", 1_024],
      ["MiB", 1_048_576],
      ["GiB", 1_073_741_824],
    ]),
    smallest: "B",
    shown: "KiB",
  },
  { units: new Map([["/s", 1]]), smallest: "/s", shown: "/s" },
  { units: new Map([["%", 1]]), smallest: "%", shown: "%" },
  { units: new Map([["", 1]]), smallest: "", shown: "" },
];

const EXPECTED = "expected e.g. 90us..20ms, 1..64, or 10ms,50ms,1s";

export function parseValues(text: string, steps: number): Result<ParameterRange> {
  const ends = text.split("..");
  const isRange = ends.length === 2;
  const parts = isRange ? ends : text.split(",");
  const quantities = parts.map(parseQuantity);
  const [first] = quantities;
  if (first === undefined || parts.length > 100) return err(`"${text}": ${EXPECTED}`);
  const amounts: number[] = [];
  for (const one of quantities) {
    if (one === undefined || one.dimension !== first.dimension)
      return err(`"${text}": ${EXPECTED}`);
    amounts.push(one.amount);
  }
  const [from = 0, to = 0] = amounts;
  if (isRange && from >= to) return err(`"${text}": expected the lesser value first`);
  const wanted = isRange ? between(from, to, steps) : amounts;
  const { dimension } = first;
  const scale = dimension.units.get(dimension.shown) ?? 1;
  return ok({
    values: wanted.map((amount) => ({
      text: shortest(amount, dimension),
      position: amount / scale,
    })),
    unit: dimension.shown,
    isLogarithmic: wanted.every((amount) => amount > 0),
  });
}

function parseQuantity(
  text: string,
): { readonly amount: number; readonly dimension: Dimension } | undefined {
  const match = /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z/%]*)\s*$/.exec(text);
  const unit = match?.[2] ?? "";
  const dimension = DIMENSIONS.find(({ units }) => units.has(unit));
  if (match === null || dimension === undefined) return undefined;
  return { amount: Math.round(Number(match[1]) * (dimension.units.get(unit) ?? 1)), dimension };
}

/** Found by halving in the middle of two values, whose root is exact enough for a whole number. */
function between(from: number, to: number, steps: number): readonly number[] {
  const values = Array.from({ length: steps }, (_, at) => {
    if (at === 0) return from;
    if (at === steps - 1) return to;
    const share = at / (steps - 1);
    return from > 0 ? nearestPower(from, to, share) : Math.round(from + (to - from) * share);
  });
  return values.filter((value, at) => at === 0 || value !== values[at - 1]);
}

/** from * (to / from) ^ share without Math.pow, whose last digit is the engine's own affair. */
function nearestPower(from: number, to: number, share: number): number {
  let [low, high] = [from, to];
  let [lowShare, highShare] = [0, 1];
  for (let step = 0; step < 50; step++) {
    const middle = squareRoot(low * high);
    const middleShare = (lowShare + highShare) / 2;
    if (middleShare <= share) [low, lowShare] = [middle, middleShare];
    else [high, highShare] = [middle, middleShare];
  }
  return rounded(Math.round(low));
}

/** To three digits: a value that somebody can say. */
function rounded(value: number): number {
  let unit = 1;
  while (value / unit >= 1_000) unit *= 10;
  return Math.round(value / unit) * unit;
}

/** Newton's method: 60 rounds are enough for any double. */
function squareRoot(value: number): number {
  let root = Math.max(1, value);
  for (let round = 0; round < 1_100 && root * root > value; round++) {
    const next = (root + value / root) / 2;
    if (next >= root) break;
    root = next;
  }
  return root;
}

/** In the largest unit in which it is a whole number. */
function shortest(amount: number, { units, smallest }: Dimension): string {
  let best = `${amount}${smallest}`;
  for (const [unit, worth] of units)
    if (amount > 0 && amount % worth === 0) best = `${amount / worth}${unit}`;
  return best;
}
