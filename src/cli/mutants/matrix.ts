// Planted bugs against the checkers that catch them: the kill rate of this version, and what each
// checker is there for.

import { CHECKERS } from "../../checkers/registry.ts";
import type { PlantedBug } from "../../testbed/variants/bugs.ts";
import type { Hunt } from "./hunt.ts";

export interface HuntedBug {
  readonly bug: PlantedBug;
  /** In the scenario that it names. */
  readonly named: Hunt;
  /** In the swarm; undefined: it was not tried there. */
  readonly swarm: Hunt | undefined;
}

export interface KillRate {
  readonly bugs: number;
  readonly killed: number;
  /** Seeds until the kill, over those that were killed. */
  readonly median: number;
  readonly missed: readonly string[];
}

export function killRate(hunts: readonly (readonly [name: string, Hunt | undefined])[]): KillRate {
  const tried = hunts.flatMap(([name, hunt]) => (hunt === undefined ? [] : [{ name, hunt }]));
  const seeds = tried.flatMap(({ hunt: { seed } }) => (seed === undefined ? [] : [seed]));
  return {
    bugs: tried.length,
    killed: seeds.length,
    median: medianOf(seeds),
    missed: tried.flatMap(({ name, hunt: { seed } }) => (seed === undefined ? [name] : [])),
  };
}

export interface CheckerRow {
  readonly checker: string;
  /** Bugs whose run it rejected, as one of those that are there for them. */
  readonly kills: readonly string[];
  /** Of these, those that nobody else of the ones there for them rejected. */
  readonly alone: readonly string[];
}

/** In the registry's order; a checker that killed nothing has an empty row. */
export function checkerRows(hunted: readonly HuntedBug[]): readonly CheckerRow[] {
  const killersOf = hunted.map(({ bug, named }) => ({
    name: bug.name,
    killers: named.rejectedBy.filter((checker) => bug.killers.includes(checker)),
  }));
  return CHECKERS.map(({ name }) => {
    const kills = killersOf.filter(({ killers }) => killers.includes(name));
    return {
      checker: name,
      kills: kills.map((one) => one.name),
      alone: kills.filter(({ killers }) => killers.length === 1).map((one) => one.name),
    };
  });
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
