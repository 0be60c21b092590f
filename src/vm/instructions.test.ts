import { describe, expect, it } from "vitest";
import {
  addi,
  amo,
  assemble,
  beq,
  csrrw,
  FENCE_I,
  type Item,
  jal,
  jalr,
  la,
  ld,
  li,
  load,
  MRET,
  r,
  sb,
  sd,
  store,
  sw,
} from "../../test/support/vm/assembler.ts";
import { CONFIG, machineWith, RAM } from "../../test/support/vm/load-core.ts";

const MTVEC = 0x305;
const MCAUSE = 0x342;
const MEPC = 0x341;
const MTVAL = 0x343;

/** Runs items, then reads a register. */
function evaluate(items: readonly (Item | readonly Item[])[], register: number): bigint {
  const machine = machineWith(assemble([...items, "end", jal(0, "end")]));
  machine.run(200);
  return machine.register(register);
}

function u64(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

describe("instructions", () => {
  const A = 0xfedcba9876543210n;
  const B = 0x0123456789abcdefn;
  const s = (v: bigint): bigint => BigInt.asIntN(64, v);
  const s32 = (v: bigint): bigint => u64(BigInt.asIntN(32, v));
  const rows: readonly (readonly [string, number, number, number, bigint])[] = [
    ["add", 0x33, 0, 0, u64(A + B)],
    ["sub", 0x33, 0, 0x20, u64(A - B)],
    ["sll", 0x33, 1, 0, u64(A << 47n)],
    ["slt", 0x33, 2, 0, 1n],
    ["sltu", 0x33, 3, 0, 0n],
    ["xor", 0x33, 4, 0, A ^ B],
    ["srl", 0x33, 5, 0, A >> 47n],
    ["sra", 0x33, 5, 0x20, u64(s(A) >> 47n)],
    ["or", 0x33, 6, 0, A | B],
    ["and", 0x33, 7, 0, A & B],
    ["mul", 0x33, 0, 1, u64(A * B)],
    ["mulh", 0x33, 1, 1, u64((s(A) * s(B)) >> 64n)],
    ["mulhsu", 0x33, 2, 1, u64((s(A) * B) >> 64n)],
    ["mulhu", 0x33, 3, 1, (A * B) >> 64n],
    ["div", 0x33, 4, 1, u64(s(A) / s(B))],
    ["divu", 0x33, 5, 1, A / B],
    ["rem", 0x33, 6, 1, u64(s(A) % s(B))],
    ["remu", 0x33, 7, 1, A % B],
    ["addw", 0x3b, 0, 0, s32(A + B)],
    ["subw", 0x3b, 0, 0x20, s32(A - B)],
    ["sllw", 0x3b, 1, 0, s32(A << 15n)],
    ["srlw", 0x3b, 5, 0, s32((A & 0xffffffffn) >> 15n)],
    ["sraw", 0x3b, 5, 0x20, s32(BigInt.asIntN(32, A) >> 15n)],
    ["mulw", 0x3b, 0, 1, s32(A * B)],
    ["divw", 0x3b, 4, 1, s32(BigInt.asIntN(32, A) / BigInt.asIntN(32, B))],
    ["divuw", 0x3b, 5, 1, s32((A & 0xffffffffn) / (B & 0xffffffffn))],
    ["remw", 0x3b, 6, 1, s32(BigInt.asIntN(32, A) % BigInt.asIntN(32, B))],
    ["remuw", 0x3b, 7, 1, s32((A & 0xffffffffn) % (B & 0xffffffffn))],
  ];
  it.each(rows)("%s", (_name, op, f3, f7, expected) => {
    expect(evaluate([li(5, A), li(6, B), r(op, f3, f7, 7, 5, 6)], 7)).toBe(expected);
  });

  it("divides by zero and overflows as the manual says", () => {
    const min = -(1n << 63n);
    const by = (f3: number, a: bigint, b: bigint, op = 0x33): bigint =>
      evaluate([li(5, a), li(6, b), r(op, f3, 1, 7, 5, 6)], 7);
    expect([by(4, 5n, 0n), by(5, 5n, 0n), by(6, 5n, 0n), by(7, 5n, 0n)]).toEqual([
      u64(-1),
      u64(-1),
      5n,
      5n,
    ]);
    expect([by(4, min, -1n), by(6, min, -1n)]).toEqual([u64(min), 0n]);
    expect([by(4, -(1n << 31n), -1n, 0x3b), by(6, -(1n << 31n), -1n, 0x3b)]).toEqual([
      u64(-(1n << 31n)),
      0n,
    ]);
    expect([by(4, 7n, 0n, 0x3b), by(5, 7n, 0n, 0x3b), by(6, -7n, 0n, 0x3b)]).toEqual([
      u64(-1),
      u64(-1),
      u64(-7),
    ]);
  });

  it("keeps x0 zero", () => {
    expect(evaluate([addi(0, 0, 5), li(5, 1), r(0x33, 0, 0, 0, 5, 5)], 0)).toBe(0n);
  });

  it("loads and stores every width, signed and unsigned", () => {
    const at = RAM + 0x2000;
    const base = [li(5, at), li(6, 0x8899aabbccddeeffn), sd(6, 5, 0)];
    const widths = [
      u64(-1),
      u64(-0x1101),
      u64(-0x33221101),
      0x8899aabbccddeeffn,
      0xffn,
      0xeeffn,
      0xccddeeffn,
    ];
    widths.forEach((expected, f3) => {
      expect(evaluate([...base, load(f3, 7, 5, 0)], 7)).toBe(expected);
    });
    expect(
      evaluate([...base, sb(0, 5, 1), store(1, 0, 5, 4), sw(6, 5, -8 & 0xfff), ld(7, 5, 0)], 7),
    ).toBe(0x88990000ccdd00ffn);
  });

  it("does misaligned accesses, also across a page, as one", () => {
    for (const offset of [1, 4093, 4095]) {
      const at = RAM + 0x3000 + offset;
      const items = [li(5, at), li(6, 0x1122334455667788n), sd(6, 5, 0), ld(7, 5, 0)];
      expect(evaluate(items, 7)).toBe(0x1122334455667788n);
      expect(evaluate([...items, load(5, 7, 5, 0)], 7)).toBe(0x7788n);
    }
  });

  it("writes nothing when the second half of a store faults", () => {
    const end = RAM + CONFIG.ramBytes;
    const machine = machineWith(
      assemble([
        la(4, "trap"),
        csrrw(0, MTVEC, 4),
        li(5, end - 4),
        li(6, -1),
        sd(6, 5, 0),
        "trap",
        jal(0, "trap"),
      ]),
    );
    machine.run(40);
    expect(machine.csr(MCAUSE)).toBe(7n);
    expect(machine.csr(MTVAL)).toBe(BigInt(end));
    expect([...machine.readMemory(end - 8, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("executes code that was just written", () => {
    const items = [
      la(5, "patch"),
      li(6, addi(10, 0, 77)),
      la(7, "patch"),
      "patch",
      addi(10, 0, 1),
      beq(11, 0, "again"),
      jal(0, "end"),
      "again",
      addi(11, 0, 1),
      sw(6, 5, 0),
      FENCE_I,
      jal(0, "patch"),
      "end",
    ];
    expect(evaluate(items, 10)).toBe(77n);
  });

  it("fetches an instruction that straddles two pages", () => {
    const machine = machineWith(assemble([li(5, RAM + 0xffe), jalr(0, 5, 0)]));
    machine.writeMemory(RAM + 0xffe, assemble([addi(10, 0, 42), "end", jal(0, "end")]));
    machine.run(20);
    expect(machine.register(10)).toBe(42n);
  });

  it("does atomics", () => {
    const at = RAM + 0x2000;
    const run = (f5: number, size: 4 | 8, old: bigint, operand: bigint): readonly bigint[] => {
      const items = [
        li(5, at),
        li(6, old),
        sd(6, 5, 0),
        li(7, operand),
        amo(f5, size, 8, 5, 7),
        ld(9, 5, 0),
      ];
      return [evaluate(items, 8), evaluate(items, 9)];
    };
    expect(run(0, 8, 5n, -7n)).toEqual([5n, u64(-2)]);
    expect(run(1, 8, 5n, 9n)).toEqual([5n, 9n]);
    expect(run(16, 8, 5n, -7n)).toEqual([5n, u64(-7)]);
    expect(run(24, 8, 5n, -7n)).toEqual([5n, 5n]);
    expect(run(0, 4, 0x1_7fff_ffffn, 1n)).toEqual([0x7fffffffn, 0x1_8000_0000n]);
    expect(run(20, 4, 0xffff_ffffn, 1n)).toEqual([u64(-1), 1n]);
    expect(run(28, 4, 0xffff_ffffn, 1n)).toEqual([u64(-1), 0xffffffffn]);
  });

  it("sc succeeds only on the address of a valid reservation, once", () => {
    const at = RAM + 0x2000;
    const lr = amo(2, 8, 8, 5, 0);
    const sc = (rd: number, address = 5): number => amo(3, 8, rd, address, 6);
    const start = [li(5, at), li(7, at + 8), li(6, 3)];
    expect(evaluate([...start, lr, sc(9)], 9)).toBe(0n);
    expect(evaluate([...start, sc(9)], 9)).toBe(1n);
    expect(evaluate([...start, lr, sc(9), sc(9)], 9)).toBe(1n);
    expect(evaluate([...start, lr, sc(9, 7)], 9)).toBe(1n);
    expect(evaluate([...start, lr, la(10, "t"), csrrw(0, MEPC, 10), MRET, "t", sc(9)], 9)).toBe(1n);
  });

  it("a device's write ends a reservation on those bytes", () => {
    const at = RAM + 0x2000;
    const machine = machineWith(
      assemble([li(5, at), amo(2, 8, 8, 5, 0), amo(3, 8, 9, 5, 6), "end", jal(0, "end")]),
    );
    const words = li(5, at).length;
    machine.run(words + 1);
    machine.writeMemory(at + 7, Uint8Array.of(0));
    machine.run(words + 2);
    expect(machine.register(9)).toBe(1n);
  });
});
