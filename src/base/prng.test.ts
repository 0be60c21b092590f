// Named streams: a draw here does not move a draw there, ranges are exact, and a restored stream
// draws again what it drew.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "./prng.ts";

function draw(prng: Prng, count: number): readonly number[] {
  return Array.from({ length: count }, () => prng.uint32());
}

describe("streams", () => {
  it("are a function of their path alone", () => {
    const quiet = new Prng("42").fork("network").fork("link:a>b");
    const root = new Prng("42");
    draw(root, 10);
    const network = root.fork("network");
    draw(root.fork("storage"), 100);
    draw(network, 3);
    expect(draw(network.fork("link:a>b"), 20)).toEqual(draw(quiet, 20));
  });

  it("differ by seed and by name", () => {
    const first = ["1", "2", "seed"].flatMap((seed) =>
      ["a", "b"].map((name) => draw(new Prng(seed).fork(name), 4).join()),
    );
    expect(new Set(first).size).toBe(first.length);
  });

  it("draw the same numbers on every machine", () => {
    expect(draw(new Prng("42").fork("golden"), 4)).toMatchInlineSnapshot(`
      [
        177573092,
        1646991657,
        1679742623,
        2918446636,
      ]
    `);
  });

  it("count their draws, their children's beside them", () => {
    const root = new Prng("7");
    const child = root.fork("a");
    draw(child, 5);
    draw(child.fork("b"), 2);
    root.uint32();
    expect(root.drawCounts()).toEqual([
      ["7", 1],
      ["7/a", 5],
      ["7/a/b", 2],
    ]);
  });

  it("go on from a snapshot, draw count included", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(50), fc.nat(50), (seed, before, between) => {
        const prng = new Prng(seed);
        draw(prng, before);
        const kept = prng.snapshot();
        const expected = draw(prng, 10);
        draw(prng, between);
        prng.restore(kept);
        expect(prng.draws).toBe(before);
        expect(draw(prng, 10)).toEqual(expected);
      }),
    );
  });

  it("keep a snapshot that later draws do not touch", () => {
    const prng = new Prng("x");
    const kept = prng.snapshot();
    const text = JSON.stringify(kept);
    draw(prng, 5);
    expect(JSON.stringify(kept)).toBe(text);
  });
});

describe("draws", () => {
  it("stay in their range and reach both ends", () => {
    const prng = new Prng("ranges");
    const seen = new Set<number>();
    for (let i = 0; i < 500; i++) seen.add(prng.between(-2, 2));
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    fc.assert(
      fc.property(fc.integer(), fc.maxSafeNat(), (low, width) => {
        const high = Math.min(low + width, low + 4_503_599_627_370_496);
        const value = prng.between(low, high);
        expect(Number.isSafeInteger(value) && value >= low && value <= high).toBe(true);
      }),
    );
  });

  it("are even: no bound favours small numbers", () => {
    const prng = new Prng("even");
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 60_000; i++) {
      const face = prng.below(6);
      counts[face] = (counts[face] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it("of a chance cost nothing when there is nothing to decide", () => {
    const prng = new Prng("chance");
    expect(prng.chance({ numerator: 0, denominator: 10 })).toBe(false);
    expect(prng.chance({ numerator: 10, denominator: 10 })).toBe(true);
    expect(prng.draws).toBe(0);
    let hits = 0;
    for (let i = 0; i < 10_000; i++) if (prng.chance({ numerator: 1, denominator: 4 })) hits++;
    expect(Math.abs(hits - 2_500)).toBeLessThan(200);
  });

  it("refuse what has no answer", () => {
    const prng = new Prng("bad");
    expect(() => prng.below(0)).toThrow("bad bound");
    expect(() => prng.below(8_589_934_592)).toThrow("bad bound");
    expect(() => prng.between(2, 1)).toThrow("empty range");
    expect(() => prng.pick([])).toThrow("pick from nothing");
  });
});

describe("a tree that is re-keyed", () => {
  it("draws from none of its old streams, and from none of a tree that was re-keyed otherwise", () => {
    const streams = (labels: readonly string[]): readonly string[] => {
      const root = new Prng("42");
      const link = root.fork("network").fork("link");
      draw(link, 3);
      for (const label of labels) root.reseed(label);
      const later = root.fork("later");
      return [root, link, later].map((prng) => draw(prng, 4).join());
    };
    const all = [[], ["a"], ["b"], ["a", "b"], ["b", "a"], ["a", "a"]].flatMap(streams);
    expect(new Set(all).size).toBe(18);
    expect(streams(["a", "b"])).toEqual(streams(["a", "b"]));
  });

  it("goes on counting its draws", () => {
    const root = new Prng("42");
    const link = root.fork("link");
    draw(link, 3);
    root.reseed("a");
    draw(link, 2);
    expect(root.drawCounts()).toEqual([
      ["42", 0],
      ["42/link", 5],
    ]);
  });

  it("can be put where another one stands: keys first, then each stream's state", () => {
    const [one, other] = [new Prng("42"), new Prng("42")];
    const [link, twin] = [one.fork("link"), other.fork("link")];
    one.reseed("a");
    draw(link, 7);
    other.keyBy(one.labels);
    twin.restore(link.snapshot());
    expect(draw(twin, 5)).toEqual(draw(link, 5));
    one.reseed("b");
    other.reseed("b");
    expect(draw(twin, 5)).toEqual(draw(link, 5));
    expect(draw(other.fork("later"), 5)).toEqual(draw(one.fork("later"), 5));
  });
});
