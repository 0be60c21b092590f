// ftsim as a library: a fork that nobody touches ends as the run would have, to the last bit; what is
// done to one is not seen by the other; and every mistake is one line.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { unpackReproduction } from "../cli/reproduction.ts";
import { guest, run, type ScenarioData, UsageError } from "./index.ts";

const SHORT = {
  "workload.for": "800ms",
  recovery: "400ms",
  "protocol.heartbeat-timeout": "200ms",
  "protocol.log-timeout": "200ms",
  "faults.0.when.from": "300ms",
} as const;
const SUBJECT = ["failover", { seed: 3, set: SHORT }] as const;
const DATA: ScenarioData = {
  name: "mine",
  title: "Mine",
  about: "The primary dies.",
  protocol: { "heartbeat-timeout": "200ms", "log-timeout": "200ms" },
  workload: { clients: 2, rate: "50/s", for: "600ms" },
  faults: [{ at: "300ms", crash: "primary" }],
  recovery: "300ms",
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ftsim-api-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a run", () => {
  it("is a function of what it was given, and tells of everything", async () => {
    const [one, other] = await Promise.all([run(...SUBJECT), run(...SUBJECT)]);
    expect(other.digest).toBe(one.digest);
    expect(one).toMatchObject({ scenario: "failover", seed: "3", verdict: "valid", exitCode: 0 });
    expect(one.again).toBe(
      "npx ftsim run failover --seed 3 --set workload.for=800ms --set recovery=400ms --set protocol.heartbeat-timeout=200ms --set protocol.log-timeout=200ms --set faults.0.when.from=300ms",
    );
    expect(one.text).toMatch(/^ftsim \d.*failover {3}seed 3/);
    expect(one.checkers.length).toBeGreaterThan(50);
    const answered = one.operations.filter(({ outcome }) => outcome === "ok");
    const asked = one.facts.filter(
      (fact) => fact.kind === "client" && fact.event.kind === "invoke",
    );
    expect(one.operations).toHaveLength(asked.length);
    expect(answered.length).toBeGreaterThan(20);
    for (const { invokedAt, completedAt = 0 } of answered)
      expect(completedAt).toBeGreaterThan(invokedAt);
  });

  it("has findings, and files that hold them", async () => {
    const result = await run("failover", { seed: 3, set: SHORT, without: "output-rule" });
    expect(result).toMatchObject({ verdict: "invalid", exitCode: 1 });
    expect(result.findings).toHaveLength(1);
    expect(result.findings[0]).toMatchObject({ checker: "output-commit", property: "safety" });
    const written = result.writeReport(join(folder, "report"));
    expect(written.text).toContain(`report  ${written.report}`);
    expect(readFileSync(join(folder, "report", "report.html"), "utf8")).toContain("output-commit");
    const again = await run({ repro: join(folder, "report", "repro.json") });
    expect(again.digest).toBe(result.digest);
    expect(again.again).toMatch(/^npx ftsim replay .*repro\.json$/);
  });

  it("of data carries its scenario in its line, and one of a file its path", async () => {
    const result = await run(DATA, { seed: 5 });
    const packed = result.again.replace("npx ftsim replay ", "");
    expect(unpackReproduction(packed)).toMatchObject({
      scenario: { name: "mine" },
      seed: "5",
      digest: result.digest,
    });
    const file = join(folder, "mine.yaml");
    writeFileSync(file, unpackReproduction(packed).scenario.text);
    const read = await run(pathToFileURL(file), { seed: 5 });
    expect(read.digest).toBe(result.digest);
    expect(read.again).toMatch(/^npx ftsim run \S+mine\.yaml --seed 5$/);
  });

  it("of a swarm is drawn from its seed", async () => {
    const data = { title: "t", about: "a", draw: "swarm", workload: DATA.workload } as ScenarioData;
    const [one, other] = [await run(data, { seed: 1 }), await run(data, { seed: 2 })];
    expect(one.text).not.toBe(other.text);
    expect(unpackReproduction(one.again.split(" ").at(-1) ?? "").scenario.text).toContain(
      "faults:",
    );
  });

  it("does not mind a stopped clock, and can be given up", async () => {
    const { digest } = await run(...SUBJECT);
    vi.useFakeTimers();
    try {
      expect((await run(...SUBJECT)).digest).toBe(digest);
    } finally {
      vi.useRealTimers();
    }
    const controller = new AbortController();
    const waiting = run("failover", { seed: 3, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 1);
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("a run that pauses", () => {
  it("and goes on, or is forked, ends as the run that did not", async () => {
    const straight = await run(...SUBJECT);
    const paused = await run(SUBJECT[0], { ...SUBJECT[1], until: "500ms" });
    expect(paused.now).toBe(500_000_000);
    expect(paused.facts.every(({ time }) => time <= 500_000_000)).toBe(true);
    const [touched, untouched] = [paused.fork().act("cut", "log-link"), paused.fork()];
    const slowed = paused.fork().act("slow", "h2", { to: "50%" });
    expect((await slowed.finish()).again).toMatch(/&do=0\.5\d+~slow~h2~to%3D50%25&/);
    await touched.resume("700ms");
    touched.end("cut", "log-link");
    await paused.resume("650ms");
    const late = paused.fork();
    const ends = [await touched.finish(), await untouched.finish(), await late.finish()];
    expect((await paused.finish()).digest).toBe(straight.digest);
    expect(ends.slice(1).map(({ digest }) => digest)).toEqual([straight.digest, straight.digest]);
    expect(ends[0]?.digest).not.toBe(straight.digest);
    // What was done is in the line that makes it again.
    expect(ends[0]?.again).toMatch(/&do=0\.5\d+~cut~log-link&do=0\.7\d+~end-cut~log-link&/);
  });

  it("stops after so many events, or at a fact", async () => {
    const paused = await run("failover", { seed: 3, set: SHORT, until: 1_000 });
    expect(paused.events).toBe(1_000);
    const { digest } = paused;
    const fork = paused.fork();
    expect(fork.digest).toBe(digest);
    await paused.resume((fact) => fact.kind === "host" && fact.what === "crash");
    expect(paused.facts.filter(({ kind }) => kind === "host")).toHaveLength(1);
    await paused.resume((fact) => fact.kind === "storage-restart");
    expect(paused.isOver).toBe(true);
    expect((await paused.finish()).digest).toBe((await fork.finish()).digest);
  });

  it("of a data scenario can be replayed with what was done to it", async () => {
    const paused = await run({ ...DATA, faults: [] }, { seed: 5, until: "200ms" });
    const acted = await paused.act("crash", "primary").finish();
    const reproduction = unpackReproduction(acted.again.split(" ").at(-1) ?? "");
    expect(reproduction.interventions).toHaveLength(1);
    const file = join(folder, "acted.json");
    writeFileSync(file, JSON.stringify(reproduction));
    expect((await run({ repro: file })).digest).toBe(acted.digest);
  });
});

describe("a mistake is one line", () => {
  const refuse = async (promise: Promise<unknown>, words: RegExp): Promise<void> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).not.toContain("\n");
  };

  it("in what is run", async () => {
    await refuse(run("failoverr"), /^no scenario failoverr \(did you mean failover\?\)/);
    await refuse(run("failover", { seed: "a b" }), /^seed "a b": expected/);
    await refuse(run("failover", { without: "x" }), /^no rule x/);
    await refuse(run("failover", { bug: ["x"] }), /^no planted bug x/);
    await refuse(run("failover", { protocol: "x" }), /^no protocol x/);
    await refuse(run("failover", { protocol: "./none.js" }), /^\.\/none\.js: no such file/);
    await refuse(
      run("failover", { set: { "log-link.rtt": "5" } }),
      /^scenarios\/failover\.yaml:\d/,
    );
    await refuse(run({ ...DATA, workload: { for: "2" } }), /^scenario mine: workload\.for: "2" is/);
    await refuse(run({ ...DATA, name: "My Own" }), /^scenario My Own: expected a name/);
    await refuse(run({ repro: "none.json" }), /^none\.json: no such file/);
    await refuse(run("failover", { checkers: [{ name: "x", invariant: "x" }] }), /^checkers: exp/);
  });

  it("in where it pauses and what is done to it", async () => {
    await refuse(run("failover", { until: "soon" }), /^until: "soon" is not a duration/);
    await refuse(run("failover", { until: 1.5 }), /^until 1\.5: expected a whole number/);
    const thrown = run("failover", {
      until: () => {
        throw new Error("not this");
      },
    });
    await refuse(thrown, /^src\/api\/run\.test\.ts:\d+:\d+: not this$/);
    const paused = await run("failover", { seed: 1, set: SHORT, until: "100ms" });
    await refuse(paused.resume("50ms"), /^until 50ms: it is 0\.1 s already/);
    expect(() => paused.act("crash", "nobody")).toThrow(/^crash nobody: /);
    expect(() => paused.act("slow", "h2", { to: "lots" })).toThrow(/^slow h2: slow to=lots: to: /);
    expect(() => paused.act("explode", "h1")).toThrow(/^explode h1: no fault explode/);
    paused.release();
    expect(() => paused.fork()).toThrow("this run was finished, or released");
  });
});

describe("a guest of one's own", () => {
  const elf = new URL("../../guests/kv/kv.elf", import.meta.url);
  const base = { name: "mine", elf, serves: "key-value", ready: "kv ready\n", port: 6379 } as const;

  it("is run in place of the scenario's", async () => {
    const mine = guest(base);
    const result = await run("failover", { seed: 3, set: SHORT, guest: mine });
    // The same program does the same.
    expect(result.text).toContain(`guest mine ${mine.digest.slice(0, 8)}`);
    const shipped = await run(...SUBJECT);
    // But for the audit of a disk whose records ftsim knows how to read.
    const audited = shipped.facts.filter(({ kind }) => kind === "disk-audit");
    expect(result.facts).toEqual(shipped.facts.filter((fact) => !audited.includes(fact)));
    expect(audited).toHaveLength(1);
    expect(result.again).toBe("");
    const counter = { ...DATA, workload: { kind: "counter", for: "1s" } };
    await expect(run(counter, { guest: mine })).rejects.toThrow(
      "scenario mine: guest: mine serves key-value, not a counter workload",
    );
  });

  it.each([
    [{ name: "kv" }, "guest kv: name: ftsim has a guest of this name"],
    [{ name: "Mine" }, "guest Mine: name: expected lower-case letters, digits and -"],
    [{ elf: "none.elf" }, "guest mine: none.elf: no such file"],
    [{ sha256: "00" }, /^guest mine: sha256 is [0-9a-f]{64}, expected 00$/],
    [{ port: 70_000 }, "guest mine: port 70000: expected 1 to 65535"],
    [{ ramBytes: 5_000 }, "guest mine: ramBytes 5000: expected pages of 4096, at most 1 GiB"],
    [{ serves: [] }, /^guest mine: serves nothing: expected key-value, /],
  ])("is refused: %j", (change, words) => {
    expect(() => guest({ ...base, ...change })).toThrow(words);
  });

  it("that is no program is refused when it is run", async () => {
    const empty = guest({ ...base, elf: new Uint8Array(100) });
    await expect(run("failover", { guest: empty })).rejects.toThrow(/^guest mine: /);
  });
});
