// For tests: a program that uses most of the machine and never ends.

import {
  add,
  addi,
  assemble,
  beq,
  bne,
  csrrs,
  csrrsi,
  csrrw,
  ECALL,
  i,
  type Item,
  jal,
  la,
  ld,
  li,
  MRET,
  r,
  sd,
  slli,
  sw,
} from "./assembler.ts";
import { RAM } from "./load-core.ts";

const MTVEC = 0x305;
const MIE = 0x304;
const MSTATUS = 0x300;
const MCAUSE = 0x342;
const MEPC = 0x341;

/** Mixes arithmetic, memory all over RAM, code writes, traps, timer and software interrupts. */
export function busyProgram(): Uint8Array {
  return assemble([
    la(4, "handler"),
    csrrw(0, MTVEC, 4),
    li(4, 0x88),
    csrrw(0, MIE, 4),
    csrrsi(0, MSTATUS, 8),
    li(5, 0x12345),
    li(20, RAM + 0x10000),
    li(21, 0x7ffff8),
    li(24, 0x2000000),
    "loop",
    slli(6, 5, 13),
    r(0x33, 4, 0, 5, 5, 6),
    i(0x13, 5, 6, 5, 7),
    r(0x33, 4, 0, 5, 5, 6),
    slli(6, 5, 17),
    r(0x33, 4, 0, 5, 5, 6),
    r(0x33, 7, 0, 7, 5, 21),
    i(0x13, 7, 8, 5, 15),
    add(7, 7, 20),
    i(0x13, 5, 9, 7, 23),
    bne(8, 0, "store"),
    ECALL,
    li(9, 1),
    sw(9, 24, 0),
    "store",
    li(9, RAM + 0x7f0000),
    r(0x33, 3, 0, 9, 7, 9),
    beq(9, 0, "loop"),
    sd(5, 7, 0),
    ld(10, 7, 0),
    add(11, 11, 10),
    jal(0, "loop"),
    "handler",
    csrrs(25, MCAUSE, 0),
    sw(0, 24, 0),
    addi(26, 26, 1),
    branchNegative(),
    csrrs(27, MEPC, 0),
    addi(27, 27, 4),
    csrrw(0, MEPC, 27),
    "back",
    MRET,
  ]);
}

function branchNegative(): Item {
  // blt x25, x0: an interrupt goes straight back.
  return (at, labels) => {
    const o = (labels.get("back") ?? 0) - at;
    return r(0x63, 4, (o >> 5) & 63, ((o >> 1) & 15) << 1, 25, 0);
  };
}
