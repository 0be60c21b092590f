// Whole numbers on the command line.

import { UsageError } from "./usage-error.ts";

const MOST = 999_999_999_999;

export function whole(name: string, text: string, most: number = MOST, least: number = 1): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most)
    throw new UsageError(`${name} ${text}: expected a whole number from ${least} to ${most}`);
  return value;
}
