// Outside judge: QEMU. Seeded random programs of IMAFDC run on both machines and print all their
// registers, a sum over their memory and the number of instructions that they took.

import { describe, expect, it } from "vitest";
import { CONFIG, machineWith, newRuntime } from "../../test/support/vm/load-core.ts";
import { consoleOfQemu, hasQemu } from "../../test/support/vm/qemu.ts";
import { LINES, randomProgram } from "../../test/support/vm/random-program.ts";

const PROGRAMS = 25;
const ROUNDS = 20;
const RUNTIME = newRuntime();

function ours(program: Uint8Array): string {
  const machine = machineWith(program, RUNTIME, { ...CONFIG, ramBytes: 16 << 20 });
  let text = "";
  for (;;) {
    const exit = machine.run(machine.count + 100_000_000);
    if (exit.kind === "halt") break;
    if (exit.kind !== "output") throw new Error(`${exit.kind} at ${machine.pc.toString(16)}`);
    for (const output of exit.outputs)
      if (output.class === "console") text += String.fromCharCode(...output.bytes);
  }
  machine.release();
  return text;
}

describe.skipIf(!hasQemu)("random programs", () => {
  it("end with the registers, the memory and the count that QEMU ends with", () => {
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const program = randomProgram(`vm/qemu/${seed}`, ROUNDS);
      const text = ours(program);
      expect(text.length).toBe(LINES * 16);
      expect(consoleOfQemu(program), `seed ${seed}`).toBe(text);
    }
  });
});
