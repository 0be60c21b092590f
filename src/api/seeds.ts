// Which seeds a test runs.

import { UsageError } from "../cli/usage-error.ts";
import { isSeed } from "../testbed/run-address.ts";

/** "1..20", one seed, or a list of them: numbers or words. */
export type Seeds = number | string | readonly (number | string)[];

const SEEDS_MAX = 100_000;

/** Without any: FTSIM_SEED, and else 1, so that a test is the same test each time. */
export function listSeeds(seeds: Seeds | undefined): readonly string[] {
  const given = seeds ?? (process.env["FTSIM_SEED"] || "1");
  if (typeof given === "object") return checked(given.map(String));
  const [, first, last] = /^(\d{1,12})\.\.(\d{1,12})$/.exec(String(given)) ?? [];
  if (first === undefined || last === undefined) return checked([String(given)]);
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > SEEDS_MAX)
    throw new UsageError(`seeds ${given}: expected FIRST..LAST, at most ${SEEDS_MAX}`);
  return Array.from({ length: count }, (_, index) => String(Number(first) + index));
}

function checked(seeds: readonly string[]): readonly string[] {
  if (seeds.length === 0) throw new UsageError("seeds: expected at least one");
  const wrong = seeds.find((seed) => !isSeed(seed));
  if (wrong === undefined) return seeds;
  throw new UsageError(
    `seed ${JSON.stringify(wrong.slice(0, 80))}: expected 1 to 64 letters, digits, ".", "_" or "-", or FIRST..LAST`,
  );
}
