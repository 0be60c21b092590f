// The checkers of copies, moves and placements: each accepts a history that is right, and rejects one
// for each thing that can be wrong with it.

import { describe, expect, test } from "vitest";
import type { Fact, FactOf } from "../history/fact.ts";
import { MS, PairScript, quietScript, TEST_CONTEXT } from "../../test/support/history-builder.ts";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { ANTI_AFFINITY } from "./anti-affinity.ts";
import { EXACT_COPY } from "./exact-copy.ts";
import { MAC_OWNERSHIP } from "./mac-ownership.ts";
import { MOVE_CONTINUITY } from "./move-continuity.ts";
import { STAYS_OFF } from "./power-off.ts";
import { RE_PROTECTION } from "./re-protection.ts";

const CONTEXT = { ...TEST_CONTEXT, protectionBound: 10_000 * MS };

function copied(script: PairScript, node: string, hashes: readonly [string, string]): PairScript {
  script.world({ kind: "machine-start", node, count: 2_000, stateHash: hashes[1] });
  const [sourceHash, stateHash] = hashes;
  script.world({ kind: "state-put", node, source: "h1", count: 2_000, sourceHash, stateHash });
  return script;
}

function open(script: PairScript, primary: string, backup: string, generation = 2): PairScript {
  const pair = { generation, opener: "h1", primary, backup } as const;
  script.world({ kind: "open-generation", ...pair, result: "won" });
  return script;
}

/** h2 took over from h1, and h3 is free. */
function alone(script: PairScript = new PairScript(CONTEXT)): PairScript {
  script.crash("h1");
  script.suspect("h2");
  script.ask("h2", "won");
  script.goLive("h2");
  return script;
}

/** The backup of the next generation took over before its primary heard that it had opened it. */
function takenOver(script: PairScript = alone()): PairScript {
  open(script, "h2", "h3");
  script.world({
    kind: "test-and-set",
    generation: 2,
    owner: "h3",
    result: "won",
    isFirst: true,
  });
  return script;
}

/** Clients are at work: time passes. */
function passes(script: PairScript, seconds: number): PairScript {
  for (let left = seconds; left > 0; left--) {
    script.wait(1_000);
    script.invoke({ kind: "ping" }, 1);
  }
  return script;
}

describe("exact-copy", () => {
  test("INV-33 holds for an equal copy", () => {
    accepts(EXACT_COPY, copied(quietScript(), "h3", ["same", "same"]).facts);
  });

  test("INV-33: something is missing in the copy", () => {
    expect(rejection(EXACT_COPY, copied(quietScript(), "h3", ["whole", "part"]).facts)).toContain(
      "the machine on h3 began at step 2,000 in state part, a copy of h1's, which was in state whole",
    );
  });

  test("INV-33: a state that nobody had", () => {
    const script = quietScript();
    const put = { node: "h3", source: "", count: 9, sourceHash: "", stateHash: "x" } as const;
    script.world({ kind: "state-put", ...put });
    expect(rejection(EXACT_COPY, script.facts)).toContain("no machine that there is");
  });

  test.each(["announce", "crossing"] as const)("INV-33: half a copy acts (%s)", (kind) => {
    const script = quietScript();
    if (kind === "announce") script.announce("h3");
    else {
      const crossing = script.facts.find((one) => one.kind === "crossing") as FactOf<"crossing">;
      script.facts.push({ ...crossing, node: "h3", isLive: true, time: script.now } as Fact);
    }
    expect(rejection(EXACT_COPY, script.facts)).toContain("no whole machine has begun there");
  });

  test("INV-33: a machine that stopped has to begin again", () => {
    const script = quietScript();
    script.crash("h1");
    script.world({ kind: "machine-stop", node: "h1", count: 3, why: "its host crashed" });
    script.announce("h1");
    expect(rejection(EXACT_COPY, script.facts)).toContain("h1 announced the address");
  });
});

describe("anti-affinity", () => {
  test("INV-32 holds on two hosts", () => {
    const script = open(quietScript(), "h1", "h3");
    script.world({ kind: "placement", generation: 3, primary: "h1", backup: "h2" });
    accepts(ANTI_AFFINITY, script.facts);
  });

  test("INV-32: the service names the primary's host", () => {
    const script = quietScript();
    script.world({ kind: "placement", generation: 2, primary: "h1", backup: "h1" });
    expect(rejection(ANTI_AFFINITY, script.facts)).toContain("named it for the backup");
  });

  test("INV-32: a generation of one host", () => {
    expect(rejection(ANTI_AFFINITY, open(quietScript(), "h1", "h1").facts)).toContain(
      "generation 2 was opened with it alone",
    );
  });
});

describe("re-protection", () => {
  test("INV-31 holds when a backup is there in time", () => {
    const script = passes(alone(), 5);
    open(script, "h2", "h3");
    accepts(RE_PROTECTION, passes(script, 20).facts, CONTEXT);
  });

  test("INV-31: nobody asks for a backup", () => {
    expect(rejection(RE_PROTECTION, passes(alone(), 15).facts, CONTEXT)).toContain(
      "the VM on h2 had run alone for",
    );
  });

  test("INV-31 waits for a host to be free, and for trouble to pass", () => {
    const script = alone();
    script.world({ kind: "host", node: "h3", what: "crash", detail: "" });
    passes(script, 15);
    script.world({ kind: "host", node: "h3", what: "restart", detail: "" });
    passes(script, 6);
    open(script, "h2", "h3");
    accepts(RE_PROTECTION, script.facts, CONTEXT);
  });

  test("INV-31: a generation that is told again is no new one", () => {
    const script = takenOver();
    const told = passes(open(script, "h2", "h3"), 15);
    expect(rejection(RE_PROTECTION, told.facts, CONTEXT)).toContain("the VM on h3 had run alone");
  });

  test("INV-31 is no promise where nobody restores redundancy", () => {
    const script = passes(alone(), 30);
    accepts(RE_PROTECTION, open(script, "h2", "h3").facts);
  });
});

describe("move-continuity", () => {
  /** The backup's copy on h3 goes on behind this entry. */
  function moved(script: PairScript, lsn: number): PairScript {
    script.claim("h3", { kind: "log-begin", lsn });
    return script;
  }

  test("INV-40 holds when the new backup has all that was acknowledged", () => {
    const script = quietScript();
    script.acknowledge(script.lsn);
    accepts(MOVE_CONTINUITY, open(moved(script, script.lsn), "h1", "h3").facts);
  });

  test("INV-40: acknowledged entries are in no copy", () => {
    const script = quietScript();
    script.acknowledge(script.lsn);
    expect(
      rejection(MOVE_CONTINUITY, open(moved(script, script.lsn - 2), "h1", "h3").facts),
    ).toContain(`though the log was acknowledged through entry ${script.lsn}`);
  });

  test("INV-40: a primary's log does not go on where it ended", () => {
    const script = quietScript();
    expect(
      rejection(MOVE_CONTINUITY, open(moved(script, script.lsn - 1), "h3", "h2").facts),
    ).toContain("though");
  });

  test("INV-40: what the old primary appended and nobody had is no part of the log", () => {
    const script = quietScript();
    script.ship();
    script.replay();
    const had = script.lsn;
    script.perform("network", "lost");
    script.crash("h1");
    script.suspect("h2");
    script.ask("h2", "won");
    script.role("h2", "SOLO");
    open(moved(script, had), "h3", "h1");
    accepts(MOVE_CONTINUITY, script.facts);
  });

  test("INV-40: who asks again is told again when the VM is elsewhere already", () => {
    const script = quietScript();
    // Its copy of a former life ends there.
    script.claim("h2", { kind: "log-begin", lsn: script.lsn - 2 });
    takenOver(moved(alone(script), script.lsn));
    open(script, "h2", "h3");
    accepts(MOVE_CONTINUITY, script.facts);
    script.announce("h3");
    accepts(MAC_OWNERSHIP, script.facts);
    script.announce("h2");
    expect(rejection(MAC_OWNERSHIP, script.facts)).toContain("h2 announced");
  });

  test("INV-40: the host that the VM left still acts", () => {
    const script = quietScript();
    open(moved(script, script.lsn), "h3", "h2");
    script.announce("h3");
    script.announce("h1");
    expect(rejection(MOVE_CONTINUITY, script.facts)).toContain(
      "h1 still acted for the VM, which had moved to h3",
    );
  });
});

describe("power-off", () => {
  test("INV-36: what its operator ended goes on elsewhere", () => {
    const script = quietScript();
    const why = "power-off by its operator";
    script.world({ kind: "machine-stop", node: "h1", count: 3, why });
    accepts(STAYS_OFF, script.facts);
    script.wait(3_000);
    script.ask("h2", "won");
    expect(rejection(STAYS_OFF, script.facts)).toContain("h2 won the flag");
  });
});
