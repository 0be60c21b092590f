// The checkers that compare VM-FT's claims with what the world saw: each accepts the good takeover
// and rejects one wrong act, named after the invariant.

import { describe, expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";
import { ACK_FREEZE } from "./ack-freeze.ts";
import { ACK_HELD } from "./ack-held.ts";
import { ACKED_NOT_DISCARDED } from "./acked-not-discarded.ts";
import { GROUP_ATOMICITY } from "./group-atomicity.ts";
import {
  type ClaimDraft,
  crashedScript,
  failoverScript,
  judge,
  PairScript,
  quietScript,
} from "../../test/support/history-builder.ts";
import { accepts, messageOf } from "../../test/support/judgements.ts";
import { LOG_INTEGRITY } from "./log-integrity.ts";
import { LOSER_ROLE } from "./loser-role.ts";
import { OUTPUT_COMMIT } from "./output-commit.ts";
import { QUIET_SUSPECT } from "./quiet-suspect.ts";
import { SILENT_BACKUP } from "./silent-backup.ts";
import { RUN_AHEAD } from "./run-ahead.ts";
import { SOLO_AFTER_FLAG } from "./solo-after-flag.ts";
import { WAITS_ON_SILENCE } from "./waits-on-silence.ts";

/** A group of entries: all but the last have no group end. */
function appendGroup(script: PairScript, lsns: readonly number[], hasEnd: boolean = true): void {
  for (const lsn of lsns) {
    const isGroupEnd = hasEnd && lsn === lsns.at(-1);
    const place = { count: 9000, phase: "before", group: 77, isGroupEnd } as const;
    const entry = { lsn, entry: "net-rx", hash: `entry ${lsn}`, bytes: 64, ...place };
    script.claim("h1", { kind: "log-append", ...entry });
  }
}

const buffered = (script: PairScript, lsn: number): number =>
  script.claim("h2", { kind: "log-buffered", lsn, hash: `entry ${lsn}` });

/** The primary suspects its backup and has outputs that nobody acknowledged. */
function suspecting(): PairScript {
  const script = quietScript();
  script.perform("network", "held");
  script.suspect("h1");
  return script;
}

describe("output-commit", () => {
  test("INV-01 holds, and the closest margin is reported", () => {
    const script = quietScript();
    const result = judge(OUTPUT_COMMIT, script.facts);
    expect(result.verdict).toBe("valid");
    expect(result.looked).toBe(4);
    expect(result.figures.get("closestMargin")).toBe(0);
  });

  test("INV-01: released before the ack of its entry", () => {
    const script = quietScript();
    const ordinal = script.perform("network", "11");
    script.release(ordinal, { segment: script.segment(3, ordinal) });
    expect(messageOf(judge(OUTPUT_COMMIT, script.facts))).toMatchInlineSnapshot(
      `"INV-01: at 0.013000 s h1 released network output 4 (60 bytes to 10.0.0.23:49152), before h2 held entry 12 that produced it: the newest ack it had was for 11"`,
    );
  });

  test("INV-01: of many early releases the one is told that was lost with the primary", () => {
    const script = quietScript();
    script.release(script.perform("network", "early, but safe"));
    script.bufferAll();
    const ordinal = script.perform("network", "11");
    const segment = script.segment(3, ordinal);
    script.release(ordinal, { segment });
    const op = { kind: "incr", key: "n" } as const;
    const opId = script.invoke(op, 2);
    script.ok(opId, op, { kind: "number", value: 11 }, 2);
    const connection = segment?.connection ?? "";
    script.world({
      kind: "client-read",
      client: "c3",
      connection,
      total: 5,
      digest: "d",
    });
    script.wait(2).crash("h1");
    const result = judge(OUTPUT_COMMIT, script.facts);
    expect(result.findings).toHaveLength(3);
    expect(result.findings.filter(({ isTelling }) => isTelling)).toHaveLength(1);
    expect(result.findings.at(-1)?.message).toMatchInlineSnapshot(
      `"at 0.013000 s h1 sent c3 11 for INCR n in network output 5 (60 bytes to 10.0.0.23:49152), before h2 held entry 13 that produced it. h1 died 3 ms later, entry 13 with it"`,
    );
  });

  test("INV-01: of a lost group it is the end that the backup did not hold", () => {
    const script = quietScript();
    const lsn = script.lsn + 1;
    appendGroup(script, [lsn, lsn + 1]);
    const hold = { ordinal: 50, outputClass: "network", lsn, groupEnd: lsn + 1 } as const;
    script.claim("h1", { kind: "output-hold", ...hold });
    script.release(50, { outputClass: "network" });
    script.claim("h2", { kind: "log-buffered", lsn, hash: "" });
    script.wait(2).crash("h1");
    expect(judge(OUTPUT_COMMIT, script.facts).findings.at(-1)?.message).toContain(
      `before h2 held entry ${lsn + 1}, the end of the group that produced it`,
    );
  });

  test("INV-01: the ack covers the entry before it only", () => {
    const script = quietScript();
    const ordinal = script.perform("network", "late");
    script.bufferAll();
    script.acknowledge(script.lsn - 1);
    script.release(ordinal);
    expect(messageOf(judge(OUTPUT_COMMIT, script.facts))).toContain("the newest ack it had");
  });

  test("INV-01: its entry is in the middle of a group (H-5)", () => {
    const script = quietScript();
    const lsn = script.lsn + 1;
    const ordinal = 50;
    appendGroup(script, [lsn, lsn + 1]);
    const hold = { ordinal, outputClass: "network", lsn, groupEnd: lsn } as const;
    script.claim("h1", { kind: "output-hold", ...hold });
    script.claim("h1", { kind: "log-ack-receive", through: lsn, executed: 0 });
    script.release(ordinal, { outputClass: "network" });
    expect(messageOf(judge(OUTPUT_COMMIT, script.facts))).toContain(
      `which ends at entry ${lsn + 1}`,
    );
  });

  test("INV-01: an output that is in the copy of a new backup needs no entry, a later one does", () => {
    const releasedAfter = (outputs: number): CheckerResult => {
      const script = quietScript();
      script.world({ kind: "state-take", node: "h1", count: 2_000, outputs, stateHash: "" });
      script.release(60, { outputClass: "console" });
      return judge(OUTPUT_COMMIT, script.facts);
    };
    expect(releasedAfter(61).verdict).toBe("valid");
    expect(messageOf(releasedAfter(60))).toContain("logged no entry");
  });

  test("INV-01: an output without an entry", () => {
    const script = quietScript();
    script.release(60, { outputClass: "console" });
    expect(messageOf(judge(OUTPUT_COMMIT, script.facts))).toContain("logged no entry");
  });

  test("INV-22: a disk write before its ack", () => {
    const script = quietScript();
    const disk = { ioId: 8, op: "write", sector: 0, sectorCount: 8, dataHash: "d" } as const;
    script.release(script.perform("disk", "d", disk));
    expect(messageOf(judge(OUTPUT_COMMIT, script.facts))).toContain("INV-22");
  });

  test("INV-01 asks nothing of a node that is SOLO, and nothing of disk reads", () => {
    const script = failoverScript();
    script.release(script.perform("network", "solo"));
    expect(judge(OUTPUT_COMMIT, script.facts).verdict).toBe("valid");
    const reading = quietScript();
    const disk = { ioId: 8, op: "read", sector: 0, sectorCount: 8, dataHash: "" } as const;
    reading.release(reading.perform("disk", "", disk));
    expect(judge(OUTPUT_COMMIT, reading.facts).verdict).toBe("valid");
  });
});

describe("ack-held", () => {
  const sent = (script: PairScript, through: number): number =>
    script.claim("h2", { kind: "log-ack-send", through, executed: 0 });

  test("INV-02 holds", () => {
    accepts(ACK_HELD, failoverScript().facts);
  });

  test("INV-02: an ack across a gap", () => {
    const script = new PairScript();
    appendGroup(script, [1, 2, 3]);
    buffered(script, 1);
    buffered(script, 3);
    sent(script, 3);
    expect(messageOf(judge(ACK_HELD, script.facts))).toMatchInlineSnapshot(
      `"INV-02: at 0.000000 s h2 acknowledged the log through entry 3, but did not hold entry 2"`,
    );
  });

  test("INV-02: an ack of entries that only the socket has", () => {
    const script = new PairScript();
    appendGroup(script, [1, 2]);
    sent(script, 2);
    expect(messageOf(judge(ACK_HELD, script.facts))).toContain("did not hold entry 1");
  });

  test("INV-02: entries out of order count once the gap is filled", () => {
    const script = new PairScript();
    appendGroup(script, [1, 2]);
    sent(script, 0);
    buffered(script, 2);
    buffered(script, 1);
    sent(script, 2);
    accepts(ACK_HELD, script.facts);
  });

  test("INV-02: a primary claims an ack that nobody sent", () => {
    const script = quietScript();
    script.claim("h1", { kind: "log-ack-receive", through: 500, executed: 0 });
    expect(messageOf(judge(ACK_HELD, script.facts))).toContain("the highest ack sent was");
  });
});

describe("acked-not-discarded", () => {
  /** Two acknowledged entries that are not replayed when the backup goes live. */
  function undrained(hasEnd: boolean): PairScript {
    const script = quietScript();
    const lsn = script.lsn;
    appendGroup(script, [lsn + 1, lsn + 2], hasEnd);
    buffered(script, lsn + 1);
    buffered(script, lsn + 2);
    script.acknowledge(lsn + 2);
    script.crash("h1");
    script.suspect("h2");
    script.ask("h2", "won");
    script.role("h2", "SOLO");
    return script;
  }

  test("INV-03 holds in a takeover that drains the log", () => {
    accepts(ACKED_NOT_DISCARDED, failoverScript().facts);
  });

  test("INV-03: live at once, with acknowledged entries unread", () => {
    expect(messageOf(judge(ACKED_NOT_DISCARDED, undrained(true).facts))).toMatchInlineSnapshot(
      `"INV-03: at 2.016000 s h2 went live having acknowledged the log through entry 13, but had replayed only through entry 11: what the primary let out on those acks may be gone"`,
    );
  });

  test("INV-03: a group that never became complete is dropped on purpose", () => {
    accepts(ACKED_NOT_DISCARDED, undrained(false).facts);
  });
});

describe("silent-backup", () => {
  test("INV-09 holds in a takeover", () => {
    accepts(SILENT_BACKUP, failoverScript().facts);
  });

  test.each(["BACKUP", "SUSPECT", "TAS_WAIT", "GOING_LIVE"] as const)(
    "INV-09: a backup that is %s speaks",
    (role) => {
      const script = quietScript();
      script.role("h2", role);
      script.release(0, { node: "h2" });
      expect(messageOf(judge(SILENT_BACKUP, script.facts))).toContain(`while it was ${role}`);
    },
  );

  test("INV-09: an announcement before it is SOLO", () => {
    const script = quietScript();
    script.announce("h2");
    expect(messageOf(judge(SILENT_BACKUP, script.facts))).toContain("announced");
  });
});

describe("solo-after-flag", () => {
  test("INV-11 holds in a takeover", () => {
    accepts(SOLO_AFTER_FLAG, failoverScript().facts);
  });

  test.each(["h1", "h2"])("INV-11: %s goes SOLO on a timeout", (node) => {
    const script = quietScript();
    script.suspect(node);
    script.role(node, "SOLO");
    expect(messageOf(judge(SOLO_AFTER_FLAG, script.facts))).toContain(`${node} went SOLO`);
  });

  test("INV-11: the flag of another generation does not count", () => {
    const script = quietScript();
    script.world({
      kind: "test-and-set",
      generation: 7,
      owner: "h2",
      result: "won",
      isFirst: true,
    });
    script.role("h2", "SOLO");
    expect(judge(SOLO_AFTER_FLAG, script.facts).verdict).toBe("invalid");
  });
});

describe("loser-role", () => {
  function lost(): PairScript {
    const script = quietScript();
    script.suspect("h1");
    script.ask("h1", "lost");
    return script;
  }

  test("INV-12 holds when the loser halts", () => {
    const script = lost();
    script.role("h1", "HALTED");
    accepts(LOSER_ROLE, script.finish());
  });

  test("INV-12: it knows and goes on", () => {
    expect(messageOf(judge(LOSER_ROLE, lost().finish()))).toContain("had not halted");
  });

  test("INV-12: its machine goes on", () => {
    const script = lost();
    script.readTime();
    expect(messageOf(judge(LOSER_ROLE, script.facts))).toContain("h1 executed on (time at step");
  });

  test("a backup may replay until it knows whether its generation was over, and be of the next", () => {
    const script = quietScript();
    script.suspect("h2");
    const moved = { opener: "h1", primary: "h3", backup: "h2", generation: 2 } as const;
    script.world({ kind: "open-generation", ...moved, result: "won" });
    script.ask("h2", "lost");
    script.replay();
    script.role("h2", "BACKUP", 2);
    accepts(LOSER_ROLE, script.wait(6_000).finish());
  });

  test("INV-12: it is BACKUP again though nobody admitted it", () => {
    const script = quietScript();
    script.suspect("h2");
    script.ask("h2", "lost");
    script.role("h2", "BACKUP");
    expect(messageOf(judge(LOSER_ROLE, script.wait(6_000).finish()))).toContain("had not halted");
  });

  test("INV-12: held outputs are flushed on the way out", () => {
    const script = lost();
    script.release(4, { node: "h1" });
    expect(messageOf(judge(LOSER_ROLE, script.facts))).toMatchInlineSnapshot(
      `"INV-12: at 2.015000 s h1 released network output 4, though it knew at 2.015000 s that it had lost the test-and-set"`,
    );
  });
});

describe("waits-on-silence", () => {
  function waiting(): PairScript {
    const script = crashedScript();
    script.suspect("h2");
    script.claim("h2", { kind: "test-and-set-request", attempt: 1 });
    script.role("h2", "TAS_WAIT");
    script.wait(5000);
    return script;
  }

  test("INV-13 holds in a takeover", () => {
    accepts(WAITS_ON_SILENCE, failoverScript().facts);
  });

  test.each(["GOING_LIVE", "HALTED"] as const)("INV-13: %s by timeout", (role) => {
    const script = waiting();
    script.role("h2", role);
    expect(messageOf(judge(WAITS_ON_SILENCE, script.facts))).toContain("silence is no answer");
  });

  test("INV-13: an error is taken for a win", () => {
    const script = waiting();
    script.claim("h2", { kind: "test-and-set-result", result: "won" });
    script.role("h2", "GOING_LIVE");
    expect(messageOf(judge(WAITS_ON_SILENCE, script.facts))).toMatchInlineSnapshot(
      `"INV-13: at 7.018000 s h2 took the test-and-set of generation 1 for won, but the storage never said so"`,
    );
  });

  test("INV-13: a fenced command is an answer", () => {
    const script = waiting();
    script.apply("h2", 4, "fenced");
    script.role("h2", "HALTED");
    accepts(WAITS_ON_SILENCE, script.facts);
  });
});

describe("quiet-suspect", () => {
  test("INV-16 holds when the primary waits for the flag", () => {
    const script = suspecting();
    script.ask("h1", "won");
    script.role("h1", "SOLO");
    script.release(4, { node: "h1" });
    accepts(QUIET_SUSPECT, script.facts);
  });

  test("INV-16: held outputs are flushed when the backup is suspected", () => {
    const script = suspecting();
    script.release(4, { node: "h1" });
    expect(messageOf(judge(QUIET_SUSPECT, script.facts))).toMatchInlineSnapshot(
      `"INV-16: at 2.013000 s h1 released network output 4 (60 bytes) while it was SUSPECT (since 2.013000 s): a primary that suspects its backup holds everything until it has the flag"`,
    );
  });

  test("INV-16: a late ack sets an output free in TAS_WAIT (H-9)", () => {
    const script = suspecting();
    script.role("h1", "TAS_WAIT");
    script.bufferAll();
    script.acknowledge(script.lsn);
    script.release(4, { node: "h1" });
    expect(messageOf(judge(QUIET_SUSPECT, script.facts))).toContain("while it was TAS_WAIT");
  });
});

describe("ack-freeze", () => {
  test("INV-17 holds in a takeover", () => {
    accepts(ACK_FREEZE, failoverScript().facts);
  });

  test("INV-17: an ack after the request", () => {
    const script = quietScript();
    script.suspect("h2");
    script.claim("h2", { kind: "test-and-set-request", attempt: 1 });
    script.acknowledge(script.lsn);
    expect(messageOf(judge(ACK_FREEZE, script.facts))).toMatchInlineSnapshot(
      `"INV-17: at 2.013000 s h2 acknowledged the log through entry 11, though it had asked for the flag of generation 1 at 2.013000 s: acks freeze first"`,
    );
  });

  test("INV-17: the storage saw the request, whatever the node claims", () => {
    const script = quietScript();
    const asked = { generation: 1, owner: "h2", result: "won", isFirst: true } as const;
    script.world({ kind: "test-and-set", ...asked });
    script.acknowledge(script.lsn);
    expect(judge(ACK_FREEZE, script.facts).verdict).toBe("invalid");
  });
});

describe("log-integrity", () => {
  const start = (): PairScript => {
    const script = new PairScript();
    appendGroup(script, [1, 2, 3]);
    buffered(script, 1);
    return script;
  };
  const says = (script: PairScript, node: string, draft: ClaimDraft): string => {
    script.claim(node, draft);
    return messageOf(judge(LOG_INTEGRITY, script.facts));
  };

  test("INV-37 holds in a takeover", () => {
    accepts(LOG_INTEGRITY, failoverScript().facts);
  });

  test("INV-37: an entry altered on the way", () => {
    const draft = { kind: "log-buffered", lsn: 2, hash: "flipped" } as const;
    expect(says(start(), "h2", draft)).toContain("but it was appended as entry 2");
  });

  test("INV-37: a gap at the backup", () => {
    const draft = { kind: "log-buffered", lsn: 3, hash: "entry 3" } as const;
    expect(says(start(), "h2", draft)).toMatchInlineSnapshot(
      `"INV-37: at 0.000000 s h2 took log entry 3 into its buffer where 2 was next: a gap"`,
    );
  });

  test("INV-37: an entry that nobody appended", () => {
    const script = start();
    buffered(script, 2);
    buffered(script, 3);
    const draft = { kind: "log-buffered", lsn: 4, hash: "entry 4" } as const;
    expect(says(script, "h2", draft)).toContain("nobody appended");
  });

  test("INV-37: replay out of order, or ahead of the buffer", () => {
    expect(says(start(), "h2", { kind: "log-replay", lsn: 2, count: 0 })).toContain("1 was next");
    const script = start();
    script.claim("h2", { kind: "log-replay", lsn: 1, count: 0 });
    expect(says(script, "h2", { kind: "log-replay", lsn: 2, count: 0 })).toContain("did not hold");
  });

  test("INV-37: the backup of a primary that moved goes on where it was, and no further", () => {
    /** In generation 2, of which another primary appends 4, what the backup replays next. */
    const replayedNext = (lsn: number): CheckerResult => {
      const script = start();
      buffered(script, 2);
      buffered(script, 3);
      script.claim("h2", { kind: "log-replay", lsn: 1, count: 0 });
      const ofGeneration1 = script.facts.length;
      appendGroup(script, [4]);
      script.claim("h2", { kind: "log-replay", lsn, count: 0 });
      const facts = script.facts.map((fact, index) =>
        index < ofGeneration1 || !("generation" in fact) ? fact : { ...fact, generation: 2 },
      );
      return judge(LOG_INTEGRITY, facts as readonly Fact[]);
    };
    expect(replayedNext(2).verdict).toBe("valid");
    expect(messageOf(replayedNext(3))).toContain("where 2 was next");
  });

  test("INV-37: a copy begins behind its clone point, whatever ran there before", () => {
    const copiedBehind = (lsn: number): CheckerResult => {
      const script = start();
      script.world({ kind: "machine-start", node: "h2", count: 7, stateHash: "" });
      script.claim("h2", { kind: "log-begin", lsn });
      buffered(script, 3);
      return judge(LOG_INTEGRITY, script.facts);
    };
    expect(copiedBehind(2).verdict).toBe("valid");
    expect(messageOf(copiedBehind(1))).toContain("where 2 was next");
  });

  // Seed 326 of a swarm: a moved backup was whole when its primary had gone on alone already.
  test("INV-37: a whole copy that was never admitted begins no log", () => {
    const behindCopies = (...copied: readonly number[]): CheckerResult => {
      const script = start();
      const ofGeneration1 = script.facts.length;
      for (const lsn of copied) script.claim("h2", { kind: "log-begin", lsn });
      appendGroup(script, [4]);
      const facts = script.facts.map((fact, index) =>
        index < ofGeneration1 || !("generation" in fact) ? fact : { ...fact, generation: 2 },
      );
      return judge(LOG_INTEGRITY, facts as readonly Fact[]);
    };
    expect(messageOf(behindCopies(2))).toContain("where 3 was next");
    expect(messageOf(behindCopies(3, 2))).toContain("where 3 was next");
    expect(behindCopies(2, 3).verdict).not.toBe("invalid");
  });

  test("INV-37: the primary skips a number", () => {
    const script = start();
    appendGroup(script, [5]);
    expect(messageOf(judge(LOG_INTEGRITY, script.facts))).toContain("where 4 was next");
  });
});

describe("run-ahead, when a replica says where it was", () => {
  test("INV-05: a machine that left the log with nothing to replay ran on by itself", () => {
    const script = quietScript();
    script.claim("h2", { kind: "diverged", detail: "the guest waits", lsn: 3, through: 3 });
    expect(judge(RUN_AHEAD, script.facts).verdict).toBe("valid");
    script.claim("h2", { kind: "diverged", detail: "the guest waits", lsn: -1, through: -1 });
    expect(messageOf(judge(RUN_AHEAD, script.facts))).toContain(
      `while there was no log entry to replay, beyond entry ${script.lsn}, the newest that it held: the guest waits`,
    );
  });
});

describe("group-atomicity", () => {
  const replay = (script: PairScript, lsn: number): number =>
    script.claim("h2", { kind: "log-replay", lsn, count: 0 });

  test("INV-39 holds in a takeover", () => {
    accepts(GROUP_ATOMICITY, failoverScript().facts);
  });

  test("INV-39: half a group is replayed", () => {
    const script = new PairScript();
    appendGroup(script, [1, 2]);
    buffered(script, 1);
    replay(script, 1);
    expect(messageOf(judge(GROUP_ATOMICITY, script.facts))).toMatchInlineSnapshot(
      `"INV-39: at 0.000000 s h2 replayed log entry 1, whose group ends at 2, but it held the log only through 1: a group is replayed whole or not at all"`,
    );
  });

  test("INV-39: what was taken for a group, and left the log, was half of one", () => {
    const script = new PairScript();
    appendGroup(script, [1, 2]);
    buffered(script, 1);
    buffered(script, 2);
    const whole = { kind: "diverged", detail: "outputs differ", lsn: 1, through: 2 } as const;
    script.claim("h2", whole);
    expect(judge(GROUP_ATOMICITY, script.facts).verdict).toBe("valid");
    script.claim("h2", { ...whole, through: 1 });
    const { findings } = judge(GROUP_ATOMICITY, script.facts);
    expect(findings).toMatchObject([{ mark: "half a group" }]);
    expect(findings[0]?.message).toContain(
      "replayed log entry 1 as a group, which ends at 2, and its machine left the log: outputs differ",
    );
    // Both ends of the group, and where it was left.
    expect(findings[0]?.facts.map((index) => script.facts[index]?.kind)).toEqual([
      "log-append",
      "log-append",
      "diverged",
    ]);
  });

  test("INV-39: live inside a group", () => {
    const script = new PairScript();
    appendGroup(script, [1, 2]);
    buffered(script, 1);
    buffered(script, 2);
    replay(script, 1);
    script.role("h2", "SOLO");
    expect(messageOf(judge(GROUP_ATOMICITY, script.facts))).toContain("half an instruction");
  });
});
