// Looks for the first seed at which a planted bug is caught by one of the checkers that are there for
// it, and whether the same seeds are as expected without the bug. A planted bug is a rule with another
// value: a seed whose run without it never asks for that rule is the same run with it, and is not run
// again.

import type { PlantedBug } from "../../testbed/variants/bugs.ts";
import type { Outcome } from "../fuzz/outcome.ts";
import type { SeedCrew } from "../fuzz/seed-crew.ts";
import type { Subject } from "../fuzz/subject.ts";
import { ruleName } from "../watched-rules.ts";

export interface Hunt {
  readonly scenario: string;
  /** The first seed, from 1, at which it was caught; undefined: at none of those that were tried. */
  readonly seed: number | undefined;
  readonly tried: number;
  /** Of those tried, seeds that never ask for what the bug changes: decided without a run of their own. */
  readonly untouched: number;
  /** Everybody who rejected the run of that seed, in the registry's order. */
  readonly rejectedBy: readonly string[];
  /** Seeds that are not as expected without the bug either: they prove nothing. */
  readonly unwell: readonly string[];
}

interface Try {
  readonly healthy: Outcome;
  /** With the bug; undefined: the same run. */
  readonly buggy: Outcome | undefined;
}

export class Hunter {
  readonly #crew: SeedCrew;
  readonly #isOver: () => boolean;
  readonly #onRun: () => void;
  /** Runs without any bug, by scenario and seed: many bugs share them. */
  readonly #healthy: Map<string, Promise<Outcome>>;

  constructor(
    crew: SeedCrew,
    watch: { readonly isOver: () => boolean; readonly onRun: () => void },
  ) {
    this.#crew = crew;
    this.#isOver = watch.isOver;
    this.#onRun = watch.onRun;
    this.#healthy = new Map();
  }

  /** Each worker takes the next seed until one is caught; of several the lowest counts. */
  async hunt(bug: PlantedBug, scenario: string, most: number): Promise<Hunt> {
    const tries = new Map<number, Try>();
    let next = 1;
    let caught = Infinity;
    const work = async (): Promise<void> => {
      while (next <= most && next < caught && !this.#isOver()) {
        const seed = next;
        next += 1;
        const one = await this.#try(bug, scenario, String(seed));
        tries.set(seed, one);
        if (one.buggy !== undefined && isCaught(bug, one.buggy)) caught = Math.min(caught, seed);
      }
    };
    await Promise.all(Array.from({ length: this.#crew.size }, work));
    const looked = [...tries]
      .filter(([seed]) => seed <= caught)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
    return {
      scenario,
      seed: caught === Infinity ? undefined : caught,
      tried: looked.length,
      untouched: looked.filter(({ buggy }) => buggy === undefined).length,
      rejectedBy: tries.get(caught)?.buggy?.rejectedBy ?? [],
      unwell: looked.flatMap(({ healthy: { exit, seed } }) => (exit === 0 ? [] : [seed])),
    };
  }

  async #try(bug: PlantedBug, scenario: string, seed: string): Promise<Try> {
    const healthy = await this.#healthyRun(scenario, seed);
    if (!isAsked(bug, healthy.asked)) return { healthy, buggy: undefined };
    return { healthy, buggy: await this.#run(subjectOf(scenario, [bug.name]), seed) };
  }

  #healthyRun(scenario: string, seed: string): Promise<Outcome> {
    const key = `${scenario} ${seed}`;
    const known = this.#healthy.get(key) ?? this.#run(subjectOf(scenario, []), seed, true);
    this.#healthy.set(key, known);
    return known;
  }

  async #run(subject: Subject, seed: string, watchesRules: boolean = false): Promise<Outcome> {
    const outcome = await this.#crew.run({ kind: "seed", subject, seed, watchesRules });
    this.#onRun();
    return outcome;
  }
}

/** Whether a run asked for anything that the bug changes. Of a broken run nothing is known. */
export function isAsked({ changes }: PlantedBug, asked: Outcome["asked"]): boolean {
  if (asked === undefined) return true;
  return changes.some(({ layer, change }) =>
    Object.keys(change).some((rule) => asked.includes(ruleName(layer, rule))),
  );
}

function isCaught({ killers }: PlantedBug, { rejectedBy }: Outcome): boolean {
  return rejectedBy.some((checker) => killers.includes(checker));
}

function subjectOf(scenario: string, bug: readonly string[]): Subject {
  return { scenario, set: [], without: [], bug, protocol: undefined };
}
