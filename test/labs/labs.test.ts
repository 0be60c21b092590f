// The course: each lab's protocol is wrong where it begins, in a way that its own runs show, and its
// solution is valid in all of them. What `ftsim new protocol` writes is valid, too.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allLabs, type LabRun } from "../../src/cli/labs.ts";
import { loadProtocol } from "../../src/cli/protocols.ts";
import { loadScenario } from "../../src/cli/scenarios.ts";
import type { BootCache } from "../../src/testbed/run.ts";
import type { Protocol } from "../../src/ft/protocol.ts";
import { createTestEngine, ROOT, runOf } from "../support/worlds.ts";

const engine = createTestEngine();

describe.each(allLabs())("lab $number", ({ folder, runs }) => {
  it("begins with a protocol that its runs reject", async () => {
    const protocol = await loadProtocol(join(folder, "start.js"));
    const verdicts = new Set<string>();
    for (const run of runs)
      for (const seed of run.seeds)
        if (!verdicts.has("invalid")) verdicts.add(verdictOf(engine, protocol, run, seed));
    expect([...verdicts]).toContain("invalid");
  });

  it("has a solution that is valid in all of them", async () => {
    const protocol = await loadProtocol(join(folder, "solution.js"));
    for (const run of runs)
      for (const seed of run.seeds)
        expect(`${run.scenario} ${seed} ${verdictOf(engine, protocol, run, seed)}`).toBe(
          `${run.scenario} ${seed} valid`,
        );
  });

  it("says what to learn, where the paper has it, and where to look", () => {
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    for (const part of ["**Goal.**", "**Background.**", "**Look at.**", "**Hints.**", "ection"])
      expect(readme).toContain(part);
    expect(readFileSync(join(folder, "start.js"), "utf8")).toContain("// LAB:");
    expect(readFileSync(join(folder, "solution.js"), "utf8")).not.toContain("LAB:");
  });
});

it("counts the labs from 1", () => {
  const labs = allLabs();
  expect(labs.length).toBeGreaterThanOrEqual(5);
  expect(labs.map(({ number }) => number)).toEqual(labs.map((_, index) => index + 1));
});

it("what `ftsim new protocol` writes is valid on failover", async () => {
  const file = join(ROOT, "labs", "new-protocol.js");
  expect(existsSync(file)).toBe(true);
  const protocol = await loadProtocol(file);
  const run = { scenario: "failover", seeds: ["1"], set: ["workload.for=2500ms"] };
  for (const seed of ["1", "2"]) expect(verdictOf(engine, protocol, run, seed)).toBe("valid");
});

function verdictOf(cache: BootCache, protocol: Protocol, run: LabRun, seed: string): string {
  const scenario = loadScenario(run.scenario, run.set, seed);
  return runOf(cache, { scenario, seed, protocol }).verdict;
}
