// A throttled and batched world: the control state of the channel is part of what snapshots carry, how
// execution is cut into slices does not change it, and batches spare interrupts. Small: lags of 100 ms
// are high here.

import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import type { FactOf } from "../../src/history/fact.ts";
import { type BootCache, judgeWorld } from "../../src/testbed/run.ts";
import type { World } from "../../src/testbed/world.ts";
import { createTestEngine, runOf, scenarioOf, type TestRun, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const THROTTLED = [
  "workload.for=1400ms",
  "recovery=200ms",
  "workload.clients=2",
  "faults.0.at=300ms",
  "faults.0.for=600ms",
  "protocol.lag-high=100ms",
  "protocol.lag-low=40ms",
  "protocol.lag-period=50ms",
  "protocol.progress-interval=10ms",
  "protocol.rx-batch=2ms",
  "protocol.log-batch=5ms",
];

const throttled = (): TestRun => ({
  scenario: scenarioOf("overcommitted-backup", THROTTLED),
  seed: "3",
});

function finish(world: World): string {
  while (!world.isOver) world.advance(1_000);
  return judgeWorld(world).digest;
}

function factsOf<K extends "cpu-limit" | "crossing">(world: World, kind: K): readonly FactOf<K>[] {
  return [...world.facts.history.facts()].filter((fact): fact is FactOf<K> => fact.kind === kind);
}

describe("a throttled world", () => {
  it("was limited, and has all of its CPU in the end", () => {
    const world = worldOf(engine, throttled());
    finish(world);
    const limits = factsOf(world, "cpu-limit").map(({ percent }) => percent);
    expect(limits.length).toBeGreaterThan(6);
    expect([limits[0], limits.at(-1)]).toEqual([97, 100]);
    expect(judgeWorld(world).verdict).toBe("valid");
    world.release();
  });

  it("restored at random events goes on identically", () => {
    const whole = runOf(engine, throttled());
    const prng = new Prng("points of a throttled world");
    for (let round = 0; round < 3; round++) {
      const world = worldOf(engine, throttled());
      world.advance(prng.below(whole.events));
      const snapshot = world.snapshot();
      expect(finish(world)).toBe(whole.digest);
      world.restore(snapshot);
      expect(finish(world)).toBe(whole.digest);
      snapshot.release();
      world.release();
    }
  });

  it.each([7, 40_009])("is the same in slices of at most %i steps", (sliceCap) => {
    const { digest } = runOf(engine, throttled());
    const cut = runOf(engine, { ...throttled(), execution: { sliceCap, hashEvery: 1 } });
    expect(cut.digest).toBe(digest);
  });
});

describe("batches of frames", () => {
  const run = (window: string): { interrupts: number; steps: number; answered: number } => {
    const scenario = scenarioOf("all-is-well", [
      `protocol.rx-batch=${window}`,
      "topology.host.record-cost=20us",
      "workload.clients=8",
      "workload.rate=500/s",
      "workload.for=700ms",
      "recovery=200ms",
    ]);
    const world = worldOf(engine, { scenario, seed: "1" });
    finish(world);
    const own = factsOf(world, "crossing").filter(({ node }) => node === "h1");
    const answered = [...world.facts.history.facts()].filter(
      (fact) => fact.kind === "client" && fact.event.kind === "ok",
    ).length;
    world.release();
    return {
      interrupts: own.filter(({ crossing }) => crossing === "net-rx").length,
      steps: own.at(-1)?.count ?? 0,
      answered,
    };
  };

  it("take fewer interrupts, records and steps for as many answers", () => {
    const single = run("0s");
    const batched = run("2ms");
    expect(batched.answered).toBeGreaterThan(single.answered * 0.9);
    expect(batched.interrupts).toBeLessThan(single.interrupts * 0.8);
    expect(batched.steps).toBeLessThan(single.steps);
  });
});
