// Disk reads that the backup executes itself, one replica at a time: what the log
// carries, what the backup asks its own disk for, and what waits for what.

import { describe, expect, it } from "vitest";
import {
  disk,
  diskRequest,
  type Outcome,
  startedBackup,
  startedPrimary,
} from "../../test/support/replica-bench.ts";
import type { LogEntry } from "./log-entry.ts";
import type { FtRules } from "./rules.ts";

const params = { diskReads: "backup" } as const;
const NOTHING = new Uint8Array(0);
const DATA = new Uint8Array(512).fill(7);
const OWN = new Uint8Array(512).fill(8);
const READ = { op: "read", sector: 8 } as const;

const ownReads = ({ effects }: Outcome): readonly number[] =>
  effects.flatMap((effect) => (effect.kind === "own-read" ? [effect.request.ioId] : []));
const injected = ({ commands }: Outcome) =>
  commands.flatMap((command) =>
    command.do === "inject" && command.entry.kind === "disk-done" ? [command.entry] : [],
  );
const readThrough = ({ sent }: Outcome): readonly number[] =>
  sent.flatMap((message) => (message.kind === "read-through" ? [message.ioId] : []));

/** What a primary logs of a read that ends in this way. */
function logOfRead(
  done: { readonly status: "ok" | "error"; readonly data: Uint8Array },
  rules: Partial<FtRules> = {},
): readonly LogEntry[] {
  const primary = startedPrimary({ params, rules });
  const began = primary.perform(disk(1, READ));
  expect(began.issued).toEqual([1]);
  primary.pending = [diskRequest(1, READ)];
  return [...began.entries, ...primary.step({ kind: "disk-done", ioId: 1, ...done }).entries];
}

/** A backup that has replayed the guest's request. */
function reading(entries: readonly LogEntry[], rules: Partial<FtRules> = {}) {
  const bench = startedBackup({ params, rules });
  bench.feed(entries);
  bench.pending = [diskRequest(1, READ)];
  return { bench, begun: bench.reach(1_001, disk(1, READ)) };
}

describe("the log of a primary whose backup reads itself", () => {
  it("has the read and its end, not its data", () => {
    const [begin, end] = logOfRead({ status: "ok", data: DATA });
    expect(begin?.body).toMatchObject({ kind: "output", outputClass: "disk", ioId: 1 });
    expect(end?.body).toEqual({ kind: "disk-done", ioId: 1, status: "ok", data: NOTHING });
  });

  it("has what a failed read left in memory (R-11.3 b)", () => {
    const part = DATA.subarray(0, 100);
    expect(logOfRead({ status: "error", data: part })[1]?.body).toMatchObject({ data: part });
    const lost = logOfRead({ status: "error", data: part }, { logsFailedReads: false });
    expect(lost[1]?.body).toMatchObject({ status: "error", data: NOTHING });
  });
});

describe("a backup that reads itself", () => {
  it("asks its own disk when the guest has asked, and delivers its own data", () => {
    const { bench, begun } = reading(logOfRead({ status: "ok", data: DATA }));
    expect(ownReads(begun)).toEqual([1]);
    expect(begun.does).not.toContain("inject");
    const done = bench.step({ kind: "own-read", ioId: 1, status: "ok", data: OWN });
    expect(injected(done)).toEqual([{ kind: "disk-done", ioId: 1, status: "ok", data: OWN }]);
    expect(readThrough(done)).toEqual([1]);
  });

  it("asks again after an error, and tells nobody (R-11.3 a)", () => {
    const entries = logOfRead({ status: "ok", data: DATA });
    const { bench } = reading(entries);
    const failed = bench.step({ kind: "own-read", ioId: 1, status: "error", data: NOTHING });
    expect(ownReads(failed)).toEqual([1]);
    expect([injected(failed), readThrough(failed)]).toEqual([[], []]);
    const buggy = reading(entries, { retriesOwnReads: false }).bench;
    const told = buggy.step({ kind: "own-read", ioId: 1, status: "error", data: NOTHING });
    expect(injected(told)).toMatchObject([{ status: "error" }]);
  });

  it("takes the memory of a failed read from the log and waits for nothing", () => {
    const part = DATA.subarray(0, 100);
    const { bench, begun } = reading(logOfRead({ status: "error", data: part }));
    expect(injected(begun)).toMatchObject([{ status: "error", data: part }]);
    bench.pending = [];
    const late = bench.step({ kind: "own-read", ioId: 1, status: "ok", data: OWN });
    expect([injected(late), readThrough(late)]).toEqual([[], [1]]);
  });

  it("reads behind a write only when the guest knows that it is written", () => {
    const primary = startedPrimary({ params });
    const entries = [
      ...primary.perform(disk(1, { op: "write", sector: 8 }), disk(2, READ)).entries,
    ];
    primary.pending = [diskRequest(1, { sector: 8 }), diskRequest(2, READ)];
    primary.ack(2);
    const done = { kind: "disk-done", ioId: 1, status: "ok", data: NOTHING } as const;
    const written = primary.step(done).entries;
    const bench = startedBackup({ params });
    bench.feed(entries);
    bench.pending = [...primary.pending];
    const both = bench.reach(1_001, disk(1, { op: "write", sector: 8 }), disk(2, READ));
    expect(ownReads(both)).toEqual([]);
    expect(ownReads(bench.feed(written))).toEqual([2]);
  });

  it("halts when it is fenced off, unless the storage cannot know it yet", () => {
    const { bench } = reading(logOfRead({ status: "ok", data: DATA }));
    const fenced = bench.step({ kind: "own-read", ioId: 1, status: "fenced", data: NOTHING });
    expect(fenced.roles).toEqual(["HALTED"]);
    const { bench: copy } = reading(logOfRead({ status: "ok", data: DATA }));
    const known = copy.replica.snapshot() as { readonly control: object };
    copy.replica.restore({ ...known, control: { ...known.control, isAdmitted: false } });
    const refused = copy.step({ kind: "own-read", ioId: 1, status: "fenced", data: NOTHING });
    expect([refused.roles, ownReads(refused)]).toEqual([[], [1]]);
    expect(refused.marks).toEqual(
      expect.arrayContaining(["copys-own-read-is-refused", "own-read-retried"]),
    );
  });

  it("forgets its reads when it goes live: pending ones are issued again", () => {
    const { bench } = reading(logOfRead({ status: "ok", data: DATA }).slice(0, 1));
    bench.askArbiter();
    expect(bench.answer("won").issued).toEqual([1]);
    const late = bench.step({ kind: "own-read", ioId: 1, status: "ok", data: OWN });
    expect(injected(late)).toEqual([]);
    expect(late.marks).toEqual(["own-read-comes-after-the-takeover"]);
  });

  it("goes on identically after a restore, with a read under way", () => {
    const entries = logOfRead({ status: "ok", data: DATA });
    const { bench } = reading(entries);
    const other = startedBackup({ params });
    other.replica.restore(bench.replica.snapshot());
    Object.assign(other, { count: bench.count, pending: bench.pending });
    const done = { kind: "own-read", ioId: 1, status: "ok", data: OWN } as const;
    expect(other.step(done).effects).toEqual(bench.step(done).effects);
    expect(other.replica.snapshot()).toEqual(bench.replica.snapshot());
  });
});

describe("a write behind a read (R-11.3 c)", () => {
  function writing(rules: Partial<FtRules> = {}) {
    const bench = startedPrimary({ params, rules });
    bench.perform(disk(1, READ));
    bench.pending = [diskRequest(1, READ)];
    bench.perform(disk(2, { op: "write", sector: 8 }), disk(3, { op: "write", sector: 64 }));
    bench.step({ kind: "disk-done", ioId: 1, status: "ok", data: DATA });
    return bench;
  }

  it("waits for the backup's read, another one does not", () => {
    const bench = writing();
    expect(bench.ack(4).issued).toEqual([3]);
    expect(bench.hear({ kind: "read-through", ioId: 0 }).issued).toEqual([]);
    expect(bench.hear({ kind: "read-through", ioId: 1 }).issued).toEqual([2]);
  });

  it("waits for nobody when it is alone", () => {
    const bench = writing();
    bench.ack(4);
    bench.askArbiter();
    expect(bench.answer("won").issued).toEqual([2]);
  });

  it("goes at once with the rule off", () => {
    expect(writing({ writesAwaitOwnReads: false }).ack(4).issued).toEqual([2, 3]);
  });
});
