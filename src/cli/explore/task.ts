// What a worker of a search is asked, and what it answers: plain data. An answer follows from the
// task alone; who gave it, and when, changes nothing.

import type { Act, Intervention } from "../../faults/operator.ts";
import type { Verdict } from "../../history/verdict.ts";
import type { Approach, Sighting } from "../../testbed/lookout.ts";
import type { Subject } from "../fuzz/subject.ts";

/** A scenario with what was changed in it, and the seed of the run that is forked. */
export interface SeededSubject extends Subject {
  readonly seed: string;
}

/** At the gap behind an event of the parent: a fork to which this is done. */
export interface ForkOrder {
  readonly afterEvent: number;
  readonly acts: readonly Act[];
}

export type Task =
  | { readonly kind: "scratch"; readonly subject: SeededSubject; readonly recipe: Recipe }
  | {
      readonly kind: "forks";
      readonly subject: SeededSubject;
      /** Of the run that is forked. */
      readonly recipe: Recipe;
      /** In the order of their events. */
      readonly orders: readonly ForkOrder[];
    };

/** Everything that was done by hand: with scenario and seed, the whole run. */
export type Recipe = readonly Intervention[];

/** One run that was watched to its end; what was seen is from the fork on. */
export interface Watched {
  readonly digest: string;
  /** As `ftsim run` would end. */
  readonly exit: number;
  readonly verdict: Verdict;
  /** Which finding it is; "" for a run that went as expected. */
  readonly fingerprint: string;
  readonly message: string;
  /** Every invariant that was found violated. */
  readonly violated: readonly string[];
  readonly sightings: readonly Sighting[];
  readonly approaches: readonly Approach[];
  readonly events: number;
  /** Virtual ns. */
  readonly endTime: number;
}

/** In the order of the orders; null where the run was over before that event. */
export type Answer = readonly (Watched | null)[];
