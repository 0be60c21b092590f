// The sequential service that clients should believe in, one key (or one lock) at a time. A state is
// a string or null. `applyOp` says what an operation with this result does to a state, or that it
// cannot have had this result there.
//
// A lock's lease runs on the guest's clock, which nobody outside can read: it may have stood still
// in an outage. So a lock counts as expired wherever the time between the operations allows it, and
// as held wherever somebody was told so.

import type { Op, OpResult } from "../history/op.ts";

/** What the model needs to know of an operation. `result` null: nobody knows whether it happened. */
export interface ModelOp {
  readonly op: Op;
  readonly result: OpResult | null;
  /** Virtual time, ns; `returned` is TIME_NEVER for an operation without an answer. */
  readonly invoked: number;
  readonly returned: number;
}

export type ModelState = string | null;

/** The state after it, or undefined when this result is impossible in this state. */
export function applyOp(entry: ModelOp, state: ModelState): ModelState | undefined {
  const { op, result } = entry;
  switch (op.kind) {
    case "set":
      return op.value;
    case "get":
      return result?.kind === "value" && result.value === state ? state : undefined;
    case "incr":
      return applyIncrement(result, state, 0);
    case "inc":
      return applyIncrement(result, state, op.from);
    case "del":
      return applyRemoval(result, state, state !== null);
    case "lock":
      return applyLock(entry, op.owner, op.leaseMilliseconds, state);
    case "unlock":
      return applyUnlock(entry, op.owner, state);
    default:
      return state;
  }
}

/** It leaves every state as it is in which its result is possible. */
export function isRead(entry: ModelOp): boolean {
  const { op, result } = entry;
  if (op.kind === "get" || op.kind === "ping") return true;
  if (op.kind === "lock") return result?.kind === "held";
  return (op.kind === "del" || op.kind === "unlock") && isZero(result);
}

/** It is possible in every state and wipes out what was there. */
export function isBlindWrite(entry: ModelOp): boolean {
  return entry.op.kind === "set";
}

/** Keys and locks do not share a name space. Null: it touches nothing that could be judged. */
export function partitionOf(op: Op): string | null {
  switch (op.kind) {
    case "ping":
    case "probe":
    case "command":
    case "down":
    case "up":
    case "datagram":
      return null;
    case "lock":
    case "unlock":
      return `lock ${op.key}`;
    default:
      return op.key;
  }
}

/** For people: "11", nothing, held by c3. */
export function describeState(partition: string, state: ModelState): string {
  if (!partition.startsWith("lock ")) return state === null ? "absent" : `"${state}"`;
  return state === null ? "free" : `held by ${holderOf(state).owner}`;
}

const MILLISECOND = 1_000_000;
const INTEGER = /^-?\d{1,15}$/;

function applyIncrement(
  result: OpResult | null,
  state: ModelState,
  from: number,
): ModelState | undefined {
  if (state !== null && !INTEGER.test(state)) return undefined;
  const next = (state === null ? from : Number(state)) + 1;
  const isPossible = result === null || (result.kind === "number" && result.value === next);
  return isPossible ? `${next}` : undefined;
}

function applyRemoval(
  result: OpResult | null,
  state: ModelState,
  isThere: boolean,
): ModelState | undefined {
  if (result !== null && (result.kind !== "number" || result.value !== (isThere ? 1 : 0)))
    return undefined;
  return isThere ? null : state;
}

interface Holder {
  readonly since: number;
  readonly lease: number;
  readonly owner: string;
}

function holderOf(state: string): Holder {
  const [since, lease, ...owner] = state.split(" ");
  return { since: Number(since), lease: Number(lease), owner: owner.join(" ") };
}

function applyLock(
  entry: ModelOp,
  owner: string,
  leaseMilliseconds: number,
  state: ModelState,
): ModelState | undefined {
  const holder = state === null ? null : holderOf(state);
  if (entry.result?.kind === "held")
    return holder?.owner === entry.result.owner && holder.owner !== owner ? state : undefined;
  if (holder !== null && holder.owner !== owner && !canHaveExpired(holder, entry)) return undefined;
  return `${entry.invoked} ${leaseMilliseconds} ${owner}`;
}

function applyUnlock(entry: ModelOp, owner: string, state: ModelState): ModelState | undefined {
  const holder = state === null ? null : holderOf(state);
  if (isZero(entry.result))
    return holder === null || holder.owner !== owner || canHaveExpired(holder, entry)
      ? state
      : undefined;
  return holder?.owner === owner ? null : undefined;
}

/** One per cent and a millisecond of slack: clocks drift, and the guest's has a tick. */
function canHaveExpired(holder: Holder, entry: ModelOp): boolean {
  const lease = holder.lease * MILLISECOND;
  const slack = Math.floor(lease / 100) + MILLISECOND;
  return entry.returned - holder.since + slack >= lease;
}

function isZero(result: OpResult | null): boolean {
  return result?.kind === "number" && result.value === 0;
}
