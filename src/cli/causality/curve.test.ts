// The curve of a violation's probability: where points lie, where the next ones go, and what it says.
// With made-up curves whose jump is known.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CurvePoint,
  firstPoints,
  inevitableFrom,
  jumpOf,
  nextPoints,
  probabilityOf,
  rangeOf,
} from "./curve.ts";

const OF = 20;

function point(afterEvent: number, violated: number): CurvePoint {
  return { afterEvent, time: afterEvent * 1_000, violated, of: OF };
}

describe("the first points", () => {
  it("are within the run, ascending, with the gap right before the violation", () => {
    const gaps = fc.array(fc.nat(1_000), { minLength: 3, maxLength: 300 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 2, max: 50 }), (steps, count) => {
        let now = 0;
        const times = steps.map((step) => {
          now += step;
          return now;
        });
        const points = firstPoints(times, count);
        expect(points.length).toBeLessThanOrEqual(count);
        expect(points.at(-1)).toBe(times.length - 1);
        for (const [at, event] of points.entries()) {
          expect(event).toBeGreaterThanOrEqual(1);
          expect(event).toBeLessThan(times.length);
          if (at > 0) expect(event).toBeGreaterThan(points[at - 1] as number);
        }
      }),
    );
  });

  it("are even in time, not in events", () => {
    // A hundred events within the first tenth of the time, ten in the rest.
    const times = [
      ...Array.from({ length: 100 }, (_, at) => at + 1),
      ...Array.from({ length: 10 }, (_, at) => 100 + (at + 1) * 90),
    ];
    const points = firstPoints(times, 6);
    expect(points.filter((event) => event < 100).length).toBeLessThanOrEqual(2);
  });

  it("are not before what was done to the run", () => {
    expect(firstPoints([1, 2, 3, 4, 5, 6, 7, 8], 5, 6)).toEqual([6, 7]);
  });
});

describe("refining", () => {
  it("closes in on the event of the jump, whichever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9_999 }), (jump) => {
        const measure = (event: number): CurvePoint => point(event, event < jump ? 4 : 19);
        let curve = [1, 5_000, 9_999].map(measure).concat(point(10_000, OF));
        for (let round = 0; round < 20; round++) {
          const added = nextPoints(curve, 1).map(measure);
          curve = [...curve, ...added].toSorted((a, b) => a.afterEvent - b.afterEvent);
        }
        const found = jumpOf(curve);
        expect(found?.to.afterEvent).toBe(jump);
        expect(found?.from.afterEvent).toBe(jump - 1);
        expect(inevitableFrom(curve)?.afterEvent).toBe(jump);
      }),
    );
  });

  it("asks for nothing where the curve is flat or there is no event between", () => {
    expect(nextPoints([point(1, OF), point(500, OF), point(1_000, OF)], 4)).toEqual([]);
    expect(nextPoints([point(1, 0), point(2, OF)], 4)).toEqual([]);
  });
});

describe("what it says", () => {
  it("is no jump when it was inevitable from the beginning", () => {
    const curve = [point(1, OF), point(500, OF), point(1_000, OF)];
    expect(jumpOf(curve)).toBeUndefined();
    expect(inevitableFrom(curve)?.afterEvent).toBe(1);
  });

  it("is inevitable only from where no later point says otherwise", () => {
    const curve = [point(1, OF), point(500, 10), point(700, 19), point(1_000, OF)];
    expect(inevitableFrom(curve)?.afterEvent).toBe(700);
    expect(probabilityOf(curve[1] as CurvePoint)).toBe(0.5);
  });
});

describe("where the probability lies", () => {
  it("is around the share, within 0 and 1, and narrower with more forks", () => {
    const few = rangeOf({ afterEvent: 1, time: 0, violated: 5, of: 10 });
    const many = rangeOf({ afterEvent: 1, time: 0, violated: 500, of: 1_000 });
    expect(few.low).toBeCloseTo(0.237, 3);
    expect(few.high).toBeCloseTo(0.763, 3);
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 5);
    const none = rangeOf({ afterEvent: 1, time: 0, violated: 0, of: 20 });
    expect(none.low).toBe(0);
    expect(none.high).toBeCloseTo(0.161, 3);
  });
});
