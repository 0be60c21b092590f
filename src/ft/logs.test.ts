// The two log buffers and the output gate, each on its own.

import { describe, expect, it } from "vitest";
import { BackupLog } from "./backup-log.ts";
import { encodeEntry, type EntryBody, type LogEntry } from "./log-entry.ts";
import { OutputGate } from "./output-gate.ts";
import { PrimaryLog } from "./primary-log.ts";

const AT = { count: 10, phase: "before" } as const;
const TIMER: EntryBody = { kind: "timer" };
const lsns = (entries: readonly LogEntry[]): readonly number[] => entries.map(({ lsn }) => lsn);

function entriesOf(groups: readonly number[]): readonly LogEntry[] {
  const log = new PrimaryLog();
  return groups.flatMap((size, index) =>
    log.append({ ...AT, count: 10 + index }, Array<EntryBody>(size).fill(TIMER), 0),
  );
}

describe("the primary's log", () => {
  it("numbers entries without gaps and marks the end of each group", () => {
    const entries = entriesOf([2, 1]);
    expect(entries.map(({ lsn, group, isGroupEnd }) => [lsn, group, isGroupEnd])).toEqual([
      [1, 1, false],
      [2, 1, true],
      [3, 2, true],
    ]);
  });

  it("gives every entry once, and after a reconnect from where it is asked to", () => {
    const log = new PrimaryLog();
    log.append(AT, [TIMER, TIMER], 0);
    expect(lsns(log.takeUnsent())).toEqual([1, 2]);
    log.append(AT, [TIMER], 0);
    expect(lsns(log.takeUnsent())).toEqual([3]);
    expect(log.takeUnsent()).toEqual([]);
    log.acknowledge(1);
    log.rewindTo(2);
    log.append(AT, [TIMER], 0);
    expect(lsns(log.takeUnsent())).toEqual([2, 3, 4]);
  });

  it("forgets what is acknowledged, and its bytes; old acks change nothing", () => {
    const log = new PrimaryLog();
    const [first, second] = log.append(AT, [TIMER, { kind: "uart-rx", byte: 1 }], 0);
    const sizes = [first, second].map((entry) => encodeEntry(entry!).length);
    expect(log.bytes).toBe(sizes[0]! + sizes[1]!);
    log.acknowledge(1);
    expect([log.bytes, log.ackedThrough]).toEqual([sizes[1], 1]);
    log.acknowledge(2);
    log.acknowledge(1);
    expect([log.bytes, log.ackedThrough, log.lastLsn]).toEqual([0, 2, 2]);
  });

  it("goes on from a snapshot", () => {
    const log = new PrimaryLog();
    log.append(AT, [TIMER, TIMER], 1);
    log.takeUnsent();
    log.acknowledge(1);
    const kept = log.snapshot();
    const go = (): unknown => [log.append(AT, [TIMER], 2), log.takeUnsent(), log.bytes];
    const expected = go();
    log.discard();
    log.restore(kept);
    expect(go()).toEqual(expected);
  });
});

describe("the backup's log", () => {
  it("stores what arrives, up to the limit, and reads on when there is room", () => {
    const entries = entriesOf([1, 1, 1]);
    const size = encodeEntry(entries[0]!).length;
    const log = new BackupLog();
    log.arrive(entries);
    expect([log.arrivedThrough, log.storedThrough, log.unreadEntries]).toEqual([3, 0, 3]);
    expect(lsns(log.store(2 * size, true))).toEqual([1, 2]);
    expect([log.storedThrough, log.storedBytes, log.unreadEntries]).toEqual([2, 2 * size, 1]);
    log.consume(log.nextGroup(true));
    expect(lsns(log.store(2 * size, true))).toEqual([3]);
    expect([log.executedThrough, log.unreplayedEntries]).toEqual([1, 2]);
  });

  it("drops what it has already: duplicates after a reconnect", () => {
    const entries = entriesOf([1, 1, 1]);
    const log = new BackupLog();
    log.arrive(entries.slice(0, 2));
    log.store(1e6, true);
    log.arrive(entries);
    expect(lsns(log.store(1e6, true))).toEqual([3]);
    expect(log.unreplayedEntries).toBe(3);
  });

  it("stops at a gap, unless the rule that forbids gaps is off", () => {
    const [first, , third] = entriesOf([1, 1, 1]);
    const strict = new BackupLog();
    strict.arrive([first!, third!]);
    expect(lsns(strict.store(1e6, true))).toEqual([1]);
    expect(strict.storedThrough).toBe(1);
    const lax = new BackupLog();
    lax.arrive([first!, third!]);
    expect(lsns(lax.store(1e6, false))).toEqual([1, 3]);
    expect(lax.storedThrough).toBe(3);
  });

  // Was a defect (backup-log.ts, store): the entry behind the gap stays first in the socket, so what
  // fills the gap is never read. No ordered channel makes such a gap, but a reconnect would not heal it.
  it("goes on when what was missing arrives after all", () => {
    const entries = entriesOf([1, 1, 1]);
    const log = new BackupLog();
    log.arrive([entries[0]!, entries[2]!]);
    log.store(1e6, true);
    log.arrive(entries.slice(1));
    expect(lsns(log.store(1e6, true))).toEqual([2, 3]);
  });

  it("gives out whole groups only; a part of one when the rule is off", () => {
    const entries = entriesOf([2, 3]);
    const log = new BackupLog();
    log.arrive(entries.slice(0, 4));
    log.store(1e6, true);
    expect(lsns(log.nextGroup(true))).toEqual([1, 2]);
    log.consume(log.nextGroup(true));
    expect(log.nextGroup(true)).toEqual([]);
    expect(lsns(log.nextGroup(false))).toEqual([3, 4]);
    log.arrive(entries.slice(4));
    log.store(1e6, true);
    expect(lsns(log.nextGroup(true))).toEqual([3, 4, 5]);
  });

  it("drops an incomplete group on going live, and the socket with the machine", () => {
    const log = new BackupLog();
    log.arrive(entriesOf([2]).slice(0, 1));
    log.store(1e6, true);
    log.arrive(entriesOf([2]).slice(1));
    expect([log.dropSocket(), log.discardRest(), log.storedBytes]).toEqual([1, 1, 0]);
  });

  it("goes on from a snapshot", () => {
    const entries = entriesOf([2, 1]);
    const log = new BackupLog();
    log.arrive(entries);
    log.store(1, true);
    const kept = log.snapshot();
    const go = (): unknown => [
      lsns(log.store(1e6, true)),
      lsns(log.nextGroup(true)),
      log.unreadEntries,
      log.storedBytes,
    ];
    const expected = go();
    log.discardRest();
    log.restore(kept);
    expect(go()).toEqual(expected);
  });
});

describe("the output gate", () => {
  const held = (ordinal: number, lsn: number, waitsFor: number) => ({
    ordinal,
    output: { class: "network", bytes: Uint8Array.from([ordinal]) } as const,
    lsn,
    waitsFor,
    since: 0,
  });
  const ordinals = (taken: readonly { readonly ordinal: number }[]): readonly number[] =>
    taken.map(({ ordinal }) => ordinal);

  it("lets go in order, each with the ack that it waits for", () => {
    const gate = new OutputGate();
    gate.hold(held(1, 4, 5));
    gate.hold(held(2, 5, 5));
    gate.hold(held(3, 7, 7));
    expect(gate.takeReleasable(4)).toEqual([]);
    expect(gate.releasedThrough).toBe(0);
    expect(ordinals(gate.takeReleasable(6))).toEqual([1, 2]);
    expect([gate.heldCount, gate.releasedThrough]).toEqual([1, 5]);
    expect(ordinals(gate.takeReleasable(99))).toEqual([3]);
  });

  it("never lets a later output overtake one that still waits", () => {
    const gate = new OutputGate();
    gate.hold(held(1, 9, 9));
    gate.hold(held(2, 3, 3));
    expect(gate.takeReleasable(5)).toEqual([]);
    expect(ordinals(gate.takeAll())).toEqual([1, 2]);
  });

  it("knows whether a disk command waits, and goes on from a snapshot", () => {
    const gate = new OutputGate();
    gate.hold(held(1, 1, 1));
    expect(gate.holdsDisk).toBe(false);
    const data = new Uint8Array(0);
    const request = { ioId: 1, op: "flush", sector: 0, sectorCount: 0, data, pages: [] } as const;
    gate.hold({ ...held(2, 2, 2), output: { class: "disk", request } });
    const kept = gate.snapshot();
    gate.takeAll();
    gate.restore(kept);
    expect([gate.holdsDisk, ordinals(gate.takeReleasable(2)), gate.releasedThrough]).toEqual([
      true,
      [1, 2],
      2,
    ]);
  });
});
