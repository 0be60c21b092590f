// Kinds of workload in a scenario's text: the default, and one clear line for each mistake.

import { describe, expect, it } from "vitest";
import { parseScenario } from "../scenario-file.ts";
import type { Scenario } from "../scenario.ts";

function parse(workload: string, guest: string = "probe"): ReturnType<typeof parseScenario> {
  const text = `title: t\nabout: a\nguest: ${guest}\nworkload: ${workload}\n`;
  return parseScenario({ name: "x", file: "x.yaml", text }, []);
}

function workloadOf(text: string, guest?: string): Scenario["workload"] {
  const parsed = parse(text, guest);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.workload;
}

describe("a workload", () => {
  it("is a key-value workload unless it says otherwise", () => {
    expect(workloadOf("{ for: 1s }", "kv")).toMatchObject({
      kind: "key-value",
      rate: 200,
      keys: 16,
    });
  });

  it("has the options of its kind", () => {
    expect(workloadOf("{ kind: counter, for: 1s }")).toMatchObject({ rate: 100, depth: 1 });
    expect(workloadOf("{ kind: lease, for: 1s }", "kv")).toMatchObject({ lease: 200_000_000 });
    expect(workloadOf("{ kind: stream, for: 1s, most: 1MiB }")).toMatchObject({ most: 1_048_576 });
    expect(workloadOf("{ kind: probe, for: 1s, mix: { spin: 2 } }")).toMatchObject({
      mix: { spin: 2 },
      udp: 0,
    });
  });

  it.each([
    [
      "{ kind: nonsense, for: 1s }",
      "probe",
      /^x\.yaml:4:\d+: .*expected one of key-value, counter/,
    ],
    ["{ kind: counter, for: 1s, keys: 3 }", "probe", /^x\.yaml:4:\d+: workload: unknown key keys$/],
    [
      "{ kind: counter, for: 1s }",
      "kv",
      /^x\.yaml:3:\d+: guest: a counter workload needs guest probe/,
    ],
    ["{ kind: probe, for: 1s, mix: { spin: 0 } }", "probe", /mix: expected a weight above 0$/],
    ["{ kind: probe, for: 1s, mix: { jump: 1 } }", "probe", /^x\.yaml:4:\d+: workload\.mix/],
    ["{ kind: probe, for: 1s, udp: 9 }", "probe", /udp: expected at most as many as clients$/],
    ["{ kind: probe, for: 1s, crafted: 1s }", "probe", /crafted: needs a client on UDP/],
    ["{ kind: stream, for: 1s, least: 9KiB, most: 1KiB }", "probe", /least: expected at most/],
    ["{ kind: stream, for: 1s, most: 5MiB }", "probe", /most: expected at most 4MiB$/],
    ["{ kind: lease, for: 1s, lease: 1us }", "kv", /lease: expected at least 1ms$/],
    ["7", "kv", /^x\.yaml:4:\d+: workload/],
  ])("%s for %s is one line", (workload, guest, words) => {
    const parsed = parse(workload, guest);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.error).toMatch(words);
    expect(parsed.error.split("\n")).toHaveLength(1);
  });
});
