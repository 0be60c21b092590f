// Measurements of histories that are short enough to be done by hand.

import { describe, expect, it } from "vitest";
import type { VirtualTime } from "../base/time.ts";
import type { Fact } from "../history/fact.ts";
import type { Op, OpResult } from "../history/op.ts";
import { Meter } from "./meter.ts";

const MS = 1_000_000;
const WINDOW = { from: 100 * MS, to: 1_100 * MS };
const UP: Op = { kind: "up", bytes: 1_000, salt: 0 };
const COUNT: Op = { kind: "command", command: "count" };

function invoked(opId: string, at: number, op: Op = UP): Fact {
  const event = { kind: "invoke", at: at as VirtualTime, client: 0, process: 0, opId, op } as const;
  return { kind: "client", witness: "world", time: at, event };
}

function answered(opId: string, at: number, result: OpResult, op: Op = UP): Fact {
  const event = {
    kind: "ok",
    at: at as VirtualTime,
    client: 0,
    process: 0,
    opId,
    op,
    result,
  } as const;
  return { kind: "client", witness: "world", time: at, event };
}

function bytes(count: number): OpResult {
  return { kind: "bytes", bytes: count };
}

function measured(facts: readonly Fact[]): ReturnType<Meter["result"]> {
  const meter = new Meter(WINDOW);
  for (const fact of facts) meter.observe(fact);
  return meter.result([]);
}

describe("operations", () => {
  it("count when they are answered inside the window", () => {
    const result = measured([
      invoked("a", 10 * MS),
      answered("a", 50 * MS, bytes(1_000)),
      invoked("b", 90 * MS),
      answered("b", 150 * MS, bytes(1_000)),
      invoked("c", 200 * MS),
      answered("c", 230 * MS, bytes(1_000)),
      invoked("d", 1_050 * MS),
      answered("d", 1_150 * MS, bytes(1_000)),
    ]);
    expect(result.operations).toBe(2);
    expect(result.operationRate).toBe(2);
  });

  it("have a latency only when they began inside it", () => {
    const result = measured([
      invoked("b", 90 * MS),
      answered("b", 150 * MS, bytes(1)),
      invoked("c", 200 * MS),
      answered("c", 230 * MS, bytes(1)),
    ]);
    expect(result.latency).toEqual({ count: 1, median: 30 * MS, p99: 30 * MS, most: 30 * MS });
  });

  it("move bytes from the first answer to the last", () => {
    const result = measured([
      answered("a", 200 * MS, bytes(5_000)),
      answered("b", 300 * MS, bytes(5_000)),
      answered("c", 400 * MS, bytes(5_000)),
    ]);
    // 10,000 bytes in 200 ms.
    expect(result.movedMbit).toBeCloseTo(0.4, 9);
  });

  it("leave gaps, of which the longest counts, also at the end", () => {
    const early = measured([
      answered("a", 600 * MS, bytes(1)),
      answered("b", 1_000 * MS, bytes(1)),
    ]);
    expect(early.longestGap).toBe(500 * MS);
    const late = measured([answered("a", 200 * MS, bytes(1))]);
    expect(late.longestGap).toBe(900 * MS);
  });
});

it("work is the counter's difference over the time between the questions", () => {
  const result = measured([
    invoked("early", 50 * MS, COUNT),
    answered("early", 120 * MS, { kind: "number", value: 1 }, COUNT),
    invoked("a", 200 * MS, COUNT),
    answered("a", 210 * MS, { kind: "number", value: 1_000 }, COUNT),
    invoked("b", 700 * MS, COUNT),
    answered("b", 800 * MS, { kind: "number", value: 6_000 }, COUNT),
  ]);
  expect(result.workRate).toBe(10_000);
});

it("wires are told apart, and headers from data", () => {
  const meter = new Meter(WINDOW);
  const frame = { bytes: 125_000, data: 100_000 };
  meter.observeFrame("log:h1>h2", frame, 500 * MS);
  meter.observeFrame("log:h2>h1", frame, 500 * MS);
  meter.observeFrame("net:switch>h1", frame, 500 * MS);
  meter.observeFrame("net:switch>h2", frame, 500 * MS);
  meter.observeFrame("log:h1>h2", frame, 50 * MS);
  meter.observeFrame("log:h1>h2", frame, WINDOW.to);
  const { logMbit, logWireMbit, ackWireMbit, receivedMbit } = meter.result([]);
  expect([logMbit, logWireMbit, ackWireMbit, receivedMbit]).toEqual([0.8, 1, 1, 1]);
});

it("a takeover lasts from the first crash to the first announcement behind it", () => {
  const announce = (time: number): Fact => ({
    kind: "announce",
    witness: "world",
    time,
    node: "h2",
    mac: "m",
  });
  const crash = (time: number): Fact => ({
    kind: "host",
    witness: "world",
    time,
    node: "h1",
    what: "crash",
    detail: "",
  });
  expect(measured([announce(5 * MS)]).takeover).toBe(-1);
  expect(
    measured([announce(5 * MS), crash(200 * MS), announce(900 * MS), announce(950 * MS)]).takeover,
  ).toBe(700 * MS);
});

it("what the storage gave, and what a replica says of its log and its lag", () => {
  const disk = { ioId: 1, op: "read", sector: 0, sectorCount: 2_000, dataHash: "" } as const;
  const apply = { kind: "disk-apply", witness: "world", node: "h1", fenceGeneration: 1 } as const;
  const claim = { witness: "claim", node: "h1", generation: 1, time: 500 * MS } as const;
  const result = measured([
    { ...apply, time: 500 * MS, fenceOwner: "h1", disk, result: "ok" },
    { ...apply, time: 500 * MS, fenceOwner: "h1", disk, result: "fenced" },
    { ...claim, kind: "lag", lag: 3 * MS, bufferedEntries: 1 },
    {
      ...claim,
      kind: "log-append",
      lsn: 1,
      entry: "timer",
      count: 1,
      phase: "before",
      group: 1,
      isGroupEnd: true,
      hash: "",
      bytes: 125_000,
    },
  ]);
  expect(result.diskReadMegabytes).toBe(1.024);
  expect(result.lag).toEqual([[0.5, 3]]);
  expect([result.entryMbit, result.entryRate]).toEqual([1, 1]);
});
