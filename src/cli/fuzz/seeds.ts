// Which seeds a campaign runs: a range of numbers, or as many as there is time for from a first one
// on; of a shard, every n-th.

import { randomInt } from "node:crypto";
import { parseDuration } from "../../testbed/units.ts";
import { UsageError } from "../usage-error.ts";
import { whole } from "../whole.ts";

export interface SeedPlan {
  readonly first: number;
  /** The last one; undefined: until something else ends the campaign. */
  readonly last: number | undefined;
  readonly shard: Shard;
  /** Milliseconds of host time after which no seed is begun; undefined: no limit. */
  readonly milliseconds: number | undefined;
  /** Ends after so many seeds in a row without a new mark or finding. */
  readonly quietAfter: number | undefined;
}

/** The `index`-th of `of`, from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface SeedOptions {
  readonly number: string | undefined;
  readonly seeds: string | undefined;
  readonly time: string | undefined;
  readonly shard: string | undefined;
  readonly untilQuiet: string | boolean | undefined;
}

const DEFAULT_MILLISECONDS = 60_000;
const QUIET_AFTER = 500;
const DRAWN_BELOW = 1_000_000_000;

export function planSeeds(options: SeedOptions): SeedPlan {
  const range = options.seeds === undefined ? undefined : parseRange(options.seeds);
  if (range !== undefined && options.number !== undefined)
    throw new UsageError("-n and --seeds: expected one of them");
  const count =
    options.number === undefined ? undefined : whole("-n", options.number, 1_000_000_000);
  const first = range?.first ?? randomInt(1, DRAWN_BELOW);
  const last = range?.last ?? (count === undefined ? undefined : first + count - 1);
  const quietAfter = quietOf(options.untilQuiet);
  const isOpen = last === undefined && quietAfter === undefined;
  return {
    first,
    last,
    shard: options.shard === undefined ? { index: 1, of: 1 } : parseShard(options.shard),
    milliseconds:
      options.time === undefined
        ? isOpen
          ? DEFAULT_MILLISECONDS
          : undefined
        : millisecondsOf(options.time),
    quietAfter,
  };
}

/** The end of the range that was done. */
export function lastOf(
  { first, last }: Pick<SeedPlan, "first" | "last">,
  reached: number | undefined,
): number {
  return Math.max(first, Math.min(reached ?? first, last ?? Infinity));
}

/** As the command line says it: what was done, so that it can be done again. */
export function rangeOf(plan: SeedPlan, reached: number | undefined): string {
  const { first, shard } = plan;
  return `--seeds ${first}..${lastOf(plan, reached)}${shard.of === 1 ? "" : ` --shard ${shard.index}/${shard.of}`}`;
}

export function isOfShard(seed: number, first: number, { index, of }: Shard): boolean {
  return (seed - first) % of === index - 1;
}

function parseRange(text: string): { readonly first: number; readonly last: number } {
  const [, from = "", to = ""] = /^(\d{1,12})\.\.(\d{1,12})$/.exec(text) ?? [];
  const first = Number(from);
  const last = Number(to);
  if (from === "" || last < first)
    throw new UsageError(`--seeds ${text}: expected FIRST..LAST, e.g. 1..1000`);
  return { first, last };
}

function parseShard(text: string): Shard {
  const [, index = "0", of = "0"] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index < 1 || shard.index > shard.of)
    throw new UsageError(`--shard ${text}: expected e.g. 2/3, the second of three`);
  return shard;
}

function quietOf(option: string | boolean | undefined): number | undefined {
  if (option === undefined || option === false) return undefined;
  return option === true ? QUIET_AFTER : whole("--until-quiet", option, 1_000_000_000);
}

function millisecondsOf(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new UsageError(`--time: ${parsed.error}`);
  return parsed.value / 1_000_000;
}
