// Random programs in all arms, one after another, for as long or as many steps as is asked for.

import { ARMS } from "./arms.ts";
import { compare } from "./compare.ts";

export { qemuCampaign } from "./qemu-campaign.ts";

export interface CampaignOptions {
  /** Of program names: the same seed and index are the same program. */
  readonly seed: string;
  /** Ends it when either is reached. */
  readonly steps: number;
  readonly isOver: () => boolean;
  /** Hears of every mismatch at once. */
  readonly tell: (line: string) => void;
}

export interface CampaignResult {
  readonly programs: number;
  readonly steps: number;
  readonly comparisons: number;
  readonly mismatches: number;
}

/** Long enough for hot loops; now and then longer than the longest slice. */
const SHORT = 400_000;
const LONG = 2_500_000;
const LONG_EVERY = 10;

export function campaign({ seed, steps, isOver, tell }: CampaignOptions): CampaignResult {
  const sum = { programs: 0, steps: 0, comparisons: 0, mismatches: 0 };
  while (sum.steps < steps && !isOver()) {
    const length = sum.programs % LONG_EVERY === LONG_EVERY - 1 ? LONG : SHORT;
    const outcome = compare(`${seed}/${sum.programs}`, length, ARMS);
    for (const mismatch of outcome.mismatches) tell(mismatch);
    sum.programs += 1;
    sum.steps += outcome.steps;
    sum.comparisons += outcome.comparisons;
    sum.mismatches += outcome.mismatches.length;
  }
  return sum;
}

/** One line that says how much was looked at. */
export function summary(result: CampaignResult): string {
  const { programs, steps, comparisons, mismatches } = result;
  return (
    `${programs} random programs, ${ARMS.length + 1} arms, ${steps} steps, ` +
    `${comparisons} states compared, ${mismatches} mismatches`
  );
}
