// Goal: a replica can be debugged across a failover, and the run never knows. Method: the twin's state
// at what the flight recorder hashed, and at the end the machine's own; the digest of a run that was
// debugged against that of one that was not.

import { describe, expect, it } from "vitest";
import { virtualTime } from "../base/time.ts";
import type { World } from "../testbed/world.ts";
import { createTestEngine, scenarioOf, SMALL, worldOf } from "../../test/support/worlds.ts";
import { move } from "../../test/support/gdb/ticking-program.ts";
import { Explorer } from "./explorer.ts";
import { WorldJournal } from "./world-journal.ts";

const SEED = "5";
const NS = 1_000_000;

const engine = createTestEngine();

function failover(): World {
  return worldOf(engine, { scenario: scenarioOf("failover", SMALL), seed: SEED });
}

/** When the backup went live, in ns. */
function takeOverOf(world: World): number {
  for (const fact of world.facts.history.facts())
    if (fact.kind === "machine-stop" && fact.node === "h1") return fact.time;
  throw new Error("h1 did not stop");
}

function explore(world: World): readonly { journal: WorldJournal; explorer: Explorer }[] {
  return WorldJournal.of(world, world.hosts).map((journal) => ({
    journal,
    explorer: new Explorer(engine.runtime, journal),
  }));
}

describe("a debugged replica", () => {
  it("is the machine itself at every position that was hashed, before and behind a failover", () => {
    const world = failover();
    const [, second] = explore(world);
    if (second === undefined) throw new Error("no h2");
    const { journal, explorer } = second;
    while (!world.isOver) journal.extend();
    const { record, machine } = world.hosts[1]?.parts.runner ?? {};
    const crossings = record?.crossings() ?? [];
    let compared = 0;
    for (const [index, { crossing, stateHash }] of crossings.entries()) {
      const next = crossings[index + 1]?.crossing.count ?? Number.POSITIVE_INFINITY;
      if (crossing.kind !== "entry" || stateHash === "" || next === crossing.count) continue;
      if (index % 7 !== 0) continue;
      move(explorer, { kind: "goto", position: crossing.count });
      expect([crossing.count, explorer.stateHash()]).toEqual([crossing.count, stateHash]);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
    expect(move(explorer, { kind: "continue" })).toEqual({ kind: "end" });
    expect(explorer.stateHash()).toBe(machine?.stateHash());
    explorer.release();
    world.release();
  });

  it("is gone back with across the failover, and the run stays the same run", () => {
    const world = failover();
    const [first, second] = explore(world);
    if (first === undefined || second === undefined) throw new Error("no h1 and h2");
    while (!second.journal.advanceTo(virtualTime(900 * NS)));
    const takeOver = takeOverOf(world);
    const { explorer } = second;
    move(explorer, { kind: "goto", position: second.journal.present });
    const pc = explorer.register(32) ?? 0n;
    const [before, late] = [second.journal.positionAt(takeOver), explorer.position];
    expect(before).toBeLessThan(late);
    explorer.place({ kind: "breakpoint", address: pc });
    const seen = [explorer.stateHash()];
    const positions = [late];
    while (explorer.position > (before ?? 0)) {
      expect(move(explorer, { kind: "continue-back" }).kind).toBe("breakpoint");
      expect(explorer.register(32)).toBe(pc);
      positions.push(explorer.position);
      seen.push(explorer.stateHash());
    }
    while (explorer.position < late) {
      expect(explorer.position).toBe(positions.pop());
      expect(explorer.stateHash()).toBe(seen.pop());
      expect(move(explorer, { kind: "continue" }).kind).toBe("breakpoint");
    }
    expect(explorer.position).toBe(late);
    // The primary's twin cannot go beyond its end, and does not wait for the run's.
    expect(move(first.explorer, { kind: "continue" })).toEqual({ kind: "end" });
    expect(world.isOver).toBe(false);
    expect(first.explorer.setRegister(5, 1n)).toBe(false);
    expect(explorer.describe()).toMatch(/^step \d+, h2 at 0\.\d{6} s, the world at /);
    for (const { explorer: one } of [first, second]) one.release();
    while (!world.isOver) world.advance(10_000);
    const undebugged = failover();
    while (!undebugged.isOver) undebugged.advance(10_000);
    expect(world.digest()).toBe(undebugged.digest());
    for (const one of [world, undebugged]) one.release();
  });
});
