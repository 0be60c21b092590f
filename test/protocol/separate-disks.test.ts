// Each host has a disk of its own: whole runs, in which hosts die, come back with an old disk,
// and are moved; and what a scenario has to say to have it.

import { beforeAll, describe, expect, it } from "vitest";
import type { Fact, FactOf } from "../../src/history/fact.ts";
import { Prng } from "../../src/base/prng.ts";
import { CHECKPOINTS } from "../../src/protocols/checkpoints.ts";
import { type BootCache, createWorld, judgeWorld } from "../../src/testbed/run.ts";
import { changesOf } from "../../src/testbed/variants.ts";
import type { World } from "../../src/testbed/world.ts";
import { createTestEngine, runOf, scenarioOf, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

/** Everything that the scenario is about, in four seconds of load. */
const SHORT = [
  "workload.for=3600ms",
  "protocol.heartbeat-timeout=200ms",
  "protocol.log-timeout=200ms",
  "protocol.heartbeat-interval=40ms",
  "protocol.progress-interval=40ms",
  "protocol.protection-delay=200ms",
  "faults.0.at=300ms",
  "faults.0.for=300ms",
  "faults.1.at=2800ms",
];
const thereAndBack = (...more: readonly string[]) =>
  scenarioOf("separate-disks", [...SHORT, ...more]);

const of = <K extends Fact["kind"]>(facts: readonly Fact[], kind: K): readonly FactOf<K>[] =>
  facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
const bug = (name: string) => {
  const changes = changesOf([], [name]);
  if (!changes.ok) throw new Error(changes.error);
  return changes.value;
};

function finish(world: World): string {
  while (!world.isOver) world.advance(1_000);
  const { digest, verdict } = judgeWorld(world);
  return `${digest} ${verdict}`;
}

describe("hosts with disks of their own", () => {
  it("take over, copy the disk back, and take over again: equal at each clone point (SCN-46)", () => {
    const run = runOf(engine, { scenario: thereAndBack(), seed: "1" });
    expect(run.verdict).toBe("valid");
    const copies = of(run.facts, "disk-copy");
    expect(copies.map(({ source, node }) => `${source} ${node}`)).toEqual(["h1 h2", "h2 h1"]);
    expect(copies.every(({ sourceHash, contentHash }) => sourceHash === contentHash)).toBe(true);
    expect(copies[0]?.contentHash).not.toBe(copies[1]?.contentHash);
    const live = of(run.facts, "role").filter(({ role }) => role === "SOLO");
    expect(live.map(({ node }) => node)).toEqual(["h2", "h1"]);
    // Nothing of a disk leaves a host, and the backup writes when the primary does.
    expect(of(run.facts, "release").filter(({ disk }) => disk !== null)).toEqual([]);
    const firstOfBackup = of(run.facts, "disk-issue").find(({ node }) => node === "h2");
    expect(firstOfBackup?.time).toBeLessThan(300_000_000);
  });

  it("have wrong data after the second takeover where the disk is not copied (BUG-60)", () => {
    const changes = bug("disk-left-behind");
    const run = runOf(engine, { scenario: thereAndBack(), seed: "1", changes });
    const rejected = run.results.filter(({ verdict }) => verdict === "invalid");
    expect(rejected.map(({ checker }) => checker)).toEqual(
      expect.arrayContaining(["disk-equality", "disk-audit"]),
    );
  });

  it("do the same with the votes of a majority, which a host that is back asks for the record", () => {
    const scenario = thereAndBack("topology.hosts=3", "protocol.arbiter=majority");
    const run = runOf(engine, { scenario, seed: "2" });
    expect(run.verdict).toBe("valid");
    const stayed = of(run.facts, "host").filter(({ what }) => what === "stays-out");
    expect(stayed.map(({ node }) => node)).toEqual(["h1"]);
    const won = of(run.facts, "test-and-set").filter(({ isFirst }) => isFirst);
    expect(won.map(({ owner, generation }) => `${owner} ${generation}`)[0]).toBe("h2 1");
  });

  it("give a VM that began alone its first backup, disk and all (R-6.1)", () => {
    const scenario = thereAndBack("protocol.start=alone", "faults=[]");
    const run = runOf(engine, { scenario, seed: "3" });
    expect(run.verdict).toBe("valid");
    expect(of(run.facts, "disk-copy").map(({ node }) => node)).toEqual(["h2"]);
  });

  it.each(["move-primary", "move-backup"])("are moved with their disks: %s (R-8.2)", (name) => {
    const more = ["topology.disks=separate", "protocol.arbiter=third-party"];
    const run = runOf(engine, { scenario: scenarioOf(name, more), seed: "4" });
    expect(run.verdict).toBe("valid");
    expect(of(run.facts, "disk-copy").length).toBeGreaterThan(1);
  });

  it("go on identically when they are restored, at 6 random events", () => {
    const scenario = thereAndBack();
    const whole = runOf(engine, { scenario, seed: "5" });
    const prng = new Prng("snapshot points");
    for (let round = 0; round < 6; round++) {
      const world = worldOf(engine, { scenario, seed: "5" });
      world.advance(prng.below(whole.events));
      const snapshot = world.snapshot();
      const first = finish(world);
      world.restore(snapshot);
      expect([first, finish(world)]).toEqual(Array(2).fill(`${whole.digest} ${whole.verdict}`));
      snapshot.release();
      world.release();
    }
  });
});

describe("a scenario with separate disks", () => {
  const failover = (...overrides: readonly string[]) => scenarioOf("failover", overrides);

  it.each([
    [
      ["topology.disks=separate"],
      /failover\.yaml:\d+:\d+: protocol\.arbiter: expected third-party/,
    ],
    [
      ["disks=separate", "protocol.arbiter=third-party", "storage.cache=volatile"],
      /topology\.storage\.cache: expected none/,
    ],
    [["disks=both"], /topology\.disks: /],
  ])("is refused in one line: %j", (overrides, message) => {
    expect(() => failover(...overrides)).toThrow(message);
  });

  it("has no fabric in which a command could be late", () => {
    const more = ["disks=separate", "protocol.arbiter=third-party"];
    expect(() => scenarioOf("late-command", more)).toThrow(/needs `topology\.disks: shared`/);
  });

  it("needs a protocol that knows them", () => {
    const scenario = failover("disks=separate", "protocol.arbiter=third-party");
    const request = { scenario, seed: "1", protocol: CHECKPOINTS, changes: [] };
    const world = createWorld(engine, request);
    expect(world.ok ? "" : world.error).toMatch(/^protocol checkpoints knows a shared disk only/);
  });
});
