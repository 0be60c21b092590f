// One shrink from beginning to end, and the files that it leaves: the small scenario, and what was
// tried. `ftsim shrink` does it when it is asked to, `ftsim fuzz` for every finding.

import { join } from "node:path";
import { stringify } from "yaml";
import { plainScenario } from "../../testbed/scenario-file.ts";
import { Crew } from "../crew.ts";
import { madeBy } from "../fuzz/subject.ts";
import type { OutputFolder } from "../output-folder.ts";
import { workerFile } from "../paths.ts";
import { scenarioText } from "../scenarios.ts";
import { UsageError } from "../usage-error.ts";
import type { Attempt, AttemptTask, Setting } from "./attempt.ts";
import type { PlainScenario } from "./plain.ts";
import { type Shrunk, Shrinker } from "./shrinker.ts";

export interface ShrinkSubject {
  readonly setting: Setting;
  readonly scenario: PlainScenario;
}

export interface ShrinkWatch {
  readonly jobs: number;
  readonly isOver: () => boolean;
  readonly onRun: (runs: number, scenario: PlainScenario) => void;
}

const WORKPLACE = { file: workerFile("shrink"), function: "attempt" };
export const SMALL_FILE = "scenario.yaml";

/** A scenario of a name, with what its seed draws written out. */
export function subjectOf(
  scenario: string,
  set: readonly string[],
  setting: Omit<Setting, "name">,
): ShrinkSubject {
  const source = { name: "shrunk", file: scenario, text: scenarioText(scenario, setting.seed) };
  const plain = plainScenario(source, set);
  if (!plain.ok) throw new UsageError(plain.error);
  const name = scenario.replace(/^.*[/\\]|\.ya?ml$/g, "");
  return { setting: { name, ...setting }, scenario: plain.value };
}

/** undefined: the run shows no finding. */
export async function shrinkRun(
  { setting, scenario }: ShrinkSubject,
  watch: ShrinkWatch,
): Promise<Shrunk | undefined> {
  const crew = new Crew<AttemptTask, Attempt>(WORKPLACE, watch.jobs);
  try {
    return await new Shrinker(crew, setting, scenario, watch).shrink();
  } finally {
    await crew.dismiss();
  }
}

export function writeShrunk(folder: OutputFolder, shrunk: Shrunk, setting: Setting): void {
  const { scenario, finding } = shrunk;
  const head = `# ${setting.name} with seed ${setting.seed}, as small as it still shows ${finding.checker} (${finding.invariant}).\n`;
  const body = stringify(scenario, { flowCollectionPadding: true, lineWidth: 0 });
  folder.write(SMALL_FILE, head + body);
  folder.write("shrink.json", shrunkJson(shrunk, setting));
}

export function shrunkJson(shrunk: Shrunk, setting: Setting): string {
  const document = { format: "ftsim-shrink", version: 1, madeBy: madeBy(), ...setting, ...shrunk };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** What somebody types to see it. */
export function commandOfShrunk({ seed, without, bug, protocol }: Setting, path: string): string {
  return [
    `npx ftsim run ${join(path, SMALL_FILE)} --seed ${seed}`,
    ...without.map((rule) => `--without ${rule}`),
    ...bug.map((one) => `--bug ${one}`),
    ...(protocol === undefined ? [] : [`--protocol ${protocol}`]),
  ].join(" ");
}
