// Goal: no translation outlives what it was made of. Method: an access that leaves a translation behind,
// one change of what it depends on without any fence, the same access again.

import { describe, expect, it } from "vitest";
import {
  addi,
  amo,
  assemble,
  csrrs,
  csrrw,
  type Item,
  jal,
  la,
  ld,
  li,
  MRET,
  sd,
} from "../../test/support/vm/assembler.ts";
import { machineWith, RAM } from "../../test/support/vm/load-core.ts";
import type { Machine } from "./machine.ts";

const PAGE = 4096;
const ROOT = RAM + 0x100000;
const MIDDLE = ROOT + PAGE;
const LAST = ROOT + 2 * PAGE;
const OTHER_ROOT = ROOT + 3 * PAGE;
const OTHER_LAST = ROOT + 4 * PAGE;
const DATA = RAM + 0x200000;
const OTHER = DATA + PAGE;
/** Indices 1, 2, 3; and the same last table once more at 1, 5, 3. */
const VIRTUAL = (1 << 30) | (2 << 21) | (3 << 12);
const ALIAS = (1 << 30) | (5 << 21) | (3 << 12);
const ENTRY = LAST + 3 * 8;
/** The last table itself, and DATA behind it, as pages that supervisor can write. */
const MAPPED_TABLE = (1 << 30) | (2 << 21) | (8 << 12);
const MAPPED_MIDDLE = (1 << 30) | (2 << 21) | (10 << 12);
const SUPER = (1 << 30) | (7 << 21);

const ALL = 0xcf;
const READ_ONLY = 0xcb;
const EXECUTE_ONLY = 0xc9;
const MSTATUS = 0x300;
const SATP = 0x180;
const AS_SUPERVISOR = (1 << 17) | (1 << 11);
const MXR = 1 << 19;

function entry(frame: number, flags: number): bigint {
  return (BigInt(frame / PAGE) << 10n) | BigInt(flags);
}

function satp(root: number): bigint {
  return (8n << 60n) | BigInt(root / PAGE);
}

function poke(machine: Machine, address: number, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  machine.writeMemory(address, bytes);
}

type Items = readonly (Item | readonly Item[])[];

/** Loads through a translation into a register; a trap leaves its cause in x9 instead. */
const loadAt = (register: number, address: number, status: number = 0): Items => [
  li(register, 0),
  li(6, address),
  li(5, AS_SUPERVISOR | status),
  csrrw(0, MSTATUS, 5),
  ld(register, 6, 0),
  csrrw(0, MSTATUS, 0),
];
const storeAt = (value: number | bigint, address: number): Items => [
  li(7, value),
  li(6, address),
  li(5, AS_SUPERVISOR),
  csrrw(0, MSTATUS, 5),
  sd(7, 6, 0),
  csrrw(0, MSTATUS, 0),
];
/** By machine mode, physically. */
const put = (address: number, value: bigint): Items => [li(6, address), li(7, value), sd(7, 6, 0)];
const control = (csr: number, value: bigint | number): Items => [li(7, value), csrrw(0, csr, 7)];

function machineOf(items: Items): Machine {
  const machine = machineWith(
    assemble([
      la(4, "trap"),
      csrrw(0, 0x305, 4),
      li(5, satp(ROOT)),
      csrrw(0, SATP, 5),
      ...items,
      "end",
      jal(0, "end"),
      "trap",
      csrrs(9, 0x342, 0),
      csrrs(8, 0x341, 0),
      addi(8, 8, 4),
      csrrw(0, 0x341, 8),
      MRET,
    ]),
  );
  for (const root of [ROOT, OTHER_ROOT]) poke(machine, root + 8, entry(MIDDLE, 1));
  poke(machine, OTHER_ROOT + 8, entry(RAM, ALL));
  for (const index of [2, 5]) poke(machine, MIDDLE + index * 8, entry(LAST, 1));
  poke(machine, MIDDLE + 7 * 8, entry(RAM + 0x200000, ALL));
  poke(machine, ENTRY, entry(DATA, ALL));
  poke(machine, LAST + 8 * 8, entry(LAST, ALL));
  poke(machine, LAST + 9 * 8, entry(DATA, ALL));
  poke(machine, LAST + 10 * 8, entry(MIDDLE, ALL));
  poke(machine, LAST + 511 * 8, entry(DATA, ALL));
  poke(machine, OTHER_LAST + 3 * 8, entry(OTHER, ALL));
  poke(machine, DATA, 111n);
  poke(machine, OTHER, 222n);
  return machine;
}

/** x10 before the change, x11 and the cause of a trap after it. */
function outcome(machine: Machine): readonly bigint[] {
  expect(machine.run(400).kind).toBe("limit");
  return [machine.register(10), machine.register(11), machine.register(9)];
}

const before = loadAt(10, VIRTUAL);
const after = loadAt(11, VIRTUAL);
const moved = entry(OTHER, ALL);

describe("a translation ends with", () => {
  const cases: readonly (readonly [string, Items, readonly bigint[]])[] = [
    ["nothing", [...before, ...put(DATA + 8, 5n), ...after], [111n, 111n, 0n]],
    ["a store to its entry", [...before, ...put(ENTRY, moved), ...after], [111n, 222n, 0n]],
    ["a store that makes it invalid", [...before, ...put(ENTRY, 0n), ...after], [111n, 0n, 13n]],
    [
      "an AMO on its entry",
      [...before, li(6, ENTRY), li(7, moved), amo(1, 8, 0, 6, 7), ...after],
      [111n, 222n, 0n],
    ],
    [
      "a store to half of its entry",
      [...before, li(6, ENTRY + 4), li(7, 1), 0x00732023, ...after],
      [111n, 0n, 5n],
    ],
    [
      "a store through a mapping of its table",
      [...before, ...storeAt(moved, MAPPED_TABLE + 3 * 8), ...after],
      [111n, 222n, 0n],
    ],
    [
      "a store to its table in another region",
      [...before, ...loadAt(12, ALIAS), ...put(ENTRY, moved), ...after],
      [111n, 222n, 0n],
    ],
    [
      "a store to its table, first used in another region",
      [...before, ...loadAt(12, ALIAS), ...put(ENTRY, moved), ...loadAt(11, ALIAS)],
      [111n, 222n, 0n],
    ],
    [
      "a store to a pointer above it",
      [...before, ...put(MIDDLE + 16, entry(OTHER_LAST, 1)), ...after],
      [111n, 222n, 0n],
    ],
    [
      "a store across the end of its table",
      [
        ...loadAt(10, (1 << 30) | (2 << 21) | (511 << 12)),
        ...storeAt(1n, MAPPED_TABLE + PAGE - 4),
        ...loadAt(11, (1 << 30) | (2 << 21) | (511 << 12)),
      ],
      [111n, 0n, 5n],
    ],
    [
      "the entry of its superpage",
      [
        ...loadAt(10, SUPER),
        ...put(MIDDLE + 7 * 8, entry(RAM, ALL)),
        ...loadAt(11, SUPER + 0x1f0000),
      ],
      [111n, 0n, 0n],
    ],
    ["another root", [...before, ...control(SATP, satp(OTHER_ROOT)), ...after], [111n, 0n, 0n]],
    [
      "MXR",
      [...put(ENTRY, entry(DATA, EXECUTE_ONLY)), ...loadAt(10, VIRTUAL, MXR), ...after],
      [111n, 0n, 13n],
    ],
    [
      "memory protection",
      [...before, ...control(0x3b0, BigInt(DATA / 4) | 511n), ...control(0x3a0, 0x18), ...after],
      [111n, 0n, 5n],
    ],
  ];
  it.each(cases)("%s", (_name, items, expected) => {
    expect(outcome(machineOf(items))).toEqual(expected);
  });

  it("a write by a device or a debugger", () => {
    const items = [...before, "wait", addi(13, 13, 1), addi(14, 13, -60), 0xfe071ce3, ...after];
    const machine = machineOf(items);
    machine.run(60);
    expect(machine.register(10)).toBe(111n);
    poke(machine, ENTRY, moved);
    expect(outcome(machine)).toEqual([111n, 222n, 0n]);
  });

  it("a snapshot, when its page is written at another address", () => {
    // Fills the load TLB; from the snapshot on, the store through ALIAS copies the page.
    const loop = ["wait", addi(13, 13, 1), addi(14, 13, -60), 0xfe071ce3];
    const machine = machineOf([...before, ...loop, ...storeAt(333, ALIAS), ...after]);
    machine.run(60);
    const kept = machine.snapshot();
    expect(outcome(machine)).toEqual([111n, 333n, 0n]);
    kept.release();
  });

  it("the right to store", () => {
    const items = [
      ...storeAt(1, VIRTUAL),
      ...put(ENTRY, entry(DATA, READ_ONLY)),
      ...storeAt(2, VIRTUAL),
    ];
    const machine = machineOf(items);
    machine.run(400);
    expect([machine.register(9), machine.readMemory(DATA, 1)[0]]).toEqual([15n, 1]);
  });

  it.each([
    ["its entry", MAPPED_TABLE + 3 * 8],
    ["a pointer above it", MAPPED_MIDDLE + 2 * 8],
  ])("the right to run, before the next instruction: %s", (_name, address) => {
    // Supervisor code on DATA takes its own page away.
    const machine = machineOf([
      ...control(0x341, VIRTUAL),
      ...control(MSTATUS, 1 << 11),
      li(6, address),
      MRET,
    ]);
    machine.writeMemory(DATA, assemble([addi(10, 10, 1), sd(0, 6, 0), addi(10, 10, 1)]));
    machine.run(60);
    expect([machine.register(10), machine.register(9)]).toEqual([1n, 12n]);
  });

  it("a copy of the page that runs", () => {
    // After a snapshot the first store copies the page; the instruction stored is the next one.
    const program = assemble([
      la(6, "next"),
      li(7, addi(10, 0, 7)),
      0x00732023,
      "next",
      addi(10, 0, 1),
    ]);
    const machine = machineWith(program);
    const kept = machine.snapshot();
    machine.run(12);
    expect(machine.register(10)).toBe(7n);
    kept.release();
  });
});
