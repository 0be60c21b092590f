// Goal: what the checkers of the logging channel reject, and what they must not: lags and limits
// (INV-29, PERF-4), full and empty buffers (INV-30), the log's rate (PERF-3). Method: histories by hand
// in which a pair does everything right but one thing.

import { describe, expect, test } from "vitest";
import type { Fact, FactOf } from "../history/fact.ts";
import { BUFFERS } from "./buffers.ts";
import { LAG_CONTROL } from "./lag-control.ts";
import { LAG_CONVERGES } from "./lag-converges.ts";
import { LOG_RATE } from "./log-rate.ts";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import {
  failoverScript,
  judge,
  MS,
  PairScript,
  quietScript,
  TEST_CONTEXT,
} from "../../test/support/history-builder.ts";

/** A busy primary, whose backup executes so many of ten crossings a second. */
class LoadedPair {
  readonly script = new PairScript();

  run(seconds: number, share: number, limits: readonly number[] = []): this {
    const { script } = this;
    for (let tick = 0; tick < seconds * 10; tick++) {
      script.arrive("net-rx", `rx ${script.lsn}`);
      script.replay(share >= 100 || (tick * share) % 100 < share ? 1 : 0);
      if (share > 100) script.replay(1);
      script.wait(100);
      script.claim("h1", { kind: "lag", lag: 0, bufferedEntries: 0 });
      if (tick % 5 === 4) this.limit(limits[(tick - 4) / 5]);
    }
    return this;
  }

  limit(percent: number | undefined): this {
    if (percent !== undefined) this.script.world({ kind: "cpu-limit", node: "h1", percent });
    return this;
  }

  get facts(): readonly Fact[] {
    return this.script.facts;
  }
}

/** Up to a lag of two seconds. */
const lagging = (limits: readonly number[] = []): LoadedPair =>
  new LoadedPair().run(1, 100).run(4, 50, limits);

describe("lag-control", () => {
  test("a pair that keeps up is nothing to judge", () => {
    const result = judge(LAG_CONTROL, new LoadedPair().run(10, 100).facts);
    expect([result.verdict, result.isIdle, result.figures.get("mostLag")]).toEqual([
      "valid",
      true,
      expect.any(Number),
    ]);
  });

  test("a lag that is answered by small cuts until the backlog shrinks, and then by giving back", () => {
    const pair = lagging().run(2, 50, [97, 94, 91]).run(3, 50, [88, 85, 82, 79]).run(8, 200);
    expect(judge(LAG_CONTROL, pair.facts).figures.get("mostLag")).toBeGreaterThan(2_500 * MS);
    accepts(LAG_CONTROL, pair.run(4, 100, [82, 85, 88, 91, 94, 97, 100]).run(9, 100).facts);
  });

  test("a lag that nobody does anything about", () => {
    expect(rejection(LAG_CONTROL, lagging().run(5, 50).facts)).toMatchInlineSnapshot(
      `"at 6.800000 s the backup was 2.780 s behind, and had been more than 1.000 s behind for 3.000 s, while h1 went on with 100 % of its CPU: the primary must become slower, a few per cent at a time"`,
    );
  });

  test("a lag that is not answered any more", () => {
    const facts = lagging().limit(97).run(5, 50).facts;
    expect(rejection(LAG_CONTROL, facts)).toMatch(/while h1 went on with 97 % of its CPU/);
  });

  test("at the floor there is nothing left to cut", () => {
    const cuts = Array.from({ length: 27 }, (_, at) => Math.max(20, 97 - 3 * at));
    accepts(LAG_CONTROL, lagging().run(13.5, 50, cuts).run(5, 50).facts);
  });

  test("a limit below the floor", () => {
    const cuts = Array.from({ length: 27 }, (_, at) => 97 - 3 * at);
    expect(rejection(LAG_CONTROL, lagging().run(13.5, 50, cuts).facts)).toMatchInlineSnapshot(
      `"at 18.500000 s the VM on h1 was limited to 19 % of its CPU, less than the floor of 20 %"`,
    );
  });

  test("a first cut of more than a few per cent", () => {
    expect(rejection(LAG_CONTROL, lagging().limit(80).facts)).toMatchInlineSnapshot(
      `"at 5.000000 s the VM on h1 was limited to 80 % of its CPU, a first cut of 20 points: it is to be a few per cent"`,
    );
  });

  test("a limit that stays when the backup has caught up", () => {
    const facts = lagging([97, 94]).run(4, 200).run(6, 100).facts;
    expect(rejection(LAG_CONTROL, facts)).toMatchInlineSnapshot(
      `"at 12.100000 s the VM on h1 was still limited to 94 % of its CPU, though its backup had been close behind for 5.000 s: it gets back what it does not have to do without"`,
    );
  });

  test("a cut while the backup is close behind", () => {
    const pair = lagging([97]).run(4, 200).run(1, 100).limit(94);
    expect(rejection(LAG_CONTROL, pair.facts)).toMatchInlineSnapshot(
      `"at 10.000000 s the VM on h1 was limited to 94 % of its CPU, though its backup was close behind"`,
    );
  });

  test("the lag is that of the newest generation: a primary of before may run on for a while", () => {
    const facts = lagging([97]).run(4, 50, [94, 91]).facts;
    const left = { witness: "claim", node: "h3", generation: 0, time: 0 } as const;
    const [start, ...rest] = facts;
    const role = { ...left, kind: "role", role: "PRIMARY", reason: "test" } as const;
    accepts(LAG_CONTROL, [start!, role, ...rest]);
    expect(judge(LAG_CONTROL, [start!, role, ...rest]).figures).toEqual(
      judge(LAG_CONTROL, facts).figures,
    );
  });

  test("a backup that hangs from its first moment on is behind from then on", () => {
    const pair = new LoadedPair().run(1, 100);
    const { script } = pair;
    script.role("h1", "SOLO");
    script.role("h2", "BACKUP");
    // Behind its clone point, and before its source is the primary of a pair.
    for (let n = 0; n < 3; n++) script.arrive("net-rx", `between ${n}`);
    script.role("h1", "PRIMARY");
    const { figures } = judge(LAG_CONTROL, pair.run(3, 0, [97]).facts);
    expect(figures.get("mostLag")).toBeGreaterThan(2_000 * MS);
  });

  test("a primary of before is cut for what it does not hear: that is not the lag of the other one", () => {
    const pair = lagging([97]).run(4, 200).run(1, 100);
    const cut = { kind: "cpu-limit", node: "h3", percent: 97 } as const;
    pair.script.world(cut);
    accepts(LAG_CONTROL, pair.facts);
    expect(rejection(LAG_CONTROL, pair.limit(94).facts)).toContain("its backup was close behind");
  });

  test("a limit of a node that is alone", () => {
    const alone = (percent: number | undefined): readonly Fact[] => {
      const { script } = lagging([97]);
      script.role("h1", "SUSPECT");
      script.role("h1", "SOLO");
      if (percent !== undefined) script.world({ kind: "cpu-limit", node: "h1", percent });
      return script.wait(2_000).facts;
    };
    expect(rejection(LAG_CONTROL, alone(undefined))).toMatchInlineSnapshot(
      `"at 5.000000 s h1 went on alone with 97 % of its CPU, and got no more until the end: nobody has to keep up with it"`,
    );
    accepts(LAG_CONTROL, alone(100));
  });

  test("a takeover is no lag", () => {
    expect(judge(LAG_CONTROL, failoverScript().wait(9_000).finish()).findings).toEqual([]);
  });
});

describe("lag-converges", () => {
  const moves = (...limits: readonly number[]): PairScript => {
    const script = new PairScript();
    for (const percent of limits)
      script.wait(500).world({ kind: "cpu-limit", node: "h1", percent });
    return script;
  };
  const down = Array.from({ length: 20 }, (_, at) => 97 - 3 * at);

  test("a limit that comes down, goes up a little and hovers", () => {
    const hovering = [43, 46, 49, 46, 43, 46, 49, 52, 49, 46, 43, 46, 49, 46, 43];
    accepts(LAG_CONVERGES, moves(...down, ...hovering).facts);
  });

  test("a limit that goes to and fro", () => {
    const facts = moves(20, 100, 20, 100, 20, 100).facts;
    expect(rejection(LAG_CONVERGES, facts)).toMatchInlineSnapshot(
      `"at 2.500000 s the CPU limit of the VM on h1 turned for the 4th time under the same load, by 24 points and more each time, now to 20 %: the control swings and does not settle"`,
    );
  });

  test("a limit that follows loads that change", () => {
    const script = new PairScript();
    for (let round = 0; round < 6; round++) {
      for (const percent of [20, 100])
        script.wait(500).world({ kind: "cpu-limit", node: "h1", percent });
      script.world({ kind: "host", node: "h2", what: "speed", detail: "50 %" });
    }
    accepts(LAG_CONVERGES, script.facts);
  });

  test("no limit is nothing to judge", () => {
    expect(judge(LAG_CONVERGES, quietScript().finish()).isIdle).toBe(true);
  });
});

describe("buffers", () => {
  /** Entries are 64 bytes each, buffers 64 KiB: full with 1024 of them. */
  const FULL = 1024;
  const append = (script: PairScript, entries: number): PairScript => {
    for (let left = entries; left > 0; left--) script.arrive("net-rx", `rx ${script.lsn}`);
    return script;
  };

  test("a history in which they are used, and a takeover", () => {
    accepts(BUFFERS, quietScript().finish());
    accepts(BUFFERS, failoverScript().finish());
  });

  test("a buffer that is full to the brim stops its machine until acks come", () => {
    const script = append(new PairScript(), FULL);
    script.wait(500).bufferAll();
    script.acknowledge(script.lsn);
    const result = judge(BUFFERS, append(script, 5).facts);
    expect([result.verdict, result.figures.get("full")]).toEqual(["valid", 1]);
  });

  test("an entry that a full buffer takes", () => {
    expect(rejection(BUFFERS, append(new PairScript(), FULL + 1).facts)).toMatchInlineSnapshot(
      `"at 0.000000 s h1 appended entry 1025 while 65,536 bytes of its log buffer of 65,536 bytes were without an ack: a full buffer stops the machine, and nothing is dropped"`,
    );
  });

  test("a machine that runs on while the buffer is full", () => {
    const script = append(new PairScript(), FULL).wait(3);
    script.world({ ...crossingOf(script), kind: "crossing" });
    expect(rejection(BUFFERS, script.facts)).toMatchInlineSnapshot(
      `"at 0.003000 s the machine on h1 was at step 9999, though its log buffer had been full since 0.000000 s: a full buffer stops it"`,
    );
  });

  test("a machine that gets on between two outputs that leave", () => {
    const script = new PairScript();
    const first = script.perform("network", "a");
    const second = script.perform("network", "b");
    append(script, FULL - 2).wait(3);
    script.release(first, { count: 9_000 });
    script.release(second, { count: 9_000 });
    accepts(BUFFERS, script.facts);
    script.release(second, { count: 9_001, isAgain: true });
    expect(rejection(BUFFERS, script.facts)).toMatch(/was at step 9001, though its log buffer/);
  });

  test("a backup that takes more than its buffer holds", () => {
    const context = {
      ...TEST_CONTEXT,
      channel: { ...TEST_CONTEXT.channel, backupBufferBytes: 640 },
    };
    const taking = (entries: number): readonly Fact[] => {
      const script = append(new PairScript(context), entries);
      script.bufferAll();
      return script.facts;
    };
    expect(judge(BUFFERS, taking(10), context).verdict).toBe("valid");
    const result = judge(BUFFERS, taking(11), context);
    expect(result.findings.map(({ message }) => message)).toMatchInlineSnapshot(`
      [
        "at 0.000000 s h2 took entry 11 into a log buffer of 640 bytes that held 640 bytes: what finds no room waits in the channel",
      ]
    `);
  });

  test("a group that is larger than the backup's buffer", () => {
    const context = {
      ...TEST_CONTEXT,
      channel: { ...TEST_CONTEXT.channel, backupBufferBytes: 640 },
    };
    /** Entries of one group, and others behind it. */
    const taking = (group: number, behind: number): readonly Fact[] => {
      const script = append(new PairScript(context), group + behind);
      script.bufferAll();
      return script.facts.map((fact) =>
        fact.kind === "log-append" && fact.lsn < group ? { ...fact, isGroupEnd: false } : fact,
      );
    };
    expect(judge(BUFFERS, taking(14, 0), context).verdict).toBe("valid");
    expect(judge(BUFFERS, taking(14, 1), context).findings[0]?.message).toContain(
      "h2 took entry 15 into a log buffer of 640 bytes that held 896 bytes",
    );
    expect(judge(BUFFERS, taking(9, 3), context).findings[0]?.message).toContain("took entry 11");
  });

  test("a backup that executes with nothing to replay", () => {
    const script = append(new PairScript(), 2);
    script.ship();
    script.replay();
    script.world({ ...crossingOf(script), kind: "crossing", node: "h2", isLive: false });
    expect(rejection(BUFFERS, script.facts)).toMatchInlineSnapshot(
      `"at 0.002000 s the machine on h2 was at step 9999 with nothing to replay: entry 2, the last that it held, was done"`,
    );
  });
});

/** The last thing that crossed the primary's port, to happen once more. */
function crossingOf(script: PairScript): FactOf<"crossing"> {
  const last = script.facts.findLast((fact) => fact.kind === "crossing" && fact.node === "h1");
  return { ...(last as FactOf<"crossing">), index: 9_999, count: 9_999 };
}

describe("log-rate", () => {
  /** A second in which 100 frames of 900 bytes came in. */
  const second = (script: PairScript, sentBytes: number): void => {
    const since = script.now;
    script.wait(1_000).world({
      kind: "log-traffic",
      node: "h1",
      since,
      sentBytes,
      sentMessages: 110,
      receives: 100,
      receivedFrames: 100,
      receivedBytes: 90_000,
      reads: 2,
      readBytes: 1_024,
      signals: 10,
      answers: 20,
      outputs: 52,
    });
  };
  const KEEPS_ALIVE = {
    ...TEST_CONTEXT,
    channel: { ...TEST_CONTEXT.channel, progressInterval: 10 * MS },
  };
  /** A second in which nothing happened, but for signs of life. */
  const still = (script: PairScript): void => {
    const since = script.now;
    const none = { receives: 0, receivedFrames: 0, receivedBytes: 0, reads: 0, readBytes: 0 };
    const counted = { ...none, signals: 0, answers: 0, outputs: 0 };
    const sent = { sentBytes: 1_300, sentMessages: 100 };
    script.wait(1_000).world({ kind: "log-traffic", node: "h1", since, ...sent, ...counted });
  };
  const seconds = (sentBytes: number, count: number = 3): PairScript => {
    const script = new PairScript();
    for (let left = count; left > 0; left--) second(script, sentBytes);
    return script;
  };

  test("frames and blocks once, and a record for each event", () => {
    accepts(LOG_RATE, seconds(105_000).facts);
    accepts(LOG_RATE, seconds(112_000).facts);
  });

  test("a log that carries more", () => {
    expect(rejection(LOG_RATE, seconds(200_000).facts)).toMatchInlineSnapshot(
      `"at 3.000000 s and before, 1.600 Mb/s went into the log, though what came into the machine makes 0.834 Mb/s: a log carries what cannot be recomputed, once"`,
    );
  });

  test("a block that comes in at the end of a second may go into the log in the next", () => {
    const lacking = (blocks: number): readonly Fact[] => {
      const script = quietScript();
      const [since, bytes] = [script.now, 8_192];
      const reads = { reads: 4, readBytes: 4 * bytes, signals: 4, answers: 4, outputs: 4 };
      const none = { receives: 0, receivedFrames: 0, receivedBytes: 0 };
      const sent = { sentBytes: (4 - blocks) * bytes + 1_300, sentMessages: 20 };
      script
        .wait(1_000)
        .world({ kind: "log-traffic", node: "h1", since, ...sent, ...reads, ...none });
      return script.facts;
    };
    accepts(LOG_RATE, lacking(0));
    accepts(LOG_RATE, lacking(1));
    expect(rejection(LOG_RATE, lacking(2))).toMatch(/went into the log/);
  });

  test("a machine that a full buffer stops for seconds", () => {
    /** Signs of life in so many seconds of a machine that stands still, and its end. */
    const standing = (isStalled: boolean): readonly Fact[] => {
      const script = seconds(105_000);
      script.claim("h1", { kind: "stalled", isStalled, bufferedBytes: 65_536 });
      for (let left = 30; left > 0; left--) still(script);
      return script.facts;
    };
    accepts(LOG_RATE, standing(true), KEEPS_ALIVE);
    expect(rejection(LOG_RATE, standing(false), KEEPS_ALIVE)).toMatch(/went into the log/);
  });

  test("what a primary sends that the VM went on without is no log", () => {
    const superseded = (owner: string): readonly Fact[] => {
      const script = seconds(105_000);
      const flag = { kind: "test-and-set", generation: 1, result: "won", isFirst: true } as const;
      script.world({ ...flag, owner });
      for (let left = 3; left > 0; left--) second(script, 20_000);
      return script.facts;
    };
    accepts(LOG_RATE, superseded("h2"));
    expect(rejection(LOG_RATE, superseded("h1"))).toMatch(/went into the log/);
  });

  test("a log that carries less", () => {
    expect(rejection(LOG_RATE, seconds(60_000).facts)).toMatch(/0.480 Mb\/s went into the log/);
  });

  test("a packed log is judged by what it was before, and by its being shorter", () => {
    const packed = (plainBytes: number, sentBytes: number): PairScript => {
      const script = new PairScript();
      for (let left = 3; left > 0; left--) {
        script.wait(0).world({ kind: "log-packed", node: "h1", plainBytes, sentBytes });
        second(script, sentBytes);
      }
      return script;
    };
    accepts(LOG_RATE, packed(105_000, 40_000).facts);
    expect(rejection(LOG_RATE, packed(200_000, 105_000).facts)).toMatch(/1.600 Mb\/s went/);
    expect(rejection(LOG_RATE, packed(105_000, 130_000).facts)).toMatch(/took 1.040 Mb\/s of the/);
  });

  test("what is sent while something is wrong, or alone, does not count", () => {
    const fault = { kind: "fault", fault: "loss", target: "log-link", detail: "test" } as const;
    const script = seconds(105_000);
    script.world({ ...fault, phase: "start" });
    second(script, 900_000);
    script.world({ ...fault, phase: "end" });
    accepts(LOG_RATE, script.facts);
    script.role("h1", "SOLO");
    second(script, 0);
    accepts(LOG_RATE, script.facts);
  });

  test("next to nothing is nothing to judge", () => {
    expect(judge(LOG_RATE, quietScript().finish()).isIdle).toBe(true);
  });
});
