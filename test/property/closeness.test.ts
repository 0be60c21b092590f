// How near a run came to a violation, as checkers tell it: of real runs, against the same distance
// looked up in the facts by hand; it never grows while a run goes on, and a fork takes it along.

import { beforeAll, describe, expect, it } from "vitest";
import type { Fact, FactOf } from "../../src/history/fact.ts";
import type { BootCache } from "../../src/testbed/run.ts";
import type { World } from "../../src/testbed/world.ts";
import { createTestEngine, scenarioOf, SMALL, SMALL_AT, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

function finished(name: string, overrides: readonly string[]): World {
  const world = worldOf(engine, { scenario: scenarioOf(name, overrides), seed: "3" });
  while (!world.isOver) world.advance(100_000);
  world.release();
  return world;
}

function distances(world: World): ReadonlyMap<string, number> {
  return new Map(world.judge.closeness().map(({ checker, distance }) => [checker, distance]));
}

function of<K extends Fact["kind"]>(world: World, kind: K): readonly FactOf<K>[] {
  return world.facts.history.facts().filter((fact): fact is FactOf<K> => fact.kind === kind);
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("nothing to look at");
  return value;
}

describe("a takeover", () => {
  it("tells what its facts tell", () => {
    const world = finished("failover", SMALL);
    const told = distances(world);
    const won = must(of(world, "test-and-set").find(({ result }) => result === "won"));
    const words = of(world, "release").filter(({ outputClass }) => outputClass === "network");
    const last = must(words.findLast(({ node }) => node !== won.owner));
    const first = must(words.find(({ node, time }) => node === won.owner && time >= won.time));
    expect(first.time).toBeGreaterThan(last.time);
    expect(told.get("single-live")).toBe(first.time - last.time);

    const asked = must(of(world, "test-and-set-request")[0]);
    const acks = of(world, "log-ack-send").filter(({ node }) => node === asked.node);
    expect(told.get("ack-freeze")).toBe(asked.time - must(acks.at(-1)).time);

    const announced = must(of(world, "announce")[0]);
    const learned = must(
      of(world, "switch-learn").find(
        ({ mac, port, time }) =>
          mac === announced.mac && port === won.owner && time >= announced.time,
      ),
    );
    expect(told.get("mac-ownership")).toBe(announced.time + 1_000_000_000 - learned.time);
    expect(told.get("output-commit")).toBe(0);
    expect(told.has("loser-halts")).toBe(false);
  });

  it("tells how much of the buffer was never used", () => {
    const world = finished("failover", SMALL);
    const buffer = world.spec.scenario.protocol["primary-buffer"];
    const result = must(world.judge.results().find(({ checker }) => checker === "buffers"));
    const most = must(result.figures.get("mostUnacknowledged"));
    expect(most).toBeGreaterThan(0);
    expect(distances(world).get("buffers")).toBe(buffer - most);
  });

  it("tells how far the guest's time went on", () => {
    const world = finished("time-and-entropy", [
      ...SMALL.filter((text) => !text.includes("in-flight")),
      "faults.0.when.in-flight=1",
    ]);
    const won = must(of(world, "test-and-set").find(({ result }) => result === "won"));
    const reads = of(world, "crossing").filter(
      ({ node, crossing, ticks }) => node === won.owner && crossing === "time" && ticks >= 0,
    );
    const at = reads.findIndex(({ isLive }) => isLive);
    expect(at).toBeGreaterThan(0);
    const distance = must(reads[at]).ticks - must(reads[at - 1]).ticks;
    expect(distances(world).get("guest-time")).toBe(distance);
  });
});

describe("two nodes that cannot hear each other", () => {
  it("tell how long the loser was about, and how long a doubting primary had been silent", () => {
    const world = finished("split-brain", SMALL_AT);
    const told = distances(world);
    const lost = must(of(world, "test-and-set").find(({ result }) => result === "lost"));
    const stop = must(of(world, "machine-stop").find(({ node }) => node === lost.owner));
    expect(told.get("loser-halts")).toBe(lost.time + 5_000_000_000 - stop.time);
    const doubt = must(
      of(world, "role").find(({ node, role }) => node === "h1" && role === "SUSPECT"),
    );
    const spoke = must(
      of(world, "release").findLast(({ node, time }) => node === "h1" && time <= doubt.time),
    );
    expect(told.get("quiet-suspect")).toBe(doubt.time - spoke.time);
  });
});

describe("a distance", () => {
  it("never grows, and goes with a fork", () => {
    const world = worldOf(engine, { scenario: scenarioOf("failover", SMALL), seed: "4" });
    const fork = worldOf(engine, { scenario: scenarioOf("failover", SMALL), seed: "4" });
    let before = distances(world);
    let told = 0;
    while (!world.isOver) {
      world.advance(200);
      const now = distances(world);
      for (const [checker, distance] of before)
        expect(now.get(checker), checker).toBeLessThanOrEqual(distance);
      told = Math.max(told, now.size);
      before = now;
      const snapshot = world.snapshot();
      fork.restore(snapshot);
      snapshot.release();
      expect(distances(fork)).toEqual(now);
    }
    expect(told).toBeGreaterThanOrEqual(5);
    world.release();
    fork.release();
  });
});
