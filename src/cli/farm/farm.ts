// A campaign whose seeds are run by whoever takes them from a queue at a Redis: same seeds, same
// results as if it had run them itself. Its own workers, if it has any, take from the queue as all do.

import type { Queue } from "bullmq";
import { type CampaignWatch, SeedSource } from "../fuzz/campaign.ts";
import type { SeedCrew } from "../fuzz/seed-crew.ts";
import type { SeedPlan } from "../fuzz/seeds.ts";
import type { Subject } from "../fuzz/subject.ts";
import type { Tally } from "../fuzz/tally.ts";
import { UsageError } from "../usage-error.ts";
import { Gathering } from "./gathering.ts";
import { Ownership } from "./ownership.ts";
import { post, type Posting, postingOf, queueOf, readPostings, takeDown } from "./posting.ts";
import {
  connect,
  farmAddress,
  type FarmConnection,
  impatient,
  isOutOfReach,
  PREFIX,
  whileReached,
} from "./redis.ts";
import { serve, watchOverLost } from "./serve.ts";

export interface FarmOptions {
  /** Go on with what an earlier campaign on this subject left in the queue. */
  readonly resume: boolean;
  /** Of its own workers; 0: it only gathers. */
  readonly jobs: number;
}

/** Before anything is written: a Redis that cannot be reached, or is not ours, is told at once. */
export async function openFarm(url: string, subject: Subject, options: FarmOptions): Promise<Farm> {
  const posting = postingOf(subject);
  const connection = await connect(farmAddress(url));
  try {
    await readPostings(connection);
    const ownership = new Ownership(connection, queueOf(posting));
    await ownership.claim();
    const farm = new Farm(connection, posting, ownership, options.jobs);
    await farm.prepare(options.resume);
    return farm;
  } catch (error) {
    connection.redis.disconnect();
    if (!isOutOfReach(error)) throw error;
    throw new UsageError(`--queue ${connection.address.shown}: ${(error as Error).message}`);
  }
}

export class Farm {
  readonly #connection: FarmConnection;
  readonly #posting: Posting;
  readonly #ownership: Ownership;
  readonly #jobs: number;
  readonly #queue: Queue;
  #isClosed: boolean;

  constructor(connection: FarmConnection, posting: Posting, ownership: Ownership, jobs: number) {
    this.#connection = connection;
    this.#posting = posting;
    this.#ownership = ownership;
    this.#jobs = jobs;
    this.#queue = new connection.engine.Queue(queueOf(posting), {
      prefix: PREFIX,
      connection: impatient(connection),
    });
    this.#isClosed = false;
    // What this connection has to say, the farm's own says too.
    this.#queue.on("error", () => {});
  }

  /** Of a campaign that was killed, what was run is not lost, and what was not begun is not run. */
  async prepare(isResumed: boolean): Promise<void> {
    if (isResumed) await this.#queue.drain();
    else await this.#queue.obliterate({ force: true });
    await post(this.#connection, this.#posting);
  }

  /** How far it came, as `runCampaign` says it. */
  async run(
    plan: SeedPlan,
    crew: SeedCrew,
    tally: Tally,
    watch: CampaignWatch,
  ): Promise<number | undefined> {
    const seeds = new SeedSource(plan, tally, watch);
    const runHere = async (seed: string) =>
      await crew.run({ kind: "seed", subject: this.#posting.subject, seed });
    const gathering = new Gathering(this.#queue, seeds, tally, {
      ...watch,
      runHere,
      checkOwner: async () => await this.#ownership.check(),
      post: async () => await post(this.#connection, this.#posting),
      silence: this.#connection.lockMilliseconds,
    });
    const workers =
      this.#jobs > 0
        ? serve(this.#connection, this.#posting, crew, this.#jobs)
        : await watchOverLost(this.#connection, this.#posting);
    try {
      await gathering.untilAllAreIn();
    } finally {
      await workers.leave();
    }
    return gathering.reached;
  }

  /** Nothing of the campaign is left at the Redis. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await whileReached(this.#connection, this.#leaveNothing());
    await whileReached(this.#connection, this.#queue.close());
    this.#connection.redis.disconnect();
  }

  async #leaveNothing(): Promise<void> {
    await takeDown(this.#connection, this.#posting);
    await this.#queue.obliterate({ force: true });
    await this.#ownership.giveUp();
  }
}
