// docs/requirements.md: each requirement and invariant of the specification, where it is, who judges
// it, which test shows it, what breaks it. Made by scripts/documents.mjs; test/house/requirements.test.ts
// holds it to the code.

import { count } from "../../base/words.ts";
import { CHECKERS } from "../../checkers/registry.ts";
import { INVARIANTS, UNCHECKED } from "../../report/invariants.ts";
import { PLANTED_BUGS } from "../../testbed/variants/bugs.ts";
import type { InvariantPlace, Requirement } from "../../testbed/variants/requirement.ts";
import { INVARIANT_PLACES } from "../../testbed/variants/requirements-of-invariants.ts";
import { PROTOCOL_REQUIREMENTS } from "../../testbed/variants/requirements-of-the-protocol.ts";
import { SYSTEM_REQUIREMENTS } from "../../testbed/variants/requirements-of-the-system.ts";
import { MARKS } from "../../testbed/variants/marks.ts";
import { UNMARKED } from "../../testbed/variants/unmarked.ts";

/** Every row, R-1.1 to PERF-5. */
export const REQUIREMENTS: readonly Requirement[] = [
  ...PROTOCOL_REQUIREMENTS,
  ...SYSTEM_REQUIREMENTS,
  ...INVARIANT_PLACES.map(invariantRow),
];

const CHAPTERS: readonly (readonly [string, string])[] = [
  ["R-1.", "Deterministic replay"],
  ["R-2.", "The Output Rule"],
  ["R-3.", "Failure detection"],
  ["R-4.", "Going live"],
  ["R-5.", "Split brain"],
  ["R-6.", "Starting and restarting"],
  ["R-7.", "The logging channel"],
  ["R-8.", "Operations"],
  ["R-9.", "Disk I/O"],
  ["R-10.", "Network I/O"],
  ["R-11.", "Design alternatives"],
  ["INV-", "Invariants"],
  ["L-", "Liveness"],
  ["PERF-", "Performance"],
];

const HEAD = `# Requirements

What the specification asks for, row by row: where it is kept, the checkers that judge every run by it, a test that shows it, and a switch that breaks it in some scenario. \`npx ftsim explain R-2.2\` tells one of them, \`npx ftsim explain NAME\` a checker or a planted bug.

This file is made by \`node scripts/documents.mjs\` from \`src/testbed/variants/requirement*.ts\`. A test says that no cell is empty, that every file, test and switch in it exists, and every run of the tests that the named ones passed.
`;

export function requirementsDocument(): string {
  const sections = CHAPTERS.map(([prefix, title]) => {
    const rows = REQUIREMENTS.filter(({ id }) => id.startsWith(prefix));
    return `## ${title}

| | what it says | where | judged by | shown by | broken by |
| --- | --- | --- | --- | --- | --- |
${rows.map(tableRow).join("\n")}
`;
  });
  const number = `All ${count(REQUIREMENTS.length, "row")} are here.\n`;
  return [HEAD, number, ...sections, marksSection()].join("\n");
}

/** Rare situations of a requirement, in the order of the list. */
export function marksOfRequirement(id: string): readonly string[] {
  return MARKS.filter(({ requirements }) => requirements.includes(id)).map(({ name }) => name);
}

function marksSection(): string {
  const rows = REQUIREMENTS.filter(({ id }) => id.startsWith("R-")).map(({ id }) => {
    const marks = marksOfRequirement(id).map(code).join(", ");
    return `| ${id} | ${marks === "" ? `none: ${UNMARKED.get(id) ?? ""}` : marks} |`;
  });
  return `## Marks

Rare situations in which a requirement is at stake, ${count(MARKS.length, "mark")} in all: a report says how often each came up, and \`npx ftsim fuzz --require-marks\` fails when one never did ([campaigns.md](campaigns.md)). \`npx ftsim explain NAME\` says what one is.

| | marks |
| --- | --- |
${rows.join("\n")}
`;
}

function tableRow({ id, says, files, tests, ...row }: Requirement): string {
  const { checkers, unjudged, broken, unbroken } = row;
  const shown = tests.map(({ file, name }) => `\`${file}\`: ${cell(name)}`);
  return `| ${[
    id,
    cell(says),
    files.map(code).join(", "),
    checkers.length === 0 ? cell(unjudged ?? "") : checkers.map(code).join(", "),
    shown.join("; "),
    broken.length === 0 ? cell(unbroken ?? "") : broken.map(code).join(", "),
  ].join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** What it says and who judges it is in registries of its own. */
function invariantRow(place: InvariantPlace): Requirement {
  const { id } = place;
  const invariant = INVARIANTS.get(id);
  const checkers = CHECKERS.filter(({ invariants }) => invariants.includes(id));
  const unjudged = UNCHECKED.get(id);
  return {
    ...place,
    says: invariant === undefined ? "" : `${invariant.name}: ${invariant.meaning}.`,
    checkers: checkers.map(({ name }) => name),
    ...(unjudged === undefined ? {} : { unjudged }),
    broken: breakersOf(new Set(checkers.map(({ name }) => name))),
  };
}

/** The planted bugs that these are the first to find; else those that they find at all. */
function breakersOf(checkers: ReadonlySet<string>): readonly string[] {
  const found = PLANTED_BUGS.filter(({ killers }) => killers.some((one) => checkers.has(one)));
  const first = found.filter(({ killers: [chief = ""] }) => checkers.has(chief));
  return (first.length > 0 ? first : found).map(({ name }) => `--bug ${name}`);
}
