// Goal: suspicions and silences that INV-28 rejects, and those that it must not. Method: a pair that
// hears each other every 100 ms, by hand; each test takes something away or adds it.

import { describe, expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import { DETECTION } from "./detection.ts";
import {
  failoverScript,
  judge,
  MS,
  PairScript,
  quietScript,
} from "../../test/support/history-builder.ts";

const messages = (facts: readonly Fact[]): readonly string[] =>
  judge(DETECTION, facts).findings.map((finding) => finding.message);

const WON_BY_H1 = {
  kind: "test-and-set",
  generation: 1,
  owner: "h1",
  result: "won",
  isFirst: true,
} as const;

describe("detection", () => {
  test("INV-28 holds in a long run without faults, and in a takeover", () => {
    expect(messages(quietScript().wait(9_000).finish())).toEqual([]);
    expect(messages(failoverScript().finish())).toEqual([]);
    expect(judge(DETECTION, quietScript().wait(1_000).facts).looked).toBe(40);
  });

  test("nothing heard and nobody suspected is unknown", () => {
    expect(judge(DETECTION, []).verdict).toBe("unknown");
  });

  test("a suspicion without a silence", () => {
    const script = quietScript().wait(1_000);
    script.role("h2", "SUSPECT");
    expect(messages(script.facts)).toMatchInlineSnapshot(`
      [
        "at 1.013000 s h2 suspected its peer (test), though it had been without heartbeats for 13 ms and without log entries for 13 ms: legitimate silence is no failure",
      ]
    `);
  });

  test("a hung VM whose hypervisor goes on to send may be suspected, by its backup only", () => {
    const script = quietScript();
    script.world({ kind: "host", node: "h1", what: "stall", detail: "test" });
    const healthy = quietScript();
    healthy.world({ kind: "host", node: "h1", what: "stall", detail: "test" });
    healthy.wait(500).role("h2", "SUSPECT");
    expect(messages(healthy.facts)).toHaveLength(1);
    script.wait(3_000).role("h2", "SUSPECT");
    expect(messages(script.facts)).toEqual([]);
    const stalledAgain = quietScript();
    stalledAgain.world({ kind: "host", node: "h1", what: "stall", detail: "test" });
    stalledAgain.wait(1_500).world({ kind: "host", node: "h1", what: "stall", detail: "test" });
    stalledAgain.wait(1_500).role("h2", "SUSPECT");
    expect(messages(stalledAgain.facts)).toEqual([]);
    const hungBackup = quietScript();
    hungBackup.world({ kind: "host", node: "h2", what: "stall", detail: "test" });
    hungBackup.wait(3_000).role("h1", "SUSPECT");
    expect(messages(hungBackup.facts)).toHaveLength(1);
  });

  test("a hang is silence from the last that was heard before it", () => {
    const hung = (until: number): readonly string[] => {
      const script = quietScript();
      script.wait(1_099 - script.now / MS);
      script.world({ kind: "host", node: "h1", what: "stall", detail: "test" });
      script.wait(until - 1_099).role("h2", "SUSPECT");
      return messages(script.facts);
    };
    expect(hung(3_001)).toEqual([]);
    expect(hung(2_990)[0]).toContain("without log entries for 1.990 s");
  });

  test("a hang is silence until the VM is heard after it, which may leave no fact at once", () => {
    const ended = (until: number, ...again: readonly number[]): readonly string[] => {
      const script = quietScript();
      script.world({ kind: "host", node: "h1", what: "stall", detail: "test" });
      script.wait(2_960 - script.now / MS);
      script.world({ kind: "host", node: "h1", what: "unstall", detail: "test" });
      for (const time of again) {
        script.wait(time - script.now / MS);
        script.world({ kind: "host", node: "h1", what: "stall", detail: "test" });
      }
      script.wait(until - script.now / MS).role("h2", "SUSPECT");
      return messages(script.facts);
    };
    expect(ended(3_005)).toEqual([]);
    expect(ended(3_105)).toHaveLength(1);
    expect(ended(3_105, 3_005)).toEqual([]);
    expect(ended(3_205, 3_105)).toHaveLength(1);
  });

  test("entries that show the VM no further are no sign of it, and a PROGRESS entry is one", () => {
    const still = (entry: string, countOf: (lsn: number) => number): readonly string[] => {
      const script = quietScript().wait(1_000).disconnect();
      for (let lsn = 1; lsn <= 25; lsn += 1) {
        const rest = { group: lsn, isGroupEnd: true, hash: "", bytes: 8 } as const;
        const count = countOf(lsn);
        script.claim("h1", { kind: "log-append", lsn, entry, count, phase: "before", ...rest });
        script.wait(100).beat();
        script.claim("h2", { kind: "log-buffered", lsn, hash: "" });
      }
      script.role("h2", "SUSPECT");
      return messages(script.facts);
    };
    expect(still("timer", () => 7_000)).toEqual([]);
    expect(still("timer", (lsn) => 7_000 + lsn)).toHaveLength(1);
    expect(still("progress", () => 7_000)).toHaveLength(1);
  });

  test("the hang of a host that is not its peer excuses nobody", () => {
    const script = quietScript();
    script.world({ kind: "host", node: "h3", what: "stall", detail: "test" });
    script.wait(3_000).role("h2", "SUSPECT");
    expect(messages(script.facts)).toHaveLength(1);
  });

  test.each([
    ["who does not know of the open generation yet", { primary: "h3", backup: "h2" }],
    ["who was left behind", { primary: "h1", backup: "h3" }],
  ])("%s listens to its peer of then", (_, pair) => {
    const unheard = (silence: number): readonly string[] => {
      const script = quietScript().wait(1_000).disconnect();
      const opened = { opener: "h1", ...pair, generation: 2, result: "won" } as const;
      script.world({ kind: "open-generation", ...opened });
      script.wait(silence - 100);
      for (const signal of ["heartbeat", "log"] as const)
        script.world({ kind: "heard", node: "h2", from: "h3", signal });
      script.wait(100).role("h2", "SUSPECT");
      return messages(script.facts);
    };
    expect(unheard(2_100)).toEqual([]);
    expect(unheard(1_500)).toHaveLength(1);
  });

  test("who hears its former peer, and knows of no other, owes no suspicion of the new one", () => {
    const moved = (heard: number, isTold: boolean): readonly string[] => {
      const script = quietScript().wait(1_000).disconnect();
      const pair = { opener: "h1", primary: "h3", backup: "h2", generation: 2 } as const;
      script.world({ kind: "open-generation", ...pair, result: "won" });
      if (isTold) script.role("h2", "BACKUP", 2);
      for (let ms = 0; ms < 5_000; ms += 100) {
        script.wait(100);
        for (const signal of ms < heard ? (["heartbeat", "log"] as const) : [])
          script.world({ kind: "heard", node: "h2", from: "h1", signal });
      }
      script.readTime();
      return messages(script.facts).filter((message) => message.includes("h2 had heard"));
    };
    expect(moved(5_000, false)).toEqual([]);
    expect(moved(5_000, true)).toHaveLength(1);
    expect(moved(1_000, false)).toHaveLength(1);
  });

  test("a primary waits for who its peer is: from the copy on until the storage has answered", () => {
    const moving = (end: "answered" | "aborted" | "open"): readonly string[] => {
      const script = quietScript().wait(1_000).disconnect();
      script.role("h2", "HALTED");
      const hashes = { sourceHash: "ready", stateHash: "ready" };
      script.world({ kind: "state-put", node: "h3", source: "h2", count: 1_000, ...hashes });
      script.wait(4_000);
      const pair = { opener: "h1", primary: "h1", backup: "h3", generation: 2 } as const;
      if (end === "answered") script.world({ kind: "open-generation", ...pair, result: "won" });
      const copy = { kind: "copy", target: "h3", round: 2, pages: 0, detail: "test" } as const;
      if (end === "aborted") script.claim("h1", { ...copy, stage: "aborted" });
      return messages(script.wait(4_000).finish());
    };
    expect(moving("open")).toEqual([]);
    expect(moving("answered")).toHaveLength(1);
    expect(moving("aborted")).toHaveLength(1);
  });

  test.each([
    ["h1", "heartbeat", "heartbeats"],
    ["h2", "heartbeat", "heartbeats"],
    ["h1", "ack", "acks"],
    ["h2", "log", "log entries"],
  ])("a silence that %s does not notice: %s", (node, signal, name) => {
    const facts = quietScript()
      .wait(4_000)
      .facts.filter(
        (fact) =>
          fact.kind !== "heard" ||
          fact.node !== node ||
          fact.signal !== signal ||
          fact.time < 1_000 * MS,
      );
    const [message, ...more] = messages(facts);
    expect(more).toEqual([]);
    expect(message).toContain(`${node} had heard no ${name} since 0.900000 s`);
  });

  test("a suspicion in time, by any of the three silences, is right", () => {
    for (const missing of ["heartbeat", "log"] as const) {
      const script = new PairScript().wait(1_000).disconnect();
      for (let beat = 0; beat < 20; beat++) {
        script.wait(100);
        script.hear("h2", missing === "log" ? "heartbeat" : "log");
      }
      script.role("h2", "SUSPECT");
      expect(messages(script.facts)).toEqual([]);
    }
  });

  test("what a peer with the flag sends need be no log: an offer of a copy ends no silence", () => {
    const offers = (hasWon: boolean): PairScript => {
      const script = new PairScript().wait(1_000).disconnect();
      onlyHeartbeats(script, 1_900);
      if (hasWon) script.world(WON_BY_H1);
      for (let beat = 0; beat < 2; beat++) {
        onlyHeartbeats(script, 100);
        script.hear("h2", "log");
      }
      return script;
    };
    const suspected = offers(true);
    suspected.role("h2", "SUSPECT");
    expect(messages(suspected.facts)).toEqual([]);
    expect(messages(onlyHeartbeats(offers(true), 1_900).facts)).toEqual([]);
    expect(messages(onlyHeartbeats(offers(true), 2_400).facts)[0]).toContain("no log entries");
    const partner = offers(false);
    partner.role("h2", "SUSPECT");
    expect(messages(partner.facts)).toHaveLength(1);
  });

  test("a window that the backup has closed itself is no silence of the primary", () => {
    const script = closedWindow();
    expect(messages(script.facts)).toEqual([]);
    script.role("h2", "SUSPECT");
    expect(messages(script.facts)[0]).toContain("it read no further itself");
  });

  test("after the window has opened, the silence counts anew", () => {
    const script = closedWindow();
    script.world({ kind: "log-window", node: "h2", isOpen: true });
    onlyHeartbeats(script, 1_900);
    expect(messages(script.facts)).toEqual([]);
    onlyHeartbeats(script, 400);
    expect(messages(script.facts)[0]).toContain("had heard no log entries");
  });

  test("a paused host notices nothing, and has its time afterwards", () => {
    const script = quietScript().wait(1_000).disconnect();
    script.world({ kind: "host", node: "h2", what: "pause", detail: "" });
    script.world({ kind: "host", node: "h1", what: "pause", detail: "" });
    script.wait(9_000);
    for (const node of ["h1", "h2"])
      script.world({ kind: "host", node, what: "resume", detail: "" });
    script.wait(1_900).readTime();
    expect(messages(script.facts)).toEqual([]);
    script.wait(400).readTime();
    expect(messages(script.facts)).toHaveLength(2);
  });

  /** The backup reads no further for three seconds; heartbeats and acks go on. */
  function closedWindow(): PairScript {
    const script = quietScript().wait(1_000).disconnect();
    script.world({ kind: "log-window", node: "h2", isOpen: false });
    return onlyHeartbeats(script, 3_000);
  }

  function onlyHeartbeats(script: PairScript, milliseconds: number): PairScript {
    for (let left = milliseconds; left > 0; left -= 100) {
      script.wait(100);
      for (const node of ["h1", "h2"]) script.hear(node, "heartbeat");
      script.hear("h1", "ack");
    }
    return script;
  }
});
