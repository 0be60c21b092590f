// Steps and time at a limited pace: what a fault leaves to a host and what the protocol lets its VM have
// of that both apply.

import { describe, expect, it } from "vitest";
import type { VirtualTime } from "../base/time.ts";
import { Pacing } from "./pacing.ts";

const SECOND = 1_000_000_000;
const at = (seconds: number): VirtualTime => (seconds * SECOND) as VirtualTime;

describe("a pace", () => {
  it("is the share of a share", () => {
    const pacing = new Pacing(1_000_000);
    pacing.setPercent(50, at(0), 0);
    pacing.setLimit(40, at(0), 0);
    expect(pacing.countAt(at(1))).toBe(200_000);
    pacing.setPercent(100, at(1), 200_000);
    expect(pacing.countAt(at(2))).toBe(600_000);
    pacing.setLimit(100, at(2), 600_000);
    expect(pacing.countAt(at(3))).toBe(1_600_000);
    expect(pacing.timeOf(1_600_000)).toBe(at(3));
  });

  it("goes on from a snapshot with its limit", () => {
    const pacing = new Pacing(1_000_000);
    pacing.setLimit(20, at(0), 0);
    const kept = pacing.snapshot();
    pacing.setLimit(100, at(0), 0);
    pacing.restore(kept);
    expect(pacing.countAt(at(1))).toBe(200_000);
  });
});
