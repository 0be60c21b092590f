// What can be wrong with the storage server while it runs, as settings that the nemesis changes.

import { type Chance, NEVER } from "./chance.ts";

export interface StorageFaults {
  /** Nothing takes effect and nothing is answered, until it goes on where it stood. */
  readonly isStalled: boolean;
  /** Every latency is so many times as long; a whole number from 1. */
  readonly slowTimes: number;
  /** A block command does not take effect and is answered with an error. */
  readonly errors: Chance;
  /** Whose commands those are; "": everybody's. */
  readonly errorsOf: string;
  /** The answer never leaves the server. */
  readonly lostReplies: Chance;
}

export const NO_STORAGE_FAULTS: StorageFaults = {
  isStalled: false,
  slowTimes: 1,
  errors: NEVER,
  errorsOf: "",
  lostReplies: NEVER,
};

/** What a fault of the server did to a command. */
export type StorageBite =
  | "outage"
  | "stalled"
  | "slowed"
  | "errored"
  | "reply-lost"
  | "command-delayed"
  | "torn"
  | "cache-lost";
