// How far the machine of a backup is behind the primary's, by what crossed their ports: world facts,
// whatever the replicas measure. Sampled every 100 ms and smoothed over half a second, as a hypervisor
// would; a history without crossings has nothing that anybody could be behind with.

import type { Fact, NodeName } from "../history/fact.ts";
import { type ChunkList, dropBefore, emptyList, endOf, itemAt, push } from "./chunk-list.ts";
import { newestThat, observeRole, type RoleBook } from "./role-book.ts";

/** What a checker must hear for this. */
export const FOLLOWING_HEARS = ["crossing", "role", "lag", "machine-stop", "run"] as const;

const SAMPLE_EVERY = 100_000_000;
const SAMPLES = 5;

interface Crossed {
  readonly time: number;
  readonly count: number;
}

export interface Behind {
  /** ns. */
  readonly lag: number;
  /** Steps from the first crossing that only the primary made to the last. */
  readonly steps: number;
}

export interface Following {
  roles: RoleBook;
  /** What the primary's machine did and the backup's did not yet, from index `from` on. */
  crossed: ChunkList<Crossed>;
  next: number;
  /** Since when there are a primary and a backup, and nobody in doubt; -1: there are not. */
  since: number;
  sampledAt: number;
  samples: readonly Behind[];
}

export function startFollowing(): Following {
  return {
    roles: new Map(),
    crossed: emptyList(0),
    next: 0,
    since: -1,
    sampledAt: 0,
    samples: [],
  };
}

/** The smoothed lag, when a new sample was taken. */
export function observeFollowing(state: Following, fact: Fact, index: number): Behind | null {
  if (fact.kind === "role" || fact.kind === "machine-stop") {
    observeRole(state.roles, fact, index);
    if (fact.kind === "machine-stop") state.roles.delete(fact.node);
    state.since = primaryOf(state) === null || !hasBackup(state) ? -1 : fact.time;
    state.samples = [];
    if (fact.kind === "role" && fact.role === "BACKUP") owesNothing(state);
  } else if (fact.kind === "crossing") {
    const { node, time, count } = fact;
    if (node === primaryOf(state)) {
      if (endOf(state.crossed) !== fact.index) state.crossed = emptyList(fact.index);
      push(state.crossed, Object.freeze({ time, count }));
    } else if (state.roles.get(node)?.role === "BACKUP") state.next = fact.index + 1;
    dropBefore(state.crossed, Math.min(state.next, endOf(state.crossed)));
  }
  return sample(state, fact.time);
}

/** A backup that begins has what was before: a clone of it, or the entries. */
function owesNothing(state: Following): void {
  state.next = endOf(state.crossed);
  state.crossed = emptyList(state.next);
}

export function primaryOf({ roles }: Following): NodeName | null {
  return newestThat(roles, ({ role }) => role === "PRIMARY");
}

function hasBackup({ roles }: Following): boolean {
  return newestThat(roles, ({ role }) => role === "BACKUP") !== null;
}

function sample(state: Following, now: number): Behind | null {
  if (state.since < 0 || now - state.sampledAt < SAMPLE_EVERY) return null;
  state.sampledAt = now;
  const end = endOf(state.crossed);
  // What the primary did before it was one is not here: a backup may have that before it.
  const next = Math.max(state.next, state.crossed.start);
  const first = itemAt(state.crossed, Math.min(next, end));
  const last = itemAt(state.crossed, end - 1);
  const behind =
    first === undefined || last === undefined
      ? { lag: 0, steps: 0 }
      : { lag: now - first.time, steps: last.count - first.count };
  state.samples = Object.freeze([...state.samples.slice(1 - SAMPLES), Object.freeze(behind)]);
  return meanOf(state.samples);
}

function meanOf(samples: readonly Behind[]): Behind {
  const sum = (pick: (one: Behind) => number): number =>
    Math.round(samples.reduce((total, one) => total + pick(one), 0) / samples.length);
  return { lag: sum(({ lag }) => lag), steps: sum(({ steps }) => steps) };
}
