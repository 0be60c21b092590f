// Seeds: given, from FTSIM_SEED, or drawn; whichever it is, it is printed.

import { randomInt } from "node:crypto";
import { isSeed } from "../testbed/run-address.ts";
import { UsageError } from "./usage-error.ts";

const DRAWN_BELOW = 1_000_000_000;

export function chooseSeed(option: string | undefined): string {
  const given = option ?? process.env["FTSIM_SEED"];
  if (given === undefined || given === "") return String(randomInt(DRAWN_BELOW));
  if (isSeed(given)) return given;
  throw new UsageError(
    `seed ${JSON.stringify(given.slice(0, 80))}: expected 1 to 64 letters, digits, ".", "_" or "-"`,
  );
}
