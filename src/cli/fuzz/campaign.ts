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

/** How far it came: all seeds of the shard through this one have an outcome; undefined: none. */
export async function runCampaign(
  subject: Subject,
  plan: SeedPlan,
  crew: SeedCrew,
  tally: Tally,
  watch: CampaignWatch,
  secondRuns?: SecondRuns,
): Promise<number | undefined> {
  const deadline = plan.milliseconds === undefined ? Infinity : watch.now() + plan.milliseconds;
  let next = plan.first;
  const isOver = (): boolean =>
    watch.isInterrupted() ||
    watch.now() >= deadline ||
    (plan.last !== undefined && next > plan.last) ||
    (plan.quietAfter !== undefined && tally.quiet >= plan.quietAfter);
  const draw = (): string | undefined => {
    while (!isOver()) {
      const seed = next++;
      if (isOfShard(seed, plan.first, plan.shard) && !tally.has(String(seed))) return String(seed);
    }
    return undefined;
  };
  const serve = async (): Promise<void> => {
    for (let seed = draw(); seed !== undefined; seed = draw()) {
      const outcome = await crew.run({ kind: "seed", subject, seed });
      if (secondRuns === undefined) watch.onOutcome(outcome);
      else await secondRuns.add(outcome);
    }
  };
  await Promise.all(Array.from({ length: crew.size }, serve));
  await secondRuns?.finish();
  return next > plan.first ? next - 1 : undefined;
}
