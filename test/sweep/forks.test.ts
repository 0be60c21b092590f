// Goal: the parts of a sweep say what they should. Method: real worlds, short. The survey is compared
// with a walk that looks at every event; equal hashes with the futures of their worlds; the oracle's
// shared prefix with a replay from the beginning; forks that kill the primary with a planted bug.

import { beforeAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { milliseconds, virtualTime } from "../../src/base/time.ts";
import { Counterfactuals } from "../../src/testbed/counterfactuals.ts";
import { type BootCache, judgeWorld, type RunResult, runToEnd } from "../../src/testbed/run.ts";
import { BranchBench } from "../../src/testbed/sweep-bench.ts";
import { type Branch, isSkipped } from "../../src/testbed/sweep-branch.ts";
import { readStrikes } from "../../src/testbed/sweep-strikes.ts";
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
const world = (
  seed: string,
  without: readonly string[] = [],
  bug: readonly string[] = [],
  isExact = false,
) => {
  const changes = changesOf(without, bug);
  if (!changes.ok) throw new Error(changes.error);
  const execution = { sliceCap: 50_000_000, hashEvery: 1, isExact };
  return worldOf(engine, { scenario: small(), seed, changes: changes.value, execution });
};
const exactly =
  (seed: string, without: readonly string[] = []) =>
  (isExact: boolean) =>
    world(seed, without, [], isExact);
const clock = () => 0;
const strikesOf = (...texts: readonly string[]) => {
  const read = readStrikes(texts, small(), ["h1", "h2"]);
  if (!read.ok) throw new Error(read.error);
  return read.value.strikes;
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
    let equal = 0;
    for (const { forks } of equalPairs(3)) {
      equal += 1;
      const [one, other] = forks.map((fork) => futureOf(runToEnd(fork)));
      expect(one).toEqual(other);
    }
    process.stdout.write(`world hash: ${equal} pairs of equal worlds had equal futures\n`);
  });
});

/** Two crashes of h1 in one instant, around an event of its that nobody else noticed. */
function* equalPairs(most: number) {
  const branch = (event: number) => {
    const fork = world("12");
    while (fork.kernel.dispatched < event) fork.advance(1);
    fork.strikeHere({ phase: "start", kind: "crash", target: "h1" });
    while (fork.kernel.nextTime() === fork.kernel.now) fork.advance(1);
    return fork;
  };
  const walk = world("12");
  for (let found = 0; found < most && walk.kernel.dispatched < 4_000; ) {
    const [event, at] = [walk.kernel.dispatched, walk.kernel.now];
    walk.advance(1);
    if (walk.kernel.dispatched === event || walk.kernel.now !== at || event === 0) continue;
    const forks = [branch(event), branch(event + 1)];
    const [a, b] = forks.map(worldHash);
    if (a === b) {
      found += 1;
      yield { event, forks };
    } else for (const fork of forks) fork.release();
  }
  walk.release();
}

/** What a run was, but for how many events of the dead it counted. */
function futureOf(result: RunResult) {
  const { facts, verdict, endTime } = result;
  return { facts: facts.map((fact) => JSON.stringify(fact)), verdict, endTime };
}

describe("branches", () => {
  it("are what a run of their own would be, with the oracle's prefix shared", () => {
    const strikes = strikesOf("crash", "pause for=50ms on=h1", "slow to=5% for=20ms on=primary");
    const bench = new BranchBench(exactly("13"), { strikes, clock });
    const branches: Branch[] = [];
    for (const afterEvent of [1_500, 1_501, 1_900])
      for (const answer of bench.run([{ afterEvent, time: afterEvent, kinds: [] }]))
        if (!isSkipped(answer)) branches.push(answer);
    bench.release();
    expect(branches).toHaveLength(12);
    for (const { acts, digest, outcome, answered } of branches) {
      const scratch = runOf(engine, { scenario: small(), seed: "13", interventions: acts });
      expect([digest, outcome]).toEqual([scratch.digest, scratch.verdict]);
      expect(answered).toBeGreaterThan(10);
    }
  });

  it("with a second strike are what a run of their own would be, and one world is run once", () => {
    const bench = new BranchBench(exactly("13"), {
      strikes: strikesOf("crash"),
      second: {
        strikes: strikesOf("crash", "pause for=50ms on=h2"),
        within: milliseconds(20),
        isEveryEvent: false,
        most: 3,
      },
      clock,
    });
    const answers = bench.run([{ afterEvent: 1_500, time: 1_500, kinds: [] }]);
    bench.release();
    const branches = answers.filter((answer): answer is Branch => !isSkipped(answer));
    expect(branches.length).toBeGreaterThan(4);
    for (const { first, second, acts, digest, outcome, expected } of branches) {
      expect(second!.afterEvent).toBeGreaterThanOrEqual(first.afterEvent);
      const scratch = runOf(engine, { scenario: small(), seed: "13", interventions: acts });
      expect(scratch.digest).toBe(digest);
      expect(outcome).toBe(expected);
    }
    expect(branches.some(({ outcome }) => outcome === "outage")).toBe(true);
    process.stdout.write(`second strikes: ${branches.length} run\n`);
  });

  it("run a world once that two second strikes lead to", () => {
    const [pair] = equalPairs(1);
    const { event, forks } = pair!;
    for (const fork of forks) fork.release();
    const bench = new BranchBench(exactly("12"), {
      strikes: strikesOf("storage-slow times=2 for=1ms"),
      second: {
        strikes: strikesOf("crash on=h1"),
        within: milliseconds(0),
        isEveryEvent: true,
        most: undefined,
      },
      clock,
    });
    const answers = bench.run([{ afterEvent: event, time: 0, kinds: [] }]);
    bench.release();
    const equal = answers.filter((one) => isSkipped(one) && one.skipped === "equal");
    process.stdout.write(
      `second strikes: ${answers.length}, ${equal.length} led to known worlds\n`,
    );
    expect(equal.length).toBeGreaterThan(0);
    for (const one of equal) {
      const known = isSkipped(one) ? one.equalTo?.second : undefined;
      expect(known?.time).toBe(one.second?.time);
      expect(known!.afterEvent).toBeLessThan(one.second!.afterEvent);
    }
  });

  it("expect an outage where the only host with the VM dies, and do not try one that is off", () => {
    const make = () =>
      worldOf(engine, {
        scenario: scenarioOf("failover", [...SMALL, "sweep.tail=300ms", "recovery=100ms"]),
        seed: "14",
      });
    const bench = new BranchBench(make, { strikes: strikesOf("crash"), clock });
    // The scenario's own fault has struck: h1 is dead, and h2 alone.
    const probe = make();
    while (!probe.hosts[0]!.isStopped) probe.advance(1);
    const afterEvent = probe.kernel.dispatched + 20;
    probe.release();
    const [off, alone] = bench.run([{ afterEvent, time: 0, kinds: [] }]);
    expect(off).toMatchObject({ first: { afterEvent, strike: 0 }, skipped: "off", equalTo: null });
    expect(alone).toMatchObject({ first: { strike: 1 }, outcome: "outage", expected: "outage" });
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
    const bench = new BranchBench(exactly("15", without), {
      strikes: strikesOf("crash on=h1"),
      clock,
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
