// The order of events is (time, lane, sequence) and nothing else: not the heap's shape, not the
// registration of actors, not how many slices were scheduled in between.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TIME_NEVER, virtualTime } from "../base/time.ts";
import {
  Kernel,
  LANE_EXIT,
  LANE_HAND,
  LANE_SLICE,
  LANE_WORLD,
  type Lane,
  type SimEvent,
} from "./kernel.ts";

const ACTORS = ["a", "b", "c"] as const;

function kernelWithLog(): { readonly kernel: Kernel; readonly log: SimEvent[] } {
  const kernel = new Kernel();
  const log: SimEvent[] = [];
  for (const actor of ACTORS) kernel.register(actor, (event) => log.push(event));
  return { kernel, log };
}

function drain(kernel: Kernel): void {
  while (kernel.step());
}

const planned = fc.record({
  time: fc.nat(5),
  lane: fc.constantFrom<Lane>(LANE_EXIT, LANE_HAND, LANE_WORLD, LANE_SLICE),
  actor: fc.constantFrom(...ACTORS),
});

describe("order", () => {
  it("is (time, lane, sequence) for any schedule", () => {
    fc.assert(
      fc.property(fc.array(planned, { maxLength: 60 }), (plan) => {
        const { kernel, log } = kernelWithLog();
        plan.forEach(({ time, lane, actor }, index) =>
          kernel.schedule(virtualTime(time), actor, "k", index, lane),
        );
        drain(kernel);
        const expected = plan
          .map((one, index) => ({ ...one, index }))
          .sort((x, y) => x.time - y.time || x.lane - y.lane || x.index - y.index);
        const inWorld = (index: number): boolean => plan[index]?.lane === LANE_WORLD;
        const order = log.map(({ payload }) => payload as number);
        expect(order.filter(inWorld)).toEqual(expected.map(({ index }) => index).filter(inWorld));
        expect(log.map(({ time, lane }) => [time, lane])).toEqual(
          expected.map(({ time, lane }) => [time, lane]),
        );
      }),
    );
  });

  it("at one instant: exits, then a person's hand, then the world first come first served, then slices", () => {
    const { kernel, log } = kernelWithLog();
    const at = virtualTime(7);
    kernel.schedule(at, "a", "slice", null, LANE_SLICE);
    kernel.schedule(at, "b", "first", null);
    kernel.schedule(at, "c", "exit", null, LANE_EXIT);
    kernel.schedule(at, "a", "second", null);
    kernel.schedule(at, "b", "hand", null, LANE_HAND);
    drain(kernel);
    expect(log.map(({ kind }) => kind)).toEqual(["exit", "hand", "first", "second", "slice"]);
  });

  it("holds for what a handler schedules at its own instant", () => {
    const kernel = new Kernel();
    const log: string[] = [];
    kernel.register("a", ({ kind }) => {
      log.push(kind);
      if (kind === "one") kernel.schedule(kernel.now, "a", "three", null);
    });
    kernel.schedule(virtualTime(1), "a", "one", null);
    kernel.schedule(virtualTime(1), "a", "two", null);
    drain(kernel);
    expect(log).toEqual(["one", "two", "three"]);
  });

  it("gives a handler its own time, and refuses the past", () => {
    const kernel = new Kernel();
    const times: number[] = [];
    kernel.register("a", () => {
      times.push(kernel.now);
      expect(() => kernel.schedule(virtualTime(4), "a", "k", null)).toThrow("in the past");
    });
    kernel.schedule(virtualTime(5), "a", "k", null);
    kernel.schedule(virtualTime(9), "a", "k", null);
    drain(kernel);
    expect(times).toEqual([5, 9]);
  });

  it("knows who it serves", () => {
    const { kernel } = kernelWithLog();
    expect(() => kernel.register("a", () => undefined)).toThrow("registered twice");
    expect(() => kernel.schedule(virtualTime(0), "nobody", "k", null)).toThrow("no actor nobody");
  });
});

describe("cancel", () => {
  it("is idempotent, and an event that was cancelled is nowhere to be seen", () => {
    const { kernel, log } = kernelWithLog();
    const early = kernel.schedule(virtualTime(1), "a", "early", null);
    kernel.schedule(virtualTime(3), "a", "late", null);
    kernel.cancel(early);
    kernel.cancel(early);
    expect(kernel.nextTime()).toBe(3);
    expect(kernel.nextTimeOf("a")).toBe(3);
    drain(kernel);
    expect(log.map(({ kind }) => kind)).toEqual(["late"]);
    expect(kernel.dispatched).toBe(1);
  });

  it("leaves the order of the others as it was, for any choice", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ time: fc.nat(9), dropped: fc.boolean() })), (plan) => {
        const { kernel, log } = kernelWithLog();
        const handles = plan.map(({ time }, index) =>
          kernel.schedule(virtualTime(time), "a", "k", index),
        );
        plan.forEach(({ dropped }, index) => dropped && kernel.cancel(handles[index]!));
        drain(kernel);
        const expected = plan
          .map((one, index) => ({ ...one, index }))
          .filter(({ dropped }) => !dropped)
          .sort((x, y) => x.time - y.time || x.index - y.index);
        expect(log.map(({ payload }) => payload)).toEqual(expected.map(({ index }) => index));
      }),
    );
  });
});

describe("lookahead", () => {
  it("asks who else can act, and when", () => {
    const { kernel } = kernelWithLog();
    expect(kernel.nextTime()).toBe(TIME_NEVER);
    kernel.schedule(virtualTime(2), "a", "k", null);
    kernel.schedule(virtualTime(6), "b", "k", null);
    expect(kernel.nextTime()).toBe(2);
    expect(kernel.nextTimeOf("c")).toBe(TIME_NEVER);
    expect(kernel.nextTimeExcept("a")).toBe(6);
    expect(kernel.nextTimeExcept("b")).toBe(2);
  });
});

describe("identity", () => {
  function run(slices: number, order: readonly string[]): readonly [string, number] {
    const { kernel } = kernelWithLog();
    for (let i = 0; i < slices; i++)
      kernel.schedule(virtualTime(i), "a", "slice", null, LANE_SLICE);
    for (const [index, actor] of order.entries())
      kernel.schedule(virtualTime(index), actor, "k", null);
    drain(kernel);
    return [kernel.digest, kernel.dispatched];
  }

  it("has no slices in it, however many there are", () => {
    expect(run(100, ["a", "b"])).toEqual(run(0, ["a", "b"]));
  });

  it("has the order of events in it", () => {
    expect(run(0, ["a", "b"])[0]).not.toBe(run(0, ["b", "a"])[0]);
  });

  // Was a defect (kernel.ts, schedule). Two machines that stop at one instant: which of them is found out first depends on how their
  // execution is sliced, so the order in which the stops were scheduled must not decide.
  it("does not depend on which of two exits of one instant was scheduled first", () => {
    const digests = [
      ["a", "b"],
      ["b", "a"],
    ].map((found) => {
      const { kernel } = kernelWithLog();
      for (const actor of found) kernel.schedule(virtualTime(5), actor, "exit", null, LANE_EXIT);
      drain(kernel);
      return kernel.digest;
    });
    expect(digests[0]).toBe(digests[1]);
  });
});

describe("snapshot", () => {
  it("goes on identically, in the same kernel and in another one", () => {
    const plan = fc.array(fc.record({ one: planned, cancelled: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(plan, fc.nat(20), (all, steps) => {
        const { kernel, log } = kernelWithLog();
        for (const { one, cancelled } of all) {
          const { time, actor, lane } = one;
          const handle = kernel.schedule(virtualTime(time), actor, "k", null, lane);
          if (cancelled) kernel.cancel(handle);
        }
        for (let i = 0; i < steps; i++) kernel.step();
        const kept = kernel.snapshot();
        const before = log.length;
        drain(kernel);
        const rest = log.slice(before);
        const end = [kernel.digest, kernel.dispatched, kernel.now];
        const twin = kernelWithLog();
        for (const fork of [{ kernel, log }, twin]) {
          fork.log.length = 0;
          fork.kernel.restore(kept);
          drain(fork.kernel);
          expect(fork.log).toEqual(rest);
          expect([fork.kernel.digest, fork.kernel.dispatched, fork.kernel.now]).toEqual(end);
        }
      }),
    );
  });

  it("keeps handles good: what was scheduled before it can be cancelled after a restore", () => {
    const { kernel, log } = kernelWithLog();
    const handle = kernel.schedule(virtualTime(1), "a", "k", null);
    const kept = kernel.snapshot();
    drain(kernel);
    kernel.restore(kept);
    kernel.cancel(handle);
    drain(kernel);
    expect(log.length).toBe(1);
  });
});
