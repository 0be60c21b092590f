// What generations.test.ts is for claims, for what the world saw: who has the VM, after moves, copies and
// takeovers one after the other, and hosts that slept through them. Of each right history there is a
// wrong one that looks alike.

import { describe, expect, test } from "vitest";
import { accepts, rejection } from "../../test/support/checker-expectations.ts";
import { copied, end, flag, open } from "../../test/support/generations.ts";
import { judge, PairScript, quietScript } from "../../test/support/history-builder.ts";
import type { Fact, FactOf } from "../history/fact.ts";
import { BYTE_STREAMS } from "./byte-streams.ts";
import { MAC_OWNERSHIP } from "./mac-ownership.ts";
import { NO_DOUBLE_SUICIDE } from "./no-double-suicide.ts";
import { OUTPUT_REQUIREMENT } from "./output-requirement.ts";
import { SERVICE_RESUMES } from "./service-resumes.ts";
import { SINGLE_LIVE } from "./single-live.ts";

describe("no-double-suicide", () => {
  /** The VM has left this host; then all that have it lose their power. */
  function outage(pair: readonly string[], left: string): readonly Fact[] {
    const script = quietScript();
    for (const node of pair) if (node === "h3") copied(script, "h3");
    open(script, 2, pair);
    script.stop(left, `moved to ${pair.find((node) => node === "h3")}`);
    for (const node of pair) script.crash(node);
    return end(script);
  }

  test.each([
    [["h3", "h2"], "h1"],
    [["h1", "h3"], "h2"],
  ] as const)("L-3: who halted because the VM had left it is not to blame (%s)", (pair, left) => {
    accepts(NO_DOUBLE_SUICIDE, outage(pair, left));
  });

  test("L-3: the backup of the open generation halts, and nobody had the flag", () => {
    const script = quietScript();
    copied(script, "h3");
    open(script, 2, ["h1", "h3"]);
    script.stop("h2", "moved to h3");
    script.crash("h1");
    script.stop("h3", "lost its mind");
    expect(rejection(NO_DOUBLE_SUICIDE, end(script))).toContain("h3 halted (lost its mind)");
  });

  test("L-3: a crash takes no blame from who had halted there before", () => {
    const script = quietScript();
    flag(script, 1, "h1", "won");
    script.stop("h2", "lost the test-and-set");
    script.stop("h1", "lost the test-and-set");
    script.world({ kind: "host", node: "h1", what: "crash", detail: "" });
    expect(rejection(NO_DOUBLE_SUICIDE, end(script))).toContain("h1 halted");
  });

  test.each(["h1", "h2"])(
    "L-3: %s had the arbiter's word, and died before the storage knew",
    (owner) => {
      const script = quietScript();
      const grant = { arbiter: "majority", what: "flag", generation: 1, owner, votes: 2 } as const;
      script.world({ kind: "arbiter-answer", ...grant, result: "won" });
      script.crash(owner);
      script.stop(owner === "h1" ? "h2" : "h1", "lost the test-and-set");
      accepts(NO_DOUBLE_SUICIDE, end(script));
    },
  );
});

describe("mac-ownership", () => {
  function frame(script: PairScript, node: string, ordinal: number): void {
    script.release(ordinal, { node, outputClass: "network" });
  }

  function learn(script: PairScript, port: string): void {
    script.world({ kind: "switch-learn", mac: "02:00:00:00:00:01", port });
  }

  test("a frame that was under way when the VM moved was performed in the copy's past", () => {
    const moved = (ordinal: number): readonly Fact[] => {
      const script = quietScript();
      const outputs = script.perform("network", "the last one") + 1;
      const state = { node: "h1", count: 5_000, outputs, stateHash: "copy" } as const;
      script.world({ kind: "state-take", ...state });
      copied(script, "h3");
      frame(script, "h1", outputs - 1 + ordinal);
      open(script, 2, ["h3", "h2"]);
      script.announce("h3");
      learn(script, "h1");
      return script.facts;
    };
    accepts(MAC_OWNERSHIP, moved(0));
    expect(rejection(MAC_OWNERSHIP, moved(1))).toContain("may let out nothing beyond");
  });

  test("who was paused for two takeovers may still let out what its backup of then performed", () => {
    const late = (more: number): readonly Fact[] => {
      const script = quietScript();
      const ordinal = script.perform("network", "acknowledged");
      script.ship();
      script.replay();
      flag(script, 1, "h2", "won");
      script.announce("h2");
      copied(script, "h3", "h2");
      open(script, 2, ["h2", "h3"]);
      flag(script, 2, "h3", "won");
      script.announce("h3");
      frame(script, "h1", ordinal + more);
      learn(script, "h1");
      return script.facts;
    };
    accepts(MAC_OWNERSHIP, late(0));
    expect(rejection(MAC_OWNERSHIP, late(1))).toContain("may let out nothing beyond");
  });
});

describe("single-live", () => {
  test("what a node was told before it had the VM is nothing that it knows when it lost it", () => {
    const script = quietScript();
    open(script, 2, ["h3", "h2"]);
    flag(script, 1, "h2", "lost");
    flag(script, 2, "h2", "won");
    open(script, 3, ["h2", "h1"]);
    script.wait(5_000);
    flag(script, 3, "h1", "won");
    const crossing = script.facts.find((one) => one.kind === "crossing") as FactOf<"crossing">;
    const { kind, index, count, pc } = crossing;
    const silent = { ...crossing, kind, index, count, pc, node: "h2", isLive: true };
    script.world(silent);
    accepts(SINGLE_LIVE, script.facts);
    flag(script, 3, "h2", "lost");
    script.wait(2_000);
    script.world(silent);
    expect(rejection(SINGLE_LIVE, script.facts)).toContain("h2 still took");
  });

  test("INV-10: another takeover gives a node that was superseded before no more time", () => {
    const speaks = (seconds: number): readonly Fact[] => {
      const script = quietScript();
      flag(script, 1, "h2", "won");
      open(script, 2, ["h2", "h3"]);
      script.wait(seconds * 1_000);
      flag(script, 2, "h3", "won");
      script.release(2, { node: "h1", outputClass: "network" });
      return script.facts;
    };
    accepts(SINGLE_LIVE, speaks(2));
    expect(rejection(SINGLE_LIVE, speaks(20))).toContain("though it was superseded");
  });
});

describe("output-requirement", () => {
  /** h1 lets an output out; what it was made to wait for and the rest is up to the backup. */
  function letOut(script: PairScript): void {
    const ordinal = script.perform("network", "acknowledged");
    script.ship();
    script.release(ordinal);
  }

  /** What happens until somebody wins the flag of that generation; `drain`: the backup gets so far. */
  type Story = (script: PairScript, drain: () => void) => void;

  const givenUp: Story = (script, drain) => {
    copied(script, "h3", "h2");
    letOut(script);
    drain();
  };
  const primaryMoves: Story = (script, drain) => {
    letOut(script);
    copied(script, "h3");
    open(script, 2, ["h3", "h2"]);
    script.announce("h3");
    drain();
  };
  const backupMoves: Story = (script, drain) => {
    letOut(script);
    drain();
    copied(script, "h3", "h2");
    open(script, 2, ["h1", "h3"]);
  };

  test.each([
    ["a copy was given up, and the backup of before takes over", givenUp, 1, "h2"],
    ["the primary moved, and its backup follows from where it was", primaryMoves, 2, "h2"],
    ["the backup moved, and its copy is as far as it was", backupMoves, 2, "h3"],
  ] as const)("INV-04: %s", (_, story, generation, survivor) => {
    const takesOver = (isDrained: boolean): readonly Fact[] => {
      const script = quietScript();
      story(script, () => {
        if (isDrained) script.replay();
      });
      flag(script, generation, survivor, "won");
      script.announce(survivor);
      return script.facts;
    };
    accepts(OUTPUT_REQUIREMENT, takesOver(true));
    expect(rejection(OUTPUT_REQUIREMENT, takesOver(false))).toContain(
      `${survivor} went live without`,
    );
  });

  test.each([true, false])(
    "INV-04: who was paused for two takeovers lets out what its survivor had (%s)",
    (isHad) => {
      const script = quietScript();
      const ordinal = script.perform("network", "late");
      if (isHad) script.replay();
      flag(script, 1, "h2", "won");
      script.announce("h2");
      copied(script, "h3", "h2");
      open(script, 2, ["h2", "h3"]);
      flag(script, 2, "h3", "won");
      script.announce("h3");
      script.release(ordinal, { node: "h1" });
      if (isHad) accepts(OUTPUT_REQUIREMENT, script.facts);
      else
        expect(rejection(OUTPUT_REQUIREMENT, script.facts)).toContain("which h2 had not performed");
    },
  );
});

describe("byte-streams", () => {
  test("INV-19: who wins the flag for itself takes nothing over", () => {
    const reset = (winner: string): readonly Fact[] => {
      const script = quietScript();
      flag(script, 1, "h2", "won");
      open(script, 2, ["h2", "h1"]);
      script.wait(1_000);
      const connection = { client: "c1", connection: "10.0.0.21:49152" } as const;
      script.world({ kind: "client-connection", ...connection, what: "connected" });
      script.wait(1_000);
      flag(script, 2, winner, "won");
      script.wait(1_000);
      script.world({ kind: "client-connection", ...connection, what: "reset" });
      return script.finish();
    };
    accepts(BYTE_STREAMS, reset("h2"));
    expect(rejection(BYTE_STREAMS, reset("h1"))).toContain("was reset after h1 took over");
  });
});

describe("service-resumes", () => {
  test("L-1: a member's host that was lost has a copy again, and the VM is lost with its only one", () => {
    const script = quietScript();
    flag(script, 1, "h1", "won");
    script.crash("h2");
    script.wait(2_000);
    copied(script, "h2");
    script.wait(10);
    script.crash("h1");
    const op = { kind: "ping" } as const;
    script.invoke(op);
    script.wait(7_000);
    script.invoke(op);
    expect(judge(SERVICE_RESUMES, script.facts).findings).toEqual([]);
  });
});
