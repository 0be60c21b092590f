// `ftsim list [NOUN]`: what there is, one line each.

import { CHECKERS } from "../../checkers/registry.ts";
import { FAULT_KINDS } from "../../faults/registry.ts";
import { KNOWN_PROTOCOLS } from "../../protocols/registry.ts";
import { HOLES } from "../../testbed/variants/holes.ts";
import { PLANTED_BUGS } from "../../testbed/variants/bugs.ts";
import { PROTECTIONS } from "../../testbed/variants/protections.ts";
import { MARKS } from "../../testbed/variants/marks.ts";
import { REQUIREMENTS } from "../documents/requirements.ts";
import { loadGuests } from "../engine.ts";
import { ANY_SEED, loadScenario, scenarioNames } from "../scenarios.ts";
import { closest } from "../suggest.ts";
import { UsageError } from "../usage-error.ts";

type Row = readonly string[];

const NOUNS: ReadonlyMap<string, () => readonly Row[]> = new Map([
  [
    "scenarios",
    () => scenarioNames().map((name) => [name, loadScenario(name, [], ANY_SEED).title]),
  ],
  [
    "guests",
    () =>
      [...loadGuests()].map(([name, guest]) => [
        name,
        guest.ramBytes < 1_048_576
          ? `${guest.ramBytes / 1_024} KiB`
          : `${guest.ramBytes / 1_048_576} MiB`,
        guest.title,
      ]),
  ],
  ["faults", () => FAULT_KINDS.map(({ name, aim, summary }) => [name, aim, summary])],
  [
    "checkers",
    () =>
      CHECKERS.map(({ name, invariants, property, rejects }) => [
        name,
        invariants.join(" "),
        property,
        rejects,
      ]),
  ],
  [
    "rules",
    () =>
      PROTECTIONS.map(({ name, requirement, scenario, breaks }) => [
        name,
        requirement,
        `caught in ${scenario}`,
        breaks,
      ]),
  ],
  [
    "bugs",
    () =>
      PLANTED_BUGS.map(({ name, id, scenario, killers, meaning }) => [
        name,
        id,
        `caught in ${scenario} by ${killers.join(", ")}`,
        meaning,
      ]),
  ],
  [
    "holes",
    () =>
      HOLES.map(({ id, scenario, opened, exit, title, fix }) => [
        id,
        `${scenario} ${opened}`,
        `exit ${exit}`,
        title,
        fix,
      ]),
  ],
  ["requirements", () => REQUIREMENTS.map(({ id, says }) => [id, says])],
  [
    "marks",
    () =>
      MARKS.map(({ name, requirements, layer, rare, what }) => [
        name,
        requirements.join(" "),
        layer,
        rare === undefined ? "" : "rare",
        what,
      ]),
  ],
  ["protocols", () => KNOWN_PROTOCOLS.map(({ protocol, title }) => [protocol.name, title])],
]);

export function list(noun: string | undefined): number {
  if (noun === undefined) {
    for (const [name, rows] of NOUNS) process.stdout.write(`${name.padEnd(12)}${rows().length}\n`);
    process.stdout.write(
      "\nftsim list NOUN shows one of them, ftsim explain NAME any of its lines.\n",
    );
    return 0;
  }
  const rows = NOUNS.get(noun);
  const names = [...NOUNS.keys()];
  if (rows === undefined)
    throw new UsageError(
      `list ${noun}${closest(noun, names)}; expected one of ${names.join(", ")}`,
    );
  process.stdout.write(table(rows()));
  return 0;
}

/** Columns as wide as their widest cell; the last one is free. */
function table(rows: readonly Row[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2),
        )
        .join("")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
