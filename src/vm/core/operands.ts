// Registers and immediates of an instruction word (unprivileged specification, chapter 2.3). Register
// numbers are kept as byte offsets, ready to be added to the register file's address.

import { X } from "../layout";
import { fail, TRAP } from "./memory";

@inline function reg(offset: u32): u64 {
  return load<u64>(<usize>offset, X);
}
@inline export function set(offset: u32, v: u64): void {
  // x0 is wiped after the fact: a branch would be mispredicted where a store is free.
  store<u64>(<usize>offset, v, X);
  store<u64>(X, 0);
}
@inline export function rs1(w: u32): u64 {
  return reg((w >> 12) & 0xf8);
}
@inline export function rs2(w: u32): u64 {
  return reg((w >> 17) & 0xf8);
}
@inline export function rd(w: u32): u32 {
  return (w >> 4) & 0xf8;
}
@inline export function immI(w: u32): u64 {
  return <u64>(<i64>(<i32>w >> 20));
}
@inline export function immS(w: u32): u64 {
  return <u64>(<i64>((<i32>(w & 0xfe000000) >> 20) | <i32>((w >> 7) & 31)));
}
@inline export function immU(w: u32): u64 {
  return <u64>(<i64>(<i32>(w & 0xfffff000)));
}
@inline export function immB(w: u32): u64 {
  const i =
    (<i32>(w & 0x80000000) >> 19) | <i32>((w << 4) & 0x800) | <i32>((w >> 20) & 0x7e0) |
    <i32>((w >> 7) & 0x1e);
  return <u64>(<i64>i);
}
@inline export function immJ(w: u32): u64 {
  const i =
    (<i32>(w & 0x80000000) >> 11) | <i32>(w & 0xff000) | <i32>((w >> 9) & 0x800) |
    <i32>((w >> 20) & 0x7fe);
  return <u64>(<i64>i);
}
@inline export function sext32(v: u64): u64 {
  return <u64>(<i64>(<i32>v));
}

export function illegal(w: u32): i32 {
  fail(2, w);
  return TRAP;
}

