// Whole numbers on the command line.

import { UsageError } from "./usage-error.ts";

const MOST = 999_999_999_999;

export function whole(name: string, text: string, most: number = MOST): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new UsageError(`${name} ${text}: expected a whole number from 1 to ${most}`);
  return value;
}
