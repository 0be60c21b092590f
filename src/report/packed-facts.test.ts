// Packing loses nothing, and what the page gets of a long run is what decided it.

import { expect, test } from "vitest";
import type { Fact } from "../history/fact.ts";
import { keepFacts } from "./kept-facts.ts";
import { packFacts, unpackFacts } from "./packed-facts.ts";
import { claim, client, failoverFacts, world } from "../../test/support/report-run.ts";
import { applyFact, initialState } from "./world-state.ts";

const HOSTS = ["h1", "h2"];
const MIXED: readonly Fact[] = [
  ...failoverFacts(),
  client(6e9, "c9-1", { kind: "get", key: "</script>" }, { kind: "value", value: null }),
  client(6e9, "c9-2", { kind: "get", key: "\u2028" }, { kind: "value", value: "\0" }),
  world(7e9, {
    kind: "release",
    node: "h2",
    ordinal: -1,
    outputClass: "disk",
    count: 60,
    hash: "",
    length: 512,
    segment: null,
    disk: { ioId: 3, op: "write", sector: 1, sectorCount: 1, dataHash: "ff" },
    isAgain: true,
  }),
];

test("unpacked facts are the packed ones, through JSON", () => {
  const packed = JSON.parse(JSON.stringify(packFacts(MIXED))) as ReturnType<typeof packFacts>;
  expect(unpackFacts(packed)).toEqual(MIXED);
  expect(unpackFacts(packFacts([]))).toEqual([]);
});

/** A fault in the middle of a thousand log entries. */
const LONG: readonly Fact[] = [
  world(0, { kind: "run", phase: "start", hosts: HOSTS }),
  ...Array.from({ length: 500 }, (_, lsn) => appended(lsn)),
  world(500, { kind: "fault", fault: "crash", phase: "start", target: "h1", detail: "h1 crashes" }),
  ...Array.from({ length: 500 }, (_, lsn) => appended(500 + lsn)),
  world(2000, { kind: "run", phase: "end", hosts: HOSTS }),
];

test("a short run is kept whole", () => {
  const kept = keepFacts({ facts: LONG, hosts: HOSTS, named: [], most: LONG.length });
  expect(kept.facts).toBe(LONG);
  expect(kept.density).toBeUndefined();
});

test("of a long run, what is near its faults and findings is kept, and the rest counted", () => {
  const kept = keepFacts({ facts: LONG, hosts: HOSTS, named: [900], most: 200 });
  expect(kept.facts.length).toBeLessThanOrEqual(200);
  expect(kept.facts.length).toBeGreaterThan(150);
  const indices = kept.spans.flatMap(({ first, length }) =>
    Array.from({ length }, (_, at) => first + at),
  );
  expect(indices.map((index) => LONG[index])).toEqual(kept.facts);
  for (const index of [0, 501, 900, LONG.length - 1]) expect(indices).toContain(index);
  const counted = kept.density?.lanes.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0);
  expect(counted).toBe(1000);
});

test("each kept stretch begins with how things really stood", () => {
  const kept = keepFacts({ facts: LONG, hosts: HOSTS, named: [900], most: 200 });
  for (const { first, before } of kept.spans) {
    const state = initialState(HOSTS);
    for (const fact of LONG.slice(0, first)) applyFact(state, fact);
    expect(before).toEqual(state);
  }
  expect(kept.spans.length).toBeGreaterThan(2);
});

function appended(lsn: number): Fact {
  return claim(lsn, "h1", {
    kind: "log-append",
    lsn,
    entry: "timer",
    count: lsn,
    phase: "before",
    group: lsn,
    isGroupEnd: true,
    hash: `${lsn}`,
    bytes: 40,
  });
}

test("signs of life are no turning points: of a long run its end is kept as its beginning", () => {
  const second = 1_000_000_000;
  const facts = Array.from({ length: 6000 }, (_, at) =>
    at % 1000 === 500
      ? claim(at * second, "h1", { kind: "role", role: "PRIMARY", reason: "" })
      : world(at * second, { kind: "heard", node: "h1", from: "h2", signal: "ack" }),
  );
  const kept = keepFacts({ facts, hosts: HOSTS, named: [], most: 600 });
  expect(kept.facts.filter(({ kind }) => kind === "role")).toHaveLength(6);
});
