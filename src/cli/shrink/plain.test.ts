// What a shrink leaves out of a scenario, and what has to stay.

import { describe, expect, it } from "vitest";
import { optionsOf, withOptions, withValue, valueAt, withFaults, faultsOf } from "./plain.ts";

const SCENARIO = {
  title: "t",
  topology: { hosts: 3, storage: { latency: ["1ms", "2ms"] } },
  protocol: { arbiter: "majority" },
  workload: { kind: "counter", for: "1s", clients: 4 },
  faults: [{ at: "1s", crash: "primary" }],
};

describe("options", () => {
  it("are what has a default", () => {
    expect(optionsOf(SCENARIO)).toEqual([
      "topology.hosts",
      "topology.storage",
      "protocol.arbiter",
      "workload.clients",
    ]);
  });

  it("that are not kept go, and nothing else does", () => {
    expect(withOptions(SCENARIO, ["topology.storage"])).toEqual({
      ...SCENARIO,
      topology: { storage: { latency: ["1ms", "2ms"] } },
      protocol: {},
      workload: { kind: "counter", for: "1s" },
    });
  });

  it("are read and set in their places", () => {
    expect(valueAt(SCENARIO, "topology.hosts")).toBe(3);
    expect(valueAt(SCENARIO, "nothing.there")).toBeUndefined();
    const longer = withValue(SCENARIO, "workload.for", "2s");
    expect(longer["workload"]).toEqual({ kind: "counter", clients: 4, for: "2s" });
    expect(SCENARIO.workload.for).toBe("1s");
  });
});

it("faults are replaced as a whole", () => {
  expect(faultsOf(withFaults(SCENARIO, []))).toEqual([]);
  expect(faultsOf({})).toEqual([]);
});
