// All tables. To add one: a file beside these, and a line here.

import { TAB_1 } from "./tab-1.ts";
import { TAB_2 } from "./tab-2.ts";
import { TAB_3 } from "./tab-3.ts";
import { TAB_4 } from "./tab-4.ts";
import { TAB_5 } from "./tab-5.ts";
import { TAB_6 } from "./tab-6.ts";
import { TAB_7 } from "./tab-7.ts";
import { TAB_8 } from "./tab-8.ts";
import type { Abilities, Results, Table, TableSpec } from "./table.ts";
import type { RunSpec } from "./run-spec.ts";

export const TABLES: readonly TableSpec[] = [
  TAB_1,
  TAB_2,
  TAB_3,
  TAB_4,
  TAB_5,
  TAB_6,
  TAB_7,
  TAB_8,
];

/** Each run once, however many tables ask for it. */
export function runsOf(tables: readonly TableSpec[], abilities: Abilities): readonly RunSpec[] {
  const runs = new Map<string, RunSpec>();
  for (const table of tables) for (const run of table.runs(abilities)) runs.set(run.id, run);
  return [...runs.values()];
}

export function computeTable(spec: TableSpec, results: Results, abilities: Abilities): Table {
  const { number, title, source } = spec;
  const problems = spec
    .runs(abilities)
    .flatMap(({ id }) =>
      results.of(id).flatMap((one) => one.problems.map((problem) => `${id}: ${problem}`)),
    );
  return { number, title, source, ...spec.compute(results, abilities), problems };
}

/** Nothing that must hold is broken, and every figure comes from a run that was in order. */
export function isInOrder(table: Table): boolean {
  return table.problems.length === 0 && table.holds.every(({ holds }) => holds);
}
