// Runs the seeds of a plan on a crew, in the order of their numbers, until the plan, the time or
// somebody ends it. What was begun is finished, so that the range that was done has no gaps.

import type { SecondRuns } from "./second-runs.ts";
import type { SeedCrew } from "./seed-crew.ts";
import type { Outcome } from "./outcome.ts";
import { isOfShard, type SeedPlan } from "./seeds.ts";
import type { Subject } from "./subject.ts";
import type { Tally } from "./tally.ts";

export interface CampaignWatch {
  /** Milliseconds of the host's clock. */
  now(): number;
  isInterrupted(): boolean;
  onOutcome(outcome: Outcome): void;
}

/** The seeds that are still to be run, one after the other. */
export class SeedSource {
  readonly #plan: SeedPlan;
  readonly #tally: Tally;
  readonly #watch: CampaignWatch;
  readonly #deadline: number;
  #next: number;

  constructor(plan: SeedPlan, tally: Tally, watch: CampaignWatch) {
    this.#plan = plan;
    this.#tally = tally;
    this.#watch = watch;
    this.#deadline = plan.milliseconds === undefined ? Infinity : watch.now() + plan.milliseconds;
    this.#next = plan.first;
  }

  /** undefined: there is none any more, or none is to be begun. */
  draw(): string | undefined {
    const { first, shard } = this.#plan;
    while (!this.isCutShort && !this.#isExhausted) {
      const seed = this.#next++;
      if (isOfShard(seed, first, shard) && !this.#tally.has(String(seed))) return String(seed);
    }
    return undefined;
  }

  /** No seed is to be begun any more, though the plan may have some. */
  get isCutShort(): boolean {
    const { quietAfter } = this.#plan;
    return (
      this.#watch.isInterrupted() ||
      this.#watch.now() >= this.#deadline ||
      (quietAfter !== undefined && this.#tally.quiet >= quietAfter)
    );
  }

  /** The last seed that was looked at; undefined: none. */
  get reached(): number | undefined {
    return this.#next > this.#plan.first ? this.#next - 1 : undefined;
  }

  get #isExhausted(): boolean {
    return this.#plan.last !== undefined && this.#next > this.#plan.last;
  }
}

/** How far it came: all seeds of the shard through this one have an outcome; undefined: none. */
export async function runCampaign(
  subject: Subject,
  plan: SeedPlan,
  crew: SeedCrew,
  tally: Tally,
  watch: CampaignWatch,
  secondRuns?: SecondRuns,
): Promise<number | undefined> {
  const seeds = new SeedSource(plan, tally, watch);
  const serve = async (): Promise<void> => {
    for (let seed = seeds.draw(); seed !== undefined; seed = seeds.draw()) {
      const outcome = await crew.run({ kind: "seed", subject, seed });
      if (secondRuns === undefined) watch.onOutcome(outcome);
      else await secondRuns.add(outcome);
    }
  };
  await Promise.all(Array.from({ length: crew.size }, serve));
  await secondRuns?.finish();
  return seeds.reached;
}
