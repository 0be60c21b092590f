// The primary's log buffer: entries from their append until their ack. Entries appended in
// one step of the machine form a group; its last one is marked. Bounded: when it is full
// the primary must stop completely until it drains.

import { clonePlain } from "../base/clone.ts";
import { type EntryBody, entryBytes, type LogEntry } from "./log-entry.ts";

interface Retained {
  readonly entry: LogEntry;
  readonly bytes: number;
}

interface PrimaryLogState {
  nextLsn: number;
  nextGroup: number;
  retained: Retained[];
  /** Appended and not executed by the backup, acknowledged or not: what the lag is measured on. */
  unexecuted: { readonly lsn: number; readonly clock: number }[];
  retainedBytes: number;
  sentThrough: number;
  ackedThrough: number;
}

export type PrimaryLogSnapshot = PrimaryLogState;

export class PrimaryLog {
  #state: PrimaryLogState;

  constructor() {
    this.#state = {
      nextLsn: 1,
      nextGroup: 1,
      retained: [],
      unexecuted: [],
      retainedBytes: 0,
      sentThrough: 0,
      ackedThrough: 0,
    };
  }

  get lastLsn(): number {
    return this.#state.nextLsn - 1;
  }

  get ackedThrough(): number {
    return this.#state.ackedThrough;
  }

  get bytes(): number {
    return this.#state.retainedBytes;
  }

  get lastGroup(): number {
    return this.#state.nextGroup - 1;
  }

  /** A log that goes on behind this entry and group: they were another host's, or another generation's. */
  begin(lsn: number, group: number): void {
    this.#state = {
      nextLsn: lsn + 1,
      nextGroup: group + 1,
      retained: [],
      unexecuted: [],
      retainedBytes: 0,
      sentThrough: lsn,
      ackedThrough: lsn,
    };
  }

  /** Appends one group, all at the same position. */
  append(
    position: { readonly count: number; readonly phase: "before" | "during" },
    bodies: readonly EntryBody[],
    clock: number,
  ): readonly LogEntry[] {
    const state = this.#state;
    const group = state.nextGroup++;
    return bodies.map((body, index) => {
      const entry: LogEntry = {
        lsn: state.nextLsn++,
        count: position.count,
        phase: position.phase,
        group,
        isGroupEnd: index === bodies.length - 1,
        clock,
        body,
      };
      const bytes = entryBytes(entry);
      state.retained.push({ entry, bytes });
      state.retainedBytes += bytes;
      state.unexecuted.push({ lsn: entry.lsn, clock });
      return entry;
    });
  }

  /** Entries that were not sent yet; they count as sent from now on. */
  takeUnsent(): readonly LogEntry[] {
    const { retained, sentThrough } = this.#state;
    let first = retained.length;
    while (first > 0 && (retained[first - 1] as Retained).entry.lsn > sentThrough) first--;
    this.#state.sentThrough = this.lastLsn;
    return retained.slice(first).map((kept) => kept.entry);
  }

  /** After a reconnect: everything from `next` on is to be sent again. */
  rewindTo(next: number): void {
    this.#state.sentThrough = next - 1;
  }

  /** A cumulative ack. */
  acknowledge(through: number, executed: number): void {
    const state = this.#state;
    let done = 0;
    while ((state.unexecuted[done]?.lsn ?? executed + 1) <= executed) done++;
    state.unexecuted.splice(0, done);
    if (through <= state.ackedThrough) return;
    state.ackedThrough = through;
    let count = 0;
    for (const kept of state.retained) {
      if (kept.entry.lsn > through) break;
      state.retainedBytes -= kept.bytes;
      count++;
    }
    state.retained.splice(0, count);
  }

  /** Execution lag, ns: the age of the oldest entry that the backup has not executed. */
  lag(clock: number): number {
    const [oldest] = this.#state.unexecuted;
    // The clock may have been set back since the entry was written.
    return oldest === undefined ? 0 : Math.max(0, clock - oldest.clock);
  }

  get unexecutedEntries(): number {
    return this.#state.unexecuted.length;
  }

  /** Not acknowledged yet, in order. */
  retained(): readonly LogEntry[] {
    return this.#state.retained.map(({ entry }) => entry);
  }

  /** Alone: nobody needs the log any more. */
  discard(): void {
    this.#state.retained = [];
    this.#state.unexecuted = [];
    this.#state.retainedBytes = 0;
  }

  snapshot(): PrimaryLogSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: PrimaryLogSnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
