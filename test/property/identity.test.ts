// A run's identity does not depend on how it is executed: slices, chunks, the hash interval, another
// world in the same process. Sizes are printed; the full sizes run in `npm run campaign:shipped`.

import { beforeAll, describe, expect, it } from "vitest";
import type { BootCache } from "../../src/testbed/run.ts";
import { judgeWorld, runToEnd } from "../../src/testbed/run.ts";
import {
  createTestEngine,
  runOf,
  scenarioOf,
  SMALL,
  SMALL_AT,
  worldOf,
} from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const small = () => scenarioOf("failover", SMALL);

describe("the digest of a run", () => {
  it("is the same with slices of 997 and 1,000 steps and with none", () => {
    const run = (sliceCap: number) =>
      runOf(engine, { scenario: small(), seed: "7", execution: { sliceCap, hashEvery: 1 } });
    const free = run(50_000_000);
    expect(free.verdict).toBe("valid");
    expect(run(997).digest).toBe(free.digest);
    expect(run(1_000).digest).toBe(free.digest);
  });

  it("is the same with slices of one step, on a world of more than 200,000 steps", () => {
    const tiny = scenarioOf("failover", [
      ...SMALL,
      "workload.for=180ms",
      "recovery=60ms",
      "faults.0.when.from=60ms",
      "protocol.heartbeat-timeout=60ms",
      "protocol.log-timeout=60ms",
      "protocol.heartbeat-interval=10ms",
      "protocol.progress-interval=10ms",
      "workload.rate=100/s",
    ]);
    const run = (sliceCap: number) =>
      runOf(engine, { scenario: tiny, seed: "7", execution: { sliceCap, hashEvery: 1 } });
    const free = run(50_000_000);
    const steps = [...free.steps.values()].reduce((sum, count) => sum + count, 0);
    expect(steps).toBeGreaterThan(200_000);
    expect(run(1).digest).toBe(free.digest);
  });

  it("is the same in chunks of 1, 1,000 and all events", () => {
    const run = (chunk: number) =>
      runToEnd(worldOf(engine, { scenario: small(), seed: "8" }), chunk);
    const whole = run(Number.MAX_SAFE_INTEGER);
    expect(run(1).digest).toBe(whole.digest);
    expect(run(1_000).digest).toBe(whole.digest);
  });

  it("is the same whatever the hash interval", () => {
    const run = (hashEvery: number) =>
      runOf(engine, {
        scenario: small(),
        seed: "9",
        execution: { sliceCap: 50_000_000, hashEvery },
      });
    expect(run(7).digest).toBe(run(1).digest);
  });

  it("is the same with another world interleaved in the same process", () => {
    const alone = runOf(engine, { scenario: small(), seed: "10" });
    const world = worldOf(engine, { scenario: small(), seed: "10" });
    const other = worldOf(engine, { scenario: scenarioOf("split-brain", SMALL_AT), seed: "11" });
    while (!world.isOver) {
      world.advance(13);
      other.advance(7);
    }
    expect(judgeWorld(world).digest).toBe(alone.digest);
    world.release();
    other.release();
  });

  it("differs between seeds", () => {
    const one = runOf(engine, { scenario: small(), seed: "12" });
    const two = runOf(engine, { scenario: small(), seed: "13" });
    expect(one.digest).not.toBe(two.digest);
  });
});
