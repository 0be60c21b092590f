// The checkers that judge by world facts who acts for the VM and what the machines do: each accepts a
// history and rejects at least one, named after the invariant. Histories are played by PairScript;
// each test does one thing wrong, and asks only the checker that it is about.

import { describe, expect, test } from "vitest";
import type { FactOf } from "../history/fact.ts";
import { FLAG } from "./flag.ts";
import { GUEST_TIME } from "./guest-time.ts";
import {
  edit,
  judge,
  crashedScript,
  failoverScript,
  MS,
  PairScript,
  quietScript,
  TEST_CONTEXT,
} from "../../test/support/history-builder.ts";
import { accepts, messageOf } from "../../test/support/judgements.ts";
import { LOSER_HALTS } from "./loser-halts.ts";
import { MAC_OWNERSHIP } from "./mac-ownership.ts";
import { NO_SOLO_WITHOUT_FLAG } from "./no-solo-without-flag.ts";
import { OUTPUT_REQUIREMENT } from "./output-requirement.ts";
import { SAME_EXECUTION } from "./same-execution.ts";
import { SINGLE_LIVE } from "./single-live.ts";

/** A partition: h2 wins the flag while h1 lives. */
function partitioned(): PairScript {
  const script = quietScript();
  script.suspect("h2");
  script.ask("h2", "won");
  script.goLive("h2");
  script.announce("h2");
  return script;
}

describe("output-requirement", () => {
  test("INV-04 holds in a takeover that drains the log", () => {
    accepts(OUTPUT_REQUIREMENT, failoverScript().finish());
  });

  test("INV-04: an output that left and that the survivor never performed", () => {
    const script = quietScript();
    script.release(script.perform("network", "never logged"));
    script.crash("h1");
    script.suspect("h2");
    script.ask("h2", "won");
    script.replay(0);
    script.role("h2", "SOLO");
    script.announce("h2");
    expect(messageOf(judge(OUTPUT_REQUIREMENT, script.facts))).toMatchInlineSnapshot(
      `"INV-04: at 2.015000 s h2 went live without having performed network output 4 (60 bytes), which h1 had let out at 0.013000 s"`,
    );
  });

  test("INV-04: the survivor performed it with other bytes", () => {
    const facts = edit(
      failoverScript().facts,
      "output",
      {
        hash: "other bytes",
      },
      (one) => one.node === "h2",
    );
    expect(messageOf(judge(OUTPUT_REQUIREMENT, facts))).toContain("other bytes");
  });

  test("INV-04: a late release of the superseded primary that the survivor had performed", () => {
    const script = quietScript();
    const ordinal = script.perform("network", "acked and held");
    script.ship();
    script.suspect("h2");
    script.ask("h2", "won");
    script.goLive("h2");
    script.announce("h2");
    script.release(ordinal, { node: "h1" });
    accepts(OUTPUT_REQUIREMENT, script.facts);
  });

  test("INV-04: a late release of the superseded primary beyond the survivor's prefix", () => {
    const script = partitioned();
    script.release(99, { node: "h1", outputClass: "network", hash: "later" });
    expect(messageOf(judge(OUTPUT_REQUIREMENT, script.facts))).toMatchInlineSnapshot(
      `"INV-04: at 2.015000 s h1, superseded since 2.015000 s, released network output 99 (60 bytes), which h2 had not performed when it took over"`,
    );
  });

  test("INV-04: an invented output", () => {
    const script = quietScript();
    script.release(-1);
    expect(messageOf(judge(OUTPUT_REQUIREMENT, script.facts))).toMatchInlineSnapshot(
      `"INV-04: at 0.013000 s h1 released 60 bytes on network that its machine never performed: an invented output"`,
    );
  });

  test("INV-04: bytes altered on the way out", () => {
    const script = quietScript();
    script.release(script.perform("network", "right"), { hash: "wrong" });
    expect(messageOf(judge(OUTPUT_REQUIREMENT, script.facts))).toContain("performed right");
  });

  test("INV-04: outputs of one class out of order", () => {
    const script = quietScript();
    const first = script.perform("network", "first");
    const second = script.perform("network", "second");
    script.ship();
    script.release(second);
    script.release(first);
    expect(messageOf(judge(OUTPUT_REQUIREMENT, script.facts))).toContain("order");
  });

  test("INV-04 does not bind anybody to disk reads", () => {
    const script = quietScript();
    const disk = { ioId: 9, op: "read", sector: 0, sectorCount: 8, dataHash: "" } as const;
    script.release(script.perform("disk", "", disk));
    script.crash("h1");
    script.suspect("h2");
    script.ask("h2", "won");
    script.role("h2", "SOLO");
    script.announce("h2");
    accepts(OUTPUT_REQUIREMENT, script.facts);
  });
});

describe("single-live", () => {
  test("INV-10 holds in a takeover", () => {
    accepts(SINGLE_LIVE, failoverScript().finish());
  });

  test("INV-10: two owners of one generation", () => {
    const script = partitioned();
    script.world({
      kind: "test-and-set",
      generation: 1,
      owner: "h1",
      result: "won",
      isFirst: true,
    });
    expect(messageOf(judge(SINGLE_LIVE, script.facts))).toMatchInlineSnapshot(
      `"INV-10: at 2.015000 s h1 won the test-and-set of generation 1, which h2 had won before: two nodes may go live"`,
    );
  });

  test("INV-10: a superseded primary may be late, but not for ever", () => {
    const script = partitioned();
    script.release(4, { node: "h1", outputClass: "network" });
    accepts(SINGLE_LIVE, script.facts);
    script.wait(3100);
    script.release(5, { node: "h1", outputClass: "network" });
    expect(messageOf(judge(SINGLE_LIVE, script.facts))).toMatchInlineSnapshot(
      `"INV-10: at 5.115000 s h1 still released network output 5, though h2 had won the VM at 2.014000 s: two nodes speak for one VM"`,
    );
  });

  test("INV-10: a paused host learns nothing while it is paused", () => {
    const script = partitioned();
    script.wait(60_000);
    script.world({ kind: "host", node: "h1", what: "resume", detail: "" });
    script.release(4, { node: "h1", outputClass: "network" });
    accepts(SINGLE_LIVE, script.facts);
  });

  test("INV-10: it executes on though the storage fenced it", () => {
    const script = partitioned();
    script.apply("h1", 3, "fenced");
    script.wait(1500);
    const crossing = script.facts.find((one) => one.kind === "crossing" && one.node === "h1");
    script.facts.push({ ...(crossing as FactOf<"crossing">), time: script.now });
    expect(messageOf(judge(SINGLE_LIVE, script.facts))).toContain("the storage told it");
  });

  test("INV-10: a backup goes live without the flag beside a live primary", () => {
    const script = quietScript();
    const crossing = script.facts.find((one) => one.kind === "crossing");
    const rogue = { ...(crossing as FactOf<"crossing">), node: "h2", time: script.now };
    script.facts.push(rogue);
    script.wait(1500);
    script.readTime();
    expect(messageOf(judge(SINGLE_LIVE, script.facts))).toContain("two live machines");
  });
});

describe("flag", () => {
  const answer = (script: PairScript, owner: string, result: "won" | "lost", isFirst = true) =>
    script.world({ kind: "test-and-set", generation: 1, owner, result, isFirst });

  test("INV-14, INV-15 hold when a retry gets the same answer, also after a restart", () => {
    const script = partitioned();
    answer(script, "h1", "lost");
    script.world({ kind: "storage-restart" });
    answer(script, "h2", "won", false);
    answer(script, "h1", "lost", false);
    accepts(FLAG, script.facts);
  });

  test("INV-14: the storage forgets the flag in a restart", () => {
    const script = partitioned();
    script.world({ kind: "storage-restart" });
    answer(script, "h1", "won");
    expect(messageOf(judge(FLAG, script.facts))).toMatchInlineSnapshot(
      `"INV-14: at 2.015000 s h1 won the flag of generation 1, which h2 owned since 2.014000 s (the storage restarted in this run)"`,
    );
  });

  test("INV-14: the same owner wins as if for the first time", () => {
    const script = partitioned();
    answer(script, "h2", "won");
    expect(messageOf(judge(FLAG, script.facts))).toContain("forgot");
  });

  test("INV-15: a retry loses what it had won", () => {
    const script = partitioned();
    answer(script, "h2", "lost");
    expect(messageOf(judge(FLAG, script.facts))).toMatchInlineSnapshot(
      `"INV-15: at 2.015000 s the storage answered "lost" to h2 for generation 1, though it had answered "won" to the same request at 2.014000 s"`,
    );
  });

  test("INV-14: a stale replica wins a generation that is over (H-2)", () => {
    const script = quietScript();
    const open = { kind: "open-generation", opener: "h1", backup: "h3", result: "won" } as const;
    script.world({ ...open, generation: 2, primary: "h1" });
    answer(script, "h2", "won");
    expect(messageOf(judge(FLAG, script.facts))).toContain("stale");
  });

  test("INV-14: a generation is opened by somebody who does not own the one before", () => {
    const script = partitioned();
    const open = { kind: "open-generation", opener: "h1", backup: "h3", result: "won" } as const;
    script.world({ ...open, generation: 2, primary: "h1" });
    expect(messageOf(judge(FLAG, script.facts))).toContain("belongs to h2");
  });
});

describe("loser-halts", () => {
  function lost(): PairScript {
    const script = partitioned();
    script.ask("h1", "lost");
    return script;
  }

  test("INV-12 holds when the loser's machine stops", () => {
    const script = lost();
    script.stop("h1", "its replica halted");
    accepts(LOSER_HALTS, script.finish());
  });

  test("INV-12: the loser runs on", () => {
    expect(messageOf(judge(LOSER_HALTS, lost().finish()))).toMatchInlineSnapshot(
      `"INV-12: at 7.017000 s h1 still had a running machine, though it had lost the test-and-set of generation 1 at 2.016000 s: a loser halts"`,
    );
  });

  test("who asked for the flag of a generation that was over, and is of the next, is no loser", () => {
    const script = quietScript();
    script.suspect("h2");
    const moved = { opener: "h1", primary: "h3", backup: "h2" } as const;
    script.world({ kind: "open-generation", ...moved, generation: 2, result: "won" });
    script.ask("h2", "lost");
    accepts(LOSER_HALTS, script.finish());
  });

  test("INV-12: the loser announces", () => {
    const script = lost();
    script.announce("h1");
    expect(messageOf(judge(LOSER_HALTS, script.facts))).toContain("announced");
  });

  test("INV-12: the loser lets its outputs out", () => {
    const script = lost();
    script.world({ kind: "fault", fault: "cut", phase: "start", target: "h1", detail: "" });
    script.wait(1100);
    script.release(4, { node: "h1" });
    expect(messageOf(judge(LOSER_HALTS, script.facts))).toContain("released");
  });

  test("INV-12: a cut that may have eaten the answer excuses waiting, not speaking", () => {
    const script = lost();
    script.world({ kind: "fault", fault: "cut", phase: "start", target: "h1", detail: "" });
    accepts(LOSER_HALTS, script.finish());
  });
});

describe("no-solo-without-flag", () => {
  test("INV-11 holds in a takeover", () => {
    accepts(NO_SOLO_WITHOUT_FLAG, failoverScript().finish());
  });

  test.each(["announce", "release", "crossing"] as const)("INV-11: a backup acts: %s", (kind) => {
    const script = quietScript();
    if (kind === "announce") script.announce("h2");
    else if (kind === "release") script.release(0, { node: "h2" });
    else {
      const crossing = script.facts.find((one) => one.kind === "crossing");
      script.facts.push({ ...(crossing as FactOf<"crossing">), node: "h2", time: script.now });
    }
    expect(messageOf(judge(NO_SOLO_WITHOUT_FLAG, script.facts))).toContain("h2 ");
  });
});

describe("same-execution", () => {
  const replayed = (one: FactOf<"crossing">): boolean => one.node === "h2" && one.index === 4;

  test("INV-05..08 hold in a takeover", () => {
    accepts(SAME_EXECUTION, failoverScript().finish());
  });

  test("INV-05: a backup that is ahead", () => {
    const script = quietScript();
    const last = script.facts.findLast((one) => one.kind === "crossing") as FactOf<"crossing">;
    script.facts.push({ ...last, node: "h2", index: last.index + 1, isLive: false });
    expect(messageOf(judge(SAME_EXECUTION, script.facts))).toMatchInlineSnapshot(
      `"INV-05: at 0.013000 s h2 replayed disk-done 11 at step 1615, which h1 has not had: a backup never runs ahead"`,
    );
  });

  test("INV-06: an interrupt one instruction late", () => {
    const facts = edit(quietScript().facts, "crossing", { count: 999_999 }, replayed);
    expect(messageOf(judge(SAME_EXECUTION, facts))).toContain("999,999");
  });

  test("INV-06: two entries of one step swapped", () => {
    const facts = edit(quietScript().facts, "crossing", { crossing: "timer" }, replayed);
    expect(messageOf(judge(SAME_EXECUTION, facts))).toContain("order");
  });

  test("INV-07: another value, another state", () => {
    const facts = quietScript().facts;
    const value = edit(facts, "crossing", { valueHash: "x" }, replayed);
    expect(messageOf(judge(SAME_EXECUTION, value))).toContain("with value x");
    const state = edit(facts, "crossing", { stateHash: "x" }, replayed);
    expect(messageOf(judge(SAME_EXECUTION, state))).toMatchInlineSnapshot(
      `"INV-07: at 0.006000 s h2 was in state x after time 4 (step 1,260); h1 was in state 1260 t20: the machines diverged"`,
    );
    const skipped = edit(facts, "crossing", { stateHash: "" }, replayed);
    expect(judge(SAME_EXECUTION, skipped).verdict).toBe("valid");
  });

  test("INV-07: the two machines do not begin in the same state", () => {
    const facts = edit(
      quietScript().facts,
      "machine-start",
      {
        stateHash: "other",
      },
      (one) => one.node === "h2",
    );
    expect(messageOf(judge(SAME_EXECUTION, facts))).toContain("began at step 1000");
  });

  // Seed 126 of a swarm: a hung machine took over, was given a frame, and was copied before its first step.
  test("INV-07: a copy that begins where its source has made no step, and had an event", () => {
    const script = quietScript();
    const [start] = script.facts.filter(({ kind }) => kind === "machine-start");
    const { count } = start as FactOf<"machine-start">;
    const began = { kind: "machine-start", node: "h3", count, stateHash: "other" } as const;
    const [event] = script.facts.filter(({ kind }) => kind === "crossing");
    const inBetween = { ...(event as FactOf<"crossing">), phase: "before", count } as const;
    const first = script.facts.slice(
      0,
      1 + script.facts.findLastIndex(({ kind }) => kind === "machine-start"),
    );
    const copied = { ...began, witness: "world", time: 0 } as const;
    expect(messageOf(judge(SAME_EXECUTION, [...first, copied]))).toContain("h3 began at step");
    expect(judge(SAME_EXECUTION, [...first, inBetween, copied]).findings).toEqual([]);
  });

  test("INV-07: a replica finds out by itself that it diverged", () => {
    const script = quietScript();
    script.claim("h2", { kind: "diverged", detail: "entry in the past", lsn: 3, through: 3 });
    expect(messageOf(judge(SAME_EXECUTION, script.facts))).toContain(
      `which it held entry ${script.lsn} last: entry in the past`,
    );
  });

  test("INV-08: a backup takes the time from its own host", () => {
    const facts = edit(quietScript().facts, "crossing", { isLive: true }, replayed);
    expect(messageOf(judge(SAME_EXECUTION, facts))).toMatchInlineSnapshot(
      `"INV-08: at 0.006000 s h2 took time input 4 from its own host (step 1260) while it was replaying: everything that a replica cannot recompute comes from the log"`,
    );
  });

  test("a machine that leads alone for long keeps its state small", () => {
    const script = quietScript();
    script.stop("h2", "its host crashed");
    for (let n = 0; n < 5000; n++) script.readTime();
    const checker = SAME_EXECUTION.start(TEST_CONTEXT);
    for (const [index, fact] of script.facts.entries())
      if (SAME_EXECUTION.hears?.has(fact.kind) !== false) checker.observe(fact, index);
    expect(
      JSON.stringify(checker.snapshot(), (_, value) => (value instanceof Map ? [...value] : value))
        .length,
    ).toBeLessThan(400_000);
    expect(checker.result().verdict).toBe("valid");
  });
});

describe("guest-time", () => {
  test("INV-34 holds across a takeover", () => {
    accepts(GUEST_TIME, failoverScript().finish());
  });

  test("INV-34: the new host's clock is behind", () => {
    const script = failoverScript();
    script.readTime(-25);
    expect(messageOf(judge(GUEST_TIME, script.facts))).toContain("backwards");
  });
});

describe("mac-ownership", () => {
  test("INV-35 holds in a takeover", () => {
    accepts(MAC_OWNERSHIP, failoverScript().finish());
  });

  test("INV-35: a frame before the announcement", () => {
    const facts = failoverScript().facts.filter((one) => one.kind !== "announce");
    expect(messageOf(judge(MAC_OWNERSHIP, facts))).toContain("without having announced");
  });

  test("INV-35: an announcement before arbitration", () => {
    const script = crashedScript();
    script.announce("h2");
    expect(messageOf(judge(MAC_OWNERSHIP, script.facts))).toMatchInlineSnapshot(
      `"INV-35: at 0.018000 s h2 announced 02:00:00:00:00:01, but h1 has the VM"`,
    );
  });
});

describe("mac-ownership and the switch", () => {
  const MAC = "02:00:00:00:00:01";
  const learn = (script: PairScript, port: string): number =>
    script.world({ kind: "switch-learn", mac: MAC, port });

  /** h1 performed two outputs; h2 replayed the first and took over. */
  function astray(ordinalOfLastFrame: number): PairScript {
    const script = new PairScript();
    const known = script.perform("network", "known to both");
    script.ship();
    script.replay();
    const lost = script.perform("network", "known to h1 only");
    script.suspect("h2");
    script.ask("h2", "won");
    // What was not shipped is not replayed.
    script.role("h2", "SOLO");
    script.announce("h2");
    const ordinal = [known, lost][ordinalOfLastFrame] ?? known;
    script.release(ordinal, { node: "h1" });
    learn(script, "h1");
    return script;
  }

  test("INV-35: a last frame that both performed may teach the old port again", () => {
    accepts(MAC_OWNERSHIP, astray(0).facts);
  });

  test("INV-35: a frame beyond what the new owner performed may not", () => {
    expect(messageOf(judge(MAC_OWNERSHIP, astray(1).facts))).toMatchInlineSnapshot(
      `"INV-35: at 2.004000 s the switch learned 02:00:00:00:00:01 at the port of h1, by output 1 of a node that may let out nothing beyond output 0 any more, though h2 had announced it at 2.004000 s"`,
    );
  });

  test("INV-35: a third port", () => {
    const script = failoverScript();
    learn(script, "h3");
    expect(messageOf(judge(MAC_OWNERSHIP, script.facts))).toContain("never had the VM");
  });

  test("INV-35: a switch that does not follow the announcement", () => {
    const facts = failoverScript()
      .finish()
      .filter((one) => one.kind !== "switch-learn");
    expect(messageOf(judge(MAC_OWNERSHIP, facts))).toContain("the switch still had");
  });
});

test("the clock of the tests is in nanoseconds", () => {
  expect(new PairScript().wait(1).now).toBe(MS);
});
