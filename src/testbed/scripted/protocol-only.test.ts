// Runs on the scripted machine are judged as any others: they are valid, the same however they are cut,
// and what is wrong with the protocol or with a replay is found in them, under every protocol.

import { describe, expect, it } from "vitest";
import { createTestEngine, runOf, scenarioOf, worldOf } from "../../../test/support/worlds.ts";
import { must } from "../../base/assert.ts";
import { knownProtocol } from "../../protocols/registry.ts";
import { runToEnd } from "../run.ts";
import { PLANTED_BUGS } from "../variants/bugs.ts";

const engine = createTestEngine();
const scenario = scenarioOf("protocol-only");

describe("protocol-only", () => {
  it("has at least 500 events, one fault and a takeover, and every checker has its say", () => {
    for (const seed of ["1", "2", "3"]) {
      const { verdict, events, facts, results } = runOf(engine, { scenario, seed });
      expect(verdict).toBe("valid");
      expect(events).toBeGreaterThanOrEqual(500);
      expect(facts.filter(({ kind }) => kind === "fault-fired")).toHaveLength(1);
      expect(facts.some((fact) => fact.kind === "role" && fact.role === "SOLO")).toBe(true);
      const looked = (name: string) => results.find(({ checker }) => checker === name);
      for (const name of ["linearizable", "same-execution", "output-commit", "reference"])
        expect(looked(name)?.looked).toBeGreaterThan(0);
      expect(looked("byte-streams")?.summary).toContain("does not apply: no client speaks TCP");
    }
  });

  it("is the same run in slices of any size, and with fewer hashes", () => {
    const { digest } = runOf(engine, { scenario, seed: "7" });
    for (const execution of [
      { sliceCap: 1_000, hashEvery: 1 },
      { sliceCap: 50_000_000, hashEvery: 5 },
    ])
      expect(runOf(engine, { scenario, seed: "7", execution }).digest).toBe(digest);
  });

  it("goes on identically in a fork", () => {
    const [world, fork] = [
      worldOf(engine, { scenario, seed: "5" }),
      worldOf(engine, { scenario, seed: "5" }),
    ];
    world.advance(350);
    const snapshot = world.snapshot();
    fork.restore(snapshot);
    snapshot.release();
    expect(runToEnd(fork).digest).toBe(runToEnd(world).digest);
  });

  it.each([
    ["interrupt-one-step-late", "same-execution"],
    ["clock-of-the-backup", "same-execution"],
    ["entropy-of-the-backup", "same-execution"],
    ["release-on-send", "output-commit"],
    ["forgets-pending-io", "reissue"],
    ["no-bounce-buffers", "dma"],
    ["clock-of-the-new-host", "guest-time"],
  ])("shows the planted bug %s to %s", (name, checker) => {
    const changes = PLANTED_BUGS.find((bug) => bug.name === name)?.changes ?? [];
    const rejected = ["1", "2", "3", "4", "5", "6", "7", "8"].some((seed) =>
      runOf(engine, { scenario, seed, changes }).results.some(
        (result) => result.checker === checker && result.verdict === "invalid",
      ),
    );
    expect(rejected).toBe(true);
  });

  it.each(["stop-on-output", "epochs", "checkpoints", "colo"])("is valid under %s", (name) => {
    const { protocol } = must(knownProtocol(name), "the protocol");
    expect(runOf(engine, { scenario, seed: "3", protocol }).verdict).toBe("valid");
  });

  it("is copied to a third host, which takes over in its turn", () => {
    const three = scenarioOf("protocol-only", [
      "topology.hosts=3",
      "protocol.protection-delay=50ms",
      "workload.for=700ms",
      "workload.rate=60/s",
    ]);
    const result = runOf(engine, { scenario: three, seed: "3" });
    expect(result.verdict).toBe("valid");
    expect(result.facts.some(({ kind }) => kind === "state-put")).toBe(true);
  });

  it("is refused with clients that it does not understand", () => {
    expect(() => scenarioOf("failover", ["guest=scripted"])).toThrow(
      "guest scripted understands no key-value workload: expected kind registers",
    );
  });
});
