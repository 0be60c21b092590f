// A checker of one's own stands in the same frame as ours: it is judged with them, has not passed when
// it looked at nothing, travels with forks, and is told of in one line with its place when it throws.

import { describe, expect, it } from "vitest";
import type { Fact } from "../history/fact.ts";
import { type Checker, checker, type CheckerDefinition, run } from "./index.ts";

const SHORT = {
  "workload.for": "800ms",
  recovery: "400ms",
  "protocol.heartbeat-timeout": "200ms",
  "protocol.log-timeout": "200ms",
  "faults.0.when.from": "300ms",
} as const;
const BASE = { name: "mine", invariant: "it holds", init: () => 0 } as const;

async function judged(own: Checker) {
  const result = await run("failover", { seed: 3, set: SHORT, checkers: [own] });
  const verdict = result.checkers.find(({ checker: name }) => name === own.name);
  if (verdict === undefined) throw new Error("it did not judge");
  return { result, verdict };
}

describe("a checker of one's own", () => {
  it("sees its kinds of facts, once each and in order", async () => {
    const counts = checker({
      ...BASE,
      hears: ["client", "disk-apply"],
      init: () => ({ last: -1, seen: 0 }),
      on: ({ last, seen }, fact, index) => ({
        state: { last: index, seen: seen + 1 },
        looked: 1,
        ...(index > last && /client|disk-apply/.test(fact.kind) ? {} : { found: "out of order" }),
      }),
      end: ({ seen }) => ({ summary: `${seen} facts` }),
    });
    const { result, verdict } = await judged(counts);
    const { length } = result.facts.filter(({ kind }) => /^(client|disk-apply)$/.test(kind));
    expect(verdict).toMatchObject({ verdict: "valid", looked: length, summary: `${length} facts` });
    expect(result.verdict).toBe("valid");
  });

  it("makes the run invalid with what it finds, and changes nothing of it", async () => {
    const strict = checker({
      ...BASE,
      hears: ["host"],
      on: (_, fact) => ({ looked: 1, found: `${fact.node} ${fact.what}` }),
    });
    const { result, verdict } = await judged(strict);
    expect(result).toMatchObject({ verdict: "invalid", exitCode: 1 });
    expect(result.findings[0]).toMatchObject({
      checker: "mine",
      invariant: "it holds",
      message: "h1 crash",
      property: "safety",
    });
    const [index = -1] = verdict.findings[0]?.facts ?? [];
    expect(result.facts[index]).toMatchObject({ kind: "host", what: "crash" });
    expect(result.text).toContain("  mine (it holds): h1 crash");
    expect(result.digest).toBe((await run("failover", { seed: 3, set: SHORT })).digest);
  });

  it("may say at the end what never came, as a loss of liveness", async () => {
    const late = checker({
      ...BASE,
      hears: ["client"],
      property: "liveness",
      on: () => ({ looked: 1 }),
      end: () => ({ found: { message: "nobody came" } }),
    });
    const { result, verdict } = await judged(late);
    expect(verdict.findings[0]).toMatchObject({ time: result.endTime, isAbsence: true });
    expect(result.exitCode).toBe(3);
  });

  it("hears claims, too", async () => {
    const roles = checker({ ...BASE, hears: ["role"], on: () => ({ looked: 1 }) });
    expect((await judged(roles)).verdict.looked).toBeGreaterThan(2);
  });

  it("that looked at nothing has not passed, unless it says why that is fine", async () => {
    const nothing = { ...BASE, hears: ["storage-restart"], on: () => ({ looked: 1 }) } as const;
    const { result, verdict } = await judged(checker(nothing));
    expect(verdict).toMatchObject({ verdict: "unknown", summary: "nothing to look at" });
    expect(result).toMatchObject({ verdict: "unknown", exitCode: 2 });
    const idle = await judged(checker({ ...nothing, idle: "the storage never restarted" }));
    expect(idle.verdict).toMatchObject({ verdict: "valid", isIdle: true });
    expect(idle.result.verdict).toBe("valid");
  });

  it("goes with a fork", async () => {
    const counting = checker({
      ...BASE,
      hears: ["client"],
      on: (seen) => ({ state: seen + 1, looked: 1 }),
      end: (seen) => ({ summary: String(seen) }),
    });
    const options = { seed: 3, set: SHORT, checkers: [counting] };
    const paused = await run("failover", { ...options, until: "400ms" });
    const fork = paused.fork();
    const ends = [await run("failover", options), await paused.finish(), await fork.finish()];
    const said = ends.map(({ checkers }) => checkers.at(-1)?.summary);
    expect(new Set(said)).toEqual(new Set([said[0]]));
    expect(Number(said[0])).toBeGreaterThan(40);
  });
});

describe("a mistake in a checker", () => {
  const at = /^the checker failed: src\/api\/checker\.test\.ts:\d+:\d+: checker mine: /;

  it.each<readonly [string, Partial<CheckerDefinition<unknown, Fact["kind"]>>, RegExp]>([
    [
      "an exception",
      {
        on: () => {
          throw new Error("no idea\nat all");
        },
      },
      /on\(client\): no idea \(at fact \d+, client\)$/,
    ],
    [
      "a fact that is changed",
      { on: (_, fact) => void ((fact as { time: number }).time = 0) as undefined },
      /on\(client\): Cannot assign .*facts are frozen/,
    ],
    [
      "a state that is no data",
      { on: () => ({ state: new Map() }) },
      /state is a Map; state is plain/,
    ],
    [
      "chance",
      { on: () => ({ state: Math.random() }) },
      /on\(client\): ambient nond.*Math\.random/,
    ],
    ["a count that is none", { on: () => ({ looked: 0.5 }) }, /looked is 0\.5; expected a whole/],
    ["a finding that is none", { on: () => ({ found: 7 as never }) }, /found: expected a sentence/],
  ])("is told with its place: %s", async (_, change, words) => {
    const { result, verdict } = await judged(
      checker({ ...BASE, hears: ["client"], on: () => undefined, ...change }),
    );
    expect(verdict.verdict).toBe("unknown");
    expect(verdict.summary).toMatch(at);
    expect(verdict.summary).toMatch(words);
    expect(result.verdict).toBe("unknown");
    expect(result.checkers.filter((one) => one.verdict === "unknown")).toHaveLength(1);
  });

  it("before the first event is thrown", async () => {
    const broken = checker({
      ...BASE,
      hears: ["client"],
      init: (): number => Date.now(),
      on: () => undefined,
    });
    await expect(judged(broken)).rejects.toThrow(
      /^src\/api\/checker\.test\.ts:\d+:\d+: checker mine: init: ambient nondeterminism: Date\.now/,
    );
    expect(() => checker({ ...BASE, name: "Mine!", hears: [], on: () => undefined })).toThrow(
      "checker Mine!: expected a name",
    );
  });
});
