// What clients did, as data. An operation is invoked once and completes at most once: `ok` (it took
// effect, here is what the service said), `fail` (it definitely did not take effect) or `info`
// (nobody knows). A process is a logical thread of operations: after an `info` its client goes on
// under a new process number (Jepsen's rule), because the old operation may still take effect.

import type { VirtualTime } from "../base/time.ts";

export type Op =
  | { readonly kind: "ping" }
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "set"; readonly key: string; readonly value: string }
  | { readonly kind: "incr"; readonly key: string }
  | { readonly kind: "del"; readonly key: string }
  | {
      readonly kind: "lock";
      readonly key: string;
      readonly owner: string;
      readonly leaseMilliseconds: number;
    }
  | { readonly kind: "unlock"; readonly key: string; readonly owner: string }
  /** A counter that stood at `from` before anybody counted. */
  | { readonly kind: "inc"; readonly key: string; readonly from: number }
  /** A command of the probe guest, as it is sent: "overlap 3 77". */
  | { readonly kind: "probe"; readonly command: string }
  /** A line of a guest that measures (cpu, oltp), as it is sent: "count", "tx 20 1 16 1 2 512". */
  | { readonly kind: "command"; readonly command: string }
  /** Bulk bytes from the service (down) or to it (up): the pattern that begins with this salt. */
  | { readonly kind: "down" | "up"; readonly bytes: number; readonly salt: number }
  /** A datagram without a request id: an answer can belong to any that is open. */
  | { readonly kind: "datagram"; readonly text: string };

export type OpResult =
  /** ping, set */
  | { readonly kind: "done" }
  /** get: null when there is no such key */
  | { readonly kind: "value"; readonly value: string | null }
  /** incr, inc, datagram, command: the new value; del, unlock: how many keys or locks it removed (0 or 1) */
  | { readonly kind: "number"; readonly value: number }
  /** lock */
  | { readonly kind: "acquired" }
  /** lock: somebody has it */
  | { readonly kind: "held"; readonly owner: string }
  /** probe: what the guest observed */
  | { readonly kind: "text"; readonly text: string }
  /** down, up, command: so many bytes arrived as they were to */
  | { readonly kind: "bytes"; readonly bytes: number }
  /** The answer itself is a violation: the guest or the client compared, and it is not as it must be. */
  | { readonly kind: "wrong"; readonly detail: string };

interface OpEventBase {
  readonly at: VirtualTime;
  readonly client: number;
  readonly process: number;
  /** Unique in a run: "c3-17" is operation 17 of client 3. */
  readonly opId: string;
  readonly op: Op;
}

export type OpEvent =
  | (OpEventBase & { readonly kind: "invoke" })
  | (OpEventBase & { readonly kind: "ok"; readonly result: OpResult })
  | (OpEventBase & { readonly kind: "fail"; readonly error: string })
  | (OpEventBase & { readonly kind: "info"; readonly error: string });
