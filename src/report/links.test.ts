// Causes and effects are read off the facts: each link joins what belongs together, whoever else is
// under way at the time.

import { describe, expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import { linkAll } from "./links.ts";
import { claim, client, failoverFacts, world } from "../../test/support/report-run.ts";

const FACTS: readonly Fact[] = [
  client(100, "c1-0", { kind: "incr", key: "n" }),
  entry(200, "h1", 7, "net-rx", 50),
  crossing(200, "h1", "net-rx", 50),
  crossing(210, "h1", "output", 60),
  output(210, "h1", 3),
  entry(210, "h1", 8, "output", 60),
  claim(210, "h1", {
    kind: "output-hold",
    ordinal: 3,
    outputClass: "network",
    lsn: 8,
    groupEnd: 8,
  }),
  claim(300, "h2", { kind: "log-buffered", lsn: 7, hash: "a" }),
  claim(305, "h2", { kind: "log-buffered", lsn: 8, hash: "b" }),
  claim(305, "h2", { kind: "log-ack-send", through: 8, executed: 6 }),
  claim(400, "h1", { kind: "log-ack-receive", through: 8, executed: 6 }),
  claim(400, "h1", {
    kind: "output-release",
    ordinal: 3,
    outputClass: "network",
    lsn: 8,
    heldFor: 190,
  }),
  release(400, "h1", 3, 4),
  client(500, "c1-0", { kind: "incr", key: "n" }, { kind: "number", value: 1 }),
  world(500, { kind: "client-read", client: "c1", connection: "c", total: 4, digest: "" }),
];
const SYN = release(1, "h1", 0, 0, "S.");
/** The connection begins before it all. */
const LINKS = linkAll([SYN, ...FACTS]);
const at = (kind: Fact["kind"], nth: number = 0): number =>
  1 + FACTS.flatMap((fact, index) => (fact.kind === kind ? [index] : []))[nth]!;
const causes = (index: number): readonly number[] =>
  LINKS.causesOf(index).map(({ cause }) => cause);

describe("from a request to its answer", () => {
  test("a request arrives at the log entry that records it, as inferred", () => {
    expect(LINKS.causesOf(at("log-append"))).toMatchObject([
      { cause: at("client"), kind: "request", isInferred: true },
    ]);
    expect(causes(at("crossing"))).toEqual([at("log-append")]);
  });

  test("an entry is buffered, acknowledged, and lets its output go", () => {
    expect(causes(at("log-buffered", 1))).toEqual([at("log-append", 1)]);
    expect(causes(at("log-ack-send"))).toEqual([at("log-buffered", 1)]);
    expect(LINKS.causesOf(at("log-ack-receive"))).toMatchObject([
      { cause: at("log-ack-send"), kind: "ack", isInferred: false },
    ]);
    expect(causes(at("output-release"))).toEqual([at("output-hold"), at("log-ack-receive")]);
    expect(causes(at("release"))).toEqual([at("output-release")]);
  });

  test("the bytes of an output are those that its client reads, and the read is the answer", () => {
    expect(LINKS.causesOf(at("client-read"))).toMatchObject([
      { cause: at("release"), kind: "reply" },
    ]);
    expect(causes(at("client", 1))).toEqual([at("client"), at("client-read")]);
  });
});

test("an output that leaves without an ack is caused by its hold alone", () => {
  const early = FACTS.filter(({ kind }) => kind !== "log-ack-receive");
  const book = linkAll(early);
  const index = early.findIndex(({ kind }) => kind === "output-release");
  const hold = early.findIndex(({ kind }) => kind === "output-hold");
  expect(book.causesOf(index).map(({ cause }) => cause)).toEqual([hold]);
});

test("a takeover goes from the fault through suspicion and the flag to the new primary", () => {
  const facts = failoverFacts();
  const book = linkAll(facts);
  const find = (kind: Fact["kind"]): number => facts.findIndex((fact) => fact.kind === kind);
  const solo = facts.findIndex((fact) => fact.kind === "role" && fact.role === "SOLO");
  expect(book.causesOf(find("host"))[0]?.cause).toBe(find("fault"));
  expect(book.causesOf(find("machine-stop"))[0]?.cause).toBe(find("host"));
  expect(book.causesOf(find("suspect"))[0]?.cause).toBe(find("machine-stop"));
  expect(book.causesOf(find("test-and-set-result"))).toMatchObject([
    { cause: find("test-and-set"), kind: "arbiter" },
  ]);
  expect(book.causesOf(solo)[0]?.cause).toBe(find("test-and-set-result"));
  expect(book.causesOf(find("announce"))[0]?.cause).toBe(solo);
});

function entry(time: number, node: string, lsn: number, what: string, count: number): Fact {
  return claim(time, node, {
    kind: "log-append",
    lsn,
    entry: what,
    count,
    phase: "before",
    group: lsn,
    isGroupEnd: true,
    hash: "",
    bytes: 1,
  });
}

function crossing(
  time: number,
  node: string,
  what: "net-rx" | "output",
  count: number,
  isLive: boolean = true,
): Fact {
  return world(time, {
    kind: "crossing",
    node,
    index: 0,
    crossing: what,
    phase: "before",
    count,
    pc: "",
    privilege: 3,
    valueHash: "",
    stateHash: "",
    ioId: -1,
    ioStatus: "",
    ticks: -1,
    isLive,
  });
}

function output(time: number, node: string, ordinal: number): Fact {
  const shape = { outputClass: "network", count: 60, hash: "", disk: null } as const;
  return world(time, { kind: "output", node, ordinal, ...shape });
}

function release(time: number, node: string, ordinal: number, length: number, flags = "P."): Fact {
  const sequence = flags.startsWith("S") ? 9 : 10;
  return world(time, {
    kind: "release",
    node,
    ordinal,
    outputClass: "network",
    count: 60,
    hash: "",
    length,
    segment: { connection: "c", sequence, length, payloadHash: "", flags },
    disk: null,
    isAgain: false,
  });
}

test("a replayed crossing follows from its entry, at whatever step the machine was", () => {
  const facts: readonly Fact[] = [
    entry(200, "h1", 7, "net-rx", 50),
    claim(300, "h2", { kind: "log-buffered", lsn: 7, hash: "a" }),
    crossing(300, "h2", "net-rx", 41, false),
    claim(300, "h2", { kind: "log-replay", lsn: 7, count: 50 }),
  ];
  const book = linkAll(facts);
  const back = (index: number): number | undefined => book.causesOf(index)[0]?.cause;
  expect([back(2), back(3), back(1)]).toEqual([3, 1, 0]);
});

test("a divergence follows from the newest entry that its node held", () => {
  const facts: readonly Fact[] = [
    entry(200, "h1", 7, "output", 50),
    claim(300, "h2", { kind: "log-buffered", lsn: 7, hash: "a" }),
    claim(310, "h2", { kind: "diverged", detail: "outputs differ", lsn: 3, through: 3 }),
  ];
  expect(linkAll(facts).causesOf(2)).toMatchObject([{ cause: 1, kind: "local" }]);
});
