// F and D against an exact oracle: random operands where implementations go wrong, every instruction,
// every rounding mode (named by the instruction and by frm), every flag. Both with inexact not set,
// where integers compute, and with it set, where the host's float unit may.

import { describe, expect, it } from "vitest";
import { FLOAT_OPERATIONS } from "../../test/support/vm/float-operations.ts";
import { judge, randomRow, vectorMachine } from "../../test/support/vm/float-vectors.ts";
import { newRuntime } from "../../test/support/vm/load-core.ts";
import { Prng } from "../base/prng.ts";

const ROWS = 40;
const INEXACT = 1;

describe("floating point", () => {
  const machine = vectorMachine(newRuntime());
  it.each(FLOAT_OPERATIONS.map((operation) => [operation.name, operation] as const))(
    "%s",
    (name, operation) => {
      const random = new Prng(`vm/float/${name}`);
      for (let rm = 0; rm < 5; rm++)
        for (const isStatic of [true, false])
          for (const preset of [0, INEXACT, 30]) {
            const mode = { rm, isStatic, preset };
            const rows = Array.from({ length: ROWS }, () => randomRow(random, operation, mode));
            expect(judge(machine, operation, rows)).toEqual([]);
          }
    },
  );
});
