// Every protocol that comes with the testbed, through the death of its primary and of its backup, under
// the checkers that judge it: all of them for the kin of VM-FT, the black-box ones for everybody.

import { describe, expect, it } from "vitest";
import { createTestEngine, runOf, scenarioOf } from "../../test/support/worlds.ts";
import { KNOWN_PROTOCOLS } from "./registry.ts";

const SHORT = [
  "workload.for=1500ms",
  "recovery=700ms",
  "protocol.heartbeat-timeout=200ms",
  "protocol.log-timeout=200ms",
  "protocol.heartbeat-interval=40ms",
  "protocol.progress-interval=40ms",
];
const SEEDS = (process.env["FTSIM_SEEDS"] ?? "1 2").split(" ");
const ONLY = process.env["FTSIM_PROTOCOL"];

const DEATHS = [
  { dies: "primary", scenario: "failover", set: ["faults.0.when.from=500ms"] },
  { dies: "backup", scenario: "backup-dies", set: ["faults.0.at=500ms"] },
];

/** All but the one that protects nothing. */
const PROTECTING = KNOWN_PROTOCOLS.filter(({ protocol }) => protocol.name !== "none");

describe.each(PROTECTING.filter(({ protocol }) => (ONLY ?? protocol.name) === protocol.name))(
  "$protocol.name",
  ({ protocol }) => {
    it.each(DEATHS)("survives its $dies", ({ scenario: name, set, dies }) => {
      const engine = createTestEngine();
      for (const seed of SEEDS) {
        const scenario = scenarioOf(name, [...SHORT, ...set]);
        const result = runOf(engine, { scenario, seed, protocol });
        const rejected = result.results.filter(({ verdict }) => verdict !== "valid");
        const findings = rejected.map(
          ({ checker, summary, findings: [first] }) =>
            `${seed} ${checker}: ${first?.message ?? summary}`,
        );
        expect(findings).toEqual([]);
        const taken = result.facts.find((fact) => fact.kind === "test-and-set");
        expect(taken, "somebody took over, or went on alone").toBeDefined();
        const after = result.facts.filter(
          (fact) =>
            fact.kind === "client" && fact.event.kind === "ok" && fact.time > (taken?.time ?? 0),
        );
        expect(after.length, `answers after the death of the ${dies}`).toBeGreaterThan(20);
      }
    });
  },
);
