// `ftsim mutants`: every planted bug has to be caught, by a checker that is there for it, in the
// scenario that names it and by the swarm.

import { writeFileSync } from "node:fs";
import { PLANTED_BUGS, type PlantedBug } from "../../testbed/variants/bugs.ts";
import { jobsOf } from "../crew.ts";
import { Interrupt } from "../drive.ts";
import { EXIT_INTERRUPTED, EXIT_OK, EXIT_VIOLATION } from "../exit-codes.ts";
import { SeedCrew } from "../fuzz/seed-crew.ts";
import {
  mutantsDocument,
  mutantsFile,
  mutantsText,
  type MutantsReport,
  ratesOf,
} from "../mutants/document.ts";
import { Hunter } from "../mutants/hunt.ts";
import type { HuntedBug } from "../mutants/matrix.ts";
import { Progress } from "../progress.ts";
import { closest } from "../suggest.ts";
import { UsageError } from "../usage-error.ts";
import { whole } from "../whole.ts";

export interface MutantsOptions {
  readonly seeds: string;
  readonly swarm: string;
  readonly jobs: string | undefined;
  readonly document: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

const SWARM = "swarm";
const SWARM_MOST = 1_000_000;

export async function mutants(names: readonly string[], options: MutantsOptions): Promise<number> {
  const bugs = chosen(names);
  const most = whole("--seeds", options.seeds);
  const mostOfSwarm = whole("--swarm", options.swarm, SWARM_MOST, 0);
  const crew = new SeedCrew(jobsOf(options.jobs));
  const interrupt = new Interrupt();
  const progress = new Progress(options.quiet || options.json);
  const started = performance.now();
  const hunted: HuntedBug[] = [];
  let runs = 0;
  const hunter = new Hunter(crew, {
    isOver: () => interrupt.isRaised,
    onRun: () => {
      runs += 1;
      progress.show(() => `${hunted.length} of ${bugs.length} bugs, ${runs} runs`);
    },
  });
  try {
    for (const bug of bugs) {
      const named = await hunter.hunt(bug, bug.scenario, most);
      const swarm = mostOfSwarm === 0 ? undefined : await hunter.hunt(bug, SWARM, mostOfSwarm);
      if (interrupt.isRaised) break;
      hunted.push({ bug, named, swarm });
    }
    progress.done();
    const seconds = (performance.now() - started) / 1_000;
    const report: MutantsReport = { hunted, most, mostOfSwarm, seconds };
    if (options.document !== undefined) {
      write(options.document, mutantsDocument(report));
      write(options.document.replace(/(\.md)?$/, ".json"), mutantsFile(report));
    }
    if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else process.stdout.write(mutantsText(report));
    if (interrupt.isRaised) return EXIT_INTERRUPTED;
    return ratesOf(report).named.missed.length === 0 && !isUnwell(report)
      ? EXIT_OK
      : EXIT_VIOLATION;
  } finally {
    interrupt.stopListening();
    progress.done();
    await crew.dismiss();
  }
}

/** A seed that fails without the bug proves nothing about it. */
function isUnwell({ hunted }: MutantsReport): boolean {
  return hunted.some(({ named, swarm }) => named.unwell.length + (swarm?.unwell.length ?? 0) > 0);
}

function chosen(names: readonly string[]): readonly PlantedBug[] {
  if (names.length === 0) return PLANTED_BUGS;
  const known = PLANTED_BUGS.map(({ name }) => name);
  return names.map((name) => {
    const bug = PLANTED_BUGS.find((one) => one.name === name);
    if (bug !== undefined) return bug;
    throw new UsageError(
      `no planted bug ${name}${closest(name, known)}; expected a name of \`ftsim list bugs\``,
    );
  });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`--document ${file}: cannot be written (${(error as Error).message})`);
  }
}
