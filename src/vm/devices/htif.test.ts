// Goal: a test program's stores to `tohost` end the run or print, in machine mode and through a mapping,
// and no other store does.

import { describe, expect, it } from "vitest";
import {
  addi,
  assemble,
  csrrw,
  type Item,
  jal,
  li,
  sd,
  sw,
} from "../../../test/support/vm/assembler.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "../../../test/support/vm/load-core.ts";
import type { MachineConfig } from "../config.ts";

const TOHOST = RAM + 0x1000;
const CONFIGURED: MachineConfig = { ...CONFIG, tohost: TOHOST };
const END: readonly Item[] = ["end", jal(0, "end")];

const machineOf = (items: readonly (Item | readonly Item[])[], config = CONFIGURED) =>
  machineWith(assemble([...items, ...END]), newRuntime(), config);

describe("tohost", () => {
  it("ends the run with its value, for good", () => {
    for (const value of [1, 7, 1337]) {
      const machine = machineOf([li(5, TOHOST), li(6, value), sw(6, 5, 0), addi(7, 0, 1)]);
      const exit = machine.run(100);
      expect(exit).toEqual({ kind: "halt", reason: { kind: "tohost", value: BigInt(value) } });
      expect([machine.run(100), machine.register(7)]).toEqual([exit, 0n]);
    }
  });

  it("prints a byte and is cleared", () => {
    const machine = machineOf([
      li(5, TOHOST),
      li(6, 0x0101000000000041n),
      sd(6, 5, 0),
      li(7, 1),
      sd(7, 5, 0),
    ]);
    expect(machine.run(100)).toEqual({
      kind: "output",
      outputs: [{ class: "console", bytes: Uint8Array.of(0x41) }],
    });
    expect([...machine.readMemory(TOHOST, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(machine.run(100)).toEqual({ kind: "halt", reason: { kind: "tohost", value: 1n } });
  });

  it("is not its neighbours, nor a zero, nor anything where none is configured", () => {
    const stores = [li(5, TOHOST), li(6, 1), sd(6, 5, 8), sd(6, 5, -8 & 0xfff), sd(0, 5, 0)];
    expect(machineOf(stores).run(100)).toEqual({ kind: "limit" });
    const plain = machineOf([li(5, TOHOST), li(6, 1), sd(6, 5, 0)], CONFIG);
    expect(plain.run(100)).toEqual({ kind: "limit" });
  });

  it("is found by its physical address", () => {
    // Entry 1 of the root maps RAM at 1 GiB; the store goes there by MPRV.
    const root = RAM + 0x3000;
    const machine = machineOf([
      li(5, root),
      li(6, (BigInt(RAM) >> 2n) | 0xcfn),
      sd(6, 5, 8),
      li(5, (8n << 60n) | BigInt(root / 4096)),
      csrrw(0, 0x180, 5),
      li(5, (1 << 17) | (1 << 11)),
      csrrw(0, 0x300, 5),
      li(5, 0x40001000),
      li(6, 3),
      sd(6, 5, 0),
    ]);
    expect(machine.run(100)).toEqual({ kind: "halt", reason: { kind: "tohost", value: 3n } });
  });

  it("makes another machine of it", () => {
    expect(machineOf([]).stateHash()).not.toBe(machineOf([], CONFIG).stateHash());
    expect(() => machineOf([], { ...CONFIG, tohost: RAM + 4 })).toThrow(/tohost/);
  });
});
