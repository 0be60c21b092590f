// What the numbers of the specification stand for: holes (H-1), requirements, and for scenario
// numbers (SCN-13) and readers' questions (Q6) the scenarios that show them. And marks.

import { HOLES } from "../../testbed/variants/holes.ts";
import { INVARIANTS } from "../../report/invariants.ts";
import { PLANTED_BUGS } from "../../testbed/variants/bugs.ts";
import { findMark } from "../../testbed/variants/marks.ts";
import { PROTECTIONS } from "../../testbed/variants/protections.ts";
import { holeCommand, SHOWN_SEED } from "../documents/hole-runs.ts";
import { marksOfRequirement, REQUIREMENTS } from "../documents/requirements.ts";
import { ANY_SEED, loadScenario, scenarioNames, scenarioSource } from "../scenarios.ts";

export function explainHole(name: string): readonly string[] | undefined {
  const hole = HOLES.find(({ id }) => id === name.toUpperCase());
  if (hole === undefined) return undefined;
  const { id, title, story, missed, fix } = hole;
  return [
    `${id}: ${title}, a hole in the published argument`,
    `  ${story}`,
    `  Why the argument misses it: ${missed}`,
    `  What closes it: ${fix}`,
    `  closed      ${holeCommand(hole, "closed")}`,
    `  open        ${holeCommand(hole, "open")}`,
  ];
}

export function explainRequirement(name: string): readonly string[] | undefined {
  const id = name.toUpperCase();
  const row = REQUIREMENTS.find((one) => one.id === id);
  // Invariants have a paragraph of their own, with what a checker adds to it.
  if (row === undefined || INVARIANTS.has(id)) return undefined;
  const { says, files, checkers, unjudged, tests, broken, unbroken } = row;
  const head = `${id}: a requirement`;
  const marks = marksOfRequirement(id);
  return [
    head,
    `  ${says}`,
    `  where       ${files.join(", ")}`,
    `  judged by   ${checkers.length === 0 ? unjudged : checkers.join(", ")}`,
    ...tests.map((test) => `  shown by    ${test.file}: ${test.name}`),
    ...(marks.length === 0 ? [] : [`  marks       ${marks.join(", ")}`]),
    ...(broken.length === 0 ? [`  Nothing to break: ${unbroken}`] : broken.map(breakCommand)),
  ];
}

function breakCommand(text: string): string {
  const [, name] = text.split(" ");
  const scenario = [...PLANTED_BUGS, ...PROTECTIONS].find((one) => one.name === name)?.scenario;
  return `  broken by   npx ftsim run ${scenario} --seed ${SHOWN_SEED} ${text}`;
}

export function explainMark(name: string): readonly string[] | undefined {
  const mark = findMark(name);
  if (mark === undefined) return undefined;
  const { what, requirements, rare } = mark;
  return [
    `${name}: a mark, a rare situation that a report counts`,
    `  It came up when ${what}.`,
    `  belongs to  ${requirements.join(", ")}`,
    ...(rare === undefined
      ? []
      : [`  Too rare to be required of a campaign: ${rare} comes to it.`]),
  ];
}

/** A number of the specification that scenarios say they show. */
export function explainNumber(name: string): readonly string[] | undefined {
  const number = name.toUpperCase();
  // SCN-13, R-2.2, Q6: for any other name no file is read.
  if (!/^[A-Z]+-?[0-9]/.test(number)) return undefined;
  // Most files do not have the number at all, and need not be understood.
  const shown = scenarioNames().filter(
    (scenario) =>
      scenarioSource(scenario).includes(number) &&
      loadScenario(scenario, [], ANY_SEED).shows.includes(number),
  );
  if (shown.length === 0) return undefined;
  return [
    `${number}: shown by`,
    ...shown.map((scenario) => `  npx ftsim run ${scenario} --seed 42`),
  ];
}
