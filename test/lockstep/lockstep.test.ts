// Random programs for all of the machine come to the same state at the same count however they are
// run; and an arm that does anything of its own is found out, at the count at which it did.

import { describe, expect, it } from "vitest";
import { type Arm, ARMS, REFERENCE } from "./arms.ts";
import { compare } from "./compare.ts";
import { Execution } from "./execution.ts";
import { DATA_AT } from "./map.ts";
import { randomProgram } from "./program.ts";

describe("lockstep", () => {
  it.each(ARMS.map((arm) => [arm.name, arm] as const))("%s", (_name, arm) => {
    for (const seed of ["a", "b", "c"]) {
      const { mismatches, comparisons, length } = compare(`unit/${seed}`, 60_000, [arm]);
      expect(mismatches).toEqual([]);
      expect(length).toBe(60_000);
      expect(comparisons).toBeGreaterThan(0);
    }
  });

  it("finds a byte that an arm changed, and the step after which it was", () => {
    const arm: Arm = {
      ...REFERENCE,
      name: "meddler",
      gap: () => 12_345,
      meddle: ({ machine }) => machine.writeMemory(DATA_AT + 77, Uint8Array.of(0xa5)),
    };
    const { mismatches } = compare("unit/a", 30_000, [arm]);
    expect(mismatches).toHaveLength(1);
    expect(mismatches[0]).toContain("first at count 12346");
    expect(mismatches[0]).toContain(`byte at ${(DATA_AT + 77).toString(16)}`);
  });

  it("is about all privileges, traps, translation, floats and interrupts", () => {
    const seen = new Map<string, number>();
    const execution = new Execution(randomProgram("unit/a", 60_000), REFERENCE);
    for (let at = 50; at < 60_000; at += 50) {
      execution.advance(at);
      const { machine } = execution;
      const isOn = (machine.csr(0x180) ?? 0n) !== 0n && machine.privilege < 3;
      for (const key of [`privilege ${machine.privilege}`, isOn ? "translated" : "bare"])
        seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    console.log(seen, execution.machine.csr(0xb02));
    execution.close();
  });
});
