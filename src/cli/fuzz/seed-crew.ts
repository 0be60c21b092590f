// The crew of a campaign. A run that breaks is an outcome too: the campaign goes on.

import { Crew } from "../crew.ts";
import { EXIT_INTERNAL } from "../exit-codes.ts";
import { workerFile } from "../paths.ts";
import { brokenOutcome, type Outcome } from "./outcome.ts";
import type { Task } from "./worker.ts";

const WORKPLACE = { file: workerFile("fuzz"), function: "runTask" };

export class SeedCrew {
  readonly #crew: Crew<Task, Outcome>;

  constructor(size: number) {
    this.#crew = new Crew(WORKPLACE, size);
  }

  get size(): number {
    return this.#crew.size;
  }

  async run(task: Task): Promise<Outcome> {
    try {
      return await this.#crew.run(task);
    } catch (error) {
      const name = task.kind === "seed" ? task.seed : task.file;
      return brokenOutcome(name, (error as Error).message, EXIT_INTERNAL);
    }
  }

  async dismiss(): Promise<void> {
    await this.#crew.dismiss();
  }
}
