// Goal: what L-2, PERF-1, PERF-2, INV-05, INV-08 and INV-36 reject. Method: histories by hand, right
// ones with one thing wrong.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { ALL_LOGGED } from "./all-logged.ts";
import { HELD_OUTPUTS } from "./held-outputs.ts";
import {
  edit,
  failoverScript,
  judge,
  PairScript,
  quietScript,
  TEST_CONTEXT,
} from "../../test/support/history-builder.ts";
import { OUTPUT_LATENCY } from "./output-latency.ts";
import { STAYS_OFF } from "./power-off.ts";
import { RUN_AHEAD } from "./run-ahead.ts";
import { RUNS_WHILE_HELD } from "./runs-while-held.ts";

/** Twenty outputs, each released `milliseconds` after it was performed and `steps` further. */
function outputs(milliseconds: number, steps: number): PairScript {
  const script = new PairScript();
  for (let n = 0; n < 20; n++) {
    const ordinal = script.perform("network", `reply ${n}`);
    const { count } = script.facts.findLast((fact) => fact.kind === "output") ?? { count: 0 };
    script.wait(milliseconds - 2).ship();
    script.release(ordinal, { count: count + 1 + steps });
    script.replay();
  }
  return script;
}

describe("held-outputs", () => {
  test("L-2 holds in a takeover", () => {
    accepts(HELD_OUTPUTS, failoverScript().finish());
  });

  test("L-2: the ack has come, and the output stays", () => {
    const script = quietScript();
    script.perform("network", "forgotten");
    script.ship();
    script.wait(20).readTime();
    expect(rejection(HELD_OUTPUTS, script.facts)).toContain("still held network output 4");
  });

  test("L-2: an output whose ack has not come is not owed", () => {
    const script = quietScript();
    script.perform("network", "waits");
    script.wait(900).readTime();
    accepts(HELD_OUTPUTS, script.facts);
  });

  test("L-2: nor is one of a primary in doubt; alone, it owes everything", () => {
    const script = quietScript();
    script.perform("network", "waits");
    script.suspect("h1");
    script.ship();
    script.wait(500).readTime();
    accepts(HELD_OUTPUTS, script.facts);
    script.role("h1", "SOLO");
    script.wait(20).readTime();
    expect(rejection(HELD_OUTPUTS, script.facts)).toContain("and the ack of 12 had come");
  });

  test("L-2: alone, it owes what nobody can acknowledge any more, from that moment", () => {
    const script = quietScript();
    script.perform("network", "waits");
    script.suspect("h1");
    script.role("h1", "SOLO");
    const solo = script.facts.length - 1;
    script.wait(20).readTime();
    expect(rejection(HELD_OUTPUTS, script.facts)).toContain(
      "h1 was alone, and nobody was left to acknowledge entry",
    );
    expect(judge(HELD_OUTPUTS, script.facts).findings[0]?.facts).toContain(solo);
  });
});

describe("held-outputs, while acks come", () => {
  /** An output waits, and what was acknowledged before is acknowledged again for 1.2 s. */
  function standing(
    between: (script: PairScript, repetition: number) => void = () => undefined,
  ): PairScript {
    const script = quietScript();
    const through = script.lsn;
    script.acknowledge(through);
    script.perform("network", "waits");
    for (let repetition = 0; repetition < 12; repetition++) {
      script.wait(99).acknowledge(through);
      between(script, repetition);
    }
    return script;
  }

  test("L-2: they do not get on, though nothing is wrong", () => {
    expect(rejection(HELD_OUTPUTS, standing().facts)).toContain(
      "h1 still held network output 4: it needs the ack of entry 12, and for 1.100 s acks have come that say no more than 11",
    );
  });

  test("L-2: they need not get on while something is wrong, or has just been", () => {
    const slow = { fault: "stall", target: "h2", detail: "" } as const;
    const disturbed = standing((script, repetition) => {
      if (repetition === 3) script.world({ kind: "fault", phase: "start", ...slow });
      if (repetition === 5) script.world({ kind: "fault", phase: "end", ...slow });
    });
    accepts(HELD_OUTPUTS, disturbed.facts);
  });

  test("L-2: they get on, slowly", () => {
    const slow = standing((script, repetition) => {
      if (repetition !== 6) return;
      script.acknowledge(script.lsn);
      script.release(4);
    });
    accepts(HELD_OUTPUTS, slow.facts);
  });
});

describe("held-outputs, while a lone primary is copied", () => {
  /** It logs to its copy, of generation 2, and holds an output for it. */
  function logsToCopy(): PairScript {
    const script = quietScript();
    script.role("h1", "SOLO");
    const before = script.facts.length;
    script.perform("network", "waits");
    script.facts.splice(
      before,
      Infinity,
      ...script.facts
        .slice(before)
        .map((fact) => (fact.kind === "output-hold" ? { ...fact, generation: 2 } : fact)),
    );
    script.wait(20).readTime();
    return script;
  }

  test("L-2: an output waits for the copy's ack", () => {
    accepts(HELD_OUTPUTS, logsToCopy().facts);
  });

  test("L-2: when the copy is given up nobody is waited for", () => {
    const script = logsToCopy();
    const copy = { target: "h3", round: 0, pages: 0, detail: "" } as const;
    script.claim("h1", { kind: "copy", stage: "aborted", ...copy });
    script.wait(20).readTime();
    expect(rejection(HELD_OUTPUTS, script.facts)).toContain("h1 was alone");
  });
});

describe("output-latency", () => {
  test("PERF-2 holds for outputs that wait a round trip", () => {
    accepts(OUTPUT_LATENCY, outputs(2, 1).facts);
  });

  test("PERF-2: outputs that wait for ten milliseconds", () => {
    expect(rejection(OUTPUT_LATENCY, outputs(10, 1).facts)).toMatchInlineSnapshot(
      `"at 0.020000 s network output 1 (60 bytes) left after 10 ms: entry 2 reached the backup after 9 ms, was acknowledged at once, its ack came after 1 ms, the output left at once. Half of 19 outputs were held for 10 ms and longer while nothing was wrong, though entry and ack need 2 ms"`,
    );
  });

  test("PERF-2: outputs before the first ack wait for the channel to be opened", () => {
    const facts = outputs(10, 1).facts.filter(({ kind }) => kind !== "log-ack-receive");
    expect(judge(OUTPUT_LATENCY, facts).isIdle).toBe(true);
  });

  test("PERF-2: outputs behind a log buffer that is half full stand in line", () => {
    const { facts } = outputs(10, 1);
    const { channel } = TEST_CONTEXT;
    for (const small of [{ primaryBufferBytes: 8 }, { backupBufferBytes: 8 }]) {
      const context = { ...TEST_CONTEXT, channel: { ...channel, ...small } };
      expect(judge(OUTPUT_LATENCY, facts, context).isIdle).toBe(true);
    }
  });

  test("PERF-2: a fault in that time, or an unreliable link, excuses it", () => {
    const { facts } = outputs(10, 1);
    const fault = {
      witness: "world",
      time: 0,
      kind: "fault",
      fault: "delay",
      phase: "start",
      target: "log-link",
      detail: "",
    } as const;
    expect(judge(OUTPUT_LATENCY, [fault, ...facts]).isIdle).toBe(true);
    const context = { ...TEST_CONTEXT, logRoundTrip: null };
    expect(judge(OUTPUT_LATENCY, facts, context).idle).toContain("unreliable");
  });
});

describe("runs-while-held", () => {
  test("PERF-1 holds where the machine goes on", () => {
    accepts(RUNS_WHILE_HELD, outputs(2, 1).facts);
  });

  test("PERF-1: a machine that stands at each of its outputs", () => {
    expect(rejection(RUNS_WHILE_HELD, outputs(2, 0).facts)).toContain(
      "the machine went on during 0 of 20 waits",
    );
  });
});

describe("runs-while-held, on a host that comes back", () => {
  test("what a former machine held there is no wait of the copy's", () => {
    const script = new PairScript();
    const held = Array.from({ length: 20 }, (_, n) => script.perform("network", `lost ${n}`));
    const came = script.facts.length;
    script.wait(5_000).world({ kind: "machine-start", node: "h1", count: 900, stateHash: "" });
    script.role("h1", "SOLO");
    for (const ordinal of held) script.release(ordinal, { count: 950 });
    expect(judge(RUNS_WHILE_HELD, script.facts).findings).toEqual([]);
    // The same machine, in the same place all the time.
    script.facts.splice(came, script.facts.length - came - held.length);
    expect(rejection(RUNS_WHILE_HELD, script.facts)).toContain("during 0 of 20 waits");
  });
});

describe("all-logged", () => {
  test("INV-08 holds in a takeover", () => {
    accepts(ALL_LOGGED, failoverScript().finish());
  });

  test("INV-08: an input without an entry", () => {
    const facts = quietScript().facts.filter(
      (fact) => fact.kind !== "log-append" || fact.entry !== "time",
    );
    expect(rejection(ALL_LOGGED, facts)).toContain("h1 took time at step");
  });

  test("INV-08: an entry for another step", () => {
    const facts = edit(quietScript().facts, "log-append", { count: 1 });
    expect(rejection(ALL_LOGGED, facts)).toContain("the next one was net-rx at step 1");
  });
});

describe("run-ahead", () => {
  test("INV-05 holds in a takeover", () => {
    accepts(RUN_AHEAD, failoverScript().finish());
  });

  test("INV-05: a backup beyond what it holds", () => {
    const script = quietScript();
    script.readTime();
    script.replay();
    expect(rejection(RUN_AHEAD, script.facts)).toContain("a backup never runs ahead");
  });
});

describe("power-off", () => {
  /** The guest ends itself on h1. */
  function ended(): PairScript {
    const script = quietScript();
    script.stop("h1", "power-off");
    return script;
  }

  test("INV-36 holds while nobody goes on", () => {
    accepts(STAYS_OFF, ended().facts);
    expect(judge(STAYS_OFF, failoverScript().finish()).idle).toContain("not powered off");
  });

  test("INV-36 holds while a backup that was cut off asks for the flag in vain", () => {
    const script = quietScript();
    script.suspect("h1");
    script.ask("h1", "won");
    script.stop("h1", "power-off");
    script.suspect("h2");
    script.ask("h2", "lost");
    accepts(STAYS_OFF, script.facts);
  });

  test("INV-36 holds while a superseded node has not heard that it is, and is silent", () => {
    const script = quietScript();
    script.readTime();
    script.suspect("h2");
    script.ask("h2", "won");
    script.goLive("h2");
    script.announce("h2");
    script.stop("h2", "power-off");
    const late = script.facts.find((fact) => fact.kind === "crossing" && fact.isLive);
    expect(late).toMatchObject({ node: "h1" });
    script.facts.push({ ...late!, time: script.now });
    accepts(STAYS_OFF, script.facts);
    script.announce("h1");
    expect(rejection(STAYS_OFF, script.facts)).toContain("h1 went live");
  });

  test("INV-36: a backup that wins the flag, and one that goes live", () => {
    const script = ended();
    script.suspect("h2");
    script.ask("h2", "won");
    expect(rejection(STAYS_OFF, script.facts)).toContain("h2 won the flag");
    const loud = ended();
    loud.announce("h2");
    expect(rejection(STAYS_OFF, loud.facts)).toContain("h2 went live");
  });

  test("INV-36: an operator who was told so is not told wrong", () => {
    const script = quietScript();
    const told = { command: "power-off", result: "done" } as const;
    script.world({ kind: "operator", node: "h1", ...told });
    script.suspect("h2");
    script.ask("h2", "won");
    expect(rejection(STAYS_OFF, script.facts)).toContain("h2 won the flag");
  });
});
