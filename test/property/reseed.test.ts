// Re-seeding: the act known from the start and a fork that is re-seeded there are one run, nested and
// through snapshots of what was re-seeded; nothing draws from an old stream afterwards; and a fork of
// the same moment with another label is another run. With chance everywhere: links that lose, lossy
// disks, a guest that asks for entropy, a protocol that draws lots.

import { beforeAll, describe, expect, it, vi } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import type { BoundaryIntervention, Intervention } from "../../src/faults/operator.ts";
import { userProtocol } from "../../src/protocols/user-protocol.ts";
import { type BootCache, runToEnd } from "../../src/testbed/run.ts";
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

const rough = (): TestRun => ({
  scenario: scenarioOf("failover", [
    ...SMALL,
    "topology.client-link.loss=2%",
    "topology.log-link.duplicate=2%",
  ]),
  seed: "5",
});

function reseed(afterEvent: number, label: string): BoundaryIntervention {
  return { afterEvent, phase: "start", kind: "reseed", target: label };
}

function goTo(world: World, afterEvent: number): void {
  while (world.kernel.dispatched < afterEvent) world.advance(1);
}

/** In a fork of a fork: each act is done in a world of its own, which goes on from the one before. */
function forked(run: TestRun, acts: readonly BoundaryIntervention[]): string {
  let world = worldOf(engine, run);
  for (const { afterEvent, ...act } of acts) {
    goTo(world, afterEvent);
    const fork = worldOf(engine, run);
    const snapshot = world.snapshot();
    // What goes on beside it must not show in the fork.
    world.advance(500);
    fork.restore(snapshot);
    snapshot.release();
    world.release();
    fork.strikeHere(act);
    world = fork;
  }
  return runToEnd(world).digest;
}

function fromScratch(run: TestRun, interventions: readonly Intervention[]): string {
  return runOf(engine, { ...run, interventions }).digest;
}

describe("re-seeding", () => {
  it("is the same run from scratch and in a fork, nested, also with a crash between", () => {
    const run = rough();
    const crash = { afterEvent: 1_900, phase: "start", kind: "crash", target: "h2" } as const;
    const lists = [
      [reseed(1, "a")],
      [reseed(1_500, "a")],
      [reseed(1_500, "b")],
      [reseed(1_500, "a"), reseed(1_500, "b")],
      [reseed(1_000, "a"), reseed(2_000, "a"), reseed(3_000, "c")],
      [reseed(1_000, "a"), crash, reseed(2_100, "c")],
    ];
    const digests = lists.map((acts) => {
      const digest = fromScratch(run, acts);
      expect(forked(run, acts), JSON.stringify(acts)).toBe(digest);
      return digest;
    });
    expect(new Set([...digests, fromScratch(run, [])]).size).toBe(lists.length + 1);
  });

  it("does not depend on slices, and may be done at a moment, too", () => {
    const run = rough();
    const timed = { at: 400_000_001, phase: "start", kind: "reseed", target: "t" } as Intervention;
    const acts = [reseed(1_200, "a"), timed];
    const sliced = { ...run, execution: { sliceCap: 997, hashEvery: 1 } };
    expect(fromScratch(sliced, acts)).toBe(fromScratch(run, acts));
  });

  it("leaves no stream as it was", () => {
    const run: TestRun = {
      scenario: scenarioOf("time-and-entropy", ["workload.for=800ms", "recovery=300ms"]),
      seed: "5",
    };
    const at = 2_000;
    const drawn = ["", "x", "y"].map((label) => drawsAfter(run, at, label));
    const [plain, x, y] = drawn as [Drawn, Drawn, Drawn];
    const both = [...plain.keys()].filter((path) => x.has(path) && y.has(path));
    expect(both.length).toBeGreaterThan(3);
    expect(both.some((path) => path.includes("entropy"))).toBe(true);
    for (const path of both)
      expect(new Set([plain.get(path), x.get(path), y.get(path)]).size, path).toBe(3);
  });

  it("reaches a protocol that draws lots", () => {
    const lots = userProtocol("lots", {
      init: () => ({ sum: 0 }),
      step: (state, input) => ({
        state: { sum: (state as { sum: number }).sum + (input as { random: number }).random },
        effects: [],
      }),
    });
    const given = { self: "h1", seed: "1" } as Parameters<typeof lots.create>[0];
    const sums = [[], ["a"], ["b"], ["a", "b"]].map((labels) => {
      const replica = lots.create(given);
      for (const label of labels) replica.reseed?.(label);
      const again = lots.create(given);
      again.restore(replica.snapshot());
      for (const one of [replica, again]) {
        one.reseed?.("last");
        one.step({ kind: "start" }, CONTEXT);
      }
      expect(again.snapshot()).toEqual(replica.snapshot());
      return (replica.snapshot() as { state: { sum: number } }).state.sum;
    });
    expect(new Set(sums).size).toBe(4);
  });
});

const CONTEXT = {
  now: 0,
  uptime: 0,
  count: 0,
  isWaiting: false,
  guestDeadline: undefined,
  pendingDisk: () => [],
};

type Drawn = ReadonlyMap<string, number>;

/** The first number that each stream gave after the act, by its path. */
function drawsAfter(run: TestRun, afterEvent: number, label: string): Drawn {
  const first = new Map<string, number>();
  const world = worldOf(engine, run);
  goTo(world, afterEvent);
  if (label !== "") world.strikeHere({ phase: "start", kind: "reseed", target: label });
  const spy = vi.spyOn(Prng.prototype, "uint32");
  runToEnd(world);
  for (const [at, prng] of spy.mock.contexts.entries()) {
    const path = (prng as Prng).drawCounts()[0]?.[0] ?? "";
    if (!first.has(path)) first.set(path, spy.mock.results[at]?.value as number);
  }
  spy.mockRestore();
  return first;
}
