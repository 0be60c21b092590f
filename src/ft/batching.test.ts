// Batches: frames that become one entry and one interrupt, entries that wait for others while
// outputs do not, and the share of the log buffer that the channel may hold.

import { describe, expect, it } from "vitest";
import {
  Bench,
  frame,
  MS,
  startedBackup,
  startedPrimary,
} from "../../test/support/replica-bench.ts";
import type { LogEntry } from "./log-entry.ts";
import type { FtParams } from "./params.ts";
import type { FtRules } from "./rules.ts";

const bytes = (mark: number): Uint8Array => Uint8Array.from([mark]);
const receive = (bench: Bench, mark: number) => bench.step({ kind: "frame", bytes: bytes(mark) });

describe("frames", () => {
  const batched = (): Bench => startedPrimary({ params: { receiveBatch: MS } });

  it("are delivered one by one without a window", () => {
    const outcome = receive(startedPrimary(), 7);
    expect(outcome.does).toEqual(["inject"]);
    expect(outcome.entries[0]?.body).toEqual({ kind: "net-rx", frames: [bytes(7)] });
  });

  it("that arrive within the window are one entry and one interrupt", () => {
    const bench = batched();
    expect(receive(bench, 1).timer("receive")).toBe(MS);
    bench.now += MS / 2;
    expect(receive(bench, 2).effects).toEqual([]);
    bench.now += MS / 2;
    const outcome = bench.timer("receive");
    expect(outcome.does).toEqual(["inject"]);
    expect(outcome.entries.map(({ body }) => body)).toEqual([
      { kind: "net-rx", frames: [bytes(1), bytes(2)] },
    ]);
    expect(receive(bench, 3).timer("receive")).toBe(2 * MS);
  });

  it("do not wait when the receive ring has no room for more", () => {
    const bench = batched();
    for (let mark = 1; mark < 64; mark++) expect(receive(bench, mark).does).toEqual([]);
    const outcome = receive(bench, 64);
    expect(outcome.entries[0]?.body).toMatchObject({ frames: { length: 64 } });
    expect(outcome.effects).toContainEqual({ kind: "cancel-timer", timer: "receive" });
    expect(outcome.marks).toContain("batch-of-frames-is-full");
  });

  it("wait for room in a full log buffer", () => {
    const bench = startedPrimary({ params: { receiveBatch: MS, primaryBufferBytes: 200 } });
    receive(bench, 1);
    for (let i = 1; !bench.perform(frame(i)).does.includes("pause"); i++);
    expect(bench.timer("receive").does).toEqual([]);
    expect(bench.ack(1_000).entries.map(({ body }) => body.kind)).toEqual(["net-rx"]);
  });

  it("are still together after a snapshot", () => {
    const bench = batched();
    receive(bench, 1);
    const kept = bench.replica.snapshot();
    receive(bench, 2);
    bench.replica.restore(kept);
    receive(bench, 3);
    expect(bench.timer("receive").entries[0]?.body).toEqual({
      kind: "net-rx",
      frames: [bytes(1), bytes(3)],
    });
  });

  it.each([
    ["logged", 1],
    ["own", 2],
  ] as const)("reach the backup in groups that are %s", (receiveGroups, interrupts) => {
    const bench = startedBackup({ rules: { receiveGroups } });
    const entry: LogEntry = {
      lsn: 1,
      count: 1_000,
      phase: "before",
      group: 1,
      isGroupEnd: true,
      clock: 0,
      body: { kind: "net-rx", frames: [bytes(1), bytes(2)] },
    };
    expect(bench.feed([entry]).does.filter((what) => what === "inject")).toHaveLength(interrupts);
  });
});

describe("entries", () => {
  const waiting = (rules: Partial<FtRules> = {}): Bench =>
    startedPrimary({ params: { logBatch: 10 * MS }, rules });

  it("wait for others, and leave together", () => {
    const bench = waiting();
    expect(receive(bench, 1).sent).toEqual([]);
    bench.now += 4 * MS;
    expect(receive(bench, 2).sent).toEqual([]);
    bench.now += 6 * MS;
    expect(bench.timer("batch").entries.map(({ lsn }) => lsn)).toEqual([1, 2]);
    expect(receive(bench, 3).timer("batch")).toBe(20 * MS);
  });

  it("of an output take all before them along at once", () => {
    const bench = waiting();
    receive(bench, 1);
    const outcome = bench.perform(frame(1));
    expect(outcome.entries.map(({ body }) => body.kind)).toEqual(["net-rx", "output"]);
    expect(outcome.effects).toContainEqual({ kind: "cancel-timer", timer: "batch" });
    expect(bench.ack(2).released).toEqual(["1"]);
  });

  it("of an output wait like all others without R-10.3 (BUG-56)", () => {
    const bench = waiting({ flushesOutputs: false });
    expect(bench.perform(frame(1)).sent).toEqual([]);
    bench.now += 10 * MS;
    expect(bench.timer("batch").entries).toHaveLength(1);
  });
});

describe("the channel", () => {
  const SMALL: Partial<FtParams> = { primaryBufferBytes: 2_000 };

  it("gets half of a small buffer at most, and the rest as acks come", () => {
    const bench = startedPrimary({ params: SMALL });
    const sent: number[] = [];
    let appended = 0;
    for (let mark = 1; appended === sent.length; mark++) {
      const outcome = receive(bench, mark);
      appended += outcome.claims("log-append").length;
      sent.push(...outcome.entries.map(({ lsn }) => lsn));
    }
    expect(sent.length * 52).toBeGreaterThanOrEqual(1_000);
    expect(sent.length * 52).toBeLessThan(1_100);
    expect(bench.ack(1).entries.map(({ lsn }) => lsn)).toEqual([appended]);
  });

  it("gets again what it lost, from where the backup says", () => {
    const bench = startedPrimary({ params: SMALL });
    for (let mark = 1; mark <= 30; mark++) receive(bench, mark);
    const first = bench.hear({ kind: "hello", next: 1 }).entries;
    expect(first[0]?.lsn).toBe(1);
    const again = bench.hear({ kind: "hello", next: 5 }).entries;
    expect(again[0]?.lsn).toBe(5);
    expect(again.length).toBe(first.length - 4);
  });

  it("gets everything without an ack every time under the planted bug", () => {
    const bench = startedPrimary({ rules: { sends: "unacknowledged" } });
    expect(receive(bench, 1).entries.map(({ lsn }) => lsn)).toEqual([1]);
    expect(receive(bench, 2).entries.map(({ lsn }) => lsn)).toEqual([1, 2]);
    bench.ack(1);
    expect(receive(bench, 3).entries.map(({ lsn }) => lsn)).toEqual([2, 3]);
  });
});

describe("a full buffer of a primary", () => {
  const full = (rules: Partial<FtRules>): Bench => {
    const bench = startedPrimary({ params: { primaryBufferBytes: 2_000 }, rules });
    for (let mark = 1; mark <= 100; mark++) receive(bench, mark);
    return bench;
  };

  it("that runs on grows without bound", () => {
    const bench = full({ onFullBuffer: "run-on" });
    expect(
      receive(bench, 1)
        .claims("log-append")
        .map(({ lsn }) => lsn),
    ).toEqual([101]);
    expect(bench.ack(20).entries[0]?.lsn).toBe(21);
  });

  it("that drops its oldest entries leaves a gap (BUG-40)", () => {
    const bench = full({ onFullBuffer: "drop-oldest" });
    expect(receive(bench, 1).claims("stalled")).toEqual([]);
    expect(bench.ack(20).entries[0]?.lsn).toBeGreaterThan(40);
  });
});
