// The trap handlers of a random program. Each either goes on behind what trapped or starts anew
// somewhere else, with another record of registers; what decides is a generator in x29. They only
// trust x29 to be some number, so that whatever the random code did, the program goes on.

import {
  addi,
  assemble,
  csrrs,
  csrrw,
  i,
  type Item,
  jal,
  la,
  ld,
  li,
  lw,
  MRET,
  r,
  sb,
  sd,
  slli,
  SRET,
  sw,
} from "../support/vm/assembler.ts";
import {
  DATA_AT,
  HANDLERS_BYTES,
  PAGE,
  PRISTINE_AT,
  RECORD_BYTES,
  RECORDS,
  RECORDS_AT,
  TABLES_AT,
  TABLES_BYTES,
} from "./map.ts";
import { KNOWN_REGISTERS, SCRATCH } from "./privileged-code.ts";

const BASE = 28;
const CHANCE = 29;
const A = 30;
const B = 31;

const UART = 0x10000000;
const MSIP = 0x2000000;
const MTIMECMP = 0x2004000;
const PLIC = 0xc000000;
const PRIORITY_OF_UART = PLIC + 40;
const ENABLE = PLIC + 0x2000;
const CLAIM = 0xc200004;

const SSTATUS = 0x100;
const STVEC = 0x105;
const SCOUNTEREN = 0x106;
const SEPC = 0x141;
const SCAUSE = 0x142;
const SIP = 0x144;
const SATP = 0x180;
const MSTATUS = 0x300;
const MEDELEG = 0x302;
const MIDELEG = 0x303;
const MIE = 0x304;
const MTVEC = 0x305;
const MCOUNTEREN = 0x306;
const MEPC = 0x341;
const MCAUSE = 0x342;
const MIP = 0x344;
const PMPCFG = 0x3a0;
const TIME = 0xc01;
const PMPADDR = 0x3b0;
const MPRV = 1 << 17;
const SUPERVISOR_PENDING = 0x222;

/** The first words of a record. The supervisor takes those that it may; 0 is none. */
const MACHINE_CSRS = [MSTATUS, SATP, MEPC, MEDELEG, MIDELEG, MIE, PMPCFG] as const;
const SUPERVISOR_CSRS = [SSTATUS, 0, SEPC, 0, 0, 0, 0] as const;

type Items = readonly (Item | readonly Item[])[];

const clear = (csr: number, register: number): number => i(0x73, 3, 0, register, csr);
const srli = (rd: number, rs1: number, by: number): number => i(0x13, 5, rd, rs1, by);
const andi = (rd: number, rs1: number, imm: number): number => i(0x13, 7, rd, rs1, imm);

function branchIf(f3: number, a: number, b: number, label: string): Item {
  return (at, labels) => {
    const o = (labels.get(label) ?? 0) - at;
    const upper = (((o >> 12) & 1) << 6) | ((o >> 5) & 63);
    return r(0x63, f3, upper, (((o >> 1) & 15) << 1) | ((o >> 11) & 1), a, b);
  };
}
const EQUAL = 0;
const UNEQUAL = 1;
const NOT_NEGATIVE = 5;

/** x31 becomes a few bits of x29. */
function draw(shift: number, mask: number): Items {
  return [srli(B, CHANCE, shift), andi(B, B, mask)];
}

const xor = (rd: number, a: number, b: number): number => r(0x33, 4, 0, rd, a, b);
const NEXT: Items = [
  slli(B, CHANCE, 13),
  xor(CHANCE, CHANCE, B),
  srli(B, CHANCE, 7),
  xor(CHANCE, CHANCE, B),
  slli(B, CHANCE, 17),
  xor(CHANCE, CHANCE, B),
  addi(CHANCE, CHANCE, 1),
];

/** Whatever interrupts: all of it is acknowledged. */
const ACKNOWLEDGE: Items = [
  li(A, MTIMECMP),
  sd(A, A, 0),
  li(A, MSIP),
  sw(0, A, 0),
  li(A, CLAIM),
  lw(B, A, 0),
  sw(B, A, 0),
  li(A, UART),
  i(0x03, 4, B, A, 0),
  li(A, SUPERVISOR_PENDING),
  clear(MIP, A),
];

/** Takes a record. */
function take(name: string, csrs: readonly number[]): Items {
  const items: (Item | readonly Item[])[] = [
    srli(BASE, CHANCE, 20),
    andi(BASE, BASE, RECORDS - 1),
    slli(BASE, BASE, Math.log2(RECORD_BYTES)),
    li(A, RECORDS_AT),
    r(0x33, 0, 0, BASE, BASE, A),
  ];
  csrs.forEach((csr, n) => {
    // Protection changes seldom: it makes the machine forget all translations.
    if (csr === PMPCFG) items.push(...draw(45, 7), branchIf(UNEQUAL, B, 0, `${name} protected`));
    if (csr !== 0) items.push(ld(A, BASE, 8 * n), csrrw(0, csr, A));
  });
  items.push(`${name} protected`);
  KNOWN_REGISTERS.forEach((register, n) => items.push(ld(register, BASE, 8 * (csrs.length + n))));
  return items;
}

/** Steps over what trapped in three of four cases, by two or four bytes. */
function goOn(anew: string, epc: number, back: number): Items {
  const skip = [...draw(13, 2), addi(B, B, 2), r(0x33, 0, 0, A, A, B)];
  return [
    ...draw(9, 3),
    branchIf(EQUAL, B, 0, anew),
    csrrs(A, epc, 0),
    ...skip,
    csrrw(0, epc, A),
    back,
  ];
}

/** Now and then: copies one table as it was at first over what became of it. */
const RESTORE: Items = [
  ...draw(27, 15),
  branchIf(UNEQUAL, B, 0, "kept"),
  ...draw(35, TABLES_BYTES / PAGE - 1),
  slli(B, B, Math.log2(PAGE)),
  li(A, PRISTINE_AT),
  li(BASE, TABLES_AT),
  r(0x33, 0, 0, A, A, B),
  r(0x33, 0, 0, BASE, BASE, B),
  li(B, PAGE),
  r(0x33, 0, 0, B, B, A),
  "copy",
  ld(SCRATCH, A, 0),
  sd(SCRATCH, BASE, 0),
  addi(A, A, 8),
  addi(BASE, BASE, 8),
  branchIf(UNEQUAL, A, B, "copy"),
  "kept",
];

/** Its first step asks: the entry before it is taken back until there is an answer. */
const MACHINE_HANDLER: Items = [
  "machine",
  csrrs(B, TIME, 0),
  li(B, MPRV),
  clear(MSTATUS, B),
  ...NEXT,
  csrrs(A, MCAUSE, 0),
  branchIf(NOT_NEGATIVE, A, 0, "machine exception"),
  ...ACKNOWLEDGE,
  jal(0, "machine anew"),
  "machine exception",
  ...goOn("machine anew", MEPC, MRET),
  "machine anew",
  ...RESTORE,
  ...take("machine", MACHINE_CSRS),
  MRET,
];

const SUPERVISOR_HANDLER: Items = [
  "supervisor",
  ...NEXT,
  csrrs(A, SCAUSE, 0),
  branchIf(NOT_NEGATIVE, A, 0, "supervisor exception"),
  i(0x73, 7, 0, 2, SIP),
  jal(0, "supervisor anew"),
  "supervisor exception",
  ...goOn("supervisor anew", SEPC, SRET),
  "supervisor anew",
  ...take("supervisor", SUPERVISOR_CSRS),
  SRET,
];

/** Sets the machine up and enters some record. The first protected range is a page of data. */
const BOOT: Items = [
  la(A, "machine"),
  csrrw(0, MTVEC, A),
  la(A, "supervisor"),
  csrrw(0, STVEC, A),
  li(A, (DATA_AT >>> 2) | 0x1ff),
  csrrw(0, PMPADDR, A),
  li(A, -1),
  csrrw(0, PMPADDR + 1, A),
  addi(A, 0, 7),
  csrrw(0, MCOUNTEREN, A),
  csrrw(0, SCOUNTEREN, A),
  li(A, UART),
  addi(B, 0, 1),
  sb(B, A, 1),
  li(A, PRIORITY_OF_UART),
  sw(B, A, 0),
  li(A, ENABLE),
  li(B, 1 << 10),
  sw(B, A, 0),
  sw(B, A, 0x80),
  jal(0, "machine anew"),
];

/** Boot code at the start, handlers behind it. */
export function handlers(): Uint8Array {
  const bytes = assemble([...BOOT, ...MACHINE_HANDLER, ...SUPERVISOR_HANDLER]);
  if (bytes.length > HANDLERS_BYTES) throw new Error(`handlers of ${bytes.length} bytes`);
  return bytes;
}
