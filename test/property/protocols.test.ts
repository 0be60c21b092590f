// What identity.test.ts and snapshots.test.ts show of VM-FT, for every protocol that comes with the
// testbed: slices of any size are the same run, and so is a fork out of its middle.

import { describe, expect, it } from "vitest";
import { KNOWN_PROTOCOLS } from "../../src/protocols/registry.ts";
import { runToEnd } from "../../src/testbed/run.ts";
import { createTestEngine, runOf, scenarioOf, SMALL, worldOf } from "../support/worlds.ts";

const engine = createTestEngine();
const scenario = scenarioOf("failover", [...SMALL, "workload.rate=60/s"]);

describe.each(KNOWN_PROTOCOLS)("$protocol.name", ({ protocol }) => {
  const run = { scenario, seed: "7", protocol };

  it("is the same run however its execution is cut", () => {
    const whole = runOf(engine, run);
    // Without protection the service ends with its host.
    expect(whole.verdict).toBe(protocol.name === "none" ? "invalid" : "valid");
    const cut = runOf(engine, { ...run, execution: { sliceCap: 997, hashEvery: 1 } });
    expect(cut.digest).toBe(whole.digest);
  });

  it("goes on identically in forks of its middle", () => {
    const whole = runOf(engine, run);
    for (const share of [0.2, 0.4, 0.6]) {
      const world = worldOf(engine, run);
      world.advance(Math.floor(whole.events * share));
      const snapshot = world.snapshot();
      const fork = worldOf(engine, run);
      fork.restore(snapshot);
      world.advance(500);
      expect(runToEnd(fork).digest).toBe(whole.digest);
      world.restore(snapshot);
      snapshot.release();
      expect(runToEnd(world).digest).toBe(whole.digest);
    }
  });
});
