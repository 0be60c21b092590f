// A person's act on a running world and the same act known from the start are one run (ADR 4). Worlds
// are driven in chunks and acted on at random moments, with random acts; then what was written down
// is planned from the start of another world, with other slices. Digests must be equal. That the test
// can fail is shown with acts that do not wait for machines that ran ahead.

import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { type VirtualTime, virtualTime } from "../../src/base/time.ts";
import type { Act, TimedIntervention } from "../../src/faults/operator.ts";
import { type BootCache, runToEnd } from "../../src/testbed/run.ts";
import type { Scenario } from "../../src/testbed/scenario.ts";
import type { World } from "../../src/testbed/world.ts";
import { createTestEngine, runOf, scenarioOf, SMALL, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const RUNS = Number(process.env["FTSIM_OPERATOR_RUNS"] ?? 24);
/** Virtual ns of acting. */
const LONGEST = 2_000_000_000;
const NODES = ["h1", "h2", "primary", "backup"];
const LINKS = ["log-link", "heartbeat-link", "h1-h2", "h1-storage", "h2-clients", "log:h1>h2"];
/** What a link that is let go hands over arrives at once, without any latency: the hardest to time. */
const KINDS: readonly (readonly [string, readonly string[]])[] = [
  ["pause", NODES],
  ["stall", NODES],
  ["cut", LINKS],
  ["hold", LINKS],
  ["storage-outage", ["storage"]],
];

const small = (): Scenario => scenarioOf("failover", SMALL);

function pick<T>(prng: Prng, items: readonly T[]): T {
  return items[prng.below(items.length)]!;
}

function randomAct(prng: Prng): Act {
  if (prng.below(12) === 0) return { phase: "start", kind: "crash", target: pick(prng, NODES) };
  const [kind, targets] = pick(prng, KINDS);
  return { phase: prng.below(2) === 0 ? "start" : "end", kind, target: pick(prng, targets) };
}

/** Drives a world in chunks; between two of them, now and then, somebody acts. */
function actLive(world: World, prng: Prng, act: (world: World, shown: VirtualTime) => void): void {
  let shown = 0;
  while (!world.isOver) {
    shown += prng.below(20_000_000);
    while (!world.advanceTo(virtualTime(shown), 1 + prng.below(500)));
    if (prng.below(4) === 0) act(world, virtualTime(prng.below(2) === 0 ? shown : 0));
    if (prng.below(8) === 0) world.advance(prng.below(20));
    // When both hosts are gone, nothing but the clients' patience is left to wait for.
    if (shown > LONGEST) world.advance(Number.MAX_SAFE_INTEGER);
  }
}

describe("an act on a running world", () => {
  it("is the same run as the act known from the start", () => {
    let acts = 0;
    let struck = 0;
    const verdicts = new Map<string, number>();
    for (let index = 0; index < RUNS; index++) {
      const prng = new Prng(`operator-${index}`);
      const seed = String(index);
      const sliceCap = pick(prng, [997, 20_000, 50_000_000]);
      const world = worldOf(engine, {
        scenario: small(),
        seed,
        execution: { sliceCap, hashEvery: 1 },
      });
      actLive(world, prng, (on, shown) => on.intervene(randomAct(prng), shown));
      const { interventions } = world.operator;
      const live = runToEnd(world);
      const replayed = runOf(engine, { scenario: small(), seed, interventions });
      expect(replayed.digest, `run ${index}: ${JSON.stringify(interventions)}`).toBe(live.digest);
      expect(replayed.facts.length).toBe(live.facts.length);
      acts += interventions.length;
      struck += live.facts.filter(({ kind }) => kind === "fault").length;
      verdicts.set(live.verdict, (verdicts.get(live.verdict) ?? 0) + 1);
    }
    process.stdout.write(
      `operator: ${RUNS} runs, ${acts} acts, ${struck} faults began or ended, ${JSON.stringify([...verdicts])}\n`,
    );
    expect(acts).toBeGreaterThan(RUNS * 3);
  });

  it("would be another run if it did not wait for a machine that ran ahead", () => {
    let differing = 0;
    for (let index = 0; index < 12 && differing === 0; index++) {
      const prng = new Prng(`hasty-${index}`);
      const seed = String(index);
      const world = worldOf(engine, { scenario: small(), seed });
      const done: TimedIntervention[] = [];
      actLive(world, prng, (on) => {
        const at = virtualTime(Math.max(on.kernel.now, done.at(-1)?.at ?? 0) + 1);
        const phase = done.length % 2 === 0 ? "start" : "end";
        done.push({ at, phase, kind: "pause", target: "h1" });
        on.operator.plan(done.at(-1)!);
      });
      const live = runToEnd(world);
      const replayed = runOf(engine, { scenario: small(), seed, interventions: done });
      if (replayed.digest !== live.digest) differing += 1;
    }
    expect(differing).toBe(1);
  });

  it("goes with a snapshot: a fork ends as the world does", () => {
    const seed = "3";
    const world = worldOf(engine, { scenario: small(), seed });
    while (!world.advanceTo(virtualTime(100_000_000), 1_000));
    world.intervene({ phase: "start", kind: "cut", target: "log-link" }, world.kernel.now);
    const snapshot = world.snapshot();
    const digest = runToEnd(world).digest;
    const fork = worldOf(engine, { scenario: small(), seed });
    fork.restore(snapshot);
    expect(runToEnd(fork).digest).toBe(digest);
    snapshot.release();
  });

  it("strikes no more once everything is healing", () => {
    const world = worldOf(engine, { scenario: small(), seed: "4" });
    while (!world.advanceTo(virtualTime(900_000_000), 1_000));
    world.intervene({ phase: "start", kind: "crash", target: "h2" }, world.kernel.now);
    const { facts } = runToEnd(world);
    expect(facts.some((fact) => fact.kind === "fault" && fact.target === "h2")).toBe(false);
  });
});
