// The span of time that the charts show: it never leaves the run, and links to a moment show it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { move, NARROWEST, parseMoment, showMoment, wholeRun, zoom } from "./time-window.ts";

const END = 10;

test("however one moves and zooms, the window stays inside the run", () => {
  const step = fc.oneof(
    fc.double({ min: -3, max: 3, noNaN: true }).map((by) => ["move", by] as const),
    fc.double({ min: 0.01, max: 100, noNaN: true }).map((by) => ["zoom", by] as const),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let window = wholeRun(END);
      for (const [kind, by] of steps) {
        const middle = (window.from + window.to) / 2;
        window = kind === "move" ? move(window, by, END) : zoom(window, by, middle, END);
        expect(window.from).toBeGreaterThanOrEqual(0);
        expect(window.to).toBeLessThanOrEqual(END + 1e-9);
        expect(window.to - window.from).toBeGreaterThanOrEqual(NARROWEST * 0.99);
      }
    }),
  );
});

test("zooming leaves the time under the pointer where it is", () => {
  const window = zoom({ from: 2, to: 6 }, 0.5, 3, END);
  expect(window).toEqual({ from: 2.5, to: 4.5 });
});

test("a link to a moment zooms in, unless the moment is already shown closely", () => {
  expect(showMoment(wholeRun(END), 4, END)).toEqual({ from: 3.375, to: 4.625 });
  expect(showMoment({ from: 3, to: 5 }, 4, END)).toEqual({ from: 3, to: 5 });
  expect(showMoment({ from: 3, to: 5 }, 9.9, END)).toEqual({ from: 8.75, to: 10 });
});

test("only a time is taken from an address", () => {
  expect(parseMoment("#at=1.999981000", "at=")).toBe(1.999981);
  expect(parseMoment("#at=2", "at=")).toBe(2);
  for (const hash of ["", "#finding-1", "#at=", "#at=1e9", "#at=-1", "#at=1.2.3", "#at=1;alert"])
    expect(parseMoment(hash, "at=")).toBeUndefined();
});
