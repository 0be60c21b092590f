// Is there an order of the operations of one key that explains all answers? The search runs along
// with the history (just-in-time linearization): it keeps the set of configurations that are still
// possible, and an operation is given its place no later than at its answer. State stays small: a
// few configurations and the operations in flight.
//
// An event waits until the outcome of every operation invoked so far is known, so the search knows
// the result of each pending operation. What keeps the configurations few:
// * a read that fits is placed at once: it changes nothing, so waiting gains nothing;
// * a set that nobody saw is placed just before a later set ("hideable") without branching;
// * an operation without an answer may be placed at any time or never, so of two configurations that
//   differ only there, the one that has used fewer of them is enough.

import { applyOp, isBlindWrite, isRead, type ModelOp, type ModelState } from "./service-model.ts";

/** An operation with an answer that is not yet passed; `bit` is its place in the masks. */
interface PendingOp extends ModelOp {
  readonly opId: string;
  readonly bit: bigint;
  /** Asked for in the innermost loop: what the model says of it. */
  readonly isRead: boolean;
  readonly isSet: boolean;
}

/** Equal operations without an answer: how many there are. */
interface OpenOps {
  readonly entry: ModelOp;
  readonly count: number;
}

export interface Configuration {
  readonly state: ModelState;
  /** Pending operations that have their place. */
  readonly placed: bigint;
  /** Pending sets that may have been overwritten unseen. */
  readonly hideable: bigint;
  /** For each OpenOps, how many are used; shorter when the rest are 0. */
  readonly used: readonly number[];
}

export interface Search {
  configurations: readonly Configuration[];
  pending: readonly PendingOp[];
  open: readonly OpenOps[];
}

export interface Budget {
  spent: number;
  readonly limit: number;
}

/** As many clients as a scenario allows, each with some operations on one key. Masks are bigints:
 *  measured a fifth slower than 32-bit numbers, and without a limit at 30. */
const MAX_PENDING = 512;
const MAX_CONFIGURATIONS = 4096;

export function startSearch(): Search {
  const initial = Object.freeze({ state: null, placed: 0n, hideable: 0n, used: Object.freeze([]) });
  return { configurations: Object.freeze([initial]), pending: [], open: [] };
}

/** Makes an operation pending. False: too many at once to search. */
export function invoke(search: Search, opId: string, entry: ModelOp): boolean {
  const taken = search.pending.reduce((mask, op) => mask | op.bit, 0n);
  let place = 0;
  while (place < MAX_PENDING && (taken & (1n << BigInt(place))) !== 0n) place += 1;
  if (place === MAX_PENDING) return false;
  const op: PendingOp = Object.freeze({
    ...entry,
    opId,
    bit: 1n << BigInt(place),
    isRead: isRead(entry),
    isSet: isBlindWrite(entry),
  });
  search.pending = Object.freeze([...search.pending, op]);
  if (op.isRead) search.configurations = search.configurations.map((one) => placeRead(one, op));
  return true;
}

/** Adds an operation that may take effect at any time from now on, or never. */
export function addOpen(search: Search, entry: ModelOp): void {
  // Without an answer a get says nothing. Locks are told apart by the time of their lease.
  if (entry.op.kind === "get") return;
  const name = entry.op.kind === "lock" ? null : JSON.stringify(entry.op);
  const at = search.open.findIndex(
    (open) => name !== null && JSON.stringify(open.entry.op) === name,
  );
  const open = [...search.open];
  const known = open[at];
  if (known === undefined) open.push(Object.freeze({ entry, count: 1 }));
  else open[at] = Object.freeze({ entry: known.entry, count: known.count + 1 });
  search.open = Object.freeze(open);
}

export type AnswerOutcome = "possible" | "impossible" | "out-of-budget";

/** The answer of a pending operation is passed: it must have its place by now. */
export function answer(search: Search, opId: string, budget: Budget): AnswerOutcome {
  const target = search.pending.find((op) => op.opId === opId);
  if (target === undefined) return "possible";
  const found = new Map<string, Configuration>();
  for (const one of search.configurations) {
    if ((one.placed & target.bit) !== 0n) {
      keep(found, one);
      continue;
    }
    if ((one.hideable & target.bit) !== 0n) keep(found, one);
    if (!explore(search, one, target, budget, found)) return "out-of-budget";
  }
  search.pending = Object.freeze(search.pending.filter((op) => op !== target));
  const cleared = [...found.values()].map((one) => clearBit(one, target.bit));
  search.configurations = Object.freeze(withoutDominated(cleared, search.pending));
  if (search.configurations.length > MAX_CONFIGURATIONS) return "out-of-budget";
  return search.configurations.length > 0 ? "possible" : "impossible";
}

interface Node {
  readonly one: Configuration;
  /** The last step was a set that nobody has seen: a set right after it would only hide it. */
  readonly isUnseen: boolean;
}

/** All sequences of pending and open operations that end with the target. */
function explore(
  search: Search,
  from: Configuration,
  target: PendingOp,
  budget: Budget,
  found: Map<string, Configuration>,
): boolean {
  const visited = new Set<string>();
  const stack: Node[] = [{ one: from, isUnseen: false }];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const next of stepsFrom(search, node, budget)) {
      if ((next.one.placed & target.bit) !== 0n) {
        keep(found, next.one);
        continue;
      }
      const key = keyOf(next.one, next.isUnseen);
      if (visited.has(key)) continue;
      visited.add(key);
      stack.push(next);
    }
    if (budget.spent > budget.limit) return false;
  }
  return true;
}

function stepsFrom(search: Search, node: Node, budget: Budget): readonly Node[] {
  const { one, isUnseen } = node;
  const steps: Node[] = [];
  for (const op of search.pending) {
    budget.spent += 1;
    if ((one.placed & op.bit) !== 0n || op.isRead || (isUnseen && op.isSet)) continue;
    const state = applyOp(op, one.state);
    if (state === undefined) continue;
    steps.push(moveTo(search, { ...one, state, placed: one.placed | op.bit }, op.isSet));
  }
  for (let at = 0; at < search.open.length; at++) {
    budget.spent += 1;
    const { entry, count } = search.open[at] as OpenOps;
    if ((one.used[at] ?? 0) >= count || (isUnseen && isBlindWrite(entry))) continue;
    const state = applyOp(entry, one.state);
    if (state === undefined || state === one.state) continue;
    const used = useOne(one.used, at);
    steps.push(moveTo(search, { ...one, state, used }, isBlindWrite(entry)));
  }
  return steps;
}

function useOne(used: readonly number[], at: number): readonly number[] {
  const more = [...used];
  while (more.length <= at) more.push(0);
  more[at] = (more[at] ?? 0) + 1;
  return Object.freeze(more);
}

/** Places the reads that the new state answers; after a set, every pending set may be hidden in it. */
function moveTo(search: Search, one: Configuration, isSet: boolean): Node {
  let { placed, hideable } = one;
  let isSeen = false;
  for (const op of search.pending) {
    if ((placed & op.bit) !== 0n) continue;
    if (op.isRead) {
      if (applyOp(op, one.state) === undefined) continue;
      placed |= op.bit;
      isSeen = true;
    } else if (isSet && op.isSet) hideable |= op.bit;
  }
  const next = Object.freeze({ state: one.state, placed, hideable, used: one.used });
  return { one: next, isUnseen: isSet && !isSeen };
}

function placeRead(one: Configuration, op: PendingOp): Configuration {
  if (applyOp(op, one.state) === undefined) return one;
  return Object.freeze({ ...one, placed: one.placed | op.bit });
}

function clearBit(one: Configuration, bit: bigint): Configuration {
  const { state, used } = one;
  return Object.freeze({ state, placed: one.placed & ~bit, hideable: one.hideable & ~bit, used });
}

function keep(found: Map<string, Configuration>, one: Configuration): void {
  found.set(keyOf(one, false), one);
}

function keyOf(one: Configuration, isUnseen: boolean): string {
  return `${one.placed} ${one.hideable} ${isUnseen ? 1 : 0} ${one.used.join(".")} ${one.state ?? "\u0000"}`;
}

interface Masks {
  readonly reads: bigint;
  readonly sets: bigint;
  readonly others: bigint;
}

function withoutDominated(
  all: readonly Configuration[],
  pending: readonly PendingOp[],
): Configuration[] {
  if (all.length < 2) return [...all];
  let reads = 0n;
  let sets = 0n;
  let others = 0n;
  for (const op of pending) {
    if (op.isRead) reads |= op.bit;
    else if (op.isSet) sets |= op.bit;
    else others |= op.bit;
  }
  const kept: Configuration[] = [];
  for (const one of all) {
    if (kept.some((other) => dominates(other, one, { reads, sets, others }))) continue;
    let left = 0;
    for (const other of kept)
      if (!dominates(one, other, { reads, sets, others })) kept[left++] = other;
    kept.length = left;
    kept.push(one);
  }
  return kept;
}

/** Whatever explains the rest of the history from b explains it from a. */
function dominates(a: Configuration, b: Configuration, masks: Masks): boolean {
  if (a.state !== b.state) return false;
  if ((b.placed & masks.reads & ~a.placed) !== 0n) return false;
  if (((a.placed ^ b.placed) & masks.others) !== 0n) return false;
  // A hideable set of a may count as placed or wait, as it likes.
  const bound = masks.sets & ~(a.hideable & ~a.placed);
  if (((a.placed ^ b.placed) & bound) !== 0n) return false;
  if ((b.hideable & ~b.placed & bound) !== 0n) return false;
  const length = Math.max(a.used.length, b.used.length);
  for (let at = 0; at < length; at++) if ((a.used[at] ?? 0) > (b.used[at] ?? 0)) return false;
  return true;
}
