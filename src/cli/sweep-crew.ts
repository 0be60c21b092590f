// The threads of a sweep. Jobs are handed out one at a time and in order, to whoever is free: a worker
// goes forward only, and what comes out does not depend on how many there are.

import { Worker } from "node:worker_threads";
import type { SweepJob, SweepReply, SweepSubject } from "./sweep-messages.ts";

const WORKER = new URL("sweep-worker.js", import.meta.url);
/** Forks make much that is young and soon forgotten. */
const YOUNG_GENERATION_MB = 256;

export class SweepCrew {
  readonly #workers: readonly Worker[];

  constructor(subject: SweepSubject, size: number) {
    this.#workers = Array.from(
      { length: size },
      () =>
        new Worker(WORKER, {
          workerData: subject,
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
        }),
    );
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Ends early, with what is under way finished, when `isStopped` says so. */
  async perform(
    jobs: readonly SweepJob[],
    take: (reply: SweepReply, worker: number) => void,
    isStopped: () => boolean,
  ): Promise<void> {
    const queue = [...jobs];
    const next = (): SweepJob | undefined => (isStopped() ? undefined : queue.shift());
    await Promise.all(
      this.#workers.map(async (worker, number) => {
        for (let job = next(); job !== undefined; job = next())
          take(await this.#ask(worker, job), number);
      }),
    );
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #ask(worker: Worker, job: SweepJob): Promise<SweepReply> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        worker.removeListener("message", onMessage);
        worker.removeListener("error", onError);
      };
      const onMessage = (reply: SweepReply): void => {
        settle();
        resolve(reply);
      };
      const onError = (error: Error): void => {
        settle();
        reject(error);
      };
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.postMessage(job);
    });
  }
}
