// All checkers over whole runs: a good one is valid, a verdict folds what follows from one cause, a
// checker that throws is unknown and alone, and a snapshot in mid-history changes nothing.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import type { CheckerResult } from "../history/verdict.ts";
import type { CheckerKind } from "./checker.ts";
import { Composite, conclude } from "./composite.ts";
import { defineChecker } from "./define.ts";
import { failoverScript, quietScript, TEST_CONTEXT } from "../../test/support/history-builder.ts";
import { CHECKERS, startCheckers } from "./registry.ts";

function resultsOf(facts: readonly Fact[]): readonly CheckerResult[] {
  const checkers = startCheckers(TEST_CONTEXT, { family: "replay" });
  facts.forEach((fact, index) => checkers.observe(fact, index));
  return checkers.results();
}

const problems = (facts: readonly Fact[]): string[] =>
  resultsOf(facts).flatMap((one) =>
    one.verdict === "valid"
      ? []
      : [`${one.checker}: ${one.verdict} ${one.summary} ${one.findings[0]?.message ?? ""}`],
  );

const idle = (facts: readonly Fact[]): string[] =>
  resultsOf(facts).flatMap((one) => (one.isIdle === true ? [`${one.checker}: ${one.idle}`] : []));

describe("whole runs", () => {
  test("a run without faults is valid", () => {
    expect(problems(quietScript().finish())).toEqual([]);
  });

  test("a takeover that goes well is valid", () => {
    const facts = failoverScript().finish();
    expect(problems(facts)).toEqual([]);
    expect(idle(facts)).toMatchInlineSnapshot(`
      [
        "quiet-suspect: no primary suspected its backup",
        "arbiter: no arbiter but the storage was asked for anything",
        "loser-role: no node was told that it lost",
        "exact-copy: no machine was copied",
        "move-continuity: nothing moved",
        "anti-affinity: nobody was placed anywhere",
        "re-protection: the VM never ran alone while another host was free",
        "loser-halts: nobody lost a test-and-set",
        "power-off: the VM was not powered off in this run",
        "generation-hygiene: no second generation was opened in this run",
        "read-before-write: no backup read a disk that it shares",
        "disk-equality: there is one disk only",
        "duplicates: nothing was sent twice",
        "udp-answers: nobody used the service on UDP",
        "at-least-once: this scenario promises nothing about datagrams",
        "right-answers: no operation whose answer tells by itself whether it is right",
        "lag-control: no backup was far behind, and no CPU was limited",
        "lag-converges: no CPU was limited",
        "log-rate: too little was logged while nothing was wrong",
      ]
    `);
  });

  test("a checker that need not look at anything is idle where the scenario says so", () => {
    const context = { ...TEST_CONTEXT, mayBeIdle: ["output-commit"] };
    const results = startCheckers(context, { family: "replay" }).results();
    const of = (name: string): unknown => results.find(({ checker }) => checker === name);
    expect(of("output-commit")).toMatchObject({ verdict: "valid", isIdle: true });
    expect(of("linearizable")).toMatchObject({ verdict: "unknown" });
  });

  test("an empty run is unknown: the core checkers had nothing to look at", () => {
    const conclusion = conclude(resultsOf([]));
    expect(conclusion.verdict).toBe("unknown");
    const unknown = resultsOf([]).filter((one) => one.verdict === "unknown");
    expect(unknown.map((one) => one.checker)).toEqual([
      "output-commit",
      "detection",
      "same-execution",
      "linearizable",
      "byte-streams",
    ]);
  });

  test("what they say", () => {
    const said = resultsOf(failoverScript().finish()).map(
      (one) => `${one.checker}: ${one.summary}`,
    );
    expect(said).toMatchInlineSnapshot(`
      [
        "log-integrity: 13 log entries held as appended, without a gap",
        "buffers: 13 entries in buffers with an end (at most 192 bytes without an ack), full 0 times",
        "ack-held: 14 acks, each of entries that were held (15 entries)",
        "group-atomicity: 13 entries replayed in whole groups, 1 takeover between groups",
        "all-logged: 7 inputs of a primary's machine, each with its entry in the log",
        "run-ahead: 19 acts of a replaying machine, none beyond the newest entry that it held",
        "output-commit: 5 outputs, each released after the ack of its entry (closest 0 ns)",
        "quiet-suspect: idle: no primary suspected its backup",
        "waits-on-silence: 2 answers waited for and believed as the storage gave it",
        "ack-freeze: 1 node asked for the flag, no ack after that",
        "detection: 0 signs of life heard, 1 suspicion, each after a silence and in time (longest other silence 0 ns)",
        "flag: 1 answer of the storage about 1 flag, 0 storage restarts: one owner each, for ever",
        "arbiter: idle: no arbiter but the storage was asked for anything",
        "solo-after-flag: 1 node went SOLO, each with the flag of its generation",
        "loser-role: idle: no node was told that it lost",
        "acked-not-discarded: 13 acknowledged entries replayed before 1 takeover",
        "silent-backup: 6 outputs of a backup, none left its host",
        "exact-copy: idle: no machine was copied",
        "move-continuity: idle: nothing moved",
        "anti-affinity: idle: nobody was placed anywhere",
        "re-protection: idle: the VM never ran alone while another host was free",
        "same-execution: 13 positions compared: same step, same value; 13 state hashes equal; 2,225 steps",
        "no-solo-without-flag: 31 acts on the world, each by a node that had the VM",
        "single-live: 30 live acts, 1 flag won, 1 takeover; never two live machines",
        "loser-halts: idle: nobody lost a test-and-set",
        "power-off: idle: the VM was not powered off in this run",
        "mac-ownership: 1 announcement, 1 takeover; the owner first, nobody else",
        "output-requirement: 9 outputs released, 5 of them performed by the other machine too; 1 takeover",
        "reissue: 2 disk I/Os pending at 1 takeover, each issued again once and in order",
        "stale-writer: 2 disk commands after a test-and-set, 0 of a superseded node refused",
        "generation-hygiene: idle: no second generation was opened in this run",
        "io-races: 4 disk commands, 0 pairs under way at one time, none of them on the same sectors",
        "read-before-write: idle: no backup read a disk that it shares",
        "dma: 0 reads that touched no memory before the completion, 3 writes of what memory held at the issue",
        "disk-commit: 4 writes at the storage, each as its sender's machine performed it",
        "disk-equality: idle: there is one disk only",
        "one-completion: 4 disk completions, one for each I/O",
        "lost-write: 3 writes completed to the guest, each on the disk and not undone by an older one",
        "duplicates: idle: nothing was sent twice",
        "udp-answers: idle: nobody used the service on UDP",
        "at-least-once: idle: this scenario promises nothing about datagrams",
        "guest-time: 8 time reads, never backwards",
        "reference: 9 positions of the surviving history equal on a reference machine, 5,000 steps",
        "linearizable: 5 operations on 1 key linearizable, 0 without an answer",
        "byte-streams: 1 connection equal to a machine that never failed, 60 bytes",
        "right-answers: idle: no operation whose answer tells by itself whether it is right",
        "disk-audit: 3 acknowledged writes, all on disk (4 records)",
        "service-resumes: the service was back in time after 1 disturbance",
        "held-outputs: 3 held outputs left as soon as nothing held them back",
        "no-double-suicide: 1 machine stopped, 1 machine running",
        "runs-while-held: 5 outputs waited, and during 5 of the waits the machine went on (45 steps)",
        "output-latency: 2 outputs held for 2 ms in the median, at most a round trip and 1 ms",
        "lag-control: idle: no backup was far behind, and no CPU was limited",
        "lag-converges: idle: no CPU was limited",
        "log-rate: idle: too little was logged while nothing was wrong",
      ]
    `);
  });

  test("another protocol family is judged by world facts only", () => {
    const names = startCheckers(TEST_CONTEXT, { family: "other" })
      .results()
      .map((one) => one.checker);
    expect(names).not.toContain("output-commit");
    expect(names).toContain("output-requirement");
  });

  test("a protocol waives white-box checkers, never a black-box one", () => {
    const waives = ["runs-while-held", "output-requirement"];
    const names = startCheckers(TEST_CONTEXT, { family: "replay", waives })
      .results()
      .map((one) => one.checker);
    expect(names).not.toContain("runs-while-held");
    expect(names).toContain("output-requirement");
    expect(names).toContain("output-commit");
  });

  test("names are unique and every checker says what it rejects", () => {
    expect(new Set(CHECKERS.map((kind) => kind.name)).size).toBe(CHECKERS.length);
    for (const kind of CHECKERS) expect(kind.rejects.length).toBeGreaterThan(10);
  });
});

describe("snapshots", () => {
  const facts = failoverScript().finish();
  const plain = (results: readonly CheckerResult[]): unknown =>
    results.map((one) => ({ ...one, figures: [...one.figures] }));
  const expected = plain(resultsOf(facts));

  test("a snapshot in mid-history, a detour and a restore give the same results", () => {
    fc.assert(
      fc.property(
        fc.nat(facts.length),
        fc.array(fc.nat(facts.length - 1), { maxLength: 40 }),
        (cut, detour) => {
          const checkers = startCheckers(TEST_CONTEXT, { family: "replay" });
          for (let at = 0; at < cut; at++) checkers.observe(facts[at] as Fact, at);
          const snapshot = checkers.snapshot();
          const before = plain(checkers.results());
          for (const at of detour) checkers.observe(facts[at] as Fact, at);
          checkers.restore(snapshot);
          expect(plain(checkers.results())).toEqual(before);
          const other = startCheckers(TEST_CONTEXT, { family: "replay" });
          other.restore(snapshot);
          for (let at = cut; at < facts.length; at++) {
            checkers.observe(facts[at] as Fact, at);
            other.observe(facts[at] as Fact, at);
          }
          expect(plain(checkers.results())).toEqual(expected);
          expect(plain(other.results())).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  // About 0.1 ms; the bound leaves room for a busy machine.
  test("a snapshot is cheap", () => {
    const checkers = startCheckers(TEST_CONTEXT, { family: "replay" });
    facts.forEach((fact, index) => checkers.observe(fact, index));
    const start = performance.now();
    for (let i = 0; i < 200; i++) checkers.snapshot();
    const each = (performance.now() - start) / 200;
    expect(each).toBeLessThan(5);
  });
});

describe("conclude", () => {
  test("one finding: the earliest cause, the rest folded under it", () => {
    const script = quietScript();
    const ordinal = script.perform("network", "too early");
    script.release(ordinal);
    script.crash("h1");
    script.suspect("h2");
    script.ask("h2", "won");
    script.replay(0);
    script.role("h2", "SOLO");
    script.announce("h2");
    const { verdict, findings } = conclude(resultsOf(script.finish()));
    expect(verdict).toBe("invalid");
    expect(findings).toHaveLength(1);
    expect(findings[0]?.cause.invariant).toBe("INV-01");
    expect(findings[0]?.property).toBe("safety");
    expect(findings[0]?.follows.map((one) => one.invariant)).toContain("INV-04");
  });

  test("what never came stands behind what was found before, and safety stays the verdict", () => {
    const kinds = (["liveness", "safety"] as const).map((property) =>
      defineChecker<object>({
        name: property,
        invariants: ["INV-00"],
        rejects: "a run",
        property,
        appliesTo: "any",
        begin: () => ({}),
        observe: () => undefined,
        missing: () => [
          property === "liveness"
            ? { invariant: "INV-00", time: 1, message: "stays", facts: [] }
            : { invariant: "INV-00", time: 9, message: "never came", facts: [], isAbsence: true },
        ],
        describe: () => ({ summary: "", looked: 1 }),
      }),
    );
    const composite = new Composite(kinds, TEST_CONTEXT);
    const [finding] = conclude(composite.results()).findings;
    expect([finding?.cause.message, finding?.property]).toEqual(["stays", "safety"]);
  });

  test("a checker that throws is unknown with the error's text, and the others go on", () => {
    const failing: CheckerKind = defineChecker<{ seen: number }>({
      name: "failing",
      invariants: ["INV-00"],
      rejects: "nothing",
      property: "safety",
      appliesTo: "any",
      begin: () => ({ seen: 0 }),
      observe(state) {
        state.seen += 1;
        if (state.seen === 3) throw new Error("no third fact");
      },
      describe: (state) => ({ summary: "fine", looked: state.seen }),
    });
    const composite = new Composite([failing, ...CHECKERS], TEST_CONTEXT);
    const facts = quietScript().finish();
    const before = composite.snapshot();
    facts.forEach((fact, index) => composite.observe(fact, index));
    const [first, ...others] = composite.results();
    expect(first?.verdict).toBe("unknown");
    expect(first?.summary).toContain("no third fact");
    expect(others.every((one) => one.verdict === "valid")).toBe(true);
    expect(conclude(composite.results()).verdict).toBe("unknown");
    composite.restore(before);
    composite.observe(facts[0] as Fact, 0);
    expect(composite.results()[0]?.verdict).toBe("valid");
  });

  test("idle checkers are shown apart and do not count", () => {
    const conclusion = conclude(resultsOf(quietScript().finish()));
    expect(conclusion.verdict).toBe("valid");
    expect(conclusion.idle).toBeGreaterThan(5);
    const always = CHECKERS.filter(({ isOnDemand }) => isOnDemand !== true);
    expect(conclusion.valid + conclusion.idle).toBe(always.length);
    expect(CHECKERS.length - always.length).toBe(1);
  });
});
