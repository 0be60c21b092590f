// The workers of a campaign: threads of a pool, each with an engine of its own. Which of them runs a
// seed, and when, changes nothing about its outcome.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { EXIT_INTERNAL, EXIT_USAGE } from "../exit-codes.ts";
import { brokenOutcome, type Outcome } from "./outcome.ts";
import { whole } from "./seeds.ts";
import type { Task } from "./worker.ts";

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));
/** A run makes much that is young and soon forgotten. */
const YOUNG_GENERATION_MB = 256;
const JOBS_MOST = 256;

export function jobsOf(option: string | undefined): number {
  return option === undefined ? availableParallelism() : whole("--jobs", option, JOBS_MOST);
}

export class Crew {
  readonly size: number;
  readonly #pool: Tinypool;

  constructor(size: number) {
    this.size = size;
    this.#pool = new Tinypool({
      filename: WORKER,
      name: "runTask",
      minThreads: size,
      maxThreads: size,
      idleTimeout: Infinity,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  async run(task: Task): Promise<Outcome> {
    try {
      return (await this.#pool.run(task)) as Outcome;
    } catch (error) {
      const { name, message } = error as Error;
      const isTheirs = name === "UsageError";
      const seed = task.kind === "seed" ? task.seed : task.file;
      return brokenOutcome(seed, message, isTheirs ? EXIT_USAGE : EXIT_INTERNAL);
    }
  }

  async dismiss(): Promise<void> {
    await this.#pool.destroy();
  }
}
