// INV-35: a protected primary asks its backup before it announces the VM's address again.

import { describe, expect, it } from "vitest";
import {
  type Bench,
  MS,
  type Outcome,
  startedBackup,
  startedPrimary,
} from "../../test/support/replica-bench.ts";

/** It is time to announce again; the ack of what the primary wrote for that comes `wait` later. */
function announceAgain(bench: Bench, wait: number): { asked: Outcome; answered: Outcome } {
  const asked = bench.timer("announce");
  bench.now += wait;
  return { asked, answered: bench.ack(asked.entries.at(-1)?.lsn ?? -1) };
}

describe("a protected primary", () => {
  it("announces on an ack that came within the grace of a suspicion", () => {
    const bench = startedPrimary();
    const { asked, answered } = announceAgain(bench, bench.params.suspectGrace);
    expect(asked.has("announce")).toBe(false);
    expect(asked.entries.map(({ body }) => body.kind)).toEqual(["progress"]);
    expect(answered.has("announce")).toBe(true);
    expect(bench.ack(1).has("announce")).toBe(false);
  });

  it("leaves it out when the ack came later: its backup may have taken over meanwhile", () => {
    const bench = startedPrimary();
    const { answered } = announceAgain(bench, bench.params.suspectGrace + 1);
    expect(answered.has("announce")).toBe(false);
    expect(answered.marks).toContain("announcement-left-out");
  });

  it("is not satisfied by the ack of an older entry", () => {
    const bench = startedPrimary();
    bench.timer("progress");
    const asked = bench.timer("announce");
    expect(bench.ack(1).has("announce")).toBe(false);
    expect(bench.ack(asked.entries.at(-1)?.lsn ?? -1).has("announce")).toBe(true);
  });

  it("asks nobody and announces nothing while it suspects", () => {
    const bench = startedPrimary();
    bench.suspect();
    const asked = bench.timer("announce");
    expect([asked.entries, asked.has("announce")]).toEqual([[], false]);
  });

  it("writes nothing behind a clone point, while its machine stands still to be moved (INV-40)", () => {
    const bench = startedPrimary();
    bench.step({ kind: "command", command: { do: "move", to: "h3" } });
    bench.hearFrom("h3", { kind: "copy-accept" }, 2);
    bench.step({ kind: "pages", pages: [] });
    bench.step({ kind: "pages", pages: [] });
    expect(bench.step({ kind: "state", pages: [], machine: new Uint8Array(1) }).sent).toMatchObject(
      [{ kind: "copy-state", lsn: 0 }],
    );
    const asked = bench.timer("announce");
    expect([asked.entries, asked.has("announce")]).toEqual([[], false]);
    expect(asked.timer("announce")).toBeDefined();
  });

  it("announces at once without the rule", () => {
    const bench = startedPrimary({ rules: { asksToAnnounce: false } });
    expect(bench.timer("announce").has("announce")).toBe(true);
  });
});

describe("a new primary", () => {
  const toTheVm = new Uint8Array(64);
  const toEverybody = new Uint8Array(64).fill(0xff, 0, 6);

  /** It has announced itself as often as it does in any case; this is the last time. */
  function lastAnnouncement(bench: Bench): Outcome {
    bench.askArbiter();
    let outcome = bench.answer("won");
    for (const _ of bench.params.announceAt.slice(1)) {
      bench.now = outcome.timer("announce") ?? -1;
      outcome = bench.timer("announce");
    }
    return outcome;
  }

  it("goes on announcing until a frame for it has come: every announcement may have been lost", () => {
    const bench = startedBackup();
    let outcome = lastAnnouncement(bench);
    for (let time = 0; time < 3; time++) {
      expect(outcome.timer("announce")).toBe(bench.now + 200 * MS);
      bench.step({ kind: "frame", bytes: toEverybody });
      bench.now += 200 * MS;
      outcome = bench.timer("announce");
      expect(outcome.has("announce")).toBe(true);
    }
    bench.step({ kind: "frame", bytes: toTheVm });
    expect(bench.timer("announce").timer("announce")).toBeUndefined();
  });

  it("leaves it at the announcements that are due where frames come", () => {
    const bench = startedBackup();
    bench.step({ kind: "frame", bytes: toTheVm });
    expect(lastAnnouncement(bench).timer("announce")).toBeDefined();
    const found = startedBackup();
    found.askArbiter();
    found.answer("won");
    found.step({ kind: "frame", bytes: toTheVm });
    for (const _ of found.params.announceAt.slice(2)) found.timer("announce");
    expect(found.timer("announce").timer("announce")).toBeUndefined();
  });
});
