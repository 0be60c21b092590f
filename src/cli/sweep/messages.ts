// What a sweep's threads are asked, and what they answer. Plain data.

import type { Branch, BranchAnswer } from "../../testbed/sweep-branch.ts";
import type { SecondStrikes, Spent } from "../../testbed/sweep-bench.ts";
import type { Strike } from "../../testbed/sweep-strikes.ts";
import type { Boundary } from "../../testbed/sweep-survey.ts";

/** Everything that decides the branches. */
export interface SweepSubject {
  readonly scenario: string;
  readonly set: readonly string[];
  readonly seed: string;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly strikes: readonly Strike[];
  readonly second: SecondStrikes | undefined;
}

export type SweepJob =
  /** Boundaries of one instant, of several instants; those of later jobs are later. */
  | {
      readonly kind: "branches";
      readonly subject: SweepSubject;
      readonly groups: readonly (readonly Boundary[])[];
    }
  /** A branch again, from scratch. */
  | { readonly kind: "recheck"; readonly subject: SweepSubject; readonly branch: Branch };

export type SweepReply =
  | {
      readonly kind: "branches";
      readonly answers: readonly BranchAnswer[];
      /** Which thread it was, and what it spent since it began. */
      readonly worker: number;
      readonly spent: Spent;
    }
  | { readonly kind: "recheck"; readonly branch: Branch; readonly digest: string };
