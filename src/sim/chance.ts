// Things that go wrong by chance. A chance has a stability: how long a drawn state lasts before it is
// drawn again. Without one every packet or command is drawn for itself; with one there are good and
// bad periods, and in a bad one everything is hit.

import type { Prng, Ratio } from "../base/prng.ts";
import { after, type Duration, type VirtualTime } from "../base/time.ts";

export interface Chance extends Ratio {
  readonly stability?: Duration | undefined;
}

export const NEVER: Chance = { numerator: 0, denominator: 1 };

interface Period {
  readonly isBad: boolean;
  readonly until: VirtualTime;
}

/** The periods that are under way, by what they are drawn for; plain data of whoever owns it. */
export type Periods = Map<string, Period>;

/** Whether it happens now. What never happens draws nothing. */
export function happens(
  periods: Periods,
  prng: Prng,
  what: { readonly name: string; readonly chance: Chance; readonly now: VirtualTime },
): boolean {
  const { name, chance, now } = what;
  if (chance.numerator === 0) return false;
  if (chance.stability === undefined) return prng.chance(chance);
  const known = periods.get(name);
  if (known !== undefined && now < known.until) return known.isBad;
  const isBad = prng.chance(chance);
  periods.set(name, { isBad, until: after(now, chance.stability) });
  return isBad;
}

export function isSameChance(a: Chance, b: Chance): boolean {
  return (
    a.numerator === b.numerator && a.denominator === b.denominator && a.stability === b.stability
  );
}
