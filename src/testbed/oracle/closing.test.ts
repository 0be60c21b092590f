// Goal: the machine that speaks for the VM at the end is one that had it. Method: a run whose last
// machine is a copy that was never admitted, while the VM went on elsewhere and ended there.

import { expect, it } from "vitest";
import { createTestEngine, runOf } from "../../../test/support/worlds.ts";
import { parseScenario } from "../scenario-file.ts";
import type { Scenario } from "../scenario.ts";

/** The backup dies when its copy is whole; its primary goes on alone and is switched off. */
const TEXT = `
title: A copy that nobody admits
about: It waits for its admission, and the VM ends.
topology: { hosts: 3 }
protocol: { heartbeat-timeout: 200ms, log-timeout: 200ms, heartbeat-interval: 40ms, progress-interval: 40ms }
workload: { clients: 4, rate: 100/s, for: 1s }
faults:
  - { at: 300ms, move: backup, onto: h3 }
  - { when: { role: BACKUP, by: h3 }, crash: h2 }
  - { at: 900ms, power-off: h1 }
recovery: 400ms
budget: unbounded
expect: outage
`;

function scenario(): Scenario {
  const parsed = parseScenario({ name: "closing", file: "closing.yaml", text: TEXT }, []);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

it("is not the copy that the storage never admitted, though nobody else runs any more", () => {
  const { facts, verdict, conclusion } = runOf(createTestEngine(), {
    scenario: scenario(),
    seed: "1",
  });
  const started = facts.filter(({ kind }) => kind === "machine-start");
  expect(started.map((fact) => "node" in fact && fact.node)).toEqual(["h1", "h2", "h3"]);
  expect(facts.some(({ kind }) => kind === "open-generation")).toBe(false);
  expect(facts.some((fact) => fact.kind === "machine-stop" && fact.node === "h3")).toBe(false);
  expect(facts.find(({ kind }) => kind === "reference")).toMatchObject({
    node: "h1",
    differsAt: -1,
  });
  expect([verdict, conclusion.findings]).toEqual(["valid", []]);
}, 60_000);
