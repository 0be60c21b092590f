// What a search sees of a run, and the forks that it makes: every mark and every smallest distance is
// where a walk through another world finds it; forks of one bench are the runs that they would be from
// scratch, and leave no memory behind.

import { beforeAll, describe, expect, it } from "vitest";
import type { Act } from "../../src/faults/operator.ts";
import { ForkBench } from "../../src/testbed/fork-bench.ts";
import { Lookout } from "../../src/testbed/lookout.ts";
import { type BootCache, judgeWorld } from "../../src/testbed/run.ts";
import type { World } from "../../src/testbed/world.ts";
import {
  createTestEngine,
  runOf,
  scenarioOf,
  SMALL,
  type TestRun,
  worldOf,
} from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const SHORT = [...SMALL, "workload.for=500ms", "recovery=100ms", "workload.clients=6"];
const run = (): TestRun => ({ scenario: scenarioOf("failover", SHORT), seed: "5" });

function reseed(label: string): readonly Act[] {
  return [{ phase: "start", kind: "reseed", target: label }];
}

function distanceOf(world: World, checker: string): number {
  const found = world.judge.closeness().find((one) => one.checker === checker);
  return found?.distance ?? Number.POSITIVE_INFINITY;
}

describe("a lookout", () => {
  it("sees marks and smallest distances in the events in which they come up", () => {
    const world = worldOf(engine, run());
    const lookout = new Lookout(world);
    lookout.watch();
    const { sightings, approaches } = lookout;
    expect(new Set(sightings.map(({ mark }) => mark))).toEqual(new Set(world.marks.keys()));
    expect(sightings.length).toBeGreaterThan(0);
    expect(approaches.length).toBeGreaterThan(3);
    world.release();
    const walk = worldOf(engine, run());
    const events = [...sightings, ...approaches].toSorted((a, b) => a.afterEvent - b.afterEvent);
    for (const afterEvent of new Set(events.map((one) => one.afterEvent))) {
      while (walk.kernel.dispatched < afterEvent - 1) walk.advance(1);
      const before = new Set(walk.marks.keys());
      const near = new Map(approaches.map(({ checker }) => [checker, distanceOf(walk, checker)]));
      while (walk.kernel.dispatched < afterEvent) walk.advance(1);
      expect(walk.kernel.now).toBe(events.find((one) => one.afterEvent === afterEvent)?.time);
      for (const { mark } of sightings.filter((one) => one.afterEvent === afterEvent)) {
        expect(before.has(mark)).toBe(false);
        expect(walk.marks.has(mark)).toBe(true);
      }
      for (const { checker, distance } of approaches.filter(
        (one) => one.afterEvent === afterEvent,
      )) {
        expect(near.get(checker)).toBeGreaterThan(distance);
        expect(distanceOf(walk, checker)).toBe(distance);
      }
    }
    walk.release();
  });

  it("tells of a fork only what is new in it", () => {
    const bench = new ForkBench(worldOf(engine, run()), worldOf(engine, run()));
    const late = bench.forkAt(1_500, [reseed("a")], (fork) => {
      const lookout = new Lookout(fork);
      lookout.watch();
      return [...lookout.sightings, ...lookout.approaches].map(({ afterEvent }) => afterEvent);
    });
    bench.release();
    expect(late?.[0]?.length).toBeGreaterThan(0);
    for (const afterEvent of late?.[0] ?? []) expect(afterEvent).toBeGreaterThan(1_500);
  });
});

describe("a bench", () => {
  it("makes the runs that they are from scratch, and none behind the end of the run", () => {
    const bench = new ForkBench(worldOf(engine, run()), worldOf(engine, run()));
    const finish = (fork: World): string => {
      new Lookout(fork).watch();
      return judgeWorld(fork).digest;
    };
    const digests = [700, 1_500].flatMap(
      (event) => bench.forkAt(event, [reseed("a"), reseed("b"), []], finish) ?? [],
    );
    const scratch = [700, 1_500].flatMap((afterEvent) =>
      [reseed("a"), reseed("b"), []].map((acts) => {
        const interventions = acts.map((act) => ({ ...act, afterEvent }));
        return runOf(engine, { ...run(), interventions }).digest;
      }),
    );
    expect(digests).toEqual(scratch);
    expect(new Set(digests).size).toBe(5);
    expect(bench.forkAt(10_000_000, [reseed("a")], finish)).toBeUndefined();
    bench.release();
  });

  it("gives back all memory", () => {
    const { runtime } = engine;
    const before = runtime.pagesInUse;
    const bench = new ForkBench(worldOf(engine, run()), worldOf(engine, run()));
    bench.forkAt(700, [reseed("a")], (fork) => fork.advance(200));
    const once = runtime.pagesInUse;
    for (let event = 701; event < 730; event++)
      bench.forkAt(event, [reseed("a"), reseed("b")], (fork) => fork.advance(200));
    expect(runtime.pagesInUse).toBeLessThan(once + 200);
    bench.release();
    expect(runtime.pagesInUse).toBe(before);
  });
});
