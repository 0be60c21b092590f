// What a schedule with times of its own may ask for: one host lost, and no more.

import { describe, expect, it } from "vitest";
import { duration, seconds, virtualTime } from "../base/time.ts";
import { findBeyondBudget } from "./budget.ts";
import type { PlannedFault } from "./nemesis.ts";

const NOTHING = {
  percent: undefined,
  chance: undefined,
  by: undefined,
  bandwidth: undefined,
  ppm: undefined,
  times: undefined,
  onto: undefined,
};

/** "crash h1 at 1", "pause h2 at 1 for 3": seconds. */
function plan(...texts: readonly string[]): readonly PlannedFault[] {
  return texts.map((text) => {
    const [kind = "", target = "", , at, , lasts] = text.split(" ");
    return {
      fault: {
        ...NOTHING,
        kind,
        target,
        lasts: lasts === undefined ? undefined : seconds(Number(lasts)),
      },
      at: at === undefined ? undefined : virtualTime(Number(at) * 1e9),
      trigger: undefined,
      delay: duration(0),
    };
  });
}

const pair = {
  detection: seconds(2),
  isReplaced: false,
  isFirstPrimary: (target: string) => target === "h1" || target === "primary",
  isBetweenHosts: (target: string) => target === "h1-h2",
};
const beyond = (...texts: readonly string[]): string => {
  const problem = findBeyondBudget(plan(...texts), pair);
  return problem === undefined ? "within" : `${problem.index}: ${problem.message.split(" is ")[0]}`;
};

describe("within the budget", () => {
  it.each([
    [["crash h1 at 1"]],
    [["restart h1 at 1 for 2", "crash h1 at 9"]],
    [["pause h2 at 1 for 1", "crash h1 at 4"]],
    [["stall h2 at 1 for 3", "crash h1 at 2"]],
    [["pause h2 at 1 for 5", "crash h2 at 4"]],
    [["stall h2 at 1 for 5", "crash h1 at 4"]],
    [["crash h1 at 2", "cut h1-h2 at 1 for 1"]],
    [["cut h1-storage at 1", "crash h1 at 9"]],
    [["torn-write storage at 1 for 1", "crash h1 at 2"]],
    [["storage-outage storage at 1 for 9", "crash h1 at 2"]],
    [["crash h1 at 1", "crash h2"]],
  ])("%j", (texts) => expect(beyond(...texts)).toBe("within"));
});

describe("where a lost host is replaced", () => {
  const within = (...texts: readonly string[]): unknown =>
    findBeyondBudget(plan(...texts), { ...pair, isReplaced: true })?.message;

  it("whether there is another one is seen in the run", () => {
    expect(within("crash h1 at 1", "crash h2 at 2")).toBeUndefined();
    expect(within("lost-cache storage at 1 for 1")).toContain("beyond the budget");
  });
});

describe("beyond the budget", () => {
  it.each([
    [["crash h1 at 1", "crash h2 at 2"], "1: crash h2 at 2.000 s"],
    [["crash h2 at 2", "crash h1 at 1"], "0: crash h2 at 2.000 s"],
    [["crash primary at 1", "crash primary at 5"], "1: crash primary at 5.000 s"],
    [["restart h1 at 1 for 1", "crash h2 at 9"], "1: crash h2 at 9.000 s"],
    [["torn-write h1 at 1", "restart h2 at 9"], "1: restart h2 at 9.000 s"],
    [["pause h2 at 1 for 5", "crash h1 at 3"], "1: crash h1 at 3.000 s"],
    [["stall h1 at 1", "crash h2 at 9"], "1: crash h2 at 9.000 s"],
    [["cut h1-h2 at 1", "crash h1 at 4"], "1: crash h1 at 4.000 s"],
    [["lost-cache storage at 1 for 1"], "0: lost-cache"],
  ])("%j", (texts, expected) => expect(beyond(...texts)).toBe(expected));

  it("names the cause and the way out in one line", () => {
    expect(findBeyondBudget(plan("crash h1 at 1", "crash h2 at 2"), pair)?.message).toBe(
      "crash h2 at 2.000 s is beyond the budget: crash h1 may have left one host only; say `budget: unbounded` if it is meant",
    );
  });
});
