// Goal: a page pool that fills up ends a run as unknown, in one line, wherever it fills up. Method: one
// scenario with pools from too small for the boot to large enough.

import { describe, expect, it } from "vitest";
import { createTestEngine, scenarioOf, SMALL, worldOf } from "../../test/support/worlds.ts";
import { createWorld, runToEnd } from "./run.ts";
import { VM_FT } from "../ft/vm-ft.ts";

const scenario = scenarioOf("failover", SMALL);

describe("a page pool that is full", () => {
  it("before the guest is ready is a person's problem", () => {
    const request = { scenario, seed: "1", protocol: VM_FT, changes: [] };
    expect(createWorld(createTestEngine(40), request)).toEqual({
      ok: false,
      error: "page pool exhausted: all 40 pages of 4 KiB are in use",
    });
  });

  it("in the middle of a run makes its verdict unknown", () => {
    const roomy = createTestEngine();
    worldOf(roomy, { scenario, seed: "1" }).release();
    const booted = roomy.runtime.pagesInUse;
    const verdicts: string[] = [];
    for (const room of [10, 20, 40, 80, 1000]) {
      const result = runToEnd(worldOf(createTestEngine(booted + room), { scenario, seed: "1" }));
      verdicts.push(result.verdict);
      if (result.verdict === "valid") expect(result.exhausted).toBeUndefined();
      else expect(result.exhausted).toMatch(/^page pool exhausted: all \d+ pages/);
    }
    expect(verdicts[0]).toBe("unknown");
    expect(verdicts.at(-1)).toBe("valid");
  });
});
