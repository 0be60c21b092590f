// The backup's side of the log. Entries arrive in a socket; the hypervisor reads, checks and stores
// them in its log buffer, and only what is stored is held (D12). The replayer takes whole groups.

import { clonePlain } from "../base/clone.ts";
import { entryBytes, type LogEntry } from "./log-entry.ts";

interface BackupLogState {
  /** Arrived and not read yet: bytes in a socket are not held. */
  socket: LogEntry[];
  stored: LogEntry[];
  storedBytes: number;
  /** Highest lsn stored without a gap. */
  storedThrough: number;
  /** Highest lsn that arrived in the socket. */
  arrivedThrough: number;
  executedThrough: number;
  /** The last group that was replayed. */
  lastGroup: number;
}

export type BackupLogSnapshot = BackupLogState;

export class BackupLog {
  #state: BackupLogState;

  constructor() {
    this.#state = {
      socket: [],
      stored: [],
      storedBytes: 0,
      storedThrough: 0,
      arrivedThrough: 0,
      executedThrough: 0,
      lastGroup: 0,
    };
  }

  get lastGroup(): number {
    return this.#state.lastGroup;
  }

  /** A log that goes on behind this entry and group: they were replayed by another copy of the machine. */
  begin(lsn: number, group: number): void {
    this.#state = {
      socket: [],
      stored: [],
      storedBytes: 0,
      storedThrough: lsn,
      arrivedThrough: lsn,
      executedThrough: lsn,
      lastGroup: group,
    };
  }

  get storedThrough(): number {
    return this.#state.storedThrough;
  }

  get arrivedThrough(): number {
    return this.#state.arrivedThrough;
  }

  get executedThrough(): number {
    return this.#state.executedThrough;
  }

  get storedBytes(): number {
    return this.#state.storedBytes;
  }

  get unreadEntries(): number {
    return this.#state.socket.length;
  }

  get unreplayedEntries(): number {
    return this.#state.stored.length;
  }

  /** An operator switched the VM off, and the replay has not come there. */
  get holdsPowerOff(): boolean {
    return this.#state.stored.some(
      ({ body }) => body.kind === "control" && body.op === "power-off",
    );
  }

  arrive(entries: readonly LogEntry[]): void {
    const { socket } = this.#state;
    for (const entry of entries) {
      const last = socket.at(-1);
      socket.push(entry);
      // An ordered channel never needs this; after a reconnect what was missing comes behind.
      if (last !== undefined && last.lsn > entry.lsn) socket.sort((a, b) => a.lsn - b.lsn);
      this.#state.arrivedThrough = Math.max(this.#state.arrivedThrough, entry.lsn);
    }
  }

  /**
   * Reads the socket into the log buffer while there is room, or up to an entry that is the last. A group
   * that is larger than the buffer is read to its end nevertheless: part of one is never replayed
   * and there would be no room ever again. Entries that are here already are dropped; a gap
   * ends the reading unless the rule that forbids gaps is off (INV-02).
   */
  store(
    limitBytes: number,
    mustBeContiguous: boolean,
    isLast: (entry: LogEntry) => boolean = () => false,
  ): readonly LogEntry[] {
    const state = this.#state;
    const added: LogEntry[] = [];
    let read = 0;
    for (const entry of state.socket) {
      if (state.storedBytes >= limitBytes && this.#hasWholeGroup()) break;
      if (mustBeContiguous && entry.lsn > state.storedThrough + 1) break;
      read++;
      if (entry.lsn <= state.storedThrough) continue;
      state.stored.push(entry);
      state.storedBytes += entryBytes(entry);
      state.storedThrough = entry.lsn;
      added.push(entry);
      if (isLast(entry)) break;
    }
    state.socket.splice(0, read);
    return added;
  }

  /** BUG-03: what a socket had and nobody read is lost with it. */
  dropSocket(): number {
    const dropped = this.#state.socket.length;
    this.#state.socket = [];
    return dropped;
  }

  /** The next group, whole; with `wholeOnly` off also the part of one that is here. */
  nextGroup(wholeOnly: boolean): readonly LogEntry[] {
    const { stored } = this.#state;
    const first = stored[0];
    if (first === undefined) return [];
    const group: LogEntry[] = [];
    for (const entry of stored) {
      if (entry.group !== first.group) break;
      group.push(entry);
      if (entry.isGroupEnd) return group;
    }
    return wholeOnly ? [] : group;
  }

  /** The group after this one, the first; it may not be whole. */
  groupAfter(first: readonly LogEntry[]): readonly LogEntry[] {
    const { stored } = this.#state;
    const next = stored[first.length];
    return next === undefined ? [] : stored.filter(({ group }) => group === next.group);
  }

  /** The group has been replayed. */
  consume(group: readonly LogEntry[]): void {
    const state = this.#state;
    for (const entry of group) {
      state.storedBytes -= entryBytes(entry);
      state.executedThrough = entry.lsn;
      state.lastGroup = entry.group;
    }
    state.stored.splice(0, group.length);
  }

  /** Going live: an incomplete trailing group is dropped. */
  discardRest(): number {
    const dropped = this.#state.stored.length;
    this.#state.stored = [];
    this.#state.storedBytes = 0;
    return dropped;
  }

  snapshot(): BackupLogSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: BackupLogSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  /** Of what is stored something can be replayed, which makes room. */
  #hasWholeGroup(): boolean {
    return this.#state.stored.some(({ isGroupEnd }) => isGroupEnd);
  }
}
