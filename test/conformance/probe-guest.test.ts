// The probe guest in our machine, replicated: every command is answered, and answers the same on a
// machine that never failed; what it sees of broken rules it says; and what brings it down brings down
// its replica at the same step.

import { beforeAll, describe, expect, it } from "vitest";
import type { FactOf } from "../../src/history/fact.ts";
import type { BootCache, RunResult } from "../../src/testbed/run.ts";
import { parseScenario } from "../../src/testbed/scenario-file.ts";
import type { Scenario } from "../../src/testbed/scenario.ts";
import { PROBE_COMMANDS } from "../../src/workload/probe.ts";
import { createTestEngine, runOf, scenarioOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const HEAD = "title: t\nabout: a\nguest: probe\nrecovery: 100ms\nworkload:";

function scenario(workload: string): Scenario {
  const parsed = parseScenario({ name: "p", file: "p.yaml", text: `${HEAD} ${workload}\n` }, []);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function answersOf({ facts }: RunResult): readonly FactOf<"client">["event"][] {
  return facts.flatMap((fact) =>
    fact.kind === "client" && fact.event.kind !== "invoke" ? [fact.event] : [],
  );
}

function resultOf(run: RunResult, checker: string): string | undefined {
  return run.results.find((result) => result.checker === checker)?.verdict;
}

describe("the probe guest", () => {
  it.each(PROBE_COMMANDS)("answers %s, the same on both sides and on the reference", (name) => {
    const mix = name === "inc" ? "inc: 1" : `inc: 1, ${name}: 3`;
    const only = scenario(`{ kind: probe, clients: 2, rate: 60/s, for: 300ms, mix: { ${mix} } }`);
    const run = runOf(engine, { scenario: only, seed: "1" });
    const answers = answersOf(run);
    const own = answers.filter(({ op }) =>
      name === "inc" ? op.kind === "inc" : op.kind === "probe" && op.command.startsWith(name),
    );
    expect(own.length).toBeGreaterThan(5);
    expect(answers.filter(({ kind }) => kind !== "ok")).toEqual([]);
    expect(run.conclusion.findings).toEqual([]);
    expect(run.verdict).toBe("valid");
  });

  it("counts from 10, on every replica", () => {
    const counter = scenario("{ kind: counter, clients: 2, rate: 60/s, for: 300ms }");
    const values = answersOf(runOf(engine, { scenario: counter, seed: "2" })).map((event) =>
      event.kind === "ok" && event.result.kind === "number" ? event.result.value : 0,
    );
    expect([...values].sort((a, b) => a - b)).toEqual(values.map((_, index) => 11 + index));
  });

  it("streams in both directions, byte for byte", () => {
    const stream = scenario("{ kind: stream, clients: 2, rate: 20/s, for: 500ms, most: 32KiB }");
    const answers = answersOf(runOf(engine, { scenario: stream, seed: "3" }));
    expect(new Set(answers.map(({ op }) => op.kind))).toEqual(new Set(["up", "down"]));
    for (const event of answers)
      expect(event.kind === "ok" && event.result.kind === "bytes" ? event.result.kind : event).toBe(
        "bytes",
      );
  });

  it("sees by itself that a buffer is not bounced (BUG-17)", () => {
    const spin = scenario("{ kind: probe, clients: 2, rate: 40/s, for: 300ms, mix: { spin: 1 } }");
    const run = runOf(engine, {
      scenario: spin,
      seed: "4",
      changes: [{ layer: "vm", change: { bounceBuffers: false } }],
    });
    expect(resultOf(run, "right-answers")).toBe("invalid");
  });

  it("panics at the same step on both replicas, and on nothing else (SCN-44)", () => {
    const run = runOf(engine, {
      scenario: scenarioOf("guest-panic", ["workload.for=1600ms", "recovery=100ms"]),
      seed: "5",
    });
    const lastOutputs = ["h1", "h2"].map((node) => {
      const text = (run.consoles.get(node) ?? []).map((part) => part.text).join("");
      expect(text).toMatch(/^trap cause 5 pc [0-9a-f]+ value 0\npanic: unexpected exception\n$/);
      const outputs = run.facts.filter(
        (fact): fact is FactOf<"output"> =>
          fact.kind === "output" && fact.node === node && fact.outputClass === "console",
      );
      return outputs.at(-1)?.count;
    });
    expect(lastOutputs[0]).toBeGreaterThan(0);
    expect(lastOutputs[1]).toBe(lastOutputs[0]);
    expect(run.conclusion.findings).toEqual([]);
  });
});

describe("the two boundary policies on UDP (SCN-08)", () => {
  const figures = (run: RunResult): readonly (number | undefined)[] => {
    const result = run.results.find(({ checker }) => checker === "udp-answers");
    expect(result?.verdict).toBe("valid");
    return [result?.figures.get("answersLost"), result?.figures.get("answersTwice")];
  };

  it("drop loses the answer that was acknowledged and not released", () => {
    expect(figures(runOf(engine, { scenario: scenarioOf("datagrams-drop"), seed: "1" }))).toEqual([
      1, 0,
    ]);
  });

  it("resend gives the answer twice that was released just before", () => {
    const run = runOf(engine, { scenario: scenarioOf("datagrams-resend"), seed: "1" });
    expect(figures(run)).toEqual([0, 1]);
  });
});
