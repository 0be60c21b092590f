// Outside judge: QEMU. Seeded random programs of IMAFDC run on both machines and print all their
// registers, a sum over their memory and the number of instructions that they took.

import { describe, expect, it } from "vitest";
import { newRuntime } from "../../test/support/vm/load-core.ts";
import { consoleOfQemu, hasQemu } from "../../test/support/vm/qemu.ts";
import { consoleOfOurs, LINES, randomProgram } from "../../test/support/vm/random-program.ts";

const PROGRAMS = 25;
const ROUNDS = 20;

describe.skipIf(!hasQemu)("random programs", () => {
  it("end with the registers, the memory and the count that QEMU ends with", () => {
    const runtime = newRuntime();
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const program = randomProgram(`vm/qemu/${seed}`, ROUNDS);
      const { text } = consoleOfOurs(program, runtime);
      expect(text.length).toBe(LINES * 16);
      expect(consoleOfQemu(program), `seed ${seed}`).toBe(text);
    }
  });
});
