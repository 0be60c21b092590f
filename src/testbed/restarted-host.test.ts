import { describe, expect, it } from "vitest";
import { milliseconds, type VirtualTime } from "../base/time.ts";
import { RestartedHost } from "./restarted-host.ts";

const NOW = 1_000 as VirtualTime;
const RECORD = { generation: 2, primary: "h2", backup: "h3", winner: "" };

describe("a host that is back", () => {
  it("asks for the record until it is answered", () => {
    const host = new RestartedHost();
    expect(host.askAgainAt(NOW)).toBe(NOW + milliseconds(200));
    host.learn(RECORD);
    expect(host.askAgainAt(NOW)).toBeUndefined();
  });

  it("says once what it read", () => {
    const host = new RestartedHost();
    expect(host.learn(RECORD)).toBe(
      "generation 2 of the VM went on without it: nobody has asked for it yet",
    );
    expect(host.learn(RECORD)).toBeUndefined();
    const other = new RestartedHost();
    expect(other.learn({ ...RECORD, winner: "h2" })).toContain("h2 has it");
  });

  it("goes on from a snapshot as it would have", () => {
    const host = new RestartedHost();
    host.learn(RECORD);
    const fork = new RestartedHost();
    fork.restore(host.snapshot());
    expect(fork.askAgainAt(NOW)).toBeUndefined();
  });
});
