// Where the groups of a log end, from the primary's log-append claims: one instruction can log several
// entries, and only a whole group means anything. Kept for the two newest generations.

import type { Fact } from "../history/fact.ts";
import { keepTwoNewest } from "./two-newest.ts";

export interface LogGroups {
  /** The first lsn that was appended in this generation. */
  readonly first: number;
  newest: number;
  /** Ascending; what lies below a consumer's position is dropped. */
  ends: number[];
  /** Ends up to here were dropped. */
  dropped: number;
}

/** By generation. */
export type GroupEnds = Map<number, LogGroups>;

const MAX_ENDS = 8192;

export function observeGroups(book: GroupEnds, fact: Fact): void {
  if (fact.kind !== "log-append") return;
  let log = book.get(fact.generation);
  if (log === undefined) {
    log = { first: fact.lsn, newest: fact.lsn, ends: [], dropped: fact.lsn - 1 };
    book.set(fact.generation, log);
    keepTwoNewest(book);
  }
  log.newest = Math.max(log.newest, fact.lsn);
  if (!fact.isGroupEnd) return;
  log.ends.push(fact.lsn);
  if (log.ends.length > MAX_ENDS)
    dropThrough(log, log.ends[Math.floor(MAX_ENDS / 2)] ?? log.newest);
}

/** The end of the group that holds `lsn`; null while the group is open; undefined when unknown. */
export function endOfGroup(log: LogGroups | undefined, lsn: number): number | null | undefined {
  if (log === undefined || lsn <= log.dropped || lsn > log.newest) return undefined;
  let low = 0;
  let high = log.ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log.ends[middle] as number) < lsn) low = middle + 1;
    else high = middle;
  }
  return log.ends[low] ?? null;
}

export function dropThrough(log: LogGroups, lsn: number): void {
  let left = 0;
  while (left < log.ends.length && (log.ends[left] as number) <= lsn) left += 1;
  if (left === 0) return;
  log.dropped = log.ends[left - 1] as number;
  log.ends.splice(0, left);
}
