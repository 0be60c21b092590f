import { describe, expect, it } from "vitest";
import { describeRecord } from "./restarted-host.ts";

describe("a host that is back", () => {
  it("says what it read: which generation went on without it, and who has the flag", () => {
    const record = { generation: 2, primary: "h2", backup: "h3", winner: "" };
    expect(describeRecord(record)).toBe(
      "generation 2 of the VM went on without it: nobody has asked for it yet",
    );
    expect(describeRecord({ ...record, winner: "h2" })).toContain("h2 has it");
  });
});
