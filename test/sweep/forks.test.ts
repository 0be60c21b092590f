// Goal: the parts of a sweep say what they should. Method: real worlds, short. The survey is compared
// with a walk that looks at every event; equal hashes with the futures of their worlds; the oracle's
// shared prefix with a replay from the beginning; forks that kill the primary with a planted bug.

import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { virtualTime } from "../../src/base/time.ts";
import { Counterfactuals } from "../../src/testbed/counterfactuals.ts";
import { type BootCache, judgeWorld, type RunResult, runToEnd } from "../../src/testbed/run.ts";
import { type Branch, BranchBench, isSkipped } from "../../src/testbed/sweep-branch.ts";
import { Surveyor } from "../../src/testbed/sweep-survey.ts";
import { changesOf } from "../../src/testbed/variants.ts";
import { worldHash } from "../../src/testbed/world-hash.ts";
import { createTestEngine, runOf, scenarioOf, SMALL, worldOf } from "../support/worlds.ts";

let engine: BootCache;
beforeAll(() => {
  engine = createTestEngine();
});

const SHORT = [...SMALL, "faults=[]", "workload.for=500ms", "sweep.tail=300ms", "recovery=100ms"];
const small = () => scenarioOf("failover", SHORT);
const world = (seed: string, without: readonly string[] = [], bug: readonly string[] = []) => {
  const changes = changesOf(without, bug);
  if (!changes.ok) throw new Error(changes.error);
  return worldOf(engine, { scenario: small(), seed, changes: changes.value });
};
const MS = 1_000_000;

describe("a survey", () => {
  it("finds the gap before and the gap after every event of interest in the window, and no other", () => {
    const window = { from: virtualTime(300 * MS), to: virtualTime(340 * MS), isEveryEvent: false };
    const surveyor = new Surveyor(world("11"), window);
    surveyor.advance(Number.MAX_SAFE_INTEGER);
    const survey = surveyor.survey();
    const gaps = new Set<number>();
    const walk = world("11");
    while (!walk.isOver) {
      const [event, facts] = [walk.kernel.dispatched, walk.facts.history.length];
      walk.advance(1);
      const { now } = walk.kernel;
      if (walk.kernel.dispatched === event || now < window.from || now > window.to) continue;
      const news = walk.facts.history.facts().slice(facts);
      if (!news.some(({ kind }) => kind === "log-buffered")) continue;
      gaps.add(event);
      gaps.add(event + 1);
    }
    walk.release();
    const found = survey.boundaries.filter(({ kinds }) => kinds.includes("store"));
    expect(found.map(({ afterEvent }) => afterEvent)).toEqual([...gaps]);
    expect(survey.counts.find(({ kind }) => kind === "store")?.boundaries).toBe(gaps.size);
    expect(gaps.size).toBeGreaterThan(10);
    expect(survey.boundaries.length).toBeLessThanOrEqual(survey.events + 1);
  });

  it("has every gap of the window when every event is asked for", () => {
    const window = { from: virtualTime(300 * MS), to: virtualTime(310 * MS), isEveryEvent: true };
    const surveyor = new Surveyor(world("11"), window);
    surveyor.advance(Number.MAX_SAFE_INTEGER);
    const { boundaries, events } = surveyor.survey();
    expect(boundaries).toHaveLength(events + 1);
    const [first] = boundaries;
    expect(boundaries.map(({ afterEvent }) => afterEvent)).toEqual(
      boundaries.map((_, at) => first!.afterEvent + at),
    );
  });
});

describe("a world's hash", () => {
  it("is the same in a fork and after a restore, and another one after the next event", () => {
    const one = world("12");
    one.advance(2_000);
    const hash = worldHash(one);
    expect(worldHash(one)).toBe(hash);
    const other = world("12");
    const snapshot = one.snapshot();
    other.restore(snapshot);
    snapshot.release();
    expect(worldHash(other)).toBe(hash);
    const { dispatched } = other.kernel;
    while (other.kernel.dispatched === dispatched) other.advance(1);
    expect(worldHash(other)).not.toBe(hash);
    one.release();
    other.release();
  });

  it("does not see what a dead host left behind, and sees everything else", () => {
    // Two crashes in one instant, around an event of the dead host that nobody else noticed.
    const branch = (event: number, target: string) => {
      const fork = world("12");
      while (fork.kernel.dispatched < event) fork.advance(1);
      fork.strikeHere({ phase: "start", kind: "crash", target });
      while (fork.kernel.nextTime() === fork.kernel.now) fork.advance(1);
      return fork;
    };
    let equal = 0;
    const walk = world("12");
    while (equal < 3 && walk.kernel.dispatched < 4_000) {
      const [event, at] = [walk.kernel.dispatched, walk.kernel.now];
      walk.advance(1);
      if (walk.kernel.dispatched === event || walk.kernel.now !== at || event === 0) continue;
      const forks = [branch(event, "h1"), branch(event + 1, "h1")];
      const [a, b] = forks.map(worldHash);
      if (a === b) {
        equal += 1;
        const [one, other] = forks.map((fork) => futureOf(runToEnd(fork)));
        expect(one).toEqual(other);
      } else for (const fork of forks) fork.release();
    }
    walk.release();
    process.stdout.write(`world hash: ${equal} pairs of equal worlds had equal futures\n`);
  });
});

/** What a run was, but for how many events of the dead it counted. */
function futureOf(result: RunResult) {
  const { facts, verdict, endTime } = result;
  return { facts: facts.map((fact) => JSON.stringify(fact)), verdict, endTime };
}

describe("branches", () => {
  it("are what a run of their own would be, with the oracle's prefix shared", () => {
    const bench = new BranchBench(world("13"), world("13"), {
      nodes: ["h1", "h2"],
      clock: () => 0,
    });
    const branches: Branch[] = [];
    for (const afterEvent of [1_500, 1_501, 1_900])
      for (const answer of bench.run([{ afterEvent, time: afterEvent, kinds: [] }]))
        if (!isSkipped(answer)) branches.push(answer);
    bench.release();
    expect(branches).toHaveLength(6);
    for (const { afterEvent, node, digest, outcome, answered } of branches) {
      const scratch = runOf(engine, {
        scenario: small(),
        seed: "13",
        interventions: [{ afterEvent, phase: "start", kind: "crash", target: node }],
      });
      expect([digest, outcome]).toEqual([scratch.digest, scratch.verdict]);
      expect(answered).toBeGreaterThan(10);
    }
  });

  it("expect an outage where the only host with the VM dies, and do not try one that is off", () => {
    const make = () =>
      worldOf(engine, {
        scenario: scenarioOf("failover", [...SMALL, "sweep.tail=300ms", "recovery=100ms"]),
        seed: "14",
      });
    const bench = new BranchBench(make(), make(), { nodes: ["h1", "h2"], clock: () => 0 });
    // The scenario's own fault has struck: h1 is dead, and h2 alone.
    const probe = make();
    while (!probe.hosts[0]!.isStopped) probe.advance(1);
    const afterEvent = probe.kernel.dispatched + 20;
    probe.release();
    const [off, alone] = bench.run([{ afterEvent, time: 0, kinds: [] }]);
    expect(off).toEqual({ afterEvent, node: "h1", skipped: "off", equalTo: -1 });
    expect(alone).toMatchObject({ node: "h2", outcome: "outage", expected: "outage" });
    bench.release();
  });

  it("find a bug that the unforked run does not show", () => {
    const without = ["reissue"];
    const clean = runToEnd(world("15", without));
    expect(clean.verdict).toBe("valid");
    const surveyor = new Surveyor(world("15", without), {
      from: virtualTime(300 * MS),
      to: virtualTime(330 * MS),
      isEveryEvent: false,
    });
    surveyor.advance(Number.MAX_SAFE_INTEGER);
    const commands = surveyor
      .survey()
      .boundaries.filter(({ kinds }) => kinds.includes("disk-apply"));
    expect(commands.length).toBeGreaterThan(1);
    const bench = new BranchBench(world("15", without), world("15", without), {
      nodes: ["h1"],
      clock: () => 0,
    });
    const bad = commands
      .slice(0, 6)
      .flatMap((boundary) => bench.run([boundary]))
      .filter((answer) => !isSkipped(answer) && answer.outcome !== answer.expected);
    bench.release();
    expect(bad[0]).toMatchObject({ outcome: "violation", finding: { checker: "reissue" } });
  });
});

describe("counterfactual forks", () => {
  const ask = (seed: string, samples: number, without: readonly string[] = [], bug = [""]) => {
    const bugs = bug.filter((name) => name !== "");
    const asked = world(seed, without, bugs);
    const asking = new Counterfactuals(asked, world(seed, without, bugs), {
      samples,
      prng: new Prng(seed),
    });
    while (!asked.isOver) asking.advance(1_000);
    asking.release();
    const result = judgeWorld(asked);
    asked.release();
    const said = result.results.find(({ checker }) => checker === "counterfactual")!;
    return { result, said };
  };

  it("find every output of a right primary explained, and leave its run as it is", () => {
    const { result, said } = ask("16", 12);
    expect(said.verdict).toBe("valid");
    expect(said.looked).toBeGreaterThan(8);
    expect(result.digest).toBe(runToEnd(world("16")).digest);
  });

  it.each([
    ["an output that left when its entry was sent", [], "release-on-send"],
    ["one of a primary that lies about acks", [], "lying-primary"],
    ["outputs without the Output Rule", ["output-rule"], ""],
  ])("catch %s", (_, without, bug) => {
    const { said } = ask("16", 12, without, [bug]);
    expect(said.verdict).toBe("invalid");
    expect(said.findings[0]?.message).toMatch(/had h1 died after event \d+, h2 would have gone/);
  });
});
