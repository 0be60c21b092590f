// restore(snapshot()) goes on identically: whatever a replica has been through, the same inputs give
// the same effects, in the same replica and in a fresh one.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Bench,
  disk,
  diskRequest,
  frame,
  MS,
  startedPrimary,
} from "../../test/support/replica-bench.ts";
import type { LogEntry } from "./log-entry.ts";
import type { Effect } from "./protocol.ts";

type Act = (bench: Bench) => { readonly effects: readonly Effect[] };

/** A log in which something of everything is. */
const LOG: readonly LogEntry[] = (() => {
  const primary = startedPrimary();
  const outcomes = Array.from({ length: 12 }, (_, i) => {
    primary.now += MS;
    primary.count += 50;
    switch (i % 4) {
      case 0:
        return primary.step({ kind: "frame", bytes: Uint8Array.from([i]) });
      case 1:
        return primary.exit({ kind: "request", what: "time" });
      case 2:
        return primary.perform(frame(i), disk(i + 100, {}));
      default:
        return primary.timer("progress");
    }
  });
  return outcomes.flatMap(({ entries }) => entries);
})();

const TIMERS = ["heartbeat", "progress", "detector", "grace", "arbiter", "announce", "guest"];

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.integer({ min: 1, max: 900 * MS }).map(
    (ns): Act =>
      (bench) => {
        bench.now += ns;
        return { effects: [] };
      },
  ),
  fc.constantFrom(...TIMERS).map(
    (name): Act =>
      (bench) =>
        bench.timer(name),
  ),
  fc.nat(30).map(
    (through): Act =>
      (bench) =>
        bench.ack(through),
  ),
  fc.nat(20).map(
    (sequence): Act =>
      (bench) =>
        bench.hear({ kind: "heartbeat", sequence }),
  ),
  fc.integer({ min: 1, max: 20 }).map(
    (next): Act =>
      (bench) =>
        bench.hear({ kind: "hello", next }),
  ),
  fc.tuple(fc.nat(LOG.length), fc.nat(6), fc.nat(10)).map(
    ([from, size, released]): Act =>
      (bench) =>
        bench.feed(LOG.slice(from, from + size), released),
  ),
  fc.boolean().map(
    (isUp): Act =>
      (bench) =>
        bench.channel(isUp ? "up" : "down"),
  ),
  fc.nat(9).map(
    (mark): Act =>
      (bench) =>
        bench.step({ kind: "frame", bytes: Uint8Array.from([mark]) }),
  ),
  fc.constant<Act>((bench) => bench.exit({ kind: "request", what: "time" })),
  fc.nat(3).map(
    (size): Act =>
      (bench) => {
        const first = bench.count;
        const outputs = Array.from({ length: size }, (_, i) =>
          i === 1 ? disk(first + i, {}) : frame(first + i),
        );
        return bench.perform(...outputs);
      },
  ),
  fc.nat(9).map(
    (ioId): Act =>
      (bench) =>
        bench.step({ kind: "disk-done", ioId, status: "ok", data: new Uint8Array(0) }),
  ),
  fc.constantFrom("won" as const, "lost" as const).map(
    (result): Act =>
      (bench) =>
        bench.answer(result),
  ),
  fc.constant<Act>((bench) => bench.suspect()),
  fc.constant<Act>((bench) => bench.askArbiter()),
);

const SMALL = { primaryBufferBytes: 700, backupBufferBytes: 500 };

describe.each(["primary", "backup"] as const)("a %s", (role) => {
  it("goes on identically from a snapshot", () => {
    const acts = fc.array(act, { maxLength: 25 });
    fc.assert(
      fc.property(acts, acts, acts, (before, after, between) => {
        const bench = new Bench({ role, params: SMALL });
        bench.pending = [diskRequest(1), diskRequest(2), diskRequest(3, { sector: 4 })];
        bench.guestDeadline = 20_000;
        bench.start();
        for (const one of before) one(bench);
        const kept = bench.replica.snapshot();
        const { now, count } = bench;
        const go = (on: Bench): unknown => {
          Object.assign(on, { now, count });
          return after.map((one) => one(on).effects);
        };
        const expected = go(bench);
        for (const one of between) one(bench);
        bench.replica.restore(kept);
        expect(go(bench)).toEqual(expected);
        const other = new Bench({ role, params: SMALL });
        Object.assign(other, { pending: bench.pending, guestDeadline: bench.guestDeadline });
        other.replica.restore(kept);
        expect(go(other)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
