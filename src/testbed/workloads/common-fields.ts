// Fields that several kinds of workload share.

import { z } from "zod";
import { durationText, rateText } from "../schema-units.ts";

export const clients = z.number().int().min(1).max(64).default(4);
export const lasts = durationText;
export const depth = z.number().int().min(1).max(64);
export const rate = rateText;
export const weight = z.number().int().min(0).max(1_000_000);
