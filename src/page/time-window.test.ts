// The span of time that the charts show: it never leaves the run, and links to a moment show it.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  move,
  NARROWEST,
  parseFact,
  parseMoment,
  showMoment,
  wholeRun,
  zoom,
} from "./time-window.ts";

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

test("a link to a moment zooms in closely, unless the moment is already shown closely", () => {
  const close = showMoment(wholeRun(END), 4, END);
  expect(close.to - close.from).toBeLessThan(0.01);
  expect((close.from + close.to) / 2).toBeCloseTo(4, 9);
  expect(showMoment({ from: 3.999, to: 4.001 }, 4, END)).toEqual({ from: 3.999, to: 4.001 });
  expect(showMoment({ from: 3.999, to: 4.001 }, END, END).to).toBeCloseTo(END, 9);
});

test("only a time is taken from an address", () => {
  expect(parseMoment("#t=1.999981000s", "t=")).toBe(1.999981);
  expect(parseMoment("#t=2", "t=")).toBe(2);
  for (const hash of ["", "#finding-1", "#t=", "#t=1e9", "#t=-1", "#t=1.2.3", "#t=1;alert", "#t=s"])
    expect(parseMoment(hash, "t=")).toBeUndefined();
});

test("only the number of a fact is taken from an address", () => {
  expect(parseFact("#fact=123", "fact=")).toBe(123);
  for (const hash of ["", "#fact=", "#fact=-1", "#fact=1.5", "#fact=1e3", "#t=3"])
    expect(parseFact(hash, "fact=")).toBeUndefined();
});
