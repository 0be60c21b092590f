// A host's own clock: skewed, drifting, never running backwards, and invertible to the nanosecond.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../base/time.ts";
import { Host } from "./host.ts";

const HOUR = 3_600_000_000_000;
const clocks = fc.record({
  skew: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  drift: fc.integer({ min: -1_000, max: 1_000 }),
});

describe("clock", () => {
  it("shows true time, offset and drift", () => {
    expect(new Host("h", 0, 0).clock(virtualTime(123))).toBe(123);
    expect(new Host("h", 500, 0).clock(virtualTime(1_000))).toBe(1_500);
    expect(new Host("h", 0, 100).clock(virtualTime(1_000_000_000))).toBe(1_000_100_000);
    expect(new Host("h", 0, -100).clock(virtualTime(1_000_000_000))).toBe(999_900_000);
  });

  it("never runs backwards", () => {
    fc.assert(
      fc.property(clocks, fc.nat(HOUR), fc.nat(3_000_000), ({ skew, drift }, start, step) => {
        const host = new Host("h", skew, drift);
        const now = host.clock(virtualTime(start));
        expect(host.clock(virtualTime(start + step))).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  it("is inverted exactly: the first instant that shows the reading", () => {
    fc.assert(
      fc.property(clocks, fc.nat(HOUR), fc.nat(HOUR), ({ skew, drift }, now, ahead) => {
        const host = new Host("h", skew, drift);
        const reading = host.clock(virtualTime(now)) + ahead;
        const time = host.whenClockShows(reading, virtualTime(now));
        expect(time).toBeGreaterThanOrEqual(now);
        expect(host.clock(time)).toBeGreaterThanOrEqual(reading);
        if (time > now) expect(host.clock(virtualTime(time - 1))).toBeLessThan(reading);
      }),
    );
  });

  it("that shows a reading already answers with now", () => {
    expect(new Host("h", 10_000, 50).whenClockShows(5, virtualTime(777))).toBe(777);
  });

  it("changes its drift without a step, and is still inverted exactly", () => {
    fc.assert(
      fc.property(clocks, fc.nat(HOUR), fc.nat(HOUR), ({ skew, drift }, now, ahead) => {
        const host = new Host("h", skew, 100);
        const before = host.clock(virtualTime(now));
        host.setDrift(drift, virtualTime(now));
        expect(host.clock(virtualTime(now))).toBe(before);
        const reading = before + ahead;
        const time = host.whenClockShows(reading, virtualTime(now));
        expect(host.clock(time)).toBeGreaterThanOrEqual(reading);
        if (time > now) expect(host.clock(virtualTime(time - 1))).toBeLessThan(reading);
      }),
    );
  });

  it("can be stepped by a fault", () => {
    const host = new Host("h", 0, 0);
    host.stepClock(-300);
    expect(host.clock(virtualTime(1_000))).toBe(700);
    expect(host.whenClockShows(1_000, virtualTime(1_000))).toBe(1_300);
  });
});

describe("status", () => {
  it("pauses and goes on, but a crash is not undone by a resume", () => {
    const host = new Host("h", 0, 0);
    host.pause();
    expect(host.status).toBe("paused");
    host.resume();
    expect(host.status).toBe("up");
    host.pause();
    host.crash();
    host.resume();
    host.pause();
    expect(host.status).toBe("crashed");
    host.restart();
    expect([host.status, host.incarnation]).toEqual(["up", 2]);
  });

  it("is in the snapshot, the clock with it", () => {
    const host = new Host("h", 5, 7);
    host.pause();
    const kept = host.snapshot();
    host.crash();
    host.restart();
    host.stepClock(99);
    host.restore(kept);
    expect([host.status, host.incarnation, host.clock(virtualTime(0))]).toEqual(["paused", 1, 5]);
  });
});
