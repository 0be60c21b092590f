// Which campaign gathers what is in a queue: one at a time, known by a key that runs out when it gives
// no sign of life any more.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../usage-error.ts";
import { type FarmConnection, PREFIX } from "./redis.ts";

/** Whether a campaign is there to gather what is in this queue. */
export async function isGathered({ redis }: FarmConnection, queue: string): Promise<boolean> {
  return (await redis.exists(ownerKey(queue))) === 1;
}

/** Two campaigns that gather from one queue would each wait for what the other one took. */
export class Ownership {
  readonly #connection: FarmConnection;
  readonly #key: string;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: FarmConnection, queue: string) {
    this.#connection = connection;
    this.#key = ownerKey(queue);
    this.#name = randomUUID();
    this.#timer = undefined;
  }

  /** A campaign that was killed is believed to be there for a while. */
  async claim(): Promise<void> {
    const { address, lockMilliseconds } = this.#connection;
    for (
      let waited = 0;
      waited <= lockMilliseconds + WAIT_MILLISECONDS;
      waited += WAIT_MILLISECONDS
    ) {
      if (await this.#hold()) {
        this.#keepOn();
        return;
      }
      if (waited === 0)
        process.stderr.write("ftsim: another campaign on this subject was here a moment ago\n");
      await sleep(WAIT_MILLISECONDS);
    }
    throw new UsageError(
      `--queue ${address.shown}: another campaign on this subject gathers its results there`,
    );
  }

  /** Throws when somebody else has it. */
  async check(): Promise<void> {
    if (await this.#hold()) return;
    const { address } = this.#connection;
    throw new UsageError(`--queue ${address.shown}: another campaign on this subject took over`);
  }

  async giveUp(): Promise<void> {
    clearInterval(this.#timer);
    const { redis } = this.#connection;
    if ((await redis.get(this.#key)) === this.#name) await redis.del(this.#key);
  }

  /** Whatever else the campaign does; a Redis that is gone is told by others. */
  #keepOn(): void {
    const renew = (): void => void this.#hold().catch(() => {});
    this.#timer = setInterval(renew, this.#connection.lockMilliseconds / 3).unref();
  }

  async #hold(): Promise<boolean> {
    const { redis, lockMilliseconds } = this.#connection;
    await redis.set(this.#key, this.#name, "PX", lockMilliseconds, "NX");
    if ((await redis.get(this.#key)) !== this.#name) return false;
    await redis.pexpire(this.#key, lockMilliseconds);
    return true;
  }
}

const WAIT_MILLISECONDS = 500;

function ownerKey(queue: string): string {
  return `${PREFIX}:owner:${queue}`;
}
