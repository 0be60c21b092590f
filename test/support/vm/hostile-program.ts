// Guests that mean harm: random CSRs, registers, page tables and code, made in a seeded way and run for
// some thousand steps while a host answers, injects and snapshots at random. Whatever they do is a
// state of the machine; nothing else of the process may change.

import { Digest, hashBytes } from "../../../src/base/digest.ts";
import { Prng } from "../../../src/base/prng.ts";
import type { Exit } from "../../../src/vm/exit.ts";
import type { Machine } from "../../../src/vm/machine.ts";
import type { JitOptions, MachineConfig, VmRuntime } from "../../../src/vm/runtime.ts";
import { addi, assemble, csrrs, csrrw, type Item, la, li, MRET, store } from "./assembler.ts";
import { CONFIG, newRuntime, RAM } from "./load-core.ts";
import { PAGES, pagingMemory, pagingPages, TABLES } from "./paging-program.ts";
import { randomInstruction } from "./random-instructions.ts";

const STEPS = 1500;
const CODE = RAM + 0x10000;
const CODE_WORDS = 600;
const PALETTE = { registers: 5, pointers: [5, 6, 7, 8, 9], scratch: 30, hasTraps: true };

/** All that a program may write, and some numbers that are nobody's. */
const CSRS = [
  0x001, 0x002, 0x003, 0x100, 0x104, 0x105, 0x106, 0x10a, 0x140, 0x141, 0x142, 0x143, 0x144, 0x302,
  0x303, 0x304, 0x306, 0x30a, 0x320, 0x323, 0x340, 0x341, 0x342, 0x343, 0x344, 0x3a0, 0x3a2, 0x3b0,
  0x3b1, 0x3b2, 0x3bf, 0x7a0, 0x7a1, 0xb00, 0xb02, 0xb03,
] as const;
const SYSTEM = [0x00000073, 0x00100073, 0x30200073, 0x10200073, 0x10500073, 0x12000073, 0x0000100f];

/** Places where something is: code, tables, data, the ends of RAM, nowhere; or a device. */
function randomPlace(random: Prng, config: MachineConfig): bigint {
  const place = random.below(3) === 0 ? deviceAddress(random) : memoryAddress(random, config);
  return random.below(12) === 0
    ? BigInt.asUintN(64, BigInt(place) << BigInt(random.below(40)))
    : BigInt(place);
}

function memoryAddress(random: Prng, config: MachineConfig): number {
  const near = random.below(4) === 0 ? random.below(4096) : 8 * random.below(512);
  const table = TABLES + 4096 * random.below(8);
  const data = PAGES + 4096 * random.below(12);
  const end = RAM + config.ramBytes - 4096;
  return near + random.pick([CODE, table, data, end, RAM - 4096, 0x40000000, 0, 0x201000]);
}

function deviceAddress(random: Prng): number {
  const near = random.below(2) === 0 ? 0 : 4 * random.below(64);
  const virtio = 0x10001000 + 4096 * random.below(8);
  const clint = random.pick([0x2000000, 0x2004000, 0x200bff8]);
  const plic = 0xc000000 + 0x1000 * random.pick([0, 1, 2, 0x200, 0x201]);
  return near + random.pick([0x10000000, virtio, clint, plic, 0x100000]);
}

function randomValue(random: Prng, config: MachineConfig): bigint {
  if (random.below(2) === 0) return randomPlace(random, config);
  return (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
}

/** Registers and CSRs, then somewhere at some privilege. */
function prologue(random: Prng, config: MachineConfig): readonly Item[] {
  const items: Item[] = [...la(31, "next"), csrrw(0, 0x305, 31)];
  for (let n = 0; n < 12; n++)
    items.push(...li(5, randomValue(random, config)), csrrw(0, random.pick(CSRS), 5));
  if (random.below(4) > 0)
    items.push(...li(5, (8n << 60n) | BigInt(TABLES / 4096 + random.below(2))), csrrw(0, 0x180, 5));
  const level = random.pick([0, 1, 3]);
  items.push(...li(5, (randomValue(random, config) & ~0x1800n) | BigInt(level << 11)));
  items.push(csrrw(0, 0x300, 5));
  // Three of four go on behind what trapped; the others have a handler anywhere.
  if (random.below(4) === 0) items.push(...li(5, randomPlace(random, config)), csrrw(0, 0x305, 5));
  else items.push(csrrw(0, 0x305, 31));
  const start = random.below(3) > 0 ? BigInt(CODE) : randomPlace(random, config);
  items.push(...li(5, start), csrrw(0, 0x341, 5));
  for (let n = 1; n < 32; n++) {
    const isPointer = PALETTE.pointers.includes(n);
    items.push(...li(n, (isPointer ? randomPlace : randomValue)(random, config)));
  }
  const skip = [csrrs(30, 0x341, 0), addi(30, 30, 4), csrrw(0, 0x341, 30), MRET];
  return [...items, MRET, "next", ...skip];
}

/** The time, and small stores to registers of devices near a pointer. */
function device(random: Prng): readonly Item[] {
  if (random.below(4) === 0) return [csrrs(random.below(5), 0xc01, 0)];
  return [store(random.pick([0, 2, 3]), random.below(5), random.pick(PALETTE.pointers), 0)];
}

function randomCode(random: Prng): Uint8Array {
  if (random.below(4) === 0) return random.bytes(4 * CODE_WORDS);
  const items: Item[] = [];
  while (items.length < CODE_WORDS) {
    const kind = random.below(24);
    if (kind === 0 && random.below(4) === 0) items.push(random.pick(SYSTEM));
    else if (kind === 1) items.push((random.uint32() | 3) >>> 0);
    else if (kind < 8) items.push(...device(random));
    else if (kind === 2) items.push(csrrw(random.below(32), random.pick(CSRS), random.below(32)));
    else items.push(...randomInstruction(random, PALETTE));
  }
  return assemble(items);
}

/** How often a run ended how, or did what on its way. */
type Tally = Map<string, number>;

function count(tally: Tally, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

export interface Campaign {
  readonly tally: Tally;
  /** Over the hash of every state in which a program ended. */
  readonly digest: string;
  readonly problems: readonly string[];
}

/** Programs `first` to `first + programs` in one runtime, beside a machine that must not notice. */
export function hostilePrograms(
  first: number,
  programs: number,
  jit: JitOptions | false,
): Campaign {
  const runtime = newRuntime(undefined, jit);
  const bystander = runtime.createMachine(CONFIG);
  bystander.writeMemory(RAM, new Prng("vm/hostile/bystander").bytes(1 << 16));
  const bytes = (): string => hashBytes(bystander.readMemory(RAM, CONFIG.ramBytes));
  const before = bytes();
  const pages = runtime.pagesInUse;
  const tally: Tally = new Map();
  const digest = new Digest();
  const problems: string[] = [];
  for (let n = first; n < first + programs; n++) {
    try {
      digest.text(hostileProgram(runtime, `${n}`, tally));
    } catch (error) {
      problems.push(`program ${n}: ${String(error)}`);
    }
    if (n % 1000 === 999 && bytes() !== before)
      problems.push(`program ${n}: the bystander changed`);
  }
  if (bytes() !== before) problems.push("the bystander changed");
  if (runtime.pagesInUse !== pages) problems.push(`${runtime.pagesInUse - pages} pages lost`);
  for (const end of ["no progress", "count out of bounds"])
    if (tally.has(end)) problems.push(`${end}: ${tally.get(end)}`);
  return { tally, digest: digest.toString(), problems };
}

/** One program from its first to its last step; the hash of the state that it ends in. */
function hostileProgram(runtime: VmRuntime, seed: string, tally: Tally): string {
  const random = new Prng(`vm/hostile/${seed}`);
  const accessedDirty = random.below(4) === 0 ? "fault" : "hardware";
  const config: MachineConfig = { ...CONFIG, accessedDirty };
  const machine = runtime.createMachine(config);
  // Tables with few entries, or with many and some of them on tables themselves.
  const options = { actions: 0, isFenced: random.below(2) === 0 };
  machine.writeMemory(RAM, assemble(prologue(random, config)));
  machine.writeMemory(TABLES, pagingMemory(random, options));
  machine.writeMemory(PAGES, pagingPages(random));
  if (random.below(2) === 0) mapAll(machine, random);
  machine.writeMemory(CODE, randomCode(random));
  const end = drive(machine, random, tally);
  count(tally, end);
  const hash = machine.stateHash();
  machine.release();
  return hash;
}

/** Devices and RAM where they are, in both roots: so that code runs under translation, too. */
function mapAll(machine: Machine, random: Prng): void {
  const flags = 0xcf | (random.below(2) << 4);
  const entries = new BigUint64Array([0n, 0n, 0n].map((_, i) => BigInt(i << 28) | BigInt(flags)));
  for (const root of [0, 1])
    machine.writeMemory(TABLES + 4096 * root, new Uint8Array(entries.buffer));
}

/** Runs in slices; the host does something between two of them now and then. */
function drive(machine: Machine, random: Prng, tally: Tally): string {
  const steps = 1 + random.below(STEPS);
  // Each turn either executes a step, answers one, or is a slice's end: so there are few of them.
  for (let turns = 0; turns < 4 * steps; turns++) {
    const before = machine.count;
    const goal = Math.min(steps, before + 1 + random.below(400));
    const exit = machine.run(goal);
    if (machine.count < before || machine.count > goal) return "count out of bounds";
    count(tally, `exit: ${exit.kind}`);
    if (exit.kind === "halt") return "halted";
    if (machine.count >= steps) return "ran to its limit";
    if (exit.kind === "wait" && random.below(4) === 0) return "waits";
    answer(machine, random, exit);
    if (random.below(16) === 0) machine.snapshot().release();
  }
  return "no progress";
}

function answer(machine: Machine, random: Prng, exit: Exit): void {
  if (exit.kind === "request") {
    if (exit.what === "time") machine.answerTime(random.uint32());
    else machine.answerEntropy(random.bytes(exit.length));
    return;
  }
  switch (random.below(8)) {
    case 0:
      machine.apply({ kind: "timer" });
      break;
    case 1:
      machine.apply({ kind: "uart-rx", byte: random.below(256) });
      break;
    case 2:
      machine.apply({ kind: "net-rx", frames: [random.bytes(random.below(100))] });
      break;
    default:
      break;
  }
}
