// GDB's numbers for the registers of RISC-V, and the target description that tells it which there are
// (GDB manual, appendix G.5.11). General registers travel in `g`, the others one by one.

import type { Machine } from "../vm/machine.ts";

const PC = 32;
const FIRST_FLOAT = 33;
const FIRST_CSR = 65;
const PRIVILEGE = 4161;
const FILE = 32;
/** x0 to x31 and pc. */
export const GENERAL_REGISTERS = 33;

const X_NAMES = [
  ["zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1"],
  ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"],
  ["s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"],
].flat();

const F_NAMES = [
  ["ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1"],
  ["fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7"],
  ["fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11"],
  ["ft8", "ft9", "ft10", "ft11"],
].flat();

const FLOAT_CSRS: readonly (readonly [string, number])[] = [
  ["fflags", 1],
  ["frm", 2],
  ["fcsr", 3],
];

const CSRS: readonly (readonly [string, number])[] = [
  ["sstatus", 0x100],
  ["sie", 0x104],
  ["stvec", 0x105],
  ["scounteren", 0x106],
  ["sscratch", 0x140],
  ["sepc", 0x141],
  ["scause", 0x142],
  ["stval", 0x143],
  ["sip", 0x144],
  ["satp", 0x180],
  ["mstatus", 0x300],
  ["misa", 0x301],
  ["medeleg", 0x302],
  ["mideleg", 0x303],
  ["mie", 0x304],
  ["mtvec", 0x305],
  ["mcounteren", 0x306],
  ["mscratch", 0x340],
  ["mepc", 0x341],
  ["mcause", 0x342],
  ["mtval", 0x343],
  ["mip", 0x344],
  ["cycle", 0xc00],
  ["instret", 0xc02],
  ["mhartid", 0xf14],
];

/** All that a machine has, by name: general, pc, float, control, and the privilege. */
export function registersOf(machine: Machine): ReadonlyMap<string, bigint> {
  const numbers: readonly (readonly [string, number])[] = [
    ...X_NAMES.map((name, at) => [name, at] as const),
    ["pc", PC],
    ...F_NAMES.map((name, at) => [name, FIRST_FLOAT + at] as const),
    ...[...FLOAT_CSRS, ...CSRS].map(([name, number]) => [name, FIRST_CSR + number] as const),
    ["priv", PRIVILEGE],
  ];
  const values = new Map<string, bigint>();
  for (const [name, number] of numbers) {
    const value = readRegister(machine, number);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

export function readRegister(machine: Machine, index: number): bigint | undefined {
  if (index < PC) return machine.register(index);
  if (index === PC) return machine.nextPc;
  if (index < FIRST_FLOAT + FILE) return machine.floatRegister(index - FIRST_FLOAT);
  if (index === PRIVILEGE) return BigInt(machine.privilege);
  return index < PRIVILEGE ? machine.csr(index - FIRST_CSR) : undefined;
}

/** By the machine's name; undefined for what cannot be set by hand. */
export function settableName(index: number): string | undefined {
  if (index < PC) return `x${index}`;
  if (index === PC) return "pc";
  return index < FIRST_FLOAT + FILE ? `f${index - FIRST_FLOAT}` : undefined;
}

/** GDB wants the float registers' control register at 32 bits; the others have 64. */
export function registerBytes(index: number): number {
  return FLOAT_CSRS.some(([, number]) => FIRST_CSR + number === index) ? 4 : 8;
}

export function targetDescription(): string {
  const general = [
    ...X_NAMES.map((name, at) => register(name, at, pointerType(name))),
    register("pc", PC, "code_ptr"),
  ];
  const float = [
    ...F_NAMES.map((name, at) => register(name, FIRST_FLOAT + at, "ieee_double", "float")),
    ...FLOAT_CSRS.map(([name, number]) => register(name, FIRST_CSR + number, "int", "float")),
  ];
  const control = CSRS.map(([name, number]) => register(name, FIRST_CSR + number, "int", "csr"));
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    "<target><architecture>riscv:rv64</architecture>",
    feature("cpu", general),
    feature("fpu", float),
    feature("csr", control),
    feature("virtual", [register("priv", PRIVILEGE, "int", "csr")]),
    "</target>",
  ].join("\n");
}

function pointerType(name: string): string {
  if (name === "ra") return "code_ptr";
  return name === "sp" || name === "gp" || name === "tp" || name === "fp" ? "data_ptr" : "int";
}

function register(name: string, index: number, type: string, group?: string): string {
  const bits = 8 * registerBytes(index);
  const grouped = group === undefined ? "" : ` group="${group}"`;
  return `<reg name="${name}" bitsize="${bits}" type="${type}" regnum="${index}"${grouped}/>`;
}

function feature(name: string, registers: readonly string[]): string {
  return `<feature name="org.gnu.gdb.riscv.${name}">\n${registers.join("\n")}\n</feature>`;
}
