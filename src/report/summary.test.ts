// What the terminal shows for small runs by hand: valid, invalid, undecided; and that no line is
// wider than a terminal or carries a control character.

import { describe, expect, test } from "vitest";
import { summarize } from "./summary.ts";
import type { Fact } from "../history/fact.ts";
import {
  checker,
  client,
  failoverFacts,
  invalidRun,
  sampleRun,
} from "../../test/support/report-run.ts";

describe("the summary of a run", () => {
  test("that is valid", () => {
    expect(summarize({ ...sampleRun(), wallSeconds: 1.62 })).toMatchInlineSnapshot(`
      "ftsim 0.1.0 (3f9c2ab)   failover   seed 42   guest kv 5b1e09c4
      The primary dies with requests in flight. The backup must take over.  [paper 2.2, 2.3]

          0.000 s  h1 PRIMARY, h2 BACKUP (generation 1).  2 clients, 2 requests/s, 5 s
          2.000 s  FAULT h1 crashes: 1 request in flight, 1 output held, h2 is 2 log entries behind
          3.961 s  h2 suspects h1        no heartbeat for 2.000 s
          3.962 s  h2 wins test-and-set  (generation 1, owner h2)
          3.966 s  h2 SOLO               2 entries replayed, MAC announced

      VALID   2 of 2 checkers, 31 facts, 0 unknown, 1 idle
        output-commit    1 output, released after the ack of its entry
        same-execution   1 of 1 position: same step, same state hash; h1 ran 4,318,772, h2 ran 5,000,000
                         steps
        ... 1 more: --verbose
        server away 1.976 s = 1.971 detect + 0.002 test-and-set + 0.003 catch up; slowest client 1.981 s
        faults           crash 1 strike, 1 hit

      report  reports/failover-42/report.html            digest 8f3c51d2e07b   1.6 s
      again   npx ftsim run failover --seed 42
      break   npx ftsim run failover --seed 42 --without output-rule
      "
    `);
  });

  test("whose old primary served on says how long clients really waited", () => {
    const incr = { kind: "incr", key: "n" } as const;
    const served = (from: number, to: number): readonly Fact[] => [
      client(from * 1e6, "c1-1", incr),
      client(to * 1e6, "c1-1", incr, { kind: "number", value: 2 }),
    ];
    const told = (facts: readonly Fact[]): string =>
      summarize(sampleRun({ facts: facts.toSorted((a, b) => a.time - b.time) }));
    const facts = failoverFacts();
    expect(told([...facts, ...served(3900, 3950)])).toContain(
      "server away 0.016 s = 0.011 detect + 0.002 test-and-set + 0.003 catch up",
    );
    const calm = facts.filter((fact) => fact.kind !== "client" || fact.event.opId !== "c2-0");
    expect(told([...calm, ...served(3900, 3950)])).toContain("no client waited for the takeover");
  });

  test("that is invalid names the finding, its facts and what follows", () => {
    expect(summarize(invalidRun())).toMatchInlineSnapshot(`
      "ftsim 0.1.0 (3f9c2ab)   failover   seed 42   guest kv 5b1e09c4
      The primary dies with requests in flight. The backup must take over.  [paper 2.2, 2.3]
      WITHOUT output-rule: An output waits for its ack.

          0.000 s  h1 PRIMARY, h2 BACKUP (generation 1).  2 clients, 2 requests/s, 5 s
          2.000 s  FAULT h1 crashes: 1 request in flight, 1 output held, h2 is 2 log entries behind
          3.961 s  h2 suspects h1        no heartbeat for 2.000 s
          3.962 s  h2 wins test-and-set  (generation 1, owner h2)
          3.966 s  h2 SOLO               2 entries replayed, MAC announced

      INVALID   1 finding (2 checkers), 1 valid, 0 unknown, 1 idle
        output-commit (INV-01): at 1.992000 s h1 released network output 1, before h2 held entry 3 that
        produced it

           time          h1 (PRIMARY)               h2 (BACKUP)                clients, storage
           1.992000 s    HOLD out 1, needs 3
           1.992000 s    RELEASE out 1 network 61 B  <--
           2.000000 s    CRASH power loss
           3.962000 s                                                      storage: test-and-set 1: h2 won
           3.966000 s                               SOLO replayed through entry 3
           3.971000 s                                                 c2-0 SET k v -> "done"   <-- follows
        follows from it: linearizable (INV-18)      why: npx ftsim explain output-rule
        faults           crash 1 strike, 1 hit

      report  reports/failover-42/report.html            digest 8f3c51d2e07b
      again   npx ftsim run failover --seed 42 --without output-rule
      exit 1 (a property was violated; seed 42)
      "
    `);
  });

  test("that is undecided says which checker and why", () => {
    const base = sampleRun();
    const run = {
      ...base,
      verdict: "unknown" as const,
      exhausted: "more than 1,000,000 events",
      conclusion: { findings: [], valid: 1, invalid: 0, unknown: 1, idle: 1 },
      checkers: [
        checker("linearizable", ["INV-18"], {
          verdict: "unknown",
          summary: "the search was given up after 1,000,000 steps",
        }),
        ...base.checkers.slice(1),
      ],
      outcome: { exitCode: 2, words: "undecided" },
    };
    const text = summarize(run);
    expect(text).toContain("UNKNOWN   1 checker undecided");
    expect(text).toContain("given up         more than 1,000,000 events");
    expect(text).toContain("linearizable     the search was given up");
    expect(text).toContain("exit 2 (undecided; seed 42)");
  });

  test("lists every checker when asked to, the idle ones marked", () => {
    const text = summarize(sampleRun(), { isVerbose: true });
    expect(text).toContain("  valid    output-commit");
    expect(text).toContain("  idle     loser-halts");
    expect(text).not.toContain("more: --verbose");
  });

  test("keeps to a hundred columns and to printable text, whatever clients wrote", () => {
    const hostile = `\x1b[2J\u202e${"word ".repeat(40)}`;
    const base = invalidRun();
    const [finding] = base.conclusion.findings;
    if (finding === undefined) throw new Error("the run has a finding");
    const run = {
      ...base,
      conclusion: {
        ...base.conclusion,
        findings: [{ ...finding, cause: { ...finding.cause, message: hostile } }],
      },
    };
    for (const options of [{ isVerbose: false }, { isVerbose: true }])
      for (const line of summarize(run, options).split("\n")) {
        expect(line.length).toBeLessThanOrEqual(100);
        expect(line).toMatch(/^[\x20-\x7e]*$/);
      }
  });

  test("leaves the least telling moments out when there are too many", () => {
    const base = sampleRun();
    const flood = Array.from({ length: 60 }, (_, at) => ({
      kind: "fault" as const,
      witness: "world" as const,
      time: 1_000_000_000 + at,
      fault: "loss",
      phase: "start" as const,
      target: "log-link",
      detail: `link ${at} loses packets`,
    }));
    const at = base.facts.findIndex(({ kind }) => kind === "fault");
    const facts = [...base.facts.slice(0, at), ...flood, ...base.facts.slice(at)];
    const text = summarize({ ...base, facts });
    expect(text).toContain("more moments: --verbose");
    expect(text).toContain("h2 SOLO");
    expect(summarize({ ...base, facts }, { isVerbose: true })).toContain("link 59");
  });
});
