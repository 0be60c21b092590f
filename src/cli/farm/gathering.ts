// Puts a campaign's seeds into the queue, some ahead of the workers, and gathers what they logged. Each
// seed has one outcome, however often it was run: two that differ end the campaign.

import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Queue } from "bullmq";
import { EXIT_INTERNAL } from "../exit-codes.ts";
import type { CampaignWatch, SeedSource } from "../fuzz/campaign.ts";
import { brokenOutcome, differenceOf, type Outcome, outcomeSchema } from "../fuzz/outcome.ts";
import type { Tally } from "../fuzz/tally.ts";
import { NotDeterministic, UsageError } from "../usage-error.ts";
import { isOutOfReach } from "./redis.ts";
import { LOST_TOO_OFTEN } from "./serve.ts";

/** Seeds that are in the queue at a time: more than many workers take in a second. */
const AHEAD = 1_000;
const PAGE = 200;
const POLL_MILLISECONDS = 100;
const JOB = "seed";

export interface GatheringWatch extends CampaignWatch {
  runHere(seed: string): Promise<Outcome>;
  checkOwner(): Promise<void>;
  /** The campaign is posted again, where Redis has forgotten it. */
  post(): Promise<void>;
  /** After so many milliseconds without an outcome the queue is looked after. */
  readonly silence: number;
}

export class Gathering {
  readonly #queue: Queue;
  readonly #seeds: SeedSource;
  readonly #tally: Tally;
  readonly #watch: GatheringWatch;
  /** Seeds that were drawn and have no outcome so far. */
  readonly #awaited: Set<string>;
  /** Those of them that are run here: they broke at a worker, or no worker is left for them. */
  readonly #here: Map<string, Promise<void>>;
  readonly #ranHere: Outcome[];
  /** Jobs that were begun more than once: all that their workers say is compared. */
  readonly #redone: Set<string>;
  #heardAt: number;
  /** The highest seed that has an outcome. */
  #highest: number;
  /** The lowest seed that was taken back. */
  #withdrawn: number;

  constructor(queue: Queue, seeds: SeedSource, tally: Tally, watch: GatheringWatch) {
    this.#queue = queue;
    this.#seeds = seeds;
    this.#tally = tally;
    this.#watch = watch;
    this.#awaited = new Set();
    this.#here = new Map();
    this.#ranHere = [];
    this.#redone = new Set();
    this.#heardAt = watch.now();
    this.#highest = 0;
    this.#withdrawn = Infinity;
  }

  /** All seeds of the shard through this one have an outcome; undefined: none was drawn. */
  get reached(): number | undefined {
    const { reached } = this.#seeds;
    const missing = Math.min(this.#withdrawn, ...[...this.#awaited].map(Number));
    return reached === undefined ? undefined : Math.min(reached, missing - 1);
  }

  /** Or until somebody interrupts, and what was begun cannot be had because Redis is gone. */
  async untilAllAreIn(): Promise<void> {
    for (;;) {
      try {
        await this.#watch.checkOwner();
        await this.#putSeeds();
        if (this.#awaited.size === 0) break;
        await this.#collect();
        if (this.#seeds.isCutShort) await this.#takeBack();
      } catch (error) {
        if (!isOutOfReach(error)) throw error;
        if (this.#watch.isInterrupted()) break;
      }
      for (const outcome of this.#ranHere.splice(0)) this.#take(outcome);
      await sleep(POLL_MILLISECONDS);
    }
    await Promise.all(this.#here.values());
    for (const outcome of this.#ranHere.splice(0)) this.#take(outcome);
    if (this.#awaited.size === 0) await this.#compareRedone();
  }

  async #putSeeds(): Promise<void> {
    const fresh: string[] = [];
    while (this.#awaited.size < AHEAD) {
      const seed = this.#seeds.draw();
      if (seed === undefined) break;
      this.#awaited.add(seed);
      fresh.push(seed);
    }
    await this.#add(fresh);
    const now = this.#watch.now();
    if (now - this.#heardAt < this.#watch.silence) return;
    // A Redis that forgot: what is in the queue by its name is not put there twice.
    this.#heardAt = now;
    await this.#watch.post();
    if (!this.#seeds.isCutShort) await this.#add([...this.#awaited]);
  }

  async #add(seeds: readonly string[]): Promise<void> {
    const jobs = seeds
      .filter((seed) => !this.#here.has(seed))
      .map((seed) => ({ name: JOB, data: { seed }, opts: { jobId: idOf(seed) } }));
    if (jobs.length > 0) await this.#queue.addBulk(jobs);
  }

  async #collect(): Promise<void> {
    const last = PAGE + this.#redone.size - 1;
    const found = await this.#queue.getJobs(["completed", "failed"], 0, last, true);
    const ended = found.filter(({ id }) => !this.#redone.has(id ?? ""));
    const logs = await Promise.all(ended.map(({ id }) => this.#queue.getJobLogs(id ?? "")));
    for (const [at, job] of ended.entries()) await this.#gather(job, logs[at]?.logs ?? []);
  }

  async #gather(job: Job, rows: readonly string[]): Promise<void> {
    const id = job.id ?? "";
    const seed = seedOf(id);
    if (seed !== undefined) {
      for (const row of rows) this.#take(decode(row, seed));
      if (rows.length === 0) this.#takeFailed(seed, job);
    }
    // One of its workers was believed to be lost, and may have something to say yet.
    if (job.attemptsStarted > 1) this.#redone.add(id);
    else await this.#queue.remove(id);
  }

  #takeFailed(seed: string, { failedReason }: Job): void {
    if (!this.#awaited.has(seed)) return;
    if (LOST_TOO_OFTEN.test(failedReason)) {
      const message = "every worker that ran it was lost";
      this.#take(brokenOutcome(seed, message, EXIT_INTERNAL));
    } else this.#runHere(seed);
  }

  #take(outcome: Outcome): void {
    const { seed } = outcome;
    const isAwaited = this.#awaited.delete(seed);
    if (this.#tally.has(seed)) {
      const kept = this.#tally.outcomes.find((one) => one.seed === seed) ?? outcome;
      const difference = differenceOf(kept, outcome);
      if (difference !== undefined) throw new NotDeterministic(`seed ${seed}: ${difference}`);
    } else if (isAwaited) {
      this.#heardAt = this.#watch.now();
      this.#highest = Math.max(this.#highest, Number(seed));
      this.#watch.onOutcome(outcome);
    }
  }

  #runHere(seed: string): void {
    if (this.#here.has(seed)) return;
    const run = async (): Promise<void> => {
      this.#ranHere.push(await this.#watch.runHere(seed));
    };
    this.#here.set(seed, run());
  }

  /** What nobody has begun, from the last one down, so that the range that was done has no gaps. */
  async #takeBack(): Promise<void> {
    const jobs = await this.#queue.getJobs(["waiting"], 0, AHEAD);
    const waiting = jobs.flatMap(({ id }) => seedOf(id ?? "") ?? []);
    const idle = new Set(waiting);
    let begun = Math.max(
      this.#highest,
      ...[...this.#awaited].filter((seed) => !idle.has(seed)).map(Number),
    );
    for (const seed of waiting.toSorted((a, b) => Number(b) - Number(a))) {
      const isRemoved = (await this.#queue.remove(idOf(seed))) === 1;
      if (!isRemoved) begun = Math.max(begun, Number(seed));
      else if (Number(seed) > begun) {
        this.#awaited.delete(seed);
        this.#withdrawn = Math.min(this.#withdrawn, Number(seed));
      } else if (this.#awaited.has(seed)) this.#runHere(seed);
    }
  }

  async #compareRedone(): Promise<void> {
    try {
      for (const id of this.#redone)
        for (const row of (await this.#queue.getJobLogs(id)).logs)
          this.#take(decode(row, seedOf(id) ?? ""));
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
    }
  }
}

/** BullMQ takes no numbers. */
function idOf(seed: string): string {
  return `${JOB}-${seed}`;
}

function seedOf(id: string): string | undefined {
  return /^seed-(\d{1,15})$/.exec(id)?.[1];
}

function decode(row: string, seed: string): Outcome {
  const parsed = outcomeSchema.safeParse(parse(row));
  if (parsed.success && parsed.data.seed === seed) return parsed.data;
  throw new UsageError(`--queue: seed ${seed}: what its worker says is not the outcome of a seed`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
