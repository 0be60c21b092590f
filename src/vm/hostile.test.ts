// Goal: nothing that a guest does leaves its machine. Method: seeded hostile programs, in one runtime with
// a bystander; `npm run campaign:hostile` runs a hundred thousand.

import { describe, expect, it } from "vitest";
import { assemble, csrrw, type Item, jal, la, li, sd } from "../../test/support/vm/assembler.ts";
import { hostilePrograms } from "../../test/support/vm/hostile-program.ts";
import { machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";
import { PoolExhausted } from "./runtime.ts";

describe("hostile programs", () => {
  it("end in a state of the machine, the same one in both tiers, and touch nothing else", () => {
    const first = hostilePrograms(0, 600, false);
    expect(first.problems).toEqual([]);
    const compiled = hostilePrograms(0, 600, { threshold: 12, seed: 1 });
    expect(compiled.problems).toEqual([]);
    expect(compiled.digest).toBe(first.digest);
    expect(hostilePrograms(1000, 50, false).digest).not.toBe(first.digest);
    // A campaign in which nothing works tests nothing.
    for (const what of ["request", "wait", "output", "deadline", "halt", "limit"])
      expect([what, (first.tally.get(`exit: ${what}`) ?? 0) > 3]).toEqual([what, true]);
  }, 60_000);
});

describe("a full page pool", () => {
  it("ends a translated program like any other, and the machine can go back", () => {
    // Identity by one superpage of 1 GiB, then a store to every page.
    const root = RAM + 0x100000;
    const items: readonly (Item | readonly Item[])[] = [
      li(5, root),
      li(6, (0x80000000n >> 2n) | 0xcfn),
      sd(6, 5, 16),
      li(5, (8n << 60n) | BigInt(root / 4096)),
      csrrw(0, 0x180, 5),
      li(5, (1 << 17) | (1 << 11)),
      csrrw(0, 0x300, 5),
      li(6, RAM + 0x200000),
      la(4, "loop"),
      li(5, 4096),
      "loop",
      sd(6, 6, 0),
      0x00530333, // add x6, x6, x5
      jal(0, "loop"),
    ];
    const machine = machineWith(assemble(items), newRuntime(40));
    const start = machine.snapshot();
    expect(() => machine.run(10_000)).toThrow(PoolExhausted);
    const { count } = machine;
    expect(() => machine.run(10_000)).toThrow(PoolExhausted);
    expect(machine.count).toBe(count);
    machine.restore(start);
    expect(machine.count).toBe(0);
    expect(() => machine.run(10_000)).toThrow(PoolExhausted);
    expect(machine.count).toBe(count);
    start.release();
  });
});
