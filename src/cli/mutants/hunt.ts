// Looks for the first seed at which a planted bug is caught by one of the checkers that are there for
// it, and whether the same seeds are as expected without the bug.

import type { PlantedBug } from "../../testbed/variants/bugs.ts";
import type { Outcome } from "../fuzz/outcome.ts";
import type { SeedCrew } from "../fuzz/seed-crew.ts";
import type { Subject } from "../fuzz/subject.ts";

export interface Hunt {
  readonly scenario: string;
  /** The first seed, from 1, at which it was caught; undefined: at none of those that were tried. */
  readonly seed: number | undefined;
  readonly tried: number;
  /** Everybody who rejected the run of that seed, in the registry's order. */
  readonly rejectedBy: readonly string[];
  /** Seeds that are not as expected without the bug either: they prove nothing. */
  readonly unwell: readonly string[];
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

  /** As many seeds at once as there are workers; of those that catch it the lowest counts. */
  async hunt(bug: PlantedBug, scenario: string, most: number): Promise<Hunt> {
    const unwell: string[] = [];
    let tried = 0;
    while (tried < most && !this.#isOver()) {
      const seeds = numbers(tried + 1, Math.min(most, tried + this.#crew.size));
      const outcomes = await Promise.all(
        seeds.map((seed) => this.#run(subjectOf(scenario, [bug.name]), seed)),
      );
      const caught = outcomes.findIndex((outcome) => isCaught(bug, outcome));
      const looked = caught < 0 ? seeds : seeds.slice(0, caught + 1);
      unwell.push(...(await this.#unwell(scenario, looked)));
      tried += looked.length;
      const { rejectedBy = [] } = outcomes[caught] ?? {};
      if (caught >= 0) return { scenario, seed: tried, tried, rejectedBy, unwell };
    }
    return { scenario, seed: undefined, tried, rejectedBy: [], unwell };
  }

  async #unwell(scenario: string, seeds: readonly string[]): Promise<readonly string[]> {
    const outcomes = await Promise.all(seeds.map((seed) => this.#healthyRun(scenario, seed)));
    return outcomes.flatMap(({ exit, seed }) => (exit === 0 ? [] : [seed]));
  }

  #healthyRun(scenario: string, seed: string): Promise<Outcome> {
    const key = `${scenario} ${seed}`;
    const known = this.#healthy.get(key) ?? this.#run(subjectOf(scenario, []), seed);
    this.#healthy.set(key, known);
    return known;
  }

  async #run(subject: Subject, seed: string): Promise<Outcome> {
    const outcome = await this.#crew.run({ kind: "seed", subject, seed });
    this.#onRun();
    return outcome;
  }
}

function isCaught({ killers }: PlantedBug, { rejectedBy }: Outcome): boolean {
  return rejectedBy.some((checker) => killers.includes(checker));
}

function subjectOf(scenario: string, bug: readonly string[]): Subject {
  return { scenario, set: [], without: [], bug, protocol: undefined };
}

function numbers(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}
