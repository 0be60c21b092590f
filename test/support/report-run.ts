// A small run by hand, for the tests of reports: h1 is primary, dies at 2 s with one request in
// flight and one output held; h2 replays two entries and goes on.

import type { VirtualTime } from "../../src/base/time.ts";
import type { Fact } from "../../src/history/fact.ts";
import type { Op, OpResult } from "../../src/history/op.ts";
import type { CheckerResult } from "../../src/history/verdict.ts";
import type { ReportChecker, ReportRun } from "../../src/report/report-run.ts";

const MS = 1_000_000;

export function failoverFacts(): readonly Fact[] {
  return [
    world(0, { kind: "run", phase: "start", hosts: ["h1", "h2"] }),
    claim(0, "h1", { kind: "role", role: "PRIMARY", reason: "generation 1" }),
    claim(0, "h2", { kind: "role", role: "BACKUP", reason: "generation 1" }),
    client(100 * MS, "c1-0", { kind: "incr", key: "n" }),
    append(101 * MS, 1),
    crossing(101 * MS, "h1", 0),
    hold(101 * MS, 0, 1),
    claim(102 * MS, "h2", { kind: "log-replay", lsn: 1, count: 10 }),
    crossing(102 * MS, "h2", 0),
    claim(103 * MS, "h1", {
      kind: "output-release",
      ordinal: 0,
      outputClass: "network",
      lsn: 1,
      heldFor: 2 * MS,
    }),
    release(103 * MS, "h1", 0),
    client(104 * MS, "c1-0", { kind: "incr", key: "n" }, { kind: "number", value: 1 }),
    client(1990 * MS, "c2-0", { kind: "set", key: "k", value: "v" }),
    append(1991 * MS, 2),
    append(1992 * MS, 3),
    hold(1992 * MS, 1, 3),
    world(2000 * MS, {
      kind: "fault",
      fault: "crash",
      phase: "start",
      target: "primary",
      detail: "h1 crashes",
    }),
    world(2000 * MS, { kind: "host", node: "h1", what: "crash", detail: "power loss" }),
    world(2000 * MS, { kind: "machine-stop", node: "h1", count: 30, why: "its host crashed" }),
    claim(3961 * MS, "h2", { kind: "suspect", reason: "heartbeat", silence: 2000 * MS }),
    claim(3961 * MS, "h2", { kind: "role", role: "SUSPECT", reason: "no heartbeat" }),
    world(3962 * MS, {
      kind: "test-and-set",
      generation: 1,
      owner: "h2",
      result: "won",
      isFirst: true,
    }),
    claim(3963 * MS, "h2", { kind: "test-and-set-result", result: "won" }),
    claim(3964 * MS, "h2", { kind: "log-replay", lsn: 2, count: 20 }),
    claim(3965 * MS, "h2", { kind: "log-replay", lsn: 3, count: 30 }),
    claim(3966 * MS, "h2", { kind: "role", role: "SOLO", reason: "replayed through entry 3" }),
    world(3966 * MS, { kind: "announce", node: "h2", mac: "52:54:00:00:00:01" }),
    release(3970 * MS, "h2", 2),
    client(3971 * MS, "c2-0", { kind: "set", key: "k", value: "v" }, { kind: "done" }),
    world(5000 * MS, {
      kind: "disk-audit",
      records: 1,
      acknowledged: 1,
      found: 1,
      missing: "",
    }),
    world(5000 * MS, { kind: "run", phase: "end", hosts: ["h1", "h2"] }),
  ];
}

export function sampleRun(changes: Partial<ReportRun> = {}): ReportRun {
  return {
    version: "0.1.0",
    revision: "3f9c2ab",
    scenario: {
      name: "failover",
      title: "The primary dies with requests in flight",
      about: "The primary dies with requests in flight. The backup must take over.",
      shows: ["R-2.2"],
      paper: ["2.2", "2.3"],
    },
    seed: "42",
    guest: { name: "kv", digest: "5b1e09c4aa" },
    protocol: "vm-ft",
    load: "2 clients, 2 requests/s, 5 s",
    verdict: "valid",
    conclusion: { findings: [], valid: 2, invalid: 0, unknown: 0, idle: 1 },
    checkers: [
      checker("output-commit", ["INV-01"], {
        summary: "1 output, released after the ack of its entry",
        looked: 1,
      }),
      checker("same-execution", ["INV-07"], {
        summary: "1 position compared",
        looked: 1,
        figures: new Map([
          ["positions", 1],
          ["hashes", 1],
        ]),
      }),
      checker("loser-halts", ["INV-12"], {
        summary: "idle: nobody lost a test-and-set",
        looked: 0,
        isIdle: true,
        idle: "nobody lost a test-and-set",
      }),
    ],
    facts: failoverFacts(),
    digest: "8f3c51d2e07b0000",
    events: 100,
    endTime: 5000 * MS,
    steps: new Map([
      ["h1", 4318772],
      ["h2", 5000000],
    ]),
    faults: [{ asked: "at 2 s: crash primary", struck: 1 }],
    fired: [{ fault: "crash", strikes: 1, bites: 1 }],
    marks: new Map([["pending-disk-io-reissued", 2]]),
    parameters: [{ name: "log-link.rtt", value: "150 us" }],
    variants: [],
    consoles: [
      { node: "h1", lines: [{ time: null, text: "kv: ready" }] },
      { node: "h2", lines: [{ time: 5 * MS, text: "kv: hello" }] },
    ],
    commands: {
      again: "npx ftsim run failover --seed 42",
      break: "npx ftsim run failover --seed 42 --without output-rule",
      small: "",
      why: "",
      log: "npx ftsim log reports/failover-42",
    },
    outcome: { exitCode: 0, words: "as expected" },
    reportPath: "reports/failover-42/report.html",
    ...changes,
  };
}

/** The same run, but the second output left before its entry was acknowledged. */
export function invalidRun(): ReportRun {
  const facts = failoverFacts().flatMap((fact) =>
    fact.kind === "output-hold" && fact.ordinal === 1
      ? [fact, release(1992 * MS, "h1", 1)]
      : [fact],
  );
  const at = facts.findIndex((fact) => fact.kind === "release" && fact.ordinal === 1);
  const cause = {
    invariant: "INV-01",
    checker: "output-commit",
    time: 1992 * MS,
    message: "at 1.992000 s h1 released network output 1, before h2 held entry 3 that produced it",
    facts: [at - 1, at],
  };
  const follows = [
    {
      invariant: "INV-18",
      checker: "linearizable",
      time: 3971 * MS,
      message: "n is 11 twice",
      facts: [facts.findIndex((fact) => fact.kind === "client" && fact.time === 3971 * MS)],
    },
  ];
  const base = sampleRun();
  const broken = checker("output-commit", ["INV-01"], {
    verdict: "invalid",
    summary: "1 output, released after the ack of its entry",
    looked: 1,
    findings: [cause],
  });
  return {
    ...base,
    facts,
    verdict: "invalid",
    conclusion: {
      findings: [{ cause, follows, property: "safety" }],
      valid: 1,
      invalid: 2,
      unknown: 0,
      idle: 1,
    },
    checkers: [broken, ...base.checkers.slice(1)],
    commands: {
      ...base.commands,
      again: "npx ftsim run failover --seed 42 --without output-rule",
      break: "",
      why: "npx ftsim explain output-rule",
    },
    variants: [
      { kind: "protection", name: "output-rule", meaning: "An output waits for its ack." },
    ],
    outcome: { exitCode: 1, words: "a property was violated" },
  };
}

export function checker(
  name: string,
  invariants: readonly string[],
  changes: Partial<CheckerResult>,
): ReportChecker {
  const result: CheckerResult = {
    checker: name,
    invariants,
    verdict: "valid",
    summary: "",
    looked: 0,
    findings: [],
    property: "safety",
    figures: new Map(),
    ...changes,
  };
  return { result, rejects: `what ${name} forbids` };
}

type Draft<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type WorldDraft = Draft<Extract<Fact, { witness: "world" }>, "witness" | "time">;
type ClaimDraft = Draft<
  Extract<Fact, { witness: "claim" }>,
  "witness" | "time" | "node" | "generation"
>;

export function world(time: number, draft: WorldDraft): Fact {
  return { ...draft, witness: "world", time } as Fact;
}

export function claim(time: number, node: string, draft: ClaimDraft): Fact {
  return { ...draft, witness: "claim", time, node, generation: 1 } as Fact;
}

export function client(time: number, opId: string, op: Op, result?: OpResult): Fact {
  const base = { at: time as VirtualTime, client: 1, process: 1, opId, op };
  return world(time, {
    kind: "client",
    event:
      result === undefined ? { ...base, kind: "invoke" } : { ...base, kind: "ok", result: result },
  });
}

function append(time: number, lsn: number): Fact {
  return claim(time, "h1", {
    kind: "log-append",
    lsn,
    entry: "output",
    count: lsn * 10,
    phase: "during",
    group: lsn,
    isGroupEnd: true,
    hash: `hash ${lsn}`,
    bytes: 100,
  });
}

function hold(time: number, ordinal: number, lsn: number): Fact {
  return claim(time, "h1", {
    kind: "output-hold",
    ordinal,
    outputClass: "network",
    lsn,
    groupEnd: lsn,
  });
}

function release(time: number, node: string, ordinal: number): Fact {
  return world(time, {
    kind: "release",
    node,
    ordinal,
    outputClass: "network",
    count: 0,
    hash: "5a",
    length: 61,
    segment: null,
    disk: null,
    isAgain: false,
  });
}

function crossing(time: number, node: string, index: number): Fact {
  return world(time, {
    kind: "crossing",
    node,
    index,
    crossing: "net-rx",
    phase: "before",
    count: 10,
    pc: "80000000",
    privilege: 3,
    valueHash: "1",
    stateHash: "2",
    ioId: -1,
    ioStatus: "",
    ticks: -1,
    isLive: node === "h1",
  });
}
