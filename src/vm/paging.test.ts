// Goal: translation as the privileged specification has it, and TLBs that nobody can notice. Method:
// one access under one page table at a time, and seeded programs that change tables without sfence.vma,
// run once straight and once with every TLB dropped at random steps.

import { describe, expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import {
  addi,
  amo,
  assemble,
  csrrs,
  csrrw,
  ECALL,
  type Item,
  jal,
  la,
  ld,
  li,
  lw,
  MRET,
  sd,
  SRET,
} from "../../test/support/vm/assembler.ts";
import { CONFIG, machineWith, newRuntime, RAM } from "../../test/support/vm/load-core.ts";
import {
  PAGES,
  pagingMemory,
  pagingPages,
  pagingProgram,
  TABLES,
} from "../../test/support/vm/paging-program.ts";
import type { MachineConfig } from "./config.ts";
import type { Machine } from "./machine.ts";

const PAGE = 4096;
const ROOT = RAM + 0x100000;
const MIDDLE = ROOT + PAGE;
const LAST = MIDDLE + PAGE;
const DATA = RAM + 0x200000;
/** Virtual address of DATA: indices 1, 2, 3. */
const VIRTUAL = (1 << 30) | (2 << 21) | (3 << 12);
const ENTRY = LAST + 3 * 8;

const V = 1;
const R = 2;
const W = 4;
const X = 8;
const U = 16;
const A = 64;
const D = 128;
const ALL = V | R | W | X | A | D;

const MTVEC = 0x305;
const MEPC = 0x341;
const MCAUSE = 0x342;
const MTVAL = 0x343;
const MSTATUS = 0x300;
const SATP = 0x180;
const SUM = 1 << 18;
const MXR = 1 << 19;
const MPRV = 1 << 17;
const SFENCE = 0x12000073;
const SV39 = (8n << 60n) | BigInt(ROOT / PAGE);

/** Turns Sv39 on, opens the counters, and goes on at VIRTUAL in supervisor mode. */
function machineInSupervisorMode(): Machine {
  const program = assemble([
    li(5, SV39),
    csrrw(0, SATP, 5),
    li(5, 1 << 11),
    csrrw(0, MSTATUS, 5),
    li(5, 7),
    csrrw(0, 0x306, 5),
    li(6, VIRTUAL),
    csrrw(0, MEPC, 6),
    MRET,
  ]);
  return machineWith(program);
}

function entry(frame: number, flags: number): bigint {
  return (BigInt(frame / PAGE) << 10n) | BigInt(flags);
}

function poke(machine: Machine, address: number, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  machine.writeMemory(address, bytes);
}

function peek(machine: Machine, address: number): bigint {
  return new DataView(machine.readMemory(address, 8).buffer).getBigUint64(0, true);
}

/** Three levels that lead to `leaf` for VIRTUAL. */
function tables(machine: Machine, leaf: bigint): void {
  poke(machine, ROOT + 8, entry(MIDDLE, V));
  poke(machine, MIDDLE + 16, entry(LAST, V));
  poke(machine, ENTRY, leaf);
}

interface Access {
  /** 0 user, 1 supervisor. */
  readonly level: number;
  readonly status?: number;
  readonly what: "load" | "store" | "fetch" | "amo" | "lr" | "sc";
  readonly address?: bigint;
  readonly config?: MachineConfig;
  readonly prepare?: (machine: Machine) => void;
}

const OPERATIONS = {
  load: ld(7, 6, 0),
  store: sd(8, 6, 0),
  amo: amo(1, 8, 7, 6, 8),
  lr: amo(2, 8, 7, 6, 0),
  sc: amo(3, 8, 7, 6, 8),
};

/** One access; cause and value of the trap that follows, or cause 8 + level when it went well. */
function access({ level, status = 0, what, address, config, prepare }: Access): {
  readonly machine: Machine;
  readonly trap: readonly [number, bigint];
} {
  const to = address ?? BigInt(VIRTUAL);
  const isFetch = what === "fetch";
  const mode = status | (level << 11) | (isFetch ? 0 : MPRV);
  const operate: readonly Item[] = isFetch
    ? [csrrw(0, MEPC, 6), MRET]
    : [OPERATIONS[what], ...li(9, 0), csrrw(0, MSTATUS, 9), ...li(9, 8 + level), jal(0, "end")];
  const program: readonly (Item | readonly Item[])[] = [
    la(4, "trap"),
    csrrw(0, MTVEC, 4),
    li(5, SV39),
    csrrw(0, SATP, 5),
    li(8, 0x5a5a),
    li(6, to),
    li(5, mode),
    csrrw(0, MSTATUS, 5),
    operate,
    "trap",
    csrrs(9, MCAUSE, 0),
    "end",
    jal(0, "end"),
  ];
  const machine = machineWith(assemble(program), newRuntime(), config ?? CONFIG);
  tables(machine, entry(DATA, ALL | (level === 0 ? U : 0)));
  poke(machine, DATA, BigInt(ECALL));
  prepare?.(machine);
  machine.run(200);
  return { machine, trap: [Number(machine.register(9)), machine.csr(MTVAL) ?? 0n] };
}

const leaf =
  (flags: number, frame: number = DATA) =>
  (machine: Machine): void =>
    poke(machine, ENTRY, entry(frame, flags));

describe("a page table entry", () => {
  const AT = BigInt(VIRTUAL);
  const cases: readonly (readonly [string, Access, number])[] = [
    ["lets user load", { level: 0, what: "load" }, 8],
    ["lets user store", { level: 0, what: "store" }, 8],
    ["lets supervisor load", { level: 1, what: "load" }, 9],
    ["is not valid", { level: 1, what: "load", prepare: leaf(ALL & ~V) }, 13],
    ["is writable only", { level: 1, what: "store", prepare: leaf(V | W | A | D) }, 15],
    ["cannot be written", { level: 1, what: "store", prepare: leaf(V | R | A | D) }, 15],
    ["cannot be read", { level: 1, what: "load", prepare: leaf(V | X | A) }, 13],
    ["is readable by MXR", { level: 1, what: "load", status: MXR, prepare: leaf(V | X | A) }, 9],
    ["cannot be executed", { level: 1, what: "fetch", prepare: leaf(V | R | W | A | D) }, 12],
    ["runs supervisor", { level: 1, what: "fetch" }, 9],
    ["runs user", { level: 0, what: "fetch" }, 8],
    ["is not user's", { level: 0, what: "load", prepare: leaf(ALL) }, 13],
    ["is not user's to run", { level: 0, what: "fetch", prepare: leaf(ALL) }, 12],
    ["is user's, SUM off", { level: 1, what: "load", prepare: leaf(ALL | U) }, 13],
    ["is user's, SUM on", { level: 1, what: "load", status: SUM, prepare: leaf(ALL | U) }, 9],
    [
      "is user's, SUM for a store",
      { level: 1, what: "store", status: SUM, prepare: leaf(ALL | U) },
      9,
    ],
    ["is user's, never run", { level: 1, what: "fetch", status: SUM, prepare: leaf(ALL | U) }, 12],
    ["fails an AMO as a store", { level: 1, what: "amo", prepare: leaf(V | R | A | D) }, 15],
    ["fails an LR as a load", { level: 1, what: "lr", prepare: leaf(V | X | A) }, 13],
    ["fails an SC as a store", { level: 1, what: "sc", prepare: leaf(V | R | A) }, 15],
    ["leads nowhere", { level: 1, what: "load", prepare: leaf(ALL, 0x40000000) }, 5],
    ["is no fourth level", { level: 1, what: "load", prepare: leaf(V) }, 13],
  ];
  it.each(cases)("%s", (_name, how, cause) => {
    const { trap } = access(how);
    expect(trap[0]).toBe(cause);
    if (cause < 8 || cause > 9) expect(trap[1]).toBe(AT);
  });

  it("must leave the reserved bits alone", () => {
    for (let bit = 54; bit < 64; bit++) {
      const flags = entry(DATA, ALL) | (1n << BigInt(bit));
      expect(
        access({ level: 1, what: "load", prepare: (m) => poke(m, ENTRY, flags) }).trap[0],
      ).toBe(13);
    }
    for (const flags of [A, D, U]) {
      const pointer = (m: Machine): void => poke(m, MIDDLE + 16, entry(LAST, V | flags));
      expect(access({ level: 1, what: "load", prepare: pointer }).trap[0]).toBe(13);
    }
  });

  it("of a superpage must be aligned", () => {
    const at = BigInt(VIRTUAL);
    const middle = (frame: number) => (m: Machine) => poke(m, MIDDLE + 16, entry(frame, ALL));
    const { machine, trap } = access({ level: 1, what: "load", prepare: middle(RAM) });
    expect([trap[0], machine.register(7)]).toEqual([9, peek(machine, RAM + 3 * PAGE)]);
    for (const page of [1, 2, 256, 511]) {
      const shifted = access({ level: 1, what: "load", prepare: middle(RAM + page * PAGE) });
      expect(shifted.trap).toEqual([13, at]);
    }
    const top = (frame: number) => (m: Machine) => poke(m, ROOT + 8, entry(frame, ALL));
    expect(access({ level: 1, what: "load", prepare: top(RAM + 0x200000) }).trap).toEqual([13, at]);
    const far = access({ level: 1, what: "load", prepare: top(RAM), address: (1n << 30n) + 64n });
    expect([far.trap[0], far.machine.register(7)]).toEqual([9, peek(far.machine, RAM + 64)]);
  });

  it("of a table outside RAM is an access fault of the access", () => {
    const away = (m: Machine): void => poke(m, ROOT + 8, entry(0x40000000, V));
    for (const [what, cause] of [
      ["load", 5],
      ["store", 7],
      ["fetch", 1],
    ] as const)
      expect(access({ level: 1, what, prepare: away }).trap).toEqual([cause, BigInt(VIRTUAL)]);
  });

  it("cannot map an address whose upper bits differ from bit 38", () => {
    for (const address of [1n << 39n, (1n << 63n) | BigInt(VIRTUAL), BigInt(VIRTUAL) | (1n << 38n)])
      expect(access({ level: 1, what: "load", address }).trap).toEqual([13, address]);
  });
});

describe("accessed and dirty", () => {
  const bare = V | R | W | X;
  it("are set by the machine", () => {
    const load = access({ level: 1, what: "load", prepare: leaf(bare) });
    expect([load.trap[0], peek(load.machine, ENTRY)]).toEqual([9, entry(DATA, bare | A)]);
    const store = access({ level: 1, what: "store", prepare: leaf(bare) });
    expect([store.trap[0], peek(store.machine, ENTRY)]).toEqual([9, entry(DATA, bare | A | D)]);
    const fetch = access({ level: 1, what: "fetch", prepare: leaf(bare) });
    expect([fetch.trap[0], peek(fetch.machine, ENTRY)]).toEqual([9, entry(DATA, bare | A)]);
  });

  it("stay as they are where the access may not be made", () => {
    const { trap, machine } = access({ level: 1, what: "store", prepare: leaf(V | R) });
    expect([trap[0], peek(machine, ENTRY)]).toEqual([15, entry(DATA, V | R)]);
  });

  it("are page faults on a machine that is told so", () => {
    const config: MachineConfig = { ...CONFIG, accessedDirty: "fault" };
    const causes = (flags: number, what: "load" | "store" | "fetch"): number =>
      access({ level: 1, what, config, prepare: leaf(flags) }).trap[0];
    expect(causes(bare | D, "load")).toBe(13);
    expect(causes(bare | D, "fetch")).toBe(12);
    expect(causes(bare | A, "store")).toBe(15);
    expect(causes(bare | A, "load")).toBe(9);
    expect(causes(bare | A | D, "store")).toBe(9);
  });

  it("are not set by a step that was not executed", () => {
    // rdtime lies on a page whose entry has no A bit yet.
    const machine = machineInSupervisorMode();
    tables(machine, entry(DATA, bare));
    poke(machine, DATA, BigInt(csrrs(7, 0xc01, 0)));
    let before = machine.stateHash();
    while (machine.privilege === 3) {
      machine.run(machine.count + 1);
      before = machine.stateHash();
    }
    expect(machine.run(1000)).toEqual({ kind: "request", what: "time" });
    expect([machine.stateHash(), peek(machine, ENTRY)]).toEqual([before, entry(DATA, bare)]);
    machine.answerTime(77);
    machine.run(machine.count + 1);
    expect([machine.register(7), peek(machine, ENTRY)]).toEqual([77n, entry(DATA, bare | A)]);
  });
});

describe("the A bit of a page that runs", () => {
  it("stays when a later step of it is not executed", () => {
    const machine = machineInSupervisorMode();
    tables(machine, entry(DATA, V | R | W | X));
    machine.writeMemory(DATA, assemble([addi(8, 0, 1), addi(8, 8, 1), csrrs(7, 0xc01, 0)]));
    expect(machine.run(1000)).toEqual({ kind: "request", what: "time" });
    expect([machine.register(8), peek(machine, ENTRY)]).toEqual([
      2n,
      entry(DATA, V | R | W | X | A),
    ]);
  });
});

describe("an access across two pages", () => {
  const END = BigInt(VIRTUAL + PAGE - 4);
  const next = (flags: number) => (m: Machine) => poke(m, ENTRY + 8, entry(DATA + 5 * PAGE, flags));
  it("reads and writes both", () => {
    const { machine, trap } = access({ level: 1, what: "store", address: END, prepare: next(ALL) });
    expect(trap[0]).toBe(9);
    expect([...machine.readMemory(DATA + PAGE - 4, 4)]).toEqual([0x5a, 0x5a, 0, 0]);
    const fill = (m: Machine): void => {
      next(ALL)(m);
      poke(m, DATA + PAGE - 8, 0x1111111122222222n);
      poke(m, DATA + 5 * PAGE, 0x3333333344444444n);
    };
    const load = access({ level: 1, what: "load", address: END, prepare: fill });
    expect(load.machine.register(7)).toBe(0x4444444411111111n);
  });

  it("names the half that fails, and writes nothing", () => {
    const second = access({ level: 1, what: "store", address: END, prepare: next(V | R) });
    expect(second.trap).toEqual([15, BigInt(VIRTUAL + PAGE)]);
    expect([...second.machine.readMemory(DATA + PAGE - 4, 4)]).toEqual([0, 0, 0, 0]);
    const first = access({ level: 1, what: "load", address: END - 0x1000n, prepare: next(ALL) });
    expect(first.trap).toEqual([13, END - 0x1000n]);
  });

  it("is an instruction too", () => {
    const split = (flags: number) => (m: Machine) => {
      next(flags)(m);
      m.writeMemory(DATA + PAGE - 2, Uint8Array.of(0x73, 0));
    };
    const address = BigInt(VIRTUAL + PAGE - 2);
    expect(access({ level: 1, what: "fetch", address, prepare: split(ALL) }).trap[0]).toBe(9);
    const { machine, trap } = access({ level: 1, what: "fetch", address, prepare: split(V | R) });
    expect([trap, machine.csr(MEPC)]).toEqual([[12, BigInt(VIRTUAL + PAGE)], address]);
  });
});

describe("mstatus.TVM, TW and TSR", () => {
  const inSupervisor = (bit: number, word: number): bigint | undefined => {
    const machine = machineWith(
      assemble([
        la(4, "trap"),
        csrrw(0, MTVEC, 4),
        li(5, (1 << bit) | (1 << 11)),
        csrrw(0, MSTATUS, 5),
        la(4, "supervisor"),
        csrrw(0, MEPC, 4),
        MRET,
        "supervisor",
        word,
        ECALL,
        "trap",
        jal(0, "trap"),
      ]),
    );
    machine.run(40);
    return machine.csr(MCAUSE);
  };
  it("trap what they name and nothing else", () => {
    const WFI = 0x10500073;
    expect([inSupervisor(20, SFENCE), inSupervisor(21, SFENCE)]).toEqual([2n, 9n]);
    expect([inSupervisor(20, csrrs(5, SATP, 0)), inSupervisor(22, csrrs(5, SATP, 0))]).toEqual([
      2n,
      9n,
    ]);
    expect(inSupervisor(21, WFI)).toBe(2n);
    // Without TSR it goes to sepc, which is 0.
    expect([inSupervisor(22, SRET), inSupervisor(20, SRET)]).toEqual([2n, 1n]);
  });
});

describe("physical memory protection", () => {
  const under = (items: readonly (Item | readonly Item[])[], level: number): Machine => {
    const machine = machineWith(
      assemble([
        la(4, "trap"),
        csrrw(0, MTVEC, 4),
        ...items,
        li(6, DATA),
        li(5, MPRV | (level << 11)),
        csrrw(0, MSTATUS, 5),
        lw(7, 6, 0),
        csrrw(0, MSTATUS, 0),
        addi(10, 0, 1),
        "end",
        jal(0, "end"),
        "trap",
        csrrs(9, MCAUSE, 0),
        jal(0, "end"),
      ]),
    );
    machine.run(100);
    return machine;
  };
  const napot = (address: number, bytes: number): bigint =>
    BigInt(address / 4) | BigInt(bytes / 8 - 1);
  const entry0 = (address: bigint, config: number): readonly (Item | readonly Item[])[] => [
    li(5, address),
    csrrw(0, 0x3b0, 5),
    li(5, config),
    csrrw(0, 0x3a0, 5),
  ];

  it("leaves everything open after reset, and closes what an entry closes", () => {
    expect(under([], 0).register(10)).toBe(1n);
    const closed = under(entry0(napot(DATA, PAGE), 0x18), 0);
    expect([closed.register(9), closed.register(10)]).toEqual([5n, 0n]);
    expect(under(entry0(napot(DATA + PAGE, PAGE), 0x18), 0).register(10)).toBe(1n);
    // Machine mode is bound by locked entries only.
    expect(under(entry0(napot(DATA, PAGE), 0x18), 3).register(10)).toBe(1n);
    expect(under(entry0(napot(DATA, PAGE), 0x98), 3).register(9)).toBe(5n);
  });

  it("reads back its grain, and keeps locked entries", () => {
    const read = (items: readonly (Item | readonly Item[])[]): bigint =>
      under([...items, csrrs(11, 0x3b0, 0)], 3).register(11);
    expect(read(entry0((1n << 54n) - 1n, 0))).toBe((1n << 54n) - 1024n);
    expect(read(entry0(napot(RAM, PAGE), 0x1f))).toBe(napot(RAM, PAGE));
    expect(read(entry0(BigInt(RAM / 4), 0x1f))).toBe(BigInt(RAM / 4) | 511n);
    expect(read([...entry0(napot(RAM, 2 * PAGE), 0x9f), ...entry0(0n, 0)])).toBe(
      napot(RAM, 2 * PAGE),
    );
  });
});

describe("TLBs", () => {
  function machineOf(seed: number, runtime = newRuntime()): Machine {
    const random = new Prng(`vm/paging/${seed}`);
    const options = { actions: 400, isFenced: false };
    const pages = pagingPages(random);
    const memory = pagingMemory(random, options);
    const machine = machineWith(assemble(pagingProgram(random, options)), runtime);
    machine.writeMemory(TABLES, memory);
    machine.writeMemory(PAGES, pages);
    return machine;
  }

  it("cannot be noticed: dropping all of them at any step changes nothing", () => {
    let steps = 0;
    for (let seed = 0; seed < 30; seed++) {
      const straight = machineOf(seed);
      const runtime = newRuntime();
      const cut = machineOf(seed, runtime);
      const other = runtime.createMachine(CONFIG);
      const random = new Prng(`vm/paging/cuts/${seed}`);
      for (let round = 0; round < 12; round++) {
        const goal = straight.count + 400;
        // Shared pages are copied before a store: what reads the old ones must hear of it.
        const kept = straight.snapshot();
        toCount(straight, goal);
        kept.release();
        while (cut.count < goal && !cut.isHalted) {
          toCount(cut, Math.min(goal, cut.count + 1 + random.below(7)));
          // Another machine in the core, or a snapshot: then every store copies its page first.
          if (random.below(20) === 0) cut.snapshot().release();
          else other.stateHash();
        }
        expect([seed, round, cut.stateHash()]).toEqual([seed, round, straight.stateHash()]);
      }
      steps += straight.count;
      other.release();
    }
    expect(steps).toBeGreaterThan(100_000);
  });
});

/** Runs to the count, or to the end of the machine; takes no notice of outputs on the way. */
function toCount(machine: Machine, goal: number): void {
  for (;;) {
    const exit = machine.run(goal);
    if (exit.kind === "request" && exit.what === "time") machine.answerTime(machine.count);
    else if (exit.kind !== "output" && exit.kind !== "deadline") return;
  }
}
