// What is known about two arms at the first count at which they differ, in words.

import { disassemble } from "../../src/vm/disassemble.ts";
import type { Machine } from "../../src/vm/machine.ts";
import { RAM } from "../support/vm/load-core.ts";
import { type Arm, REFERENCE } from "./arms.ts";
import { Execution } from "./execution.ts";
import { PAGE, RAM_BYTES } from "./map.ts";
import type { Program } from "./program.ts";

const STEPS_SHOWN = 12;
const SATP = 0x180;
const CSRS: readonly (readonly [string, number])[] = [
  ["mstatus", 0x300],
  ["fcsr", 3],
  ["satp", SATP],
  ["mepc", 0x341],
  ["mcause", 0x342],
  ["mtval", 0x343],
  ["sepc", 0x141],
  ["scause", 0x142],
  ["stval", 0x143],
  ["mip", 0x344],
  ["mie", 0x304],
  ["medeleg", 0x302],
  ["mideleg", 0x303],
  ["mscratch", 0x340],
  ["sscratch", 0x140],
  ["minstret", 0xb02],
  ["pmpcfg0", 0x3a0],
];

function word(machine: Machine, address: number, bytes: 2 | 8): bigint | undefined {
  if (address < RAM || address + bytes > RAM + RAM_BYTES) return undefined;
  const found = machine.readMemory(address, bytes);
  return found.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Where an instruction address is in RAM; permissions do not matter here. */
function physical(machine: Machine, address: bigint): number | undefined {
  const satp = machine.csr(SATP) ?? 0n;
  if (machine.privilege === 3 || satp >> 60n === 0n) return Number(address);
  let table = Number(satp & 0xfffffffffffn) * PAGE;
  for (let depth = 2n; depth >= 0n; depth--) {
    const shift = 12n + 9n * depth;
    const entry = word(machine, table + 8 * Number((address >> shift) & 511n), 8);
    if (entry === undefined || (entry & 1n) === 0n) return undefined;
    const frame = ((entry & 0x3ffffffffffc00n) << 2n) & ~((1n << 12n) - 1n);
    if ((entry & 10n) !== 0n) return Number(frame | (address & ((1n << shift) - 1n)));
    table = Number(frame);
  }
  return undefined;
}

function instruction(machine: Machine): string {
  const halves = [0n, 2n].map((offset) => {
    const at = physical(machine, machine.pc + offset);
    return at === undefined ? undefined : word(machine, at, 2);
  });
  const [low, high] = halves;
  if (low === undefined) return "cannot be fetched";
  const bits = Number(low | ((high ?? 0n) << 16n));
  return disassemble(bits, Number(BigInt.asIntN(53, machine.pc))).text;
}

/** The last steps, as the reference takes them. */
function lastSteps(program: Program, count: number): readonly string[] {
  const execution = new Execution(program, REFERENCE);
  const lines: string[] = [];
  for (let at = Math.max(0, count - STEPS_SHOWN); at < count; at++) {
    execution.advance(at);
    const { machine } = execution;
    const pc = machine.pc.toString(16).padStart(16, "0");
    lines.push(`  ${at}  ${"US?M"[machine.privilege]}  ${pc}  ${instruction(machine)}`);
  }
  execution.close();
  return lines;
}

function registers(machine: Machine): readonly (readonly [string, bigint])[] {
  const numbers = Array.from({ length: 32 }, (_, n) => n);
  return [
    ["pc", machine.pc],
    ["count", BigInt(machine.count)],
    ["privilege", BigInt(machine.privilege)],
    ["waiting", machine.isWaiting ? 1n : 0n],
    ...numbers.map((n) => [`x${n}`, machine.register(n)] as const),
    ...numbers.map((n) => [`f${n}`, machine.floatRegister(n)] as const),
    ...CSRS.map(([name, csr]) => [name, machine.csr(csr) ?? 0n] as const),
  ];
}

function differences(a: Machine, b: Machine): readonly string[] {
  const other = new Map(registers(b));
  const lines: string[] = [];
  for (const [name, value] of registers(a)) {
    const found = other.get(name) ?? 0n;
    if (found !== value) lines.push(`  ${name}: ${value.toString(16)}, not ${found.toString(16)}`);
  }
  for (let page = 0; page < RAM_BYTES / PAGE; page++) {
    const left = a.readPage(page);
    const right = b.readPage(page);
    const at = left.findIndex((byte, n) => byte !== right[n]);
    if (at < 0) continue;
    const address = (RAM + page * PAGE + at).toString(16);
    lines.push(`  byte at ${address}: ${left[at]?.toString(16)}, not ${right[at]?.toString(16)}`);
  }
  return lines.length > 0 ? lines : ["  nothing that is shown here"];
}

export function describeDifference(program: Program, arm: Arm, count: number): string {
  const left = new Execution(program, REFERENCE);
  const right = new Execution(program, arm);
  left.advance(count);
  right.advance(count);
  const lines = [
    `program "${program.name}": ${arm.name} differs from ${REFERENCE.name} first at count ${count}`,
    `steps before it:`,
    ...lastSteps(program, count),
    `${REFERENCE.name} has, ${arm.name} has not:`,
    ...differences(left.machine, right.machine),
  ];
  left.close();
  right.close();
  return lines.join("\n");
}
