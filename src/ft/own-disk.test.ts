// Disks of the hosts' own (R-11.1), one replica at a time: what waits for no ack, what both hosts do,
// what the backup's guest is told and when, and what a failure is worth.

import { describe, expect, it } from "vitest";
import {
  type Bench,
  disk,
  diskRequest,
  frame,
  type Outcome,
  startedBackup,
  startedPrimary,
} from "../../test/support/replica-bench.ts";
import type { LogEntry } from "./log-entry.ts";
import type { FtParams } from "./params.ts";
import type { FtRules } from "./rules.ts";

const params = { disks: "separate" } as const;
const NOTHING = new Uint8Array(0);
const OWN = new Uint8Array(512).fill(8);
const WRITE = { op: "write", sector: 8 } as const;
const READ = { op: "read", sector: 8 } as const;

const injected = ({ commands }: Outcome) =>
  commands.flatMap((command) =>
    command.do === "inject" && command.entry.kind === "disk-done" ? [command.entry] : [],
  );
const ended = (
  bench: Bench,
  ioId: number,
  status: "ok" | "error" = "ok",
  data: Uint8Array = NOTHING,
): Outcome => bench.step({ kind: "disk-done", ioId, status, data });

interface Options {
  readonly params?: Partial<FtParams>;
  readonly rules?: Partial<FtRules>;
}

/** What a primary logs of a command that ends in this way. */
function logOf(
  request: typeof WRITE | typeof READ,
  status: "ok" | "error" = "ok",
  options: Options = {},
): readonly LogEntry[] {
  const primary = startedPrimary({ params: { ...params, ...options.params } });
  const began = primary.perform(disk(1, request));
  primary.pending = [diskRequest(1, request)];
  return [...began.entries, ...ended(primary, 1, status).entries];
}

/** A backup that has replayed the guest's request. */
function following(entries: readonly LogEntry[], request: typeof WRITE | typeof READ, o?: Options) {
  const bench = startedBackup({ params: { ...params, ...o?.params }, rules: o?.rules ?? {} });
  bench.feed(entries);
  bench.pending = [diskRequest(1, request)];
  return { bench, begun: bench.reach(1_001, disk(1, request)) };
}

describe("a primary with a disk of its own", () => {
  it("writes at once: its disk is inside the VM, and no output of it; a frame still waits", () => {
    const primary = startedPrimary({ params });
    const both = primary.perform(disk(1, WRITE), frame(2));
    expect(both.issued).toEqual([1]);
    expect(both.released).toEqual(["1"]);
    expect(both.entries.map(({ body }) => body.kind)).toEqual(["output", "output"]);
    expect(both.claims("output-hold").map(({ outputClass }) => outputClass)).toEqual(["network"]);
    expect(startedPrimary({}).perform(disk(1, WRITE)).issued).toEqual([]);
  });

  it("tells its guest of a write that failed, and does it again; what overlaps waits", () => {
    const primary = startedPrimary({ params });
    primary.perform(disk(1, WRITE));
    primary.pending = [diskRequest(1, WRITE)];
    const failed = ended(primary, 1, "error");
    expect(injected(failed)).toMatchObject([{ ioId: 1, status: "error" }]);
    expect(failed.released).toEqual(["1 again"]);
    primary.pending = [diskRequest(2, WRITE)];
    expect(primary.perform(disk(2, WRITE)).issued).toEqual([]);
    const done = ended(primary, 1);
    expect([injected(done), done.issued]).toEqual([[], [2]]);
  });

  it("leaves it at that without the rule, and where the disk is shared", () => {
    for (const options of [{ params, rules: { repeatsFailedWrites: false } }, {}]) {
      const primary = startedPrimary(options);
      primary.perform(disk(1, WRITE));
      primary.ack(1);
      primary.pending = [diskRequest(1, WRITE)];
      const failed = ended(primary, 1, "error");
      expect([injected(failed).length, failed.released]).toEqual([1, []]);
    }
  });
});

describe("a backup with a disk of its own", () => {
  it("writes too, and tells the guest when its own disk has done what the primary's has", () => {
    const { bench, begun } = following(logOf(WRITE), WRITE);
    expect(begun.issued).toEqual([1]);
    expect(begun.has("own-read")).toBe(false);
    expect(injected(begun)).toEqual([]);
    expect(injected(ended(bench, 1))).toMatchObject([{ ioId: 1, status: "ok" }]);
  });

  it("waits for the primary's completion when its own is earlier", () => {
    const entries = logOf(WRITE);
    const { bench } = following(entries.slice(0, 1), WRITE);
    expect(injected(ended(bench, 1))).toEqual([]);
    expect(injected(bench.feed(entries.slice(1)))).toMatchObject([{ ioId: 1, status: "ok" }]);
  });

  it("does again what fails, and its guest never hears of it", () => {
    const { bench } = following(logOf(WRITE), WRITE);
    const failed = ended(bench, 1, "error");
    expect([injected(failed), failed.released]).toEqual([[], ["1 again"]]);
    expect(injected(ended(bench, 1))).toMatchObject([{ status: "ok" }]);
  });

  it("tells its guest of the primary's failure at once, and goes on writing", () => {
    const { bench, begun } = following(logOf(WRITE, "error"), WRITE);
    expect(injected(begun)).toMatchObject([{ ioId: 1, status: "error" }]);
    bench.pending = [];
    expect(ended(bench, 1, "error").released).toEqual(["1 again"]);
    expect(injected(ended(bench, 1))).toEqual([]);
  });

  it("writes overlapping commands one after the other, in the guest's order (R-9.1)", () => {
    const primary = startedPrimary({ params });
    const entries = primary.perform(disk(1, WRITE), disk(2, WRITE)).entries;
    const bench = startedBackup({ params });
    bench.feed(entries);
    bench.pending = [diskRequest(1, WRITE), diskRequest(2, WRITE)];
    expect(bench.reach(1_001, disk(1, WRITE), disk(2, WRITE)).issued).toEqual([1]);
    expect(ended(bench, 1).issued).toEqual([2]);
  });

  it("has what a read brought from the log, and issues none", () => {
    const primary = startedPrimary({ params });
    expect(primary.perform(disk(1, READ)).entries).toEqual([]);
    primary.pending = [diskRequest(1, READ)];
    const bench = startedBackup({ params });
    bench.pending = [diskRequest(1, READ)];
    bench.feed(ended(primary, 1, "ok", OWN).entries);
    const told = bench.reach(1_001, disk(1, READ));
    expect([told.issued, injected(told)[0]?.data]).toEqual([[], OWN]);
  });

  it("reads its own disk where the log does not carry it (R-11.2), and holds up no write", () => {
    const options = { params: { diskReads: "backup" } } as const;
    const { bench, begun } = following(logOf(READ, "ok", options), READ, options);
    expect(begun.issued).toEqual([1]);
    expect(injected(ended(bench, 1, "error"))).toEqual([]);
    const done = ended(bench, 1, "ok", OWN);
    expect(injected(done)).toEqual([{ kind: "disk-done", ioId: 1, status: "ok", data: OWN }]);
    expect(done.sent.map(({ kind }) => kind)).not.toContain("read-through");
    const primary = startedPrimary({ params: { ...params, ...options.params } });
    primary.perform(disk(1, READ));
    ended(primary, 1);
    expect(primary.perform(disk(2, WRITE)).issued).toEqual([2]);
  });

  it("goes live with what it has issued: nothing again, what is done is told, reads are begun", () => {
    const entries = startedPrimary({ params }).perform(
      disk(1, WRITE),
      disk(2, { ...WRITE, sector: 16 }),
    ).entries;
    const bench = startedBackup({ params });
    bench.feed(entries);
    bench.pending = [
      diskRequest(1, WRITE),
      diskRequest(2, { ...WRITE, sector: 16 }),
      diskRequest(3, { op: "read", sector: 32 }),
    ];
    bench.reach(1_001, disk(1, WRITE), disk(2, { ...WRITE, sector: 16 }));
    expect(injected(ended(bench, 1))).toEqual([]);
    bench.askArbiter();
    const live = bench.answer("won");
    expect(injected(live)).toMatchObject([{ ioId: 1, status: "ok" }]);
    expect(live.issued).toEqual([3]);
    expect(injected(ended(bench, 2))).toMatchObject([{ ioId: 2, status: "ok" }]);
  });

  it("goes on identically after a restore, with one command done and one under way", () => {
    const { bench } = following(logOf(WRITE).slice(0, 1), WRITE);
    ended(bench, 1);
    const other = startedBackup({ params });
    other.replica.restore(bench.replica.snapshot());
    Object.assign(other, { count: bench.count, pending: bench.pending });
    const done = logOf(WRITE).slice(1);
    expect(other.feed(done).effects).toEqual(bench.feed(done).effects);
    expect(other.replica.snapshot()).toEqual(bench.replica.snapshot());
  });
});
