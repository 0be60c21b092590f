// A worker at one queue: takes seeds, runs them on a crew of threads, and logs each outcome at its job.
// A worker that is killed leaves its jobs locked; when the locks have run out, others get them.

import type { Job, Queue, Worker } from "bullmq";
import { z } from "zod";
import { EXIT_USAGE } from "../exit-codes.ts";
import type { SeedCrew } from "../fuzz/seed-crew.ts";
import { isBroken, type Outcome } from "../fuzz/outcome.ts";
import { isPosted, type Posting, queueOf } from "./posting.ts";
import { type FarmConnection, patient, PREFIX, whileReached } from "./redis.ts";

/** A seed that so many workers were lost with is no coincidence. */
const LOST_MOST = 10;

/** How BullMQ says it. */
export const LOST_TOO_OFTEN: RegExp = /^job stalled more than allowable limit/;

const seedJobSchema: z.ZodType<{ readonly seed: string }> = z.strictObject({
  seed: z.string().regex(/^\d{1,15}$/),
});

export interface Serving {
  /** Seeds that were run to their end. */
  readonly done: number;
  readonly running: number;
  /** In words, when this machine cannot run them: nothing more is to be taken. */
  readonly refusal: string | undefined;
  /** What was begun is finished. */
  leave(): Promise<void>;
}

export function serve(
  connection: FarmConnection,
  posting: Posting,
  crew: SeedCrew,
  jobs: number,
): Serving {
  const { engine } = connection;
  let done = 0;
  let running = 0;
  let refusal: string | undefined;
  const work = async (job: Job): Promise<void> => {
    running++;
    try {
      const outcome = await perform(crew, posting, job);
      // What broke here need not break elsewhere: the campaign runs it itself, and believes that.
      if (isBroken(outcome)) {
        if (outcome.exit === EXIT_USAGE) refusal = outcome.message;
        throw new engine.UnrecoverableError(outcome.message);
      }
      await job.log(JSON.stringify(outcome));
      done++;
    } finally {
      running--;
    }
  };
  const worker = workerAt(connection, posting, jobs, work);
  return {
    get done() {
      return done;
    },
    get running() {
      return running;
    },
    get refusal() {
      return refusal;
    },
    leave: async () => await leave(connection, worker),
  };
}

export interface Backlog {
  readonly waiting: number;
  readonly active: number;
}

export async function backlogOf(farm: FarmConnection, posting: Posting): Promise<Backlog> {
  const queue = lookAt(farm, posting);
  const { waiting = 0, active = 0 } = await queue.getJobCounts("waiting", "active");
  await queue.close();
  return { waiting, active };
}

/**
 * Whoever joins while the campaign ends makes its queue anew, and would leave that at the Redis. One
 * that was killed keeps its queue: it may go on.
 */
export async function leaveNothing(farm: FarmConnection, posting: Posting): Promise<void> {
  if (await isPosted(farm, posting)) return;
  const queue = lookAt(farm, posting);
  await queue.obliterate({ force: true });
  await queue.close();
}

function lookAt({ engine, redis }: FarmConnection, posting: Posting): Queue {
  const queue = new engine.Queue(queueOf(posting), {
    prefix: PREFIX,
    connection: redis,
    // Whoever looks leaves no trace.
    skipMetasUpdate: true,
  });
  queue.on("error", () => {});
  return queue;
}

/** Runs nothing, but gives the seeds of lost workers to others where no other worker is. */
export async function watchOverLost(
  connection: FarmConnection,
  posting: Posting,
): Promise<Pick<Serving, "leave">> {
  const worker = workerAt(connection, posting, 1, undefined);
  await worker.startStalledCheckTimer();
  return { leave: async () => await leave(connection, worker) };
}

async function leave(connection: FarmConnection, worker: Worker): Promise<void> {
  await whileReached(connection, worker.close());
}

function workerAt(
  connection: FarmConnection,
  posting: Posting,
  jobs: number,
  work: ((job: Job) => Promise<void>) | undefined,
): Worker {
  const { engine, lockMilliseconds } = connection;
  const worker = new engine.Worker(queueOf(posting), work ?? null, {
    autorun: work !== undefined,
    prefix: PREFIX,
    connection: patient(connection),
    concurrency: jobs,
    lockDuration: lockMilliseconds,
    stalledInterval: lockMilliseconds,
    maxStalledCount: LOST_MOST,
    runRetryDelay: RETRY_MILLISECONDS,
  });
  // Redis is gone, which the farm's own connection says; or a job was taken away, which is harmless.
  worker.on("error", () => {});
  return worker;
}

const RETRY_MILLISECONDS = 1_000;

async function perform(crew: SeedCrew, { subject, source }: Posting, job: Job): Promise<Outcome> {
  const { seed } = seedJobSchema.parse(job.data);
  return await crew.run({ kind: "seed", subject, seed, source });
}
