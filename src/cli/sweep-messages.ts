// What a sweep's threads say to each other. Plain data.

import type { Branch, BranchAnswer, Spent } from "../testbed/sweep-branch.ts";
import type { Boundary } from "../testbed/sweep-survey.ts";

/** Everything that decides the unforked run. */
export interface SweepSubject {
  readonly scenario: string;
  readonly set: readonly string[];
  readonly seed: string;
  readonly without: readonly string[];
  readonly bug: readonly string[];
  readonly nodes: readonly string[];
}

/** Boundaries of one instant, of several instants; those of later jobs are later. */
export type SweepJob =
  | { readonly kind: "branches"; readonly groups: readonly (readonly Boundary[])[] }
  | { readonly kind: "recheck"; readonly branch: Branch };

export type SweepReply =
  | {
      readonly kind: "branches";
      readonly answers: readonly BranchAnswer[];
      /** Since the worker began. */
      readonly spent: Spent;
    }
  | { readonly kind: "recheck"; readonly branch: Branch; readonly digest: string };
