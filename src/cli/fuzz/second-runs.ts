// `--twice`: every seed is run a second time by a crew of its own, whose threads have run nothing of the
// first, and in another order: what a thread remembers from one run to the next would show.

import { type Outcome, withSecond } from "./outcome.ts";
import type { SeedCrew } from "./seed-crew.ts";
import type { Subject } from "./subject.ts";

/** Seeds that are run again together, the last one first. */
const BATCH = 8;

export class SecondRuns {
  readonly #subject: Subject;
  readonly #crew: SeedCrew;
  readonly #onOutcome: (outcome: Outcome) => void;
  #filling: Outcome[];
  #running: Promise<void>;

  constructor(subject: Subject, crew: SeedCrew, onOutcome: (outcome: Outcome) => void) {
    this.#subject = subject;
    this.#crew = crew;
    this.#onOutcome = onOutcome;
    this.#filling = [];
    this.#running = Promise.resolve();
  }

  /** Of a seed's first run; comes back when there is room for another one. */
  async add(outcome: Outcome): Promise<void> {
    this.#filling.push(outcome);
    if (this.#filling.length < BATCH) return;
    const batch = this.#filling;
    this.#filling = [];
    const before = this.#running;
    this.#running = before.then(() => this.#run(batch));
    await before;
  }

  /** What was begun has been run twice. */
  async finish(): Promise<void> {
    const rest = this.#filling;
    this.#filling = [];
    await this.#running;
    await this.#run(rest);
  }

  async #run(batch: readonly Outcome[]): Promise<void> {
    await Promise.all(
      batch.toReversed().map(async (first) => {
        const task = { kind: "seed", subject: this.#subject, seed: first.seed } as const;
        this.#onOutcome(withSecond(first, await this.#crew.run(task)));
      }),
    );
  }
}
