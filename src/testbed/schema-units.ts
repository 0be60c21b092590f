// Values with a unit, as the schemas of a scenario take them: text in, an integer or a ratio out.

import { z } from "zod";
import type { Ratio } from "../base/prng.ts";
import type { Duration } from "../base/time.ts";
import type { Result } from "../base/result.ts";
import {
  parseBandwidth,
  parseDuration,
  parseRate,
  parseRatio,
  parseSignedDuration,
  parseSize,
} from "./units.ts";

/** What an editor is told of a text with a unit (`ftsim/schema.json`); who reads it is `parse`. */
interface Words {
  readonly description: string;
  readonly pattern: string;
}

const TIME = String.raw`\d+(\.\d+)?\s*(ns|us|ms|s|m|min)`;
const DURATION = { description: "A time: 150us, 20ms, 2s", pattern: `^\\s*${TIME}\\s*$` };
const SIGNED = { description: "A time, or an earlier one: -1s", pattern: `^\\s*-?${TIME}\\s*$` };
const BANDWIDTH = {
  description: "Bits a second: 100Mb/s, 1Gb/s",
  pattern: String.raw`^\s*\d+(\.\d+)?\s*[kMG]?b/s\s*$`,
};
const SIZE = {
  description: "Bytes: 512B, 64KiB, 32MiB",
  pattern: String.raw`^\s*\d+(\.\d+)?\s*([KMG]i)?B\s*$`,
};
const RATE = { description: "So many a second: 200/s", pattern: String.raw`^\s*\d+\s*/\s*s\s*$` };
const RATIO = {
  description: "A chance: 5% or 1/20",
  pattern: String.raw`^\s*\d+((\.\d+)?\s*%|\s*/\s*\d+)\s*$`,
};

export const durationText: z.ZodType<Duration, string> = unit(parseDuration, DURATION);
export const signedDurationText: z.ZodType<Duration, string> = unit(parseSignedDuration, SIGNED);
export const bandwidthText: z.ZodType<number, string> = unit(parseBandwidth, BANDWIDTH);
export const sizeText: z.ZodType<number, string> = unit(parseSize, SIZE);
export const rateText: z.ZodType<number, string> = unit(parseRate, RATE);
export const ratioText: z.ZodType<Ratio, string> = unit(parseRatio, RATIO);

/** A text with a unit (or a number where zero needs none), as an integer or ratio. */
function unit<T>(parse: (text: string) => Result<T>, words: Words): z.ZodType<T, string> {
  const text = z.string().meta({ ...words });
  return text.transform((text, context) => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.addIssue({ code: "custom", message: result.error });
    return z.NEVER;
  });
}

/** A default, written as a scenario would write it. */
export function parsed<T>(result: Result<T>): T {
  if (!result.ok) throw new RangeError(String(result.error));
  return result.value;
}
