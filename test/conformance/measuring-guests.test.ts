// The guests that measure, in our machine: each boots, does its work in real runs with FT and without,
// says the same as a machine that never failed, and does what its knobs say.

import { beforeAll, describe, expect, it } from "vitest";
import { UNPROTECTED } from "../../src/ft/unprotected.ts";
import { VM_FT } from "../../src/ft/vm-ft.ts";
import type { FactOf } from "../../src/history/fact.ts";
import type { BootCache, RunResult } from "../../src/testbed/run.ts";
import { parseScenario } from "../../src/testbed/scenario-file.ts";
import type { Scenario } from "../../src/testbed/scenario.ts";
import { createTestEngine, runOf, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

function scenario(guest: string, workload: string, more: string = ""): Scenario {
  const text = `title: t\nabout: a\nguest: ${guest}\nrecovery: 50ms\nworkload: ${workload}\n${more}`;
  const parsed = parseScenario({ name: "m", file: "m.yaml", text }, []);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

type Answer = Extract<FactOf<"client">["event"], { kind: "ok" }>;

function answersOf({ facts }: RunResult): readonly Answer[] {
  return facts.flatMap((fact) =>
    fact.kind === "client" && fact.event.kind === "ok" ? [fact.event] : [],
  );
}

function countsOf(run: RunResult): readonly number[] {
  return answersOf(run).map(({ result }) => (result.kind === "number" ? result.value : Number.NaN));
}

function livelyTicks({ facts }: RunResult): number {
  return facts.filter(
    (fact) => fact.kind === "crossing" && fact.crossing === "timer" && fact.isLive,
  ).length;
}

const PROTOCOLS = [VM_FT, UNPROTECTED].map((protocol) => [protocol.name, protocol] as const);

describe.each(PROTOCOLS)("under %s", (_name, protocol) => {
  it("cpu counts its work, ticks as it was told, and reads and writes at its rates", () => {
    const load = "{ kind: cpu, for: 250ms, timer: 250, reads: 100, writes: 40, every: 50ms }";
    const run = runOf(engine, { scenario: scenario("cpu", load), seed: "1", protocol });
    expect(run.verdict).toBe("valid");
    const counts = countsOf(run);
    expect(counts.length).toBeGreaterThanOrEqual(5);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    // 100 million steps a second, some 1,500 in a unit.
    const done = (counts[counts.length - 1] as number) - (counts[1] as number);
    expect(done / (counts.length - 2)).toBeGreaterThan(2_500);
    const applied = run.facts.flatMap((fact) => (fact.kind === "disk-apply" ? [fact.disk.op] : []));
    const seconds = run.endTime / 1e9;
    expect(applied.filter((op) => op === "read").length / seconds).toBeCloseTo(100, -1);
    expect(applied.filter((op) => op === "write").length / seconds).toBeCloseTo(40, -1);
    expect(livelyTicks(run) / seconds).toBeGreaterThan(225);
    expect(livelyTicks(run) / seconds).toBeLessThan(275);
  });

  it("oltp answers transactions that read, work and write", () => {
    const load =
      "{ kind: oltp, for: 300ms, clients: 20, think: 20ms, reads: 0.5, writes: 1, work: 3, reply: 700B }";
    const run = runOf(engine, { scenario: scenario("oltp", load), seed: "1", protocol });
    expect(run.verdict).toBe("valid");
    const moved = answersOf(run).filter(({ result }) => result.kind === "bytes");
    expect(moved.length).toBeGreaterThan(100);
    expect(moved.every(({ result }) => result.kind === "bytes" && result.bytes === 700)).toBe(true);
    const applied = run.facts.flatMap((fact) => (fact.kind === "disk-apply" ? [fact.disk] : []));
    const writes = applied.filter(({ op }) => op === "write");
    expect(writes.length).toBeGreaterThanOrEqual(moved.length);
    const reads = applied.filter(({ op }) => op === "read").length;
    expect(reads / writes.length).toBeGreaterThan(0.35);
    expect(reads / writes.length).toBeLessThan(0.65);
  });

  it.each(["receive", "transmit"])("stream can %s", (direction) => {
    const load = `{ kind: bulk, for: 60ms, direction: ${direction} }`;
    const bed = "topology: { host: { speed: 1000000000 } }\n";
    const run = runOf(engine, { scenario: scenario("stream", load, bed), seed: "1", protocol });
    expect(run.verdict).toBe("valid");
    const bytes = answersOf(run).reduce(
      (sum, { result }) => sum + (result.kind === "bytes" ? result.bytes : 0),
      0,
    );
    expect(bytes).toBeGreaterThan(2_000_000);
    expect(answersOf(run).every(({ result }) => result.kind === "bytes")).toBe(true);
  });
});

it("an idle cpu guest executes hardly anything between its ticks", () => {
  const load = "{ kind: cpu, for: 250ms, timer: 100, busy: false, every: 100ms }";
  const run = runOf(engine, { scenario: scenario("cpu", load), seed: "1" });
  expect(run.verdict).toBe("valid");
  expect(run.steps.get("h1")).toBeLessThan(1_000_000);
});

it("without FT nothing is logged and nothing is held, and a restored world goes on identically", () => {
  const load = "{ kind: oltp, for: 200ms, clients: 4, think: 5ms }";
  const request = { scenario: scenario("oltp", load), seed: "7", protocol: UNPROTECTED };
  const whole = runOf(engine, request);
  expect(whole.facts.some(({ kind }) => kind === "log-append" || kind === "output-hold")).toBe(
    false,
  );
  const world = worldOf(engine, request);
  world.advance(1_500);
  const snapshot = world.snapshot();
  const fork = worldOf(engine, request);
  fork.restore(snapshot);
  snapshot.release();
  world.release();
  while (!fork.isOver) fork.advance(10_000);
  expect(fork.digest()).toBe(whole.digest);
  fork.release();
});

it.each([
  ["cpu", "{ kind: cpu, for: 1s, timer: 0 }", /workload\.timer/],
  ["cpu", "{ kind: cpu, for: 1s, read-size: 1000B }", /read-size: 512B to 64KiB/],
  ["cpu", "{ kind: cpu, for: 1s, every: 1us }", /every: expected at least 1ms/],
  ["kv", "{ kind: cpu, for: 1s }", /needs guest cpu/],
  ["oltp", "{ kind: oltp, for: 1s, clients: 121 }", /workload\.clients/],
  ["oltp", "{ kind: oltp, for: 1s, request: 10B }", /request: expected 48B to 8KiB/],
  ["oltp", "{ kind: oltp, for: 1s, reply: 9KiB }", /reply: expected at most 8KiB/],
  ["stream", "{ kind: bulk, for: 1s }", /workload\.direction/],
  ["stream", "{ kind: bulk, for: 1s, direction: receive, piece: 5MiB }", /piece: expected 1B to/],
])("%s: %s is refused in one line", (guest, workload, words) => {
  expect(() => scenario(guest, workload)).toThrow(words);
});
