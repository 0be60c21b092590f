// The primary: everything that a replica cannot recompute is in the log before the machine sees it,
// outputs wait for the end of their group, and a full buffer stops everything.

import { describe, expect, it } from "vitest";
import type { FtParams } from "./params.ts";
import {
  Bench,
  disk,
  diskRequest,
  frame,
  MS,
  startedPrimary,
} from "../../test/support/replica-bench.ts";

describe("start", () => {
  it("runs the machine and sets the clocks going", () => {
    const bench = new Bench({ role: "primary" });
    bench.guestDeadline = 800;
    const outcome = bench.start();
    expect(outcome.roles).toEqual(["PRIMARY"]);
    expect(outcome.does).toEqual(["run"]);
    expect(outcome.timer("heartbeat")).toBe(0);
    expect(outcome.timer("progress")).toBe(bench.params.progressInterval);
    expect(outcome.timer("detector")).toBe(bench.params.heartbeatTimeout);
    // Guest tick 800, 300 ticks of 100 ns from now.
    expect(outcome.timer("guest")).toBe(30_000);
  });

  it("sends nothing before the backup has said what it needs, then everything from there", () => {
    const bench = new Bench({ role: "primary" });
    bench.start();
    expect(bench.exit({ kind: "request", what: "time" }).entries).toEqual([]);
    bench.step({ kind: "frame", bytes: Uint8Array.from([1]) });
    expect(bench.hear({ kind: "hello", next: 1 }).entries.map(({ lsn }) => lsn)).toEqual([1, 2]);
    bench.channel("down");
    expect(bench.exit({ kind: "request", what: "time" }).entries).toEqual([]);
    expect(bench.hear({ kind: "hello", next: 2 }).entries.map(({ lsn }) => lsn)).toEqual([2, 3]);
  });
});

describe("inputs", () => {
  it("are appended at the exact step and only then applied", () => {
    const bench = startedPrimary();
    bench.count = 4_711;
    const outcome = bench.step({ kind: "frame", bytes: Uint8Array.from([7]) });
    expect(outcome.entries).toMatchObject([
      { lsn: 1, count: 4_711, phase: "before", isGroupEnd: true, body: { kind: "net-rx" } },
    ]);
    const kinds = outcome.effects.map((effect) => effect.kind);
    expect(kinds.indexOf("claim")).toBeLessThan(kinds.indexOf("vm"));
    expect(outcome.commands).toMatchObject([
      { do: "inject", entry: { kind: "net-rx", frames: [Uint8Array.from([7])] } },
    ]);
  });

  it("of the clock and of randomness are logged in the step that asks, then answered", () => {
    const bench = startedPrimary();
    bench.now = 100_000;
    const time = bench.exit({ kind: "request", what: "time" });
    expect(time.entries).toMatchObject([
      { count: 1_000, phase: "during", body: { kind: "time", ticks: 1_500 } },
    ]);
    expect(time.commands).toMatchObject([{ do: "answer", answer: { what: "time", ticks: 1_500 } }]);
    const sample = Uint8Array.from([1, 2, 3]);
    const entropy = bench.exit({ kind: "request", what: "entropy", sample });
    expect(entropy.entries[0]?.body).toEqual({ kind: "entropy", bytes: sample });
  });

  it("of the clock are answered and not logged with the rule off", () => {
    const outcome = startedPrimary({ rules: { logClock: false } }).exit({
      kind: "request",
      what: "time",
    });
    expect([outcome.entries, outcome.does]).toEqual([[], ["answer"]]);
  });

  it("of the timer come when the guest's deadline is there, not when it was", () => {
    const bench = startedPrimary();
    bench.guestDeadline = 1_500;
    expect(bench.exit({ kind: "deadline" }).timer("guest")).toBe(100_000);
    bench.now = 100_000;
    bench.guestDeadline = 2_500;
    expect(bench.timer("guest").timer("guest")).toBe(200_000);
    bench.now = 200_000;
    expect(bench.timer("guest").entries[0]?.body.kind).toBe("timer");
    bench.guestDeadline = undefined;
    expect(bench.timer("guest").effects).toEqual([]);
  });

  it("of the disk are delivered only for commands that are pending", () => {
    const bench = startedPrimary();
    const done = { kind: "disk-done", ioId: 5, status: "ok", data: new Uint8Array(0) } as const;
    expect(bench.step(done).effects).toEqual([]);
    bench.pending = [diskRequest(5)];
    expect(bench.step(done).does).toEqual(["inject"]);
  });
});

describe("outputs", () => {
  it("wait for the ack of the end of their group and leave in order", () => {
    const bench = startedPrimary();
    const outcome = bench.perform(frame(1), frame(2));
    expect(outcome.released).toEqual([]);
    expect(outcome.entries.map(({ lsn, count, isGroupEnd }) => [lsn, count, isGroupEnd])).toEqual([
      [1, 1_000, false],
      [2, 1_000, true],
    ]);
    expect(outcome.claims("output-hold").map(({ groupEnd }) => groupEnd)).toEqual([2, 2]);
    expect(bench.ack(1).released).toEqual([]);
    bench.now = 3 * MS;
    const acked = bench.ack(2);
    expect(acked.released).toEqual(["1", "2"]);
    expect(acked.claims("output-release").map(({ heldFor }) => heldFor)).toEqual([3 * MS, 3 * MS]);
    expect(bench.ack(2).released).toEqual([]);
  });

  it("wait for their own entry only when groups do not count", () => {
    const bench = startedPrimary({ rules: { outputWaitsForGroup: false } });
    bench.perform(frame(1), frame(2));
    expect(bench.ack(1).released).toEqual(["1"]);
  });

  it("let the machine run on: it is not paused", () => {
    expect(startedPrimary().perform(frame(1)).does).toEqual([]);
  });

  it("ignore acks of another generation", () => {
    const bench = startedPrimary();
    bench.perform(frame(1));
    expect(bench.hear({ kind: "ack", through: 1, executed: 0 }, 2).effects).toEqual([]);
  });

  it("leave with the send, or at once, where the rule says so", () => {
    expect(startedPrimary({ rules: { releaseOutput: "none" } }).perform(frame(1)).released).toEqual(
      ["1"],
    );
    const sent = new Bench({ role: "primary", rules: { releaseOutput: "sent" } });
    sent.start();
    expect(sent.perform(frame(1)).released).toEqual([]);
    expect(sent.hear({ kind: "hello", next: 1 }).released).toEqual(["1"]);
  });

  it("tell the backup how far they have left", () => {
    const bench = startedPrimary();
    bench.perform(frame(1));
    bench.ack(1);
    const [message] = bench.perform(frame(2)).sent;
    expect(message).toMatchObject({ kind: "entries", releasedThrough: 1 });
  });
});

describe("the disk", () => {
  it("gets writes and flushes when they are acknowledged, reads at once", () => {
    const bench = startedPrimary();
    expect(bench.perform(disk(1, { op: "read", sector: 100 })).issued).toEqual([1]);
    expect(bench.perform(disk(2, { op: "write" })).issued).toEqual([]);
    expect(bench.perform(disk(3, { op: "flush" })).issued).toEqual([]);
    expect(bench.ack(2).issued).toEqual([2, 3]);
  });

  it("gets no read before a write that is held: it would read the past", () => {
    const bench = startedPrimary();
    bench.perform(disk(1, { op: "write" }));
    expect(bench.perform(disk(2, { op: "read", sector: 100 })).issued).toEqual([]);
    expect(bench.ack(2).issued).toEqual([1, 2]);
    expect(bench.perform(disk(3, { op: "read", sector: 100 })).issued).toEqual([3]);
  });

  it("gets overlapping commands one after the other, in the order of the guest (R-9.1)", () => {
    const bench = startedPrimary();
    bench.perform(
      disk(1, { op: "write", sector: 8, sectorCount: 2 }),
      disk(2, { op: "write", sector: 9, sectorCount: 2 }),
      disk(3, { op: "read", sector: 10 }),
      disk(4, { op: "read", sector: 100 }),
    );
    expect(bench.ack(9).issued).toEqual([1, 4]);
    const done = (ioId: number): readonly number[] =>
      bench.step({ kind: "disk-done", ioId, status: "ok", data: new Uint8Array(0) }).issued;
    expect(done(4)).toEqual([]);
    expect(done(1)).toEqual([2]);
    expect(done(2)).toEqual([3]);
  });

  it("gets commands that race in guest memory one after the other, where it is asked to (R-9.2)", () => {
    const issued = (params: Partial<FtParams>): readonly number[] => {
      const bench = startedPrimary({ params });
      const { issued: first } = bench.perform(
        disk(1, { op: "read", sector: 8, pages: [5, 6] }),
        disk(2, { op: "read", sector: 80, pages: [6] }),
        disk(3, { op: "read", sector: 90, pages: [7] }),
      );
      const done = { kind: "disk-done", ioId: 1, status: "ok", data: new Uint8Array(512) } as const;
      return [...first, ...bench.step(done).issued];
    };
    expect(issued({})).toEqual([1, 2, 3]);
    expect(issued({ diskRaces: "blocks-and-pages" })).toEqual([1, 3, 2]);
  });

  it("gets writes from one page at once: nobody fills it", () => {
    const bench = startedPrimary({ params: { diskRaces: "blocks-and-pages" } });
    bench.perform(disk(1, { sector: 8, pages: [5] }), disk(2, { sector: 80, pages: [5] }));
    expect(bench.ack(2).issued).toEqual([1, 2]);
  });

  it("gets no read before a held write of the same step either", () => {
    const bench = startedPrimary();
    const outcome = bench.perform(disk(1, { op: "write" }), disk(2, { op: "read" }));
    expect(outcome.issued).toEqual([]);
  });

  it("that fences the node ends it", () => {
    const bench = startedPrimary();
    bench.perform(frame(1));
    const outcome = bench.step({
      kind: "disk-done",
      ioId: 1,
      status: "fenced",
      data: new Uint8Array(0),
    });
    expect(outcome.roles).toEqual(["HALTED"]);
    expect(outcome.effects).toContainEqual({ kind: "drop", ordinals: [1] });
  });
});

describe("a full buffer", () => {
  const tiny = { params: { primaryBufferBytes: 200 } };

  function stalled(): Bench {
    const bench = startedPrimary(tiny);
    let outcome = bench.perform(frame(1));
    for (let i = 2; !outcome.does.includes("pause"); i++) outcome = bench.perform(frame(i));
    return bench;
  }

  it("pauses the machine; frames are lost, the timer and the disk wait", () => {
    const bench = stalled();
    bench.guestDeadline = 1;
    bench.pending = [diskRequest(9)];
    const done = { kind: "disk-done", ioId: 9, status: "ok", data: new Uint8Array(0) } as const;
    const lost = bench.step({ kind: "frame", bytes: Uint8Array.from([1]) });
    expect(lost.effects).toEqual([{ kind: "mark", name: "frame-lost-to-a-standing-guest" }]);
    const waits = [{ kind: "mark", name: "event-waits-for-a-standing-guest" }];
    expect(bench.timer("guest").effects).toEqual(waits);
    expect(bench.step(done).effects).toEqual(waits);
    const outcome = bench.ack(1_000);
    expect(outcome.does).toEqual(["resume", "inject", "inject"]);
    expect(outcome.entries.map(({ body }) => body.kind)).toEqual(["timer", "disk-done"]);
    expect(outcome.claims("stalled").map(({ isStalled }) => isStalled)).toEqual([false]);
  });

  // Seed 2 of a swarm: an operator's entry went into a full buffer.
  it("takes no entry of an operator's command, nor of anything else", () => {
    const bench = stalled();
    const told = (): unknown =>
      bench
        .step({ kind: "command", command: { do: "cpu-share", percent: 50 } })
        .effects.filter(({ kind }) => kind === "confirm");
    expect(told()).toEqual([{ kind: "confirm", command: "cpu-share", result: "refused" }]);
    expect(bench.hear({ kind: "quiesce" }).claims("log-append")).toEqual([]);
    expect(bench.timer("announce").claims("log-append")).toEqual([]);
    const room = bench.ack(1_000).claims("log-append");
    expect(room.map(({ entry }) => entry)).toEqual(["control"]);
    expect(told()).toEqual([{ kind: "confirm", command: "cpu-share", result: "done" }]);
  });

  it("lets the machine go on at half its size, not before", () => {
    const bench = startedPrimary({ params: { primaryBufferBytes: 8 * 75 } });
    let sent = 0;
    while (!bench.perform(frame(++sent)).does.includes("pause"));
    const half = Math.ceil(sent / 2);
    expect(bench.ack(half - 2).does).toEqual([]);
    expect(bench.ack(half + 1).does).toEqual(["resume"]);
  });

  it("does not keep outputs from leaving, and a solo primary needs no buffer", () => {
    const bench = stalled();
    expect(bench.ack(1).released).toEqual(["1"]);
    bench.askArbiter();
    expect(bench.answer("won").does).toEqual(["resume"]);
  });

  // D12: a stalled primary that said nothing on the log channel would be taken for dead.
  it("does not make the hypervisor silent: it says that the machine is stopped", () => {
    expect(stalled().timer("progress").sent.length).toBeGreaterThan(0);
  });
});

describe("keep-alives", () => {
  it("say where the machine is and whether it waits", () => {
    const bench = startedPrimary();
    bench.isWaiting = true;
    const outcome = bench.timer("progress");
    expect(outcome.entries[0]).toMatchObject({
      count: 1_000,
      body: { kind: "progress", state: "waiting" },
    });
    expect(outcome.timer("progress")).toBe(bench.params.progressInterval);
  });

  it("count heartbeats upwards", () => {
    const bench = startedPrimary();
    expect(bench.timer("heartbeat").sent).toMatchObject([{ kind: "heartbeat", sequence: 0 }]);
    expect(bench.timer("heartbeat").sent).toMatchObject([{ kind: "heartbeat", sequence: 1 }]);
  });
});
