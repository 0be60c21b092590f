// The control loop of on a bench: a primary whose guest would use all of its CPU, and a backup
// that executes so many steps in each tenth of a second and acknowledges everything at once.

import { describe, expect, it } from "vitest";
import { Bench, MS, startedPrimary } from "../../test/support/replica-bench.ts";
import type { FtRules } from "./rules.ts";

const TICK = 100;
const FULL_SPEED = 100_000;

class Loop {
  readonly bench: Bench;
  limit = 100;
  /** Limits in order, as they were set. */
  readonly limits: number[] = [];
  readonly lags: number[] = [];
  readonly marks: string[] = [];
  #executed = 1_000;
  readonly #log: { readonly lsn: number; readonly count: number }[] = [];

  constructor(rules: Partial<FtRules> = {}) {
    this.bench = startedPrimary({ rules });
  }

  /** So many seconds with a backup that gets this share of its CPU. */
  run(seconds: number, share: number): this {
    for (let left = seconds * 10; left > 0; left--) this.#tick(share);
    return this;
  }

  #tick(share: number): void {
    const { bench } = this;
    bench.now += TICK * MS;
    bench.count += (FULL_SPEED * this.limit) / 100;
    const outcome = bench.timer("progress");
    for (const { lsn, count } of outcome.entries) this.#log.push({ lsn, count });
    for (const command of outcome.commands) if (command.do === "limit") this.#note(command.percent);
    this.marks.push(...outcome.marks);
    this.lags.push(...outcome.claims("lag").map(({ lag }) => lag / MS));
    this.#executed = Math.min(bench.count, this.#executed + (FULL_SPEED * share) / 100);
    const executed = this.#log.findLast(({ count }) => count <= this.#executed)?.lsn ?? 0;
    bench.now += MS / 5;
    bench.hear({ kind: "ack", through: this.#log.at(-1)?.lsn ?? 0, executed });
  }

  #note(percent: number): void {
    this.limit = percent;
    this.limits.push(percent);
  }
}

describe("the throttle", () => {
  it("does nothing to a backup that follows", () => {
    expect(new Loop().run(20, 100).limits).toEqual([]);
  });

  it("does nothing to a backup that is late for a moment", () => {
    const loop = new Loop().run(2, 100).run(0.8, 0).run(10, 200);
    expect(Math.max(...loop.lags)).toBeGreaterThan(300);
    expect(loop.limits).toEqual([]);
  });

  it("cuts by a few per cent at a time once the lag has been high, and not before", () => {
    const loop = new Loop().run(2, 100).run(6, 50);
    expect(loop.limits.slice(0, 3)).toEqual([97, 94, 91]);
    const firstHigh = loop.lags.findIndex((lag) => lag > 1_000);
    expect(firstHigh).toBeGreaterThan(20);
    expect(new Loop().run(2, 100).run(2.5, 50).limits).toEqual([]);
  });

  it("finds the share at which the backup follows, and stays near it", () => {
    const loop = new Loop().run(2, 100).run(120, 50);
    const settled = loop.lags.slice(-300);
    expect(Math.max(...settled)).toBeLessThan(1_000);
    expect(Math.abs(loop.limit - 50)).toBeLessThanOrEqual(12);
    expect(Math.min(...loop.limits)).toBeGreaterThan(25);
  });

  it("gives everything back, step by step, when the load is over", () => {
    const loop = new Loop().run(2, 100).run(40, 50).run(30, 100);
    expect(loop.limit).toBe(100);
    const steps = loop.limits.map((limit, at) => Math.abs(limit - (loop.limits[at - 1] ?? 100)));
    expect(Math.max(...steps)).toBe(3);
  });

  it("never takes more than the floor leaves", () => {
    const loop = new Loop().run(2, 100).run(60, 0);
    expect(loop.limit).toBe(20);
    expect(loop.marks.filter((mark) => mark === "throttle-at-its-floor")).toHaveLength(1);
  });

  it("ends when nobody follows any more", () => {
    const { bench } = new Loop().run(2, 100).run(6, 50);
    bench.askArbiter();
    const outcome = bench.answer("won");
    expect(outcome.commands).toContainEqual({ do: "limit", percent: 100 });
    expect(outcome.claims("throttle").map(({ percent }) => percent)).toEqual([100]);
  });

  it("is not blinded by a clock that is set back", () => {
    const loop = new Loop().run(2, 100);
    loop.bench.now -= 3_600_000 * MS;
    expect(loop.run(12, 50).limits.length).toBeGreaterThan(3);
  });
});

describe("other throttles", () => {
  it("none: the backup falls behind for as long as the load is there", () => {
    const loop = new Loop({ throttle: "none" }).run(2, 100).run(20, 50);
    expect(loop.limits).toEqual([]);
    expect(loop.lags.at(-1)).toBeGreaterThan(8_000);
  });

  it("by bytes: what is acknowledged weighs nothing, however late it is executed", () => {
    const loop = new Loop({ throttle: "by-bytes" }).run(2, 100).run(20, 50);
    expect(loop.limits).toEqual([]);
  });

  it("without return", () => {
    const loop = new Loop({ throttle: "without-return" }).run(2, 100).run(20, 50).run(60, 100);
    expect(loop.limit).toBeLessThan(60);
  });

  it("all or nothing: it swings", () => {
    const loop = new Loop({ throttle: "all-or-nothing" }).run(2, 100).run(40, 50);
    expect(new Set(loop.limits)).toEqual(new Set([20, 100]));
    expect(loop.limits.length).toBeGreaterThan(6);
  });
});
