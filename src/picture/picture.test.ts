// What the picture shows, as data: lanes and spans from facts, messages of a window, density, labels,
// and what lies under the pointer. No canvas is needed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failoverFacts, world } from "../../test/support/report-run.ts";
import { clusterLabels, densityOf, MessageIndex, tickStep } from "./aggregate.ts";
import { hitTest, type Target } from "./hit.ts";
import { LabelSpace } from "./label-space.ts";
import { barTop, layoutOf, portOf, timeOf, xOf } from "./layout.ts";
import { lanesNamed, type Message, OPEN, PictureModel } from "./model.ts";

const SECOND = 1_000_000_000;

function modelOf(facts = failoverFacts()): PictureModel {
  const model = new PictureModel(["h1", "h2"]);
  for (const fact of facts) model.append(fact);
  return model;
}

describe("the model", () => {
  const model = modelOf();

  test("has a lane for the clients, each host and the storage", () => {
    expect(model.lanes.map(({ id }) => id)).toEqual(["clients", "h1", "h2", "storage"]);
  });

  test("has a lane for the disk of each host, where each has its own (R-11.1)", () => {
    const own = new PictureModel(["h1", "h2"], () => undefined, true);
    expect(own.lanes.map(({ id }) => id)).toEqual([
      "clients",
      "h1",
      "disk1",
      "h2",
      "disk2",
      "arbiter",
    ]);
    const disk = { ioId: 1, op: "write", sector: 8, sectorCount: 1, dataHash: "" } as const;
    const fence = { fenceGeneration: 1, fenceOwner: "h2" } as const;
    own.append(world(0, { kind: "disk-issue", node: "h2", disk, isAgain: false }));
    own.append(world(5, { kind: "disk-apply", node: "h2", ...fence, disk, result: "ok" }));
    const result = { result: "won", isFirst: true } as const;
    own.append(world(9, { kind: "test-and-set", generation: 1, owner: "h2", ...result }));
    expect(own.factsOf).toEqual([[], [], [], [0], [1], [2]]);
    expect(own.messages).toMatchObject([{ from: 3, to: 4, kind: "disk" }]);
  });

  test("a role lasts until the next one, or until the host is down", () => {
    expect(model.roles.filter(({ lane }) => lane === 1)).toMatchObject([
      { style: "primary", from: 0, to: 2 * SECOND },
      { style: "down", from: 2 * SECOND, to: OPEN },
    ]);
    expect(model.roles.filter(({ lane }) => lane === 2).map(({ style }) => style)).toEqual([
      "backup",
      "going-live",
      "solo",
    ]);
  });

  test("an output is held until it is let out, or until its machine stops", () => {
    expect(model.holds.map(({ from, to }) => to - from)).toEqual([2_000_000, 8_000_000]);
  });

  test("operations, marks and faults stand where they happened", () => {
    expect(model.operations.map(({ outcome, label }) => [label, outcome])).toEqual([
      ["c1-0", "ok"],
      ["c2-0", "ok"],
    ]);
    expect(model.marks.map(({ kind }) => kind)).toEqual([
      "crash",
      "suspect",
      "flag",
      "live",
      "announce",
    ]);
    expect(model.faults).toMatchObject([{ label: "h1 crashes", lanes: [1, 1], isMoment: true }]);
  });

  test("what is under way where facts are missing is cut there, and goes on no further", () => {
    const cut = modelOf(failoverFacts().slice(0, 16));
    cut.interrupt();
    expect(cut.operations.at(-1)).toMatchObject({ outcome: "cut", to: 1_992_000_000 });
    expect(cut.holds.at(-1)?.to).toBe(1_992_000_000);
    cut.append(world(3 * SECOND, { kind: "storage-restart" }));
    expect(cut.operations.at(-1)?.to).toBe(1_992_000_000);
  });

  test("a cut lies between the lanes that it names", () => {
    const named = (words: string) => lanesNamed(words, model.lanes);
    expect(named("h1-h2 h1-h2 cut")).toEqual([1, 2]);
    expect(named("storage:h1>storage held")).toEqual([1, 3]);
    expect(named("log-link cut")).toEqual([1, 2]);
    expect(named("c3-net loses frames")).toEqual([0, 0]);
    expect(named("everything")).toBeUndefined();
  });
});

describe("layout", () => {
  const model = modelOf();
  const layout = layoutOf(model.lanes, { width: 1300, height: 440 });

  test("lanes stand below each other, inside the picture", () => {
    const edges = layout.lanes.flatMap(({ top, bottom }) => [top, bottom]);
    expect(edges).toEqual(edges.toSorted((a, b) => a - b));
    expect(edges.at(-1)).toBeLessThanOrEqual(440);
    expect(layout.lanes[0]?.top).toBeGreaterThan(layout.faultBottom);
  });

  test("a message leaves at the edge that looks to its receiver", () => {
    const box = layout.lanes[1];
    const lane = model.lanes[1];
    if (box === undefined || lane === undefined) throw new Error("h1 has a lane");
    expect(portOf(layout, model.lanes, 1, 0, false)).toBe(barTop(lane, box));
    expect(portOf(layout, model.lanes, 1, 0, true)).toBeGreaterThan(barTop(lane, box));
  });

  test("places and times are each other's inverse", () => {
    const window = { from: 1000, to: 9000 };
    for (const time of [1000, 2500, 9000])
      expect(timeOf(layout, window, xOf(layout, window, time))).toBeCloseTo(time, 6);
  });
});

function message(sentAt: number, arrivedAt: number, from = 1, to = 2): Message {
  const rows = { fromRow: 0, toRow: 0, isInferred: false, cause: 0, effect: 0 };
  return { from, to, sentAt, arrivedAt, kind: from < to ? "log" : "ack", ...rows };
}

describe("aggregation", () => {
  test("the messages of a window are those that a look at all of them finds", () => {
    const some = fc.array(fc.tuple(fc.nat(5_000), fc.nat(300)), { maxLength: 900 });
    fc.assert(
      fc.property(some, fc.nat(5_000), fc.nat(500), (pairs, from, width) => {
        const all = pairs
          .map(([sent, takes]) => message(sent, sent + takes))
          .sort((a, b) => a.arrivedAt - b.arrivedAt);
        const window = { from, to: from + width };
        const expected = all.filter((one) => one.arrivedAt >= from && one.sentAt <= window.to);
        expect(new MessageIndex(all).touching(window)).toEqual(expected);
      }),
    );
  });

  test("messages that are appended later are found too", () => {
    const all: Message[] = [];
    const index = new MessageIndex(all);
    expect(index.touching({ from: 0, to: 10 })).toEqual([]);
    all.push(message(1, 2));
    expect(index.touching({ from: 0, to: 10 })).toHaveLength(1);
  });

  test("density counts each message once, by sender, side and kind", () => {
    const window = { from: 0, to: 100 };
    const streams = densityOf(
      [message(5, 9), message(6, 9), message(95, 99), message(50, 55, 2, 1)],
      window,
      10,
    );
    expect(streams.map(({ lane, isDown, kind }) => [lane, isDown, kind])).toEqual([
      [1, true, "log"],
      [2, false, "ack"],
    ]);
    expect(streams[0]?.counts).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("labels that would cover each other become one that says both", () => {
    const items = [
      { x: 300, label: "far" },
      { x: 10, label: "suspects" },
      { x: 14, label: "goes live" },
      { x: 80, label: "announces" },
    ];
    const narrow = clusterLabels(items, 16);
    expect(narrow.map(({ label }) => label)).toEqual(["suspects, goes live", "announces", "far"]);
    const wide = clusterLabels(items, 16, (label) => label.length * 6);
    expect(wide.map(({ label }) => label)).toEqual(["suspects, goes live, announces", "far"]);
  });

  test("an axis has 1, 2 or 5 times a power of ten between its ticks, and not too many", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 1_000_000_000_000 }), (width) => {
        const step = tickStep({ from: 0, to: width }, 10);
        expect(width / step).toBeLessThanOrEqual(10);
        expect(width / step).toBeGreaterThanOrEqual(3);
        expect([1, 2, 5]).toContain(Number(String(step)[0]));
      }),
    );
  });
});

describe("under the pointer", () => {
  const span: Target = { kind: "span", facts: [1], x: 0, y: 0, width: 500, height: 20 };
  const mark: Target = { kind: "mark", facts: [2], x: 100, y: 0, width: 6, height: 20 };
  const line: Target = { kind: "message", facts: [3], x1: 0, y1: 20, x2: 100, y2: 120 };

  test("a mark is meant before the span that it stands on", () => {
    expect(hitTest([span, mark], 102, 10)).toBe(mark);
    expect(hitTest([span, mark], 300, 10)).toBe(span);
  });

  test("a line is meant near it, and nothing far from everything", () => {
    expect(hitTest([span, line], 52, 70)).toBe(line);
    expect(hitTest([span, line], 52, 100)).toBeUndefined();
  });
});

test("labels never cover each other", () => {
  const space = new LabelSpace();
  expect(space.take(0, 0, 50, 10)).toBe(true);
  expect(space.take(49, 5, 50, 10)).toBe(false);
  expect(space.take(50, 0, 50, 10)).toBe(true);
  expect(space.take(0, 10, 50, 10)).toBe(true);
});
