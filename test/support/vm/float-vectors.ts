// Runs one instruction of F or D over a table of operands inside the machine and holds every result
// and every flag against the oracle.

import type { Prng } from "../../../src/base/prng.ts";
import type { Machine } from "../../../src/vm/machine.ts";
import type { VmRuntime } from "../../../src/vm/runtime.ts";
import { addi, assemble, bne, csrrs, csrrw, jal, ld, li, sd } from "./assembler.ts";
import { fld, fsd } from "./float-assembler.ts";
import {
  factorsOfSmallest,
  nearSmallestSingle,
  randomInteger,
  randomRegister,
} from "./float-operands.ts";
import { asRegister, cancelling, type FloatOperation, type Registers } from "./float-operations.ts";
import { machineWith, RAM } from "./load-core.ts";

const TABLE = RAM + 0x10000;
const ROW_BYTES = 56;
const FFLAGS = 1;
const FCSR = 3;
const FS_DIRTY = 3 << 13;
const STEPS_PER_ROW = 22;
const DYNAMIC = 7;

export interface Mode {
  readonly rm: number;
  /** Whether the instruction names it, or frm does. */
  readonly isStatic: boolean;
  /** fflags before. */
  readonly preset: number;
}

/** A row: a, b, c, then f4, x8 and fflags. */
function loop(word: number, rows: number): Uint8Array {
  return assemble([
    li(6, FS_DIRTY),
    csrrs(0, 0x300, 6),
    li(5, TABLE),
    li(9, TABLE + rows * ROW_BYTES),
    "loop",
    ld(6, 5, 48),
    csrrw(0, FCSR, 6),
    // Between two jumps, so that it is worth compiling.
    jal(0, "operation"),
    "operation",
    fld(1, 5, 0),
    fld(2, 5, 8),
    fld(3, 5, 16),
    ld(10, 5, 0),
    word,
    jal(0, "flags"),
    "flags",
    csrrs(7, FFLAGS, 0),
    fsd(4, 5, 24),
    sd(8, 5, 32),
    sd(7, 5, 40),
    addi(5, 5, ROW_BYTES),
    bne(5, 9, "loop"),
    "end",
    jal(0, "end"),
  ]);
}

export interface Row {
  readonly registers: Registers;
  readonly mode: Mode;
}

export function randomRow(random: Prng, operation: FloatOperation, mode: Mode): Row {
  const { from } = operation;
  if (from === "integer") return { registers: [randomInteger(random), 0n, 0n], mode };
  if (from === "d" && operation.to === "s" && random.below(4) === 0)
    return { registers: [nearSmallestSingle(random), 0n, 0n], mode };
  if (random.below(/mul|madd|msub/.test(operation.name) ? 2 : 8) === 0) {
    const [a, b] = factorsOfSmallest(random, from);
    const c = random.below(2) === 0 ? 0n : 1n << BigInt(random.below(2) * 63);
    return { registers: [a, b, from === "s" ? c | 0xffffffff00000000n : c], mode };
  }
  const a = randomRegister(random, from);
  const b = random.below(8) === 0 ? a : randomRegister(random, from);
  const isClose = random.below(3) === 0;
  const c = isClose
    ? cancelling(a, b, from, BigInt(random.below(5) - 2))
    : randomRegister(random, from);
  return { registers: [a, b, c], mode };
}

/** A machine to reuse: every table is run from the start. */
export function vectorMachine(runtime: VmRuntime): Machine {
  return machineWith(assemble([jal(0, "x"), "x"]), runtime);
}

function run(machine: Machine, word: number, rows: readonly Row[]): DataView {
  const table = new DataView(new ArrayBuffer(rows.length * ROW_BYTES));
  rows.forEach(({ registers, mode }, at) => {
    registers.forEach((value, k) => table.setBigUint64(at * ROW_BYTES + 8 * k, value, true));
    const frm = mode.isStatic ? (mode.rm + 1) % 5 : mode.rm;
    table.setBigUint64(at * ROW_BYTES + 48, BigInt((frm << 5) | mode.preset), true);
  });
  const fresh = machine.fork();
  fresh.writeMemory(RAM, loop(word, rows.length));
  fresh.writeMemory(TABLE, new Uint8Array(table.buffer));
  fresh.run(rows.length * STEPS_PER_ROW + 100);
  const result = fresh.readMemory(TABLE, table.byteLength);
  fresh.release();
  return new DataView(result.buffer, result.byteOffset);
}

/** Complaints, one a line; all rows have one mode. */
export function judge(
  machine: Machine,
  operation: FloatOperation,
  rows: readonly Row[],
): readonly string[] {
  const first = rows[0];
  if (!first) return ["no rows"];
  const mode = first.mode.isStatic ? first.mode.rm : DYNAMIC;
  const word = operation.hasMode ? (operation.word | (mode << 12)) >>> 0 : operation.word;
  const seen = run(machine, word, rows);
  const complaints: string[] = [];
  rows.forEach(({ registers, mode: { rm, preset } }, at) => {
    const answer = operation.answer(registers, rm);
    const expected = asRegister(operation, answer);
    const found = seen.getBigUint64(at * ROW_BYTES + (operation.to === "integer" ? 32 : 24), true);
    const flags = Number(seen.getBigUint64(at * ROW_BYTES + 40, true));
    if (found === expected && flags === (answer.flags | preset)) return;
    const operands = registers.map((v) => v.toString(16)).join(" ");
    complaints.push(
      `${operation.name} rm ${rm} preset ${preset} of ${operands}: ` +
        `${found.toString(16)} flags ${flags}, not ${expected.toString(16)} flags ${answer.flags | preset}`,
    );
  });
  return complaints;
}
