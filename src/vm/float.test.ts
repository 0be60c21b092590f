// F and D against an exact oracle: random operands where implementations go wrong, every instruction,
// every rounding mode (named by the instruction and by frm), every flag. Both with inexact not set,
// where integers compute, and with it set, where the host's float unit may; by the interpreter and in
// compiled code.

import { describe, expect, it } from "vitest";
import { FLOAT_OPERATIONS, type FloatOperation } from "../../test/support/vm/float-operations.ts";
import { judge, type Mode, randomRow, vectorMachine } from "../../test/support/vm/float-vectors.ts";
import { newRuntime } from "../../test/support/vm/load-core.ts";
import { Prng } from "../base/prng.ts";
import type { Machine } from "./machine.ts";

const ROWS = 50;
const COMPILED_ROWS = 300;
const INEXACT = 1;

const CASES = FLOAT_OPERATIONS.map((operation) => [operation.name, operation] as const);

function complaints(
  machine: Machine,
  operation: FloatOperation,
  { mode, count }: { readonly mode: Mode; readonly count: number },
): readonly string[] {
  const { rm, preset, isStatic } = mode;
  const random = new Prng(`vm/float/${operation.name}/${rm}/${preset}/${isStatic}`);
  const rows = Array.from({ length: count }, () => randomRow(random, operation, mode));
  return judge(machine, operation, rows);
}

describe("floating point", () => {
  const machine = vectorMachine(newRuntime(undefined, false));
  it.each(CASES)("%s", (_name, operation) => {
    for (let rm = 0; rm < 5; rm++)
      for (const isStatic of [true, false])
        for (const preset of [0, INEXACT, 30]) {
          const mode = { rm, isStatic, preset };
          expect(complaints(machine, operation, { mode, count: ROWS })).toEqual([]);
        }
  });
});

describe("compiled floating point", () => {
  const modes: readonly Mode[] = [
    { rm: 0, isStatic: false, preset: INEXACT },
    { rm: 0, isStatic: false, preset: 0 },
    { rm: 3, isStatic: false, preset: INEXACT },
    { rm: 4, isStatic: true, preset: INEXACT },
  ];
  it.each(CASES)("%s", (_name, operation) => {
    for (const mode of modes) {
      // A new one each time: code that is written again and again would not be compiled at once.
      const runtime = newRuntime(undefined, { threshold: 1, seed: 0 });
      const found = complaints(vectorMachine(runtime), operation, { mode, count: COMPILED_ROWS });
      expect(found).toEqual([]);
      expect(runtime.jitStatistics?.regions).toBeGreaterThan(0);
    }
  });
});
