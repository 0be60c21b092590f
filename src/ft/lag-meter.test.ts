// The lag that a primary measures: on its own clock alone, by what acks echo.

import { describe, expect, it } from "vitest";
import { LagMeter } from "./lag-meter.ts";

const MS = 1_000_000;
const PERIOD = 100 * MS;

/** A meter that knows a round trip of 20 ms. */
function metered(start: number = 0): LagMeter {
  const meter = new LagMeter(PERIOD, start);
  meter.appended(1, 100, start);
  meter.sent(1, start);
  meter.acknowledged(1, 1, start + 20 * MS);
  meter.endPeriod(start + 20 * MS);
  return meter;
}

/** The lag of one period, which the average of five holds a fifth of. */
function measured(meter: LagMeter, clock: number): number {
  const before = meter.behind.lag * 2;
  meter.endPeriod(clock);
  return meter.behind.lag * 2 - before;
}

describe("the lag", () => {
  it("is the age of what is not executed, less half a round trip", () => {
    const meter = metered();
    meter.appended(2, 200, 100 * MS);
    meter.appended(3, 700, 400 * MS);
    meter.acknowledged(3, 1, 610 * MS);
    expect(measured(meter, 610 * MS)).toBe(500 * MS);
    expect(meter.behind.steps).toBe(250);
    expect(meter.unexecutedEntries).toBe(2);
  });

  it("does not count the time in which the backup had nothing to execute", () => {
    const meter = metered();
    meter.acknowledged(1, 1, 900 * MS);
    expect(measured(meter, 900 * MS)).toBe(0);
    meter.appended(2, 200, 900 * MS);
    meter.acknowledged(2, 1, 920 * MS);
    meter.endPeriod(920 * MS);
    expect(meter.behind.lag).toBe(Math.round((10 * MS) / 3));
  });

  it("goes on growing while no ack comes", () => {
    const meter = metered();
    meter.appended(2, 200, 100 * MS);
    expect(measured(meter, 410 * MS)).toBe(300 * MS);
  });

  it("is an average: one late ack is no lag", () => {
    const meter = metered();
    for (let at = 1; at <= 10; at++) meter.endPeriod(at * PERIOD);
    meter.appended(2, 200, 1_000 * MS);
    meter.acknowledged(2, 1, 3_010 * MS);
    meter.endPeriod(3_010 * MS);
    expect(meter.behind.lag).toBe(400 * MS);
  });

  it("measures the way by the least round trip: waiting in a queue is lag", () => {
    const meter = metered();
    meter.appended(2, 200, 1_000 * MS);
    meter.sent(2, 1_000 * MS);
    meter.acknowledged(2, 1, 1_500 * MS);
    expect(measured(meter, 1_500 * MS)).toBe(490 * MS);
  });

  it("knows nothing until an ack has come, and says nothing of what was sent twice", () => {
    const meter = new LagMeter(PERIOD, 0);
    meter.appended(1, 100, 0);
    meter.sent(1, 0);
    meter.forgetSent();
    meter.acknowledged(1, 0, 900 * MS);
    meter.endPeriod(900 * MS);
    expect(meter.behind).toEqual({ lag: 0, steps: 0 });
  });

  it.each([3_600_000, -3_600_000])("survives a clock that is set by %i ms", (step) => {
    const meter = metered();
    meter.appended(2, 200, 100 * MS);
    const now = (100 + step) * MS;
    meter.look(now);
    meter.acknowledged(2, 1, now + 10 * MS);
    meter.endPeriod(now + 10 * MS);
    expect(meter.behind.lag).toBe(0);
    // What is stamped from now on counts again.
    meter.appended(3, 300, now + 20 * MS);
    meter.acknowledged(3, 2, now + 330 * MS);
    expect(measured(meter, now + 330 * MS)).toBeGreaterThan(0);
  });

  it("goes on from a snapshot, and forgets all when nobody follows", () => {
    const meter = metered();
    meter.appended(2, 200, 100 * MS);
    const kept = meter.snapshot();
    meter.acknowledged(2, 1, 700 * MS);
    meter.endPeriod(700 * MS);
    const expected = meter.behind;
    expect(expected.lag).toBeGreaterThan(0);
    meter.discard();
    expect([meter.behind.lag, meter.unexecutedEntries]).toEqual([0, 0]);
    meter.restore(kept);
    meter.acknowledged(2, 1, 700 * MS);
    meter.endPeriod(700 * MS);
    expect(meter.behind).toEqual(expected);
  });
});
