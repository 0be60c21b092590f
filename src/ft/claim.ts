// What a replica says about itself. The testbed stamps time, node and witness on it and keeps it as
// a fact; nothing about safety is believed because a claim says so (D7).

import type { Output } from "../vm/exit.ts";

export type Role = "PRIMARY" | "BACKUP" | "SUSPECT" | "TAS_WAIT" | "GOING_LIVE" | "SOLO" | "HALTED";

/** `pause`, `resume`: the guest stands still between them. `admitted`: the next generation has begun. */
export type CopyStage = "begin" | "round" | "pause" | "resume" | "aborted";

type OutputClass = Output["class"];

/** All lsn of one generation, which is stated beside them. */
export type Claim = { readonly generation: number } & (
  | { readonly kind: "role"; readonly role: Role; readonly reason: string }
  | {
      readonly kind: "log-append";
      readonly lsn: number;
      readonly entry: string;
      readonly count: number;
      readonly phase: "before" | "during";
      readonly group: number;
      readonly isGroupEnd: boolean;
      readonly hash: string;
      readonly bytes: number;
    }
  /** A copy's log goes on behind this entry. */
  | { readonly kind: "log-begin"; readonly lsn: number }
  | { readonly kind: "log-buffered"; readonly lsn: number; readonly hash: string }
  | { readonly kind: "log-ack-send"; readonly through: number; readonly executed: number }
  | { readonly kind: "log-ack-receive"; readonly through: number; readonly executed: number }
  | { readonly kind: "log-replay"; readonly lsn: number; readonly count: number }
  | {
      readonly kind: "output-hold";
      readonly ordinal: number;
      readonly outputClass: OutputClass;
      readonly lsn: number;
      readonly groupEnd: number;
    }
  | {
      readonly kind: "output-release";
      readonly ordinal: number;
      readonly outputClass: OutputClass;
      readonly lsn: number;
      /** Nanoseconds on the replica's clock. */
      readonly heldFor: number;
    }
  | {
      readonly kind: "output-suppress";
      readonly ordinal: number;
      readonly outputClass: OutputClass;
      readonly lsn: number;
      readonly hash: string;
    }
  | { readonly kind: "suspect"; readonly reason: string; readonly silence: number }
  | { readonly kind: "test-and-set-request"; readonly attempt: number }
  | { readonly kind: "test-and-set-result"; readonly result: "won" | "lost" }
  /** Smoothed, ns. */
  | { readonly kind: "lag"; readonly lag: number; readonly bufferedEntries: number }
  /** A copy of the VM to another host, as its source goes on with it. */
  | {
      readonly kind: "copy";
      readonly stage: CopyStage;
      readonly target: string;
      readonly round: number;
      readonly pages: number;
      readonly detail: string;
    }
  /** The VM may use so much of its CPU from now on, per cent. */
  | { readonly kind: "throttle"; readonly percent: number; readonly lag: number }
  | { readonly kind: "stalled"; readonly isStalled: boolean; readonly bufferedBytes: number }
  | {
      readonly kind: "diverged";
      readonly detail: string;
      /** The group that it was replaying, as it took it; -1: none. */
      readonly lsn: number;
      readonly through: number;
    }
);

/** Distributes over the union, so that a claim can be written without its generation. */
export type ClaimBody = Claim extends infer C
  ? C extends Claim
    ? Omit<C, "generation">
    : never
  : never;
