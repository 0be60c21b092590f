// Snapshots and forks of whole worlds (D8): restored worlds go on identically, forks do not disturb
// each other, and released forks give back every page.

import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import type { BootCache } from "../../src/testbed/run.ts";
import { judgeWorld, runToEnd } from "../../src/testbed/run.ts";
import type { World } from "../../src/testbed/world.ts";
import { createTestEngine, runOf, scenarioOf, SMALL, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const small = () => scenarioOf("failover", SMALL);

function finish(world: World): string {
  while (!world.isOver) world.advance(1_000);
  const { digest, verdict } = judgeWorld(world);
  return `${digest} ${verdict}`;
}

describe("a world", () => {
  it("restored to a snapshot at 20 random events goes on identically", () => {
    const whole = runOf(engine, { scenario: small(), seed: "21" });
    const prng = new Prng("snapshot points");
    for (let round = 0; round < 20; round++) {
      const world = worldOf(engine, { scenario: small(), seed: "21" });
      world.advance(prng.below(whole.events));
      const snapshot = world.snapshot();
      const first = finish(world);
      world.restore(snapshot);
      const second = finish(world);
      snapshot.release();
      world.release();
      expect(first).toBe(`${whole.digest} ${whole.verdict}`);
      expect(second).toBe(first);
    }
  });

  it("forked three times and interleaved event by event equals three separate runs", () => {
    const whole = runOf(engine, { scenario: small(), seed: "22" });
    const world = worldOf(engine, { scenario: small(), seed: "22" });
    world.advance(2_000);
    const snapshot = world.snapshot();
    const forks = [1, 2, 3].map(() => {
      const fork = worldOf(engine, { scenario: small(), seed: "22" });
      fork.restore(snapshot);
      return fork;
    });
    while (forks.some((fork) => !fork.isOver)) for (const fork of forks) fork.advance(1);
    for (const fork of forks) {
      expect(judgeWorld(fork).digest).toBe(whole.digest);
      fork.release();
    }
    snapshot.release();
    expect(runToEnd(world).digest).toBe(whole.digest);
  });

  it("gives back every page after 10,000 forks", () => {
    const world = worldOf(engine, { scenario: small(), seed: "23" });
    world.advance(1_000);
    const base = engine.runtime.pagesInUse;
    for (let round = 0; round < 10_000; round++) world.snapshot().release();
    expect(engine.runtime.pagesInUse).toBe(base);
    for (let round = 0; round < 200; round++) {
      const snapshot = world.snapshot();
      world.advance(20);
      world.restore(snapshot);
      snapshot.release();
    }
    expect(engine.runtime.pagesInUse).toBeLessThanOrEqual(base + 400);
    world.release();
  });
});
