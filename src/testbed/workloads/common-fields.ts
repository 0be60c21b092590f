// Fields that several kinds of workload share.

import { z } from "zod";
import { durationText, rateText } from "../schema-units.ts";

export const clients = z.number().int().min(1).max(64).default(4);
export const lasts = durationText;
export const depth = z.number().int().min(1).max(64);
export const rate = rateText;
export const weight = z.number().int().min(0).max(1_000_000);
/** guests/lib/metronome.h. */
export const timerHz = z.number().int().min(1).max(10_000);

const SECTOR = 512;

/** A size of a disk request in sectors; 0 when it is none, or more than `most`. */
export function sectors(bytes: number, most: number): number {
  return bytes <= most && bytes % SECTOR === 0 ? bytes / SECTOR : 0;
}
