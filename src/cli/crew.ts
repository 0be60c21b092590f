// Worker threads that do one task after the other, each with an engine of its own, from a pool. Which
// of them does a task, and when, changes nothing about its answer.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { whole } from "./whole.ts";

/** A run makes much that is young and soon forgotten. */
const YOUNG_GENERATION_MB = 256;
const JOBS_MOST = 256;

export function jobsOf(option: string | undefined, least: number = 1): number {
  return option === undefined ? availableParallelism() : whole("--jobs", option, JOBS_MOST, least);
}

/** Where a crew's work is done: a built file, and the function of it that answers. */
export interface Workplace {
  readonly file: URL;
  readonly function: string;
}

export class Crew<Task, Answer> {
  readonly size: number;
  readonly #pool: Tinypool;

  constructor(workplace: Workplace, size: number) {
    this.size = size;
    this.#pool = new Tinypool({
      filename: fileURLToPath(workplace.file),
      name: workplace.function,
      minThreads: size,
      maxThreads: size,
      idleTimeout: Infinity,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  /** Errors of the task come back as errors, by name and message. */
  async run(task: Task): Promise<Answer> {
    return (await this.#pool.run(task)) as Answer;
  }

  /** In their order, to whoever is free; what was begun is finished when `isStopped` says so. */
  async runAll(
    tasks: readonly Task[],
    take: (answer: Answer) => void,
    isStopped: () => boolean,
  ): Promise<void> {
    const queue = tasks.values();
    const serve = async (): Promise<void> => {
      while (!isStopped()) {
        const { value: task, done } = queue.next();
        if (done === true) return;
        take(await this.run(task));
      }
    };
    await Promise.all(Array.from({ length: this.size }, serve));
  }

  async dismiss(): Promise<void> {
    await this.#pool.destroy();
  }
}
