// Quantities with units, as scenarios and the command line write them: 150us, 1Gb/s, 64KiB, 200/s,
// 5 %, 1/20. Exact: everything becomes an integer or a ratio of integers.

import type { Ratio } from "../base/prng.ts";
import { err, ok, type Result } from "../base/result.ts";
import { type Duration, duration } from "../base/time.ts";

const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1_000],
  ["ms", 1_000_000],
  ["s", 1_000_000_000],
  ["m", 60_000_000_000],
  ["min", 60_000_000_000],
]);
const RATE_UNITS: ReadonlyMap<string, number> = new Map([
  ["b/s", 1],
  ["kb/s", 1_000],
  ["Mb/s", 1_000_000],
  ["Gb/s", 1_000_000_000],
]);
const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KiB", 1_024],
  ["MiB", 1_048_576],
  ["GiB", 1_073_741_824],
]);
/** 64 GiB. */
const SIZE_MAX = 68_719_476_736;
/** Three hours: longer runs are a mistake in a unit. */
const DURATION_MAX = 3 * 3_600 * 1_000_000_000;

export function parseDuration(text: string): Result<Duration> {
  const value = parseQuantity(text, TIME_UNITS);
  if (value === undefined) return err(`"${text}" is not a duration: expected e.g. 150us, 20ms, 2s`);
  if (value > DURATION_MAX) return err(`${text} is too long: expected at most 180min`);
  return ok(duration(value));
}

/** A clock may be early as well as late: -1s. */
export function parseSignedDuration(text: string): Result<Duration> {
  const trimmed = text.trim();
  if (!trimmed.startsWith("-")) return parseDuration(text);
  const length = parseDuration(trimmed.slice(1));
  return length.ok ? ok((0 - length.value) as Duration) : length;
}

/** Bits per second. */
export function parseBandwidth(text: string): Result<number> {
  const value = parseQuantity(text, RATE_UNITS);
  if (value === undefined || value < 1_000)
    return err(`"${text}" is not a bandwidth: expected e.g. 100Mb/s, 1Gb/s, at least 1kb/s`);
  return value > 1e12 ? err(`${text} is too much: expected at most 1000Gb/s`) : ok(value);
}

/** Bytes. */
export function parseSize(text: string): Result<number> {
  const value = parseQuantity(text, SIZE_UNITS);
  if (value === undefined) return err(`"${text}" is not a size: expected e.g. 64KiB, 32MiB`);
  return value > SIZE_MAX ? err(`${text} is too large: expected at most 64GiB`) : ok(value);
}

/** Per second. */
export function parseRate(text: string): Result<number> {
  const match = /^(\d{1,7})\s*\/\s*s$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || value < 1 || value > 1_000_000)
    return err(`"${text}" is not a rate: expected e.g. 200/s, at most 1000000/s`);
  return ok(value);
}

export function parseRatio(text: string): Result<Ratio> {
  const percent = /^(\d{1,3})(?:\.(\d{1,4}))?\s*%$/.exec(text.trim());
  if (percent !== null) {
    const digits = percent[2] ?? "";
    const denominator = 100 * Number(`1${"0".repeat(digits.length)}`);
    return checkedRatio(text, Number(`${percent[1]}${digits}`), denominator);
  }
  const fraction = /^(\d{1,9})\s*\/\s*(\d{1,9})$/.exec(text.trim());
  if (fraction !== null) return checkedRatio(text, Number(fraction[1]), Number(fraction[2]));
  return err(`"${text}" is not a chance: expected e.g. 5% or 1/20`);
}

function checkedRatio(text: string, numerator: number, denominator: number): Result<Ratio> {
  if (denominator === 0 || numerator > denominator)
    return err(`${text} is not a chance: expected between 0% and 100%`);
  return ok({ numerator, denominator });
}

function parseQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?\s*([A-Za-z/]+)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, whole = "0", fraction = "", unit = ""] = match;
  const scale = units.get(unit);
  if (scale === undefined) return undefined;
  const parts = Number(`1${"0".repeat(fraction.length)}`);
  const value = Number(whole) * scale + Math.floor((Number(fraction || "0") * scale) / parts);
  return Number.isSafeInteger(value) ? value : undefined;
}
