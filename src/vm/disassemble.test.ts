import { expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { disassemble } from "./disassemble.ts";

it("names instructions of every format", () => {
  const rows: readonly (readonly [number, string])[] = [
    [0x02a00513, "addi a0,zero,42"],
    [0xff010113, "addi sp,sp,-16"],
    [0x00113423, "sd ra,8(sp)"],
    [0xfe20cee3, "blt ra,sp,0x7ffffffc"],
    [0x008000ef, "jal ra,0x80000008"],
    [0x00008067, "jalr zero,0(ra)"],
    [0x41f55513, "srai a0,a0,0x1f"],
    [0x02c5d533, "divu a0,a1,a2"],
    [0x40b5053b, "subw a0,a0,a1"],
    [0x1005b52f, "lr.d a0,(a1)"],
    [0x0ec5a52f, "amoswap.w.aqrl a0,a2,(a1)"],
    [0x30529073, "csrrw zero,mtvec,t0"],
    [0x30047073, "csrrci zero,mstatus,8"],
    [0x30200073, "mret"],
    [0x0000100f, "fence.i"],
    [0x0235a553, "fadd.d fa0,fa1,ft3,rdn"],
    [0x6ac5f54f, "fnmadd.d fa0,fa1,fa2,fa3"],
    [0xc2359553, "fcvt.lu.d a0,fa1,rtz"],
    [0xd2158553, "fcvt.d.wu fa0,a1"],
    [0xa0059553, "flt.s a0,fa1,ft0"],
    [0xfea53c27, "fsd fa0,-8(a0)"],
    [0x2005d553, "unknown 0x2005d553"],
    [0xffffffff, "unknown 0xffffffff"],
  ];
  for (const [word, text] of rows) expect(disassemble(word, 0x80000000)).toEqual({ text, size: 4 });
});

it("reads compressed instructions as what they expand to", () => {
  const rows: readonly (readonly [number, string])[] = [
    [0x1141, "addi sp,sp,-16"],
    [0xe406, "sd ra,8(sp)"],
    [0x8082, "jalr zero,0(ra)"],
    [0x4501, "addi a0,zero,0"],
    [0x852e, "add a0,zero,a1"],
    [0x9532, "add a0,a0,a2"],
    [0x8d09, "sub a0,a0,a0"],
    [0x9002, "ebreak"],
    [0x6785, "lui a5,0x1"],
    [0x2904, "fld fs1,16(a0)"],
    [0xb026, "fsd fs1,32(sp)"],
    [0x0000, "unknown 0x0"],
  ];
  for (const [half, text] of rows) expect(disassemble(half, 0x80000000)).toEqual({ text, size: 2 });
});

it("never fails", () => {
  const random = new Prng("vm/disassemble");
  for (let n = 0; n < 20_000; n++)
    expect(disassemble(random.uint32(), 0x80000000).text).not.toBe("");
});
