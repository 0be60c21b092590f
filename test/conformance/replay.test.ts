// Record and replay: the backup's execution is a function of the clone and the log.
// Whatever its own host would have answered - another clock, other randomness, another pace - changes
// nothing that crosses its machine's port, and nothing that its machine is.

import { beforeAll, describe, expect, it } from "vitest";
import type { Fact } from "../../src/history/fact.ts";
import type { BootCache } from "../../src/testbed/run.ts";
import { bootGuest } from "../../src/testbed/boot.ts";
import { loadTestGuests } from "../support/guests.ts";
import { loadTestRuntime } from "../support/runtime.ts";
import { createTestEngine, runOf, scenarioOf, SMALL } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

/** What crossed a node's port until the first host crashed: position, value and state. */
function crossingsOf(facts: readonly Fact[], node: string): readonly string[] {
  const crash = facts.findIndex((fact) => fact.kind === "host" && fact.what === "crash");
  return facts
    .slice(0, crash)
    .flatMap((fact) =>
      fact.kind === "crossing" && fact.node === node
        ? [
            `${fact.index} ${fact.crossing} ${fact.phase} ${fact.count} ${fact.pc} ${fact.valueHash} ${fact.stateHash}`,
          ]
        : [],
    );
}

describe("the backup", () => {
  it("executes the same whatever its own host's clock, drift, speed and costs are", () => {
    const plain = runOf(engine, { scenario: scenarioOf("failover", SMALL), seed: "31" });
    const garbage = runOf(engine, {
      scenario: scenarioOf("failover", [
        ...SMALL,
        "backup-host.clock-skew=37min",
        "backup-host.clock-drift-ppm=-500",
        "backup-host.speed=80000000",
        "backup-host.replay-cost=3us",
      ]),
      seed: "31",
    });
    const primary = crossingsOf(plain.facts, "h1");
    const backup = crossingsOf(garbage.facts, "h2");
    expect(primary.length).toBeGreaterThan(200);
    expect(crossingsOf(garbage.facts, "h1").slice(0, backup.length)).toEqual(backup);
    expect(garbage.verdict).toBe("valid");
    // The primary does not notice its backup's pace until an ack comes later than before.
    expect(crossingsOf(garbage.facts, "h1").slice(0, 20)).toEqual(primary.slice(0, 20));
  });

  it("has the primary's state at every one of more than 500 compared positions", () => {
    const { facts } = runOf(engine, {
      scenario: scenarioOf("failover", ["workload.for=2100ms"]),
      seed: "32",
    });
    const primary = crossingsOf([...facts], "h1");
    const backup = crossingsOf([...facts], "h2");
    expect(backup.length).toBeGreaterThan(500);
    expect(primary.slice(0, backup.length)).toEqual(backup);
  });
});

describe("boot", () => {
  it("is the same every time, and says what is wrong with a damaged guest", () => {
    const image = loadTestGuests().get("kv");
    if (image?.program.kind !== "elf") throw new Error("no guest kv");
    const { elf: whole } = image.program;
    const options = { diskSectors: 131_072, rules: { bounceBuffers: true } };
    const boot = (elf: Uint8Array) =>
      bootGuest(loadTestRuntime(), { ...image, program: { kind: "elf", elf } }, options);
    const [one, two] = [boot(whole), boot(whole)];
    if (!one.ok || !two.ok) throw new Error("kv does not boot");
    expect(two.value.count).toBe(one.value.count);
    expect(two.value.console).toBe(one.value.console);
    expect(one.value.console.endsWith("kv ready\n")).toBe(true);
    for (const length of [0, 10, 63, 200, whole.length >> 1]) {
      const damaged = boot(whole.slice(0, length));
      expect(damaged.ok).toBe(false);
      if (!damaged.ok) expect(damaged.error).toMatch(/^guest kv: .+/);
    }
  });
});
