// Random programs for all of the machine come to the same state at the same count however they are
// run; and an arm that does anything of its own is found out, at the count at which it did.

import { describe, expect, it } from "vitest";
import { type Arm, ARMS, REFERENCE } from "./arms.ts";
import { compare } from "./compare.ts";
import { Execution } from "./execution.ts";
import { DATA_AT } from "./map.ts";
import { randomProgram } from "./program.ts";

const STEPS = 60_000;
const LOOKED_AT = 300_000;
const FFLAGS = 1;
const SCAUSE = 0x142;
const SATP = 0x180;
const MCAUSE = 0x342;
const SEEDS = ["unit/a", "unit/b"] as const;

describe("lockstep", () => {
  it.each(ARMS.map((arm) => [arm.name, arm] as const))("%s", (_name, arm) => {
    for (const seed of SEEDS) {
      const { mismatches, comparisons, length } = compare(seed, STEPS, [arm]);
      expect(mismatches).toEqual([]);
      expect(length).toBe(STEPS);
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
    const see = (key: string): void => void seen.set(key, (seen.get(key) ?? 0) + 1);
    const execution = new Execution(randomProgram("unit/a", LOOKED_AT), REFERENCE);
    let flags = 0n;
    for (let at = 50; at < LOOKED_AT; at += 50) {
      execution.advance(at);
      const { machine } = execution;
      const csr = (number: number): bigint => machine.csr(number) ?? 0n;
      see(`privilege ${machine.privilege}`);
      see(csr(SATP) !== 0n && machine.privilege < 3 ? "translated" : "bare");
      flags |= csr(FFLAGS);
      for (const cause of [csr(MCAUSE), csr(SCAUSE)])
        see(cause >> 63n === 0n ? `exception ${cause}` : `interrupt ${cause & 15n}`);
    }
    execution.close();
    const often = [0, 1, 3].map((level) => `privilege ${level}`);
    expect(flags).toBe(31n);
    for (const key of [...often, "translated", "bare"])
      expect(seen.get(key), key).toBeGreaterThan(LOOKED_AT / 50 / 50);
    const causes = [1, 2, 4, 5, 6, 7, 12, 13, 15].map((cause) => `exception ${cause}`);
    for (const key of [...causes, "interrupt 7"]) expect([...seen.keys()]).toContain(key);
  });
});
