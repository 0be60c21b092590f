// A swarm writes out scenarios that are whole, within the budget, and the same for the same seed; what
// the file says stands.

import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { FAULT_KINDS } from "../faults/registry.ts";
import { findBeyond } from "./fault-plan.ts";
import { parseScenario } from "./scenario-file.ts";
import { checkerContext } from "./judge.ts";
import { BACK_OFF_MAX } from "../workload/client.ts";
import type { Scenario } from "./scenario.ts";
import { writtenOut } from "./swarm.ts";
import { Draws, oneIn } from "./swarm/draws.ts";

const FILE = "title: All of it\nabout: Drawn from the seed.\ndraw: swarm\n";
const SEEDS = Array.from({ length: 300 }, (_, index) => String(index + 1));

function drawn(text: string, seed: string): Scenario {
  const scenario = parseScenario({ name: "s", file: "s.yaml", text: writtenOut(text, seed) }, []);
  if (!scenario.ok) throw new Error(`seed ${seed}: ${scenario.error}`);
  return scenario.value;
}

describe("a swarm", () => {
  const scenarios = SEEDS.map((seed) => drawn(FILE, seed));

  it("writes out a scenario that can be run, with nothing left to draw", () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const text = writtenOut(FILE, seed);
      expect(text).not.toContain("draw:");
      expect(writtenOut(text, "another")).toBe(text);
      expect(writtenOut(FILE, seed)).toBe(text);
    }
  });

  it("lets clients ask for long enough to show that a service is gone", () => {
    for (const scenario of scenarios) {
      const { detectionTimeout, settleBound, clientPatience } = checkerContext(scenario, "vm-ft");
      const { reply, connect } = clientPatience;
      const shown = detectionTimeout + settleBound + reply + BACK_OFF_MAX + connect;
      expect(scenario["recovery-most"]).toBeGreaterThan(shown);
    }
  });

  it("stays within what a run must survive", () => {
    expect(scenarios.flatMap((scenario) => findBeyond(scenario) ?? [])).toEqual([]);
  });

  it("reaches far: guests, hosts, arbiters, and all faults but one that nothing can make good", () => {
    const of = (value: (scenario: Scenario) => unknown): number =>
      new Set(scenarios.map(value)).size;
    expect(of(({ guest }) => guest)).toBe(3);
    expect(of(({ topology }) => topology.hosts)).toBe(4);
    expect(of(({ topology }) => topology.disks)).toBe(2);
    expect(of(({ protocol }) => protocol.arbiter)).toBe(3);
    expect(of(({ workload }) => workload.kind)).toBe(6);
    const struck = FAULT_KINDS.map(({ name }) => name).filter((name) =>
      scenarios.some(({ faults }) => faults.some((fault) => name in fault)),
    );
    expect(struck).toMatchInlineSnapshot(`
      [
        "crash",
        "restart",
        "pause",
        "stall",
        "slow",
        "false-alarm",
        "clock-step",
        "clock-skew",
        "clock-drift",
        "cut",
        "hold",
        "loss",
        "duplicate",
        "reorder",
        "corrupt",
        "delay",
        "bandwidth",
        "storage-outage",
        "storage-stall",
        "storage-slow",
        "storage-error",
        "torn-write",
        "delayed-command",
        "lost-reply",
        "move",
        "power-off",
        "cpu-share",
      ]
    `);
    const counts = scenarios.map(({ faults }) => faults.length).sort((a, b) => a - b);
    expect([counts[0], (counts.at(-1) ?? 0) >= 30]).toEqual([0, true]);
  });

  it("ends in a power-off now and then, late, and in doubt half the time", () => {
    const ended = scenarios.filter(({ faults }) => faults.some((fault) => "power-off" in fault));
    expect(ended.length).toBeGreaterThan(0);
    expect(ended.length).toBeLessThan(scenarios.length / 8);
    // It may come before anything was answered.
    for (const scenario of scenarios)
      expect(scenario["may-be-idle"].includes("linearizable")).toBe(ended.includes(scenario));
    const inDoubt = ended.filter(({ faults }) =>
      faults.some((fault) => "cut" in fault && fault.cut === "primary>backup"),
    );
    expect(inDoubt.length).toBeGreaterThan(0);
    expect(inDoubt.length).toBeLessThan(ended.length);
  });

  it("lets the file say what it knows", () => {
    const text = `${FILE}guest: kv\nworkload: { for: 1s }\ntopology: { hosts: 4 }\nprotocol: { arbiter: majority }\nfaults: []\n`;
    const scenario = drawn(text, "7");
    expect(scenario).toMatchObject({ guest: "kv", faults: [], workload: { kind: "key-value" } });
    expect(scenario.topology.hosts).toBe(4);
    expect(scenario.protocol.arbiter).toBe("majority");
    expect(scenario.topology.host).toEqual(drawn(FILE, "7").topology.host);
  });

  it("draws faults for the workload that the file says", () => {
    const text = `${FILE}workload: { for: 400ms }\n`;
    const faults = SEEDS.slice(0, 60).flatMap((seed) => drawn(text, seed).faults);
    const moments = faults.flatMap(({ at }) => (typeof at === "number" ? [at] : []));
    expect(moments.length).toBeGreaterThan(20);
    expect(Math.max(...moments)).toBeLessThanOrEqual(400_000_000);
    // A key-value workload takes leases when it does not say otherwise.
    expect(faults.filter((fault) => "clock-step" in fault)).toEqual([]);
  });

  it("plays dramas in runs of any length, and names nothing twice by an alias", () => {
    for (const lasts of ["10ms", "1s"])
      for (const seed of SEEDS.slice(0, 100))
        expect(writtenOut(`${FILE}workload: { for: ${lasts} }\n`, seed)).not.toMatch(/[&*]a\d/);
  });

  it("leaves other files, and files that are wrong, to who reads scenarios", () => {
    for (const text of ["title: draw", "draw: nonsense\n", "draw: [", "- draw"])
      expect(writtenOut(text, "1")).toBe(text);
  });

  it("is YAML of plain values", () => {
    expect(parse(writtenOut(FILE, "3"))).toMatchObject({ title: "All of it" });
  });
});

describe("draws", () => {
  it("of one name do not move those of another", () => {
    const draws = new Draws("x");
    const alone = draws.between("b", 0, 1_000_000);
    draws.between("a", 0, 1_000_000);
    draws.happens("c", oneIn(2));
    expect(draws.between("b", 0, 1_000_000)).toBe(alone);
    expect(draws.of("part").between("b", 0, 1_000_000)).not.toBe(alone);
  });

  it("spread evenly over doublings, within their ends", () => {
    const values = SEEDS.map((seed) => new Draws(seed).spread("v", 10, 5_000));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...values)).toBeLessThanOrEqual(5_000);
    const small = values.filter((value) => value < 160).length;
    expect(small / values.length).toBeGreaterThan(0.3);
    expect(small / values.length).toBeLessThan(0.6);
  });

  it("by weight never take what has none", () => {
    const taken = SEEDS.map((seed) =>
      new Draws(seed).weighted("w", [
        [3, "a"],
        [0, "b"],
        [1, "c"],
      ]),
    );
    expect(new Set(taken)).toEqual(new Set(["a", "c"]));
  });
});
