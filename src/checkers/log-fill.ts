// How much of the log waits: for an ack, in the primary's buffer, and for its replay, in the backup's.
// What is appended while one of them is half full stands in line behind it.

import type { Fact } from "../history/fact.ts";
import { type ChunkList, dropBefore, emptyList, endOf, itemAt, push } from "./chunk-list.ts";
import type { DeclaredChannel } from "./checker.ts";

export interface LogFill {
  /** Bytes appended through each entry, by its lsn, from the oldest that waits on. */
  through: ChunkList<number>;
  appended: number;
  acked: number;
  replayed: number;
}

/** What a checker must hear for this. */
export const LOG_FILL_HEARS = ["log-append", "log-ack-receive", "log-replay", "log-begin"] as const;

export function startLogFill(): LogFill {
  return { through: emptyList(0), appended: 0, acked: 0, replayed: 0 };
}

export function observeLogFill(fill: LogFill, fact: Fact): void {
  if (fact.kind === "log-append") {
    if (endOf(fill.through) !== fact.lsn) fill.through = emptyList(fact.lsn);
    fill.appended += fact.bytes;
    push(fill.through, fill.appended);
  } else if (fact.kind === "log-ack-receive")
    fill.acked = Math.max(fill.acked, itemAt(fill.through, fact.through) ?? 0);
  else if (fact.kind === "log-replay") {
    fill.replayed = Math.max(fill.replayed, itemAt(fill.through, fact.lsn) ?? 0);
    dropBefore(fill.through, fact.lsn);
  } else if (fact.kind === "log-begin") {
    // Another backup has a copy of all that was before.
    fill.acked = fill.appended;
    fill.replayed = fill.appended;
  }
}

export function isHalfFull({ appended, acked, replayed }: LogFill, of: DeclaredChannel): boolean {
  return (
    appended - acked >= of.primaryBufferBytes / 2 || appended - replayed >= of.backupBufferBytes / 2
  );
}
