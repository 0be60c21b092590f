// The inline look into the TLBs: a hit is the whole access, a miss is the interpreter's. While a region
// runs nothing fills or empties a TLB.

import { MEM, OP } from "./encoder.ts";
import { ADDRESS, type Frame, SLOT } from "./frame.ts";

/** ADDRESS and SLOT, its place in the TLB; the interpreter does the access that is not answered there. */
export function putLookup(frame: Frame, tlb: number, access: Access): void {
  const { code } = frame;
  frame.get(access.base);
  if (access.offset !== 0) {
    code.i64(access.offset);
    code.op(OP.i64Add);
  }
  code.tee(ADDRESS);
  putSlot(code, SLOT);
  code.memory(MEM.i64Load, tlb);
  code.get(ADDRESS);
  // The low bits of the size stay: what is misaligned never equals a tag.
  code.i64(-4096 + (access.size - 1));
  code.op(OP.i64And);
  code.op(OP.i64Ne);
  frame.interpretIf(access.pc, access.unused);
}

export interface Access {
  readonly base: number;
  readonly offset: number;
  readonly size: number;
  readonly pc: number;
  readonly unused: number;
}

export function putHostAddress(frame: Frame, tlb: number): void {
  const { code } = frame;
  code.get(ADDRESS);
  code.op(OP.i32WrapI64);
  code.get(SLOT);
  code.memory(MEM.i32Load, tlb + 8);
  code.op(OP.i32Add);
}

/** Turns the address on the stack into its place in a TLB, and keeps that in `local`. */
export function putSlot(code: Frame["code"], local: number): void {
  code.op(OP.i32WrapI64);
  code.i32(8);
  code.op(OP.i32ShrU);
  code.i32(0xff0);
  code.op(OP.i32And);
  code.tee(local);
}
