// What the numbers of the specification stand for: holes (H-1), and for requirements, scenario
// numbers (SCN-13) and readers' questions (Q6) the scenarios that show them.

import { HOLES } from "../../testbed/variants/holes.ts";
import { holeCommand } from "../documents/hole-runs.ts";
import { loadScenario, scenarioNames } from "../scenarios.ts";

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

/** A number of the specification that scenarios say they show. */
export function explainNumber(name: string): readonly string[] | undefined {
  const number = name.toUpperCase();
  const shown = scenarioNames().filter((scenario) =>
    loadScenario(scenario, []).shows.includes(number),
  );
  if (shown.length === 0) return undefined;
  return [
    `${number}: shown by`,
    ...shown.map((scenario) => `  npx ftsim run ${scenario} --seed 42`),
  ];
}
