// Where two machines part, found against runs in which it is known: replicas of one run with planted
// bugs, whose first difference the port's own records and hashes tell; and replicas that never part.

import { describe, expect, it } from "vitest";
import type { RuleChange } from "../testbed/rules.ts";
import { PLANTED_BUGS } from "../testbed/variants/bugs.ts";
import type { World } from "../testbed/world.ts";
import { createTestEngine, scenarioOf, SMALL, worldOf } from "../../test/support/worlds.ts";
import { findParting, type Parting } from "./bisect.ts";
import { placeOf } from "./symbols.ts";
import { WorldJournal } from "./world-journal.ts";

const engine = createTestEngine();
const SEED = "5";

function finished(changes: readonly RuleChange[], scenario: string = "failover"): World {
  const overrides = scenario === "failover" ? SMALL : [...SMALL, "workload.rate=100/s"];
  const world = worldOf(engine, { scenario: scenarioOf(scenario, overrides), seed: SEED, changes });
  while (!world.isOver) world.advance(100_000);
  return world;
}

function bug(name: string): readonly RuleChange[] {
  const found = PLANTED_BUGS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no bug ${name}`);
  return found.changes;
}

function replicasOf(world: World): Parting {
  const [one, other] = WorldJournal.of(world, world.hosts);
  if (one === undefined || other === undefined) throw new Error("no pair");
  return findParting(engine.runtime, [one, other], replayedThrough(world));
}

/** Where h2 was when it replayed for the last time: beyond that it has a life of its own. */
function replayedThrough(world: World): number {
  let through = 0;
  for (const fact of world.facts.history.facts())
    if (fact.kind === "crossing" && fact.node === "h2" && !fact.isLive) through = fact.count;
  return through;
}

/** The first fact of h2 that is not what h1 had at the same place. */
function firstDifferentCrossing(world: World): { readonly count: number } {
  const [one, other] = world.hosts.map(({ parts }) => parts.runner.record.crossings());
  const at = one?.findIndex((crossing, index) => {
    const its = other?.[index];
    return its !== undefined && JSON.stringify(crossing) !== JSON.stringify(its);
  });
  const [a, b] = [one?.[at ?? -1], other?.[at ?? -1]];
  if (a === undefined || b === undefined) throw new Error("nothing differs");
  return { count: Math.min(a.crossing.count, b.crossing.count) };
}

describe("two replicas", () => {
  it("never part without a bug: also where one of them is behind, or goes on alone", () => {
    const world = finished([]);
    const parting = replicasOf(world);
    world.release();
    expect(parting.kind).toBe("equal");
    expect(parting.kind === "equal" && parting.through).toBeGreaterThan(100_000);
  });

  it("part at the step that reads a clock that was not logged", () => {
    const world = finished(bug("clock-of-the-backup"));
    const parting = replicasOf(world);
    const { count } = firstDifferentCrossing(world);
    world.release();
    if (parting.kind !== "differ") throw new Error("equal");
    expect(parting.step?.position).toBe(count);
    expect(parting.step?.instruction).toMatch(/^(csrr|ld|lw)/);
    expect(parting.given.map((one) => one?.kind)).toEqual(["time", "time"]);
    const [register] = parting.registers;
    expect(register?.values[0]).not.toBe(register?.values[1]);
    expect(parting.pages.count).toBe(0);
  });

  it("part where random bytes that were not logged come in", () => {
    const world = finished(bug("entropy-of-the-backup"), "time-and-entropy");
    const parting = replicasOf(world);
    const { count } = firstDifferentCrossing(world);
    world.release();
    if (parting.kind !== "differ") throw new Error("equal");
    expect(parting.step?.position).toBe(count);
    expect(parting.given.map((one) => one?.kind)).toEqual(["entropy", "entropy"]);
    // Bytes are in memory or in a register: one of both tells them apart.
    expect(parting.registers.length + parting.pages.count).toBeGreaterThan(0);
  });

  it("part before the step from which one of them was interrupted", () => {
    const world = finished(bug("interrupt-one-step-late"));
    const parting = replicasOf(world);
    const { count } = firstDifferentCrossing(world);
    world.release();
    if (parting.kind !== "differ") throw new Error("equal");
    expect(parting.step?.position).toBe(count - 1);
    expect(parting.given[0]?.kind).toBe("entry");
    expect(parting.given[1]).toBeUndefined();
    // The frame is in memory, where the guest has not looked at it yet.
    expect(parting.registers).toEqual([]);
    expect(parting.pages.count).toBeGreaterThan(0);
  });
});

describe("two runs", () => {
  it("are told apart machine by machine, and a run from itself not at all", () => {
    const runs = [finished([]), finished([]), finished(bug("clock-of-the-backup"))] as const;
    const journals = runs.map((world) => WorldJournal.of(world, world.hosts));
    const part = (a: number, b: number, host: number): Parting["kind"] => {
      const [one, other] = [journals[a]?.[host], journals[b]?.[host]];
      if (one === undefined || other === undefined) throw new Error("no such host");
      return findParting(engine.runtime, [one, other]).kind;
    };
    expect([part(0, 1, 0), part(0, 1, 1)]).toEqual(["equal", "equal"]);
    expect(part(0, 2, 1)).toBe("differ");
    for (const world of runs) world.release();
  });
});

describe("a place in a program", () => {
  const symbols = new Map([
    ["_start", { address: 0x80000000, size: 0 }],
    ["put", { address: 0x80000100, size: 0x40 }],
    ["get", { address: 0x80000200, size: 0x10 }],
  ]);

  it.each([
    [0x80000000n, "_start"],
    [0x80000104n, "put+0x4"],
    [0x80000140n, "_start+0x140"],
    [0x8000020fn, "get+0xf"],
    [0x7fffffffn, ""],
  ])("is %s: %s", (address, place) => {
    expect(placeOf(symbols, address)).toBe(place);
  });
});
