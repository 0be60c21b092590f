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

export const durationText: z.ZodType<Duration, string> = unit(parseDuration);
export const signedDurationText: z.ZodType<Duration, string> = unit(parseSignedDuration);
export const bandwidthText: z.ZodType<number, string> = unit(parseBandwidth);
export const sizeText: z.ZodType<number, string> = unit(parseSize);
export const rateText: z.ZodType<number, string> = unit(parseRate);
export const ratioText: z.ZodType<Ratio, string> = unit(parseRatio);

/** A text with a unit (or a number where zero needs none), as an integer or ratio. */
function unit<T>(parse: (text: string) => Result<T>): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
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
