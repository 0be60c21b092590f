// A workload says what one client does. It is a pure generator: plain state and its own Prng. It
// knows no connection, and no clock but the `now` that it is given.

import { InvariantViolation } from "../base/assert.ts";
import type { Duration, VirtualTime } from "../base/time.ts";
import type { Op, OpResult } from "../history/op.ts";
import type { RespValue } from "./resp.ts";

export type NextOp =
  /** `at` is when the operation becomes due; it never decreases from one call to the next. */
  | { readonly kind: "op"; readonly op: Op; readonly at: VirtualTime }
  /** A closed loop: due so long after the client has a slot for it (its user has an answer). */
  | { readonly kind: "next-op"; readonly op: Op; readonly pause: Duration }
  | { readonly kind: "done" };

/** What a reply means. `fail`: definitely had no effect; `info`: nobody knows. */
export type Outcome =
  | { readonly kind: "ok"; readonly result: OpResult }
  | { readonly kind: "fail"; readonly error: string }
  | { readonly kind: "info"; readonly error: string };

/** An operation that came back to a workload which never gives such a one out. */
export function foreignOp(op: Op): InvariantViolation {
  return new InvariantViolation(`an operation of another workload: ${op.kind}`);
}

/** One instance belongs to one client and is part of its snapshot. */
export interface Workload {
  /** The client's next operation. Each call consumes one. */
  next(clientIndex: number, now: VirtualTime): NextOp;
  encode(op: Op): Uint8Array;
  decode(op: Op, reply: RespValue): Outcome;
  snapshot(): unknown;
  /** Takes back what `snapshot` of the same kind of workload gave. */
  restore(snapshot: unknown): void;
}
