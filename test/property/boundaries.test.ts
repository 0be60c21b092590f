// An act between two events is the same run however the world came there (ADR 9): struck in a fork at
// a random event, or known from the start of a run of its own with other slices and other chunks.
// Digests must be equal. That this is about exact events is shown by the neighbours, which differ.

import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { type Duration, milliseconds } from "../../src/base/time.ts";
import type { Act, Intervention } from "../../src/faults/operator.ts";
import { type BootCache, judgeWorld, runToEnd } from "../../src/testbed/run.ts";
import type { World } from "../../src/testbed/world.ts";
import { createTestEngine, runOf, scenarioOf, SMALL, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const POINTS = 10;
const MS = milliseconds(1);
/** Each shows how far a machine has run, or comes with a figure, or both; some end after a while. */
const SHOWING: readonly (readonly [Act, Duration?])[] = [
  [{ phase: "start", kind: "pause", target: "h1" }, milliseconds(150)],
  [{ phase: "start", kind: "pause", target: "primary" }, MS],
  [{ phase: "start", kind: "stall", target: "h1" }, milliseconds(20)],
  [{ phase: "start", kind: "stall", target: "h2" }, milliseconds(20)],
  [{ phase: "start", kind: "slow", target: "h1", figures: ["to=5%"] }, milliseconds(50)],
  [{ phase: "start", kind: "clock-step", target: "h1", figures: ["by=-20ms"] }],
  [{ phase: "start", kind: "clock-drift", target: "h1", figures: ["ppm=500"] }, milliseconds(90)],
  [{ phase: "start", kind: "false-alarm", target: "h2" }],
  [{ phase: "start", kind: "restart", target: "h1" }],
  [{ phase: "start", kind: "cpu-share", target: "h1", figures: ["to=20%"] }, milliseconds(30)],
  [{ phase: "start", kind: "loss", target: "log-link", figures: ["chance=30%"] }, milliseconds(60)],
  [{ phase: "start", kind: "hold", target: "h1-h2" }, milliseconds(30)],
  [{ phase: "start", kind: "storage-stall", target: "storage" }, milliseconds(30)],
  [{ phase: "start", kind: "delayed-command", target: "h1", figures: ["by=90ms"] }],
];
const ACTS: readonly Act[] = [
  { phase: "start", kind: "crash", target: "h1" },
  { phase: "start", kind: "crash", target: "h2" },
  { phase: "start", kind: "crash", target: "primary" },
  { phase: "start", kind: "cut", target: "log-link" },
  { phase: "start", kind: "hold", target: "h1-h2" },
];
const small = (...more: readonly string[]) =>
  scenarioOf("failover", [...SMALL, "faults=[]", "workload.for=500ms", ...more]);

function goTo(world: World, event: number): void {
  while (world.kernel.dispatched < event) world.advance(1);
}

describe("an act between two events", () => {
  it("is one run in a fork and from scratch, with any slices", () => {
    const prng = new Prng("boundaries");
    const whole = runOf(engine, { scenario: small(), seed: "7" });
    const base = worldOf(engine, { scenario: small(), seed: "7" });
    const fork = worldOf(engine, { scenario: small(), seed: "7" });
    const indices = Array.from(
      { length: POINTS },
      () => 1 + prng.below(Math.floor(whole.events / 2)),
    );
    for (const [at, index] of indices.sort((a, b) => a - b).entries()) {
      const act = ACTS[at % ACTS.length]!;
      goTo(base, index);
      const snapshot = base.snapshot();
      fork.restore(snapshot);
      snapshot.release();
      const [intervention] = fork.strikeHere(act);
      expect(intervention).toEqual({ ...act, afterEvent: index });
      while (!fork.isOver) fork.advance(1_000);
      const forked = judgeWorld(fork);
      const execution = { sliceCap: [1_999, 20_000, 50_000_000][at % 3]!, hashEvery: 1 };
      const told = worldOf(engine, {
        scenario: small(),
        seed: "7",
        interventions: [intervention!],
        execution,
      });
      const scratch = runToEnd(told, 1 + prng.below(300));
      expect(scratch.digest, `${act.kind} of ${act.target} after ${index}`).toBe(forked.digest);
      expect(scratch.digest).not.toBe(whole.digest);
    }
    // The base was never touched.
    expect(runToEnd(base).digest).toBe(whole.digest);
    fork.release();
  });

  it("finds every machine where the clock is, in an exact world and from scratch", () => {
    const prng = new Prng("exact boundaries");
    const scenario = small();
    const whole = runOf(engine, { scenario, seed: "7" });
    const execution = { sliceCap: 50_000_000, hashEvery: 1, isExact: true };
    const base = worldOf(engine, { scenario, seed: "7", execution });
    const fork = worldOf(engine, { scenario, seed: "7" });
    const indices = SHOWING.map(() => 1 + prng.below(Math.floor(whole.events / 2)));
    for (const [at, index] of indices.sort((a, b) => a - b).entries()) {
      const [act, lasts] = SHOWING[at]!;
      goTo(base, index);
      const snapshot = base.snapshot();
      fork.restore(snapshot);
      snapshot.release();
      const interventions = fork.strikeHere(act, lasts);
      while (!fork.isOver) fork.advance(1_000);
      const forked = judgeWorld(fork);
      const sliced = { sliceCap: [1_999, 20_000, 50_000_000][at % 3]!, hashEvery: 1 };
      const told = worldOf(engine, { scenario, seed: "7", interventions, execution: sliced });
      const scratch = runToEnd(told, 1 + prng.below(300));
      expect(scratch.digest, `${act.kind} of ${act.target} after ${index}`).toBe(forked.digest);
      expect(scratch.digest).not.toBe(whole.digest);
    }
    expect(runToEnd(base).digest).toBe(whole.digest);
    fork.release();
  });

  it("does not strike where a machine has run ahead of the clock", () => {
    const world = worldOf(engine, { scenario: small(), seed: "7" });
    const pause: Act = { phase: "start", kind: "pause", target: "h1" };
    let refused = 0;
    for (let event = 1_000; event < 1_200; event++) {
      goTo(world, event);
      const snapshot = world.snapshot();
      try {
        world.strikeHere(pause);
      } catch {
        refused += 1;
      }
      world.restore(snapshot);
      snapshot.release();
    }
    world.release();
    expect(refused).toBeGreaterThan(0);
  });

  it("strikes after that very event: its neighbours are other runs", () => {
    const digests = [2_000, 2_001, 2_002].map((afterEvent) => {
      const crash: Intervention = { afterEvent, ...ACTS[0]! };
      const run = runOf(engine, { scenario: small(), seed: "8", interventions: [crash] });
      expect(run.facts.filter(({ kind }) => kind === "fault")).toHaveLength(1);
      return run.digest;
    });
    expect(new Set(digests).size).toBe(3);
  });

  it("goes with a snapshot that was taken before its gap, and several share one", () => {
    const interventions: readonly Intervention[] = [
      { afterEvent: 1_500, ...ACTS[3]! },
      { afterEvent: 1_500, ...ACTS[0]! },
      { afterEvent: 1_900, phase: "end", kind: "cut", target: "log-link" },
    ];
    const told = { scenario: small(), seed: "9", interventions };
    const whole = runOf(engine, told);
    expect(whole.facts.filter(({ kind }) => kind === "fault")).toHaveLength(3);
    const world = worldOf(engine, told);
    goTo(world, 1_400);
    const snapshot = world.snapshot();
    world.advance(3_000);
    world.restore(snapshot);
    snapshot.release();
    expect(runToEnd(world).digest).toBe(whole.digest);
  });

  it("ends the run a tail later, in a fork and from scratch", () => {
    const scenario = small("sweep.tail=100ms");
    const whole = runOf(engine, { scenario, seed: "7" });
    const fork = worldOf(engine, { scenario, seed: "7" });
    goTo(fork, 1_200);
    const struckAt = fork.kernel.now;
    const interventions = fork.strikeHere(ACTS[0]!);
    const forked = runToEnd(fork);
    const healed = forked.facts.find((fact) => fact.kind === "run" && fact.phase === "healed");
    expect(healed?.time).toBe(struckAt + 100_000_000);
    expect(forked.endTime).toBeLessThan(whole.endTime);
    const scratch = runOf(engine, { scenario, seed: "7", interventions });
    expect(scratch.digest).toBe(forked.digest);
  });
});
