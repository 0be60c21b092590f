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
  retainedBytes: number;
  /** How many of the retained have been handed to the channel, and their bytes: the first ones. */
  sentCount: number;
  sentBytes: number;
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
      retainedBytes: 0,
      sentCount: 0,
      sentBytes: 0,
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
      retainedBytes: 0,
      sentCount: 0,
      sentBytes: 0,
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
      return entry;
    });
  }

  /**
   * Entries that were not sent yet; they count as sent from now on. No more than the channel is to hold
   * unacknowledged, in bytes, but whole groups: the rest stays here, where the bound of the buffer is.
   */
  takeUnsent(channelBytes: number = Infinity): readonly LogEntry[] {
    const state = this.#state;
    const taken: LogEntry[] = [];
    for (let at = state.sentCount; at < state.retained.length; at++) {
      const { entry, bytes } = state.retained[at] as Retained;
      const isInGroup = taken.at(-1)?.isGroupEnd === false;
      if (state.sentBytes >= channelBytes && !isInGroup) break;
      taken.push(entry);
      state.sentCount += 1;
      state.sentBytes += bytes;
    }
    return taken;
  }

  /** Whether an output is among the entries that were not sent yet. */
  get hasUnsentOutput(): boolean {
    const { retained, sentCount } = this.#state;
    for (let at = retained.length - 1; at >= sentCount; at--)
      if ((retained[at] as Retained).entry.body.kind === "output") return true;
    return false;
  }

  get hasUnsent(): boolean {
    return this.#state.sentCount < this.#state.retained.length;
  }

  /** The newest entry that was handed to the channel. */
  get sentThrough(): number {
    const { retained, sentCount, ackedThrough } = this.#state;
    return retained[sentCount - 1]?.entry.lsn ?? ackedThrough;
  }

  /** After a reconnect: everything from `next` on is to be sent again. */
  rewindTo(next: number): void {
    const state = this.#state;
    const sent = state.retained.filter(({ entry }) => entry.lsn < next);
    state.sentCount = sent.length;
    state.sentBytes = sent.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A cumulative ack. */
  acknowledge(through: number): void {
    const state = this.#state;
    if (through <= state.ackedThrough) return;
    state.ackedThrough = through;
    let count = 0;
    while ((state.retained[count]?.entry.lsn ?? through + 1) <= through) count++;
    this.#drop(count);
  }

  /** BUG-40: makes room by forgetting the oldest of what was not sent. */
  dropOldest(limitBytes: number): void {
    const state = this.#state;
    while (state.retainedBytes >= limitBytes && this.hasUnsent)
      for (const { bytes } of state.retained.splice(state.sentCount, 1))
        state.retainedBytes -= bytes;
  }

  /** Not acknowledged yet, in order. */
  retained(): readonly LogEntry[] {
    return this.#state.retained.map(({ entry }) => entry);
  }

  /** Alone: nobody needs the log any more. */
  discard(): void {
    this.#drop(this.#state.retained.length);
  }

  snapshot(): PrimaryLogSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: PrimaryLogSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  #drop(count: number): void {
    const state = this.#state;
    for (const { bytes } of state.retained.splice(0, count)) {
      state.retainedBytes -= bytes;
      if (state.sentCount === 0) continue;
      state.sentCount -= 1;
      state.sentBytes -= bytes;
    }
  }
}
