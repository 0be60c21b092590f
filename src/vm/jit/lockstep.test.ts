// The two tiers are one machine. Method: the same program on a machine that only interprets and on one
// that compiles at once, stopped at the same counts, must have equal state hashes at every stop.

import { describe, expect, it } from "vitest";
import { Prng } from "../../base/prng.ts";
import {
  addi,
  assemble,
  beq,
  bne,
  csrrs,
  csrrsi,
  csrrw,
  ECALL,
  FENCE_I,
  i,
  type Item,
  jal,
  jalr,
  la,
  ld,
  li,
  load,
  MRET,
  r,
  sd,
  slli,
  store,
  sw,
} from "../../../test/support/vm/assembler.ts";
import {
  CONFIG,
  CORE_MODULE,
  machineWith,
  newRuntime,
  RAM,
} from "../../../test/support/vm/load-core.ts";
import { loopingProgram } from "../../../test/support/vm/looping-program.ts";
import type { Machine } from "../machine.ts";
import { type CoreModule, VmRuntime } from "../runtime.ts";
import type { JitOptions } from "./compiler.ts";

const AT_ONCE: JitOptions = { threshold: 1, seed: 0 };
const AT_RANDOM: JitOptions = { threshold: 20, seed: 77 };

interface Pair {
  readonly slow: Machine;
  readonly fast: Machine;
  readonly runtime: VmRuntime;
}

function pairOf(program: Uint8Array, jit: JitOptions = AT_ONCE): Pair {
  const runtime = newRuntime(undefined, jit);
  const fast = machineWith(program, runtime, CONFIG);
  return { slow: machineWith(program, newRuntime(undefined, false), CONFIG), fast, runtime };
}

/** Both to the limit; they must say the same on the way. True when the machines stand for good. */
function advance({ slow, fast }: Pair, limit: number): boolean {
  for (;;) {
    const exit = slow.run(limit);
    expect(fast.run(limit)).toEqual(exit);
    expect(fast.count).toBe(slow.count);
    if (exit.kind === "halt") return true;
    if (exit.kind === "limit" || exit.kind === "wait") return false;
    if (exit.kind === "request" && exit.what === "time") {
      slow.answerTime(slow.count);
      fast.answerTime(slow.count);
    }
  }
}

function compare(pair: Pair, stops: Iterable<number>): void {
  for (const stop of stops) {
    const isOver = advance(pair, stop);
    if (pair.fast.stateHash() !== pair.slow.stateHash()) differ(pair);
    if (isOver) return;
  }
}

function differ({ slow, fast }: Pair): void {
  for (let n = 0; n < 32; n++)
    expect(`x${n} ${fast.register(n)} at ${fast.count}`).toBe(
      `x${n} ${slow.register(n)} at ${slow.count}`,
    );
  expect(fast.pc).toBe(slow.pc);
  expect("memory").toBe("equal");
}

function* every(step: number, to: number, from: number = 0): Generator<number> {
  for (let at = from + step; at <= to; at += step) yield at;
}

function* randomStops(seed: number, to: number): Generator<number> {
  const random = new Prng(`stops/${seed}`);
  for (let at = 0; at < to; ) yield (at += 1 + random.below(random.pick([3, 80, 900])));
}

describe("random programs in both tiers", () => {
  it("are equal at random counts, and most of their steps are compiled code's", () => {
    for (let seed = 0; seed < 30; seed++) {
      const pair = pairOf(loopingProgram(seed, 12));
      compare(pair, randomStops(seed, 60_000));
      expect(pair.runtime.jitStatistics?.regions).toBeGreaterThan(0);
    }
  });

  it("are equal in slices of 1", () => {
    for (let seed = 100; seed < 104; seed++)
      compare(pairOf(loopingProgram(seed, 6)), every(1, 2_000));
  });

  it("are equal in slices of 7", () => {
    for (let seed = 110; seed < 116; seed++)
      compare(pairOf(loopingProgram(seed, 8)), every(7, 6_000));
  });

  it("are equal with random thresholds and code that is dropped now and then", () => {
    let drops = 0;
    for (let seed = 200; seed < 230; seed++) {
      const pair = pairOf(loopingProgram(seed, 40), { ...AT_RANDOM, seed: seed + 1 });
      compare(pair, randomStops(seed, 100_000));
      drops += pair.runtime.jitStatistics?.drops ?? 0;
    }
    expect(drops).toBeGreaterThan(5);
  });
});

describe("what is compiled", () => {
  it("leaves out what is cold, with the same results", () => {
    for (let seed = 300; seed < 306; seed++) {
      const pair = pairOf(loopingProgram(seed, 600), { threshold: 130, seed: 0 });
      compare(pair, every(9_973, 150_000));
      expect(pair.runtime.jitStatistics?.regions).toBeGreaterThan(0);
    }
  });

  it("is nothing in runs that are too short", () => {
    const pair = pairOf(loopingProgram(5, 60), { threshold: 1, seed: 0, shortestRun: 1_000 });
    compare(pair, every(999, 5_000));
    expect(pair.runtime.jitStatistics?.regions).toBe(0);
    compare(pair, [8_000]);
    expect(pair.runtime.jitStatistics?.regions).toBeGreaterThan(0);
  });

  it("is nothing where the caller cannot compile, or does not want to", () => {
    const module: CoreModule = { instantiate: (imports) => CORE_MODULE.instantiate(imports) };
    expect(new VmRuntime(module).jitStatistics).toBeUndefined();
    expect(newRuntime(undefined, false).jitStatistics).toBeUndefined();
  });

  it("is dropped when the table is full, and goes on", () => {
    // Thousands of small loops, each hot at once, called one after the other.
    const items: Item[] = [];
    for (let n = 0; n < 1_500; n++) {
      items.push(`b${n}`, addi(6, 0, 3), `l${n}`, addi(5, 5, n & 7), addi(6, 6, -1 & 0xfff));
      items.push(bne(6, 0, `l${n}`), ...la(7, `b${n + 1}`), jalr(0, 7, 0));
    }
    items.push("b1500");
    const pair = pairOf(assemble([...items, "end", jal(0, "end")]));
    compare(pair, [500, 9_999, 15_000, 25_000]);
    expect(pair.runtime.jitStatistics?.drops).toBeGreaterThan(0);
  });
});

/** A loop over single instructions with operands from a table of awkward values. */
const AWKWARD: readonly bigint[] = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  -0x80000000n,
  0x7fffffffffffffffn,
  -0x8000000000000000n,
  0x123456789abcdefn,
  63n,
  31n,
];

function operandLoop(instruction: number): Uint8Array {
  const size = AWKWARD.length;
  const items: Item[] = [...la(20, "table"), ...li(24, RAM + 0x10000), ...li(21, 0), "outer"];
  items.push(slli(5, 21, 3), r(0x33, 0, 0, 5, 5, 20), ld(10, 5, 0), ...li(22, 0), "inner");
  items.push(slli(5, 22, 3), r(0x33, 0, 0, 5, 5, 20), ld(11, 5, 0), instruction, sd(12, 24, 0));
  items.push(addi(24, 24, 8), addi(22, 22, 1), ...li(6, size), bne(22, 6, "inner"));
  items.push(addi(21, 21, 1), bne(21, 6, "outer"), "end", jal(0, "end"));
  const code = assemble([...items, "table"]);
  const table = new Uint8Array(new BigInt64Array(AWKWARD.map((v) => BigInt.asIntN(64, v))).buffer);
  const program = new Uint8Array(code.length + table.length);
  program.set(code);
  program.set(table, code.length);
  return program;
}

describe("each instruction with awkward operands", () => {
  const register: [string, number, number, number][] = [];
  for (const f3 of [0, 1, 2, 3, 4, 5, 6, 7]) {
    register.push([`op ${f3}`, 0x33, f3, 0], [`mul/div ${f3}`, 0x33, f3, 1]);
  }
  for (const f3 of [0, 5]) {
    register.push([`op ${f3} other`, 0x33, f3, 0x20], [`op-32 ${f3} other`, 0x3b, f3, 0x20]);
  }
  for (const f3 of [0, 1, 5]) register.push([`op-32 ${f3}`, 0x3b, f3, 0]);
  for (const f3 of [0, 4, 5, 6, 7]) register.push([`mul/div-32 ${f3}`, 0x3b, f3, 1]);
  it.each(register)("%s", (_, opcode, f3, f7) => {
    compare(pairOf(operandLoop(r(opcode, f3, f7, 12, 10, 11))), [50, 400, 3_000]);
  });

  const immediate: [string, number][] = [];
  for (const f3 of [0, 2, 3, 4, 6, 7])
    for (const imm of [0, 1, 0x7ff, 0x800, 0xfff])
      immediate.push([`op-imm ${f3} ${imm}`, i(0x13, f3, 12, 10, imm)]);
  for (const shift of [0, 1, 31, 32, 63])
    for (const [f3, high] of [
      [1, 0],
      [5, 0],
      [5, 0x400],
    ] as const)
      immediate.push([`shift ${f3} ${high | shift}`, i(0x13, f3, 12, 10, high | shift)]);
  for (const shift of [0, 1, 31])
    for (const [f3, high] of [
      [1, 0],
      [5, 0],
      [5, 0x400],
    ] as const)
      immediate.push([`shift-32 ${f3} ${high | shift}`, i(0x1b, f3, 12, 10, high | shift)]);
  for (const imm of [0, 5, 0x800]) immediate.push([`addiw ${imm}`, i(0x1b, 0, 12, 10, imm)]);
  it.each(immediate)("%s", (_, word) => {
    compare(pairOf(operandLoop(word)), [50, 400, 3_000]);
  });
});

describe("what leaves compiled code", () => {
  it("gives back the steps behind a fault in the middle of a block", () => {
    const handler: Item[] = ["trap", csrrs(5, 0x341, 0), addi(5, 5, 4), csrrw(0, 0x341, 5), MRET];
    const body = [addi(7, 7, 1), ld(9, 8, 0), addi(7, 7, 2), store(3, 7, 8, 8), addi(7, 7, 4)];
    const program = assemble([
      ...la(5, "trap"),
      csrrw(0, 0x305, 5),
      ...li(8, 0x10),
      ...li(6, 30),
      "loop",
      ...body,
      addi(6, 6, -1 & 0xfff),
      bne(6, 0, "loop"),
      "end",
      jal(0, "end"),
      ...handler,
    ]);
    compare(pairOf(program), every(1, 700));
  });

  it("meets devices in the middle of a block at the very step", () => {
    // A UART byte, mtime (which asks the host), mcycle and minstret in a loop.
    const program = assemble([
      ...li(8, 0x10000000),
      ...li(9, 0x0200bff8),
      ...li(6, 25),
      "loop",
      addi(7, 6, 64),
      sw(7, 11, 0),
      store(0, 7, 8, 0),
      addi(7, 7, 1),
      ld(10, 9, 0),
      csrrs(11, 0xb00, 0),
      csrrs(12, 0xb02, 0),
      ...li(11, RAM + 0x8000),
      sd(12, 11, 8),
      addi(6, 6, -1 & 0xfff),
      bne(6, 0, "loop"),
      "end",
      jal(0, "end"),
    ]);
    compare(pairOf(program), every(3, 900));
  });

  it("takes interrupts at the same steps", () => {
    // The handler raises and clears msip; the loop turns interrupts on and off.
    const program = assemble([
      ...la(5, "trap"),
      csrrw(0, 0x305, 5),
      ...li(9, 0x02000000),
      addi(5, 0, 8),
      csrrw(0, 0x304, 5),
      ...li(6, 60),
      ...li(14, 1),
      "loop",
      addi(7, 7, 3),
      sw(14, 9, 0),
      addi(7, 7, 5),
      csrrsi(0, 0x300, 8),
      addi(7, 7, 7),
      addi(6, 6, -1 & 0xfff),
      bne(6, 0, "loop"),
      "end",
      jal(0, "end"),
      "trap",
      sw(0, 9, 0),
      addi(15, 15, 1),
      MRET,
    ]);
    const pair = pairOf(program);
    compare(pair, every(1, 1_000));
    expect(pair.fast.register(15)).toBeGreaterThan(30n);
  });

  it("does misaligned accesses, also across pages", () => {
    const program = assemble([
      ...li(8, RAM + 0x20ff0),
      ...li(6, 32),
      "loop",
      r(0x33, 0, 0, 9, 8, 6),
      sd(6, 9, 0),
      ld(10, 9, 0),
      load(1, 11, 9, 3),
      store(2, 10, 9, 5),
      addi(6, 6, -1 & 0xfff),
      bne(6, 0, "loop"),
      "end",
      jal(0, "end"),
    ]);
    compare(pairOf(program), every(5, 300));
  });

  it("falls through page ends, also in the middle of an instruction", () => {
    for (const shift of [0, 2]) {
      const items: Item[] = ["again"];
      if (shift === 2) items.push(0x0001);
      for (let n = 0; n < 2_100; n++) items.push(addi(5 + (n % 3), 5, n & 15));
      const program = assemble([...items, addi(9, 9, 1), jal(0, "again")]);
      compare(pairOf(program), every(701, 9_000));
    }
  });
});

describe("code that changes", () => {
  /** The loop stores the next of two instructions over "patch", just before or far before it. */
  function patching(distance: number, withFence: boolean): Uint8Array {
    const filler = Array.from({ length: distance }, () => addi(13, 13, 1));
    return assemble([
      ...la(8, "patch"),
      ...li(9, addi(12, 12, 1)),
      ...li(10, addi(12, 12, 2)),
      ...li(6, 200),
      "loop",
      i(0x13, 7, 7, 6, 1),
      beq(7, 0, "even"),
      sw(9, 8, 0),
      jal(0, "go"),
      "even",
      sw(10, 8, 0),
      "go",
      ...(withFence ? [FENCE_I] : []),
      ...filler,
      "patch",
      addi(12, 12, 4),
      addi(6, 6, -1 & 0xfff),
      bne(6, 0, "loop"),
      "end",
      jal(0, "end"),
    ]);
  }

  it("is executed as it is now, the very next step included", () => {
    for (const distance of [0, 1, 30, 900])
      for (const withFence of [true, false]) {
        const pair = pairOf(patching(distance, withFence));
        compare(pair, randomStops(distance, 200 * (distance + 12)));
        expect(pair.fast.register(12)).toBe(300n);
      }
  });

  it("is compiled less and less often", () => {
    const { fast, runtime } = pairOf(patching(4, false));
    fast.run(2_000);
    expect(runtime.jitStatistics?.regions).toBeLessThan(60);
  });

  it("is found changed when a debugger or a device has written it", () => {
    const program = assemble(["loop", addi(5, 5, 1), addi(6, 6, 1), jal(0, "loop")]);
    const pair = pairOf(program);
    compare(pair, [100]);
    for (const machine of [pair.slow, pair.fast])
      machine.writeMemory(RAM, new Uint8Array(new Uint32Array([addi(5, 5, 3)]).buffer));
    compare(pair, [101, 500]);
  });

  it("stays what it was for a fork that did not write it", () => {
    const pair = pairOf(patching(2, false));
    compare(pair, [600]);
    const forks = { ...pair, slow: pair.slow.fork(), fast: pair.fast.fork() };
    compare(pair, [1_500]);
    compare(forks, every(11, 1_490, 600));
    compare(forks, [1_500]);
    expect(forks.fast.stateHash()).toBe(pair.fast.stateHash());
    const again = { ...pair, slow: forks.slow.fork(), fast: forks.fast.fork() };
    compare(again, [2_000]);
    compare(forks, [2_000]);
  });
});

describe("machines of one runtime", () => {
  it("use the same compiled code", () => {
    const program = loopingProgram(5, 50);
    const { fast, runtime } = pairOf(program);
    fast.run(2_000);
    const first = runtime.jitStatistics?.regions;
    const other = fast.fork();
    fast.run(4_000);
    const second = runtime.jitStatistics?.regions ?? 0;
    other.run(4_000);
    expect(other.stateHash()).toBe(fast.stateHash());
    expect(runtime.jitStatistics?.regions).toBe(second);
    expect(first).toBeGreaterThan(0);
  });

  it("call into each other's pages only where these hold the same", () => {
    const runtime = newRuntime(undefined, AT_ONCE);
    const programs = [addi(5, 5, 1), addi(5, 5, 2)].map((word) =>
      assemble(["loop", word, addi(6, 6, 1), jal(0, "loop"), ECALL]),
    );
    const machines = programs.map((program) => machineWith(program, runtime, CONFIG));
    for (let turn = 1; turn < 50; turn++) for (const machine of machines) machine.run(turn * 30);
    expect(machines.map((machine) => machine.register(5))).toEqual([490n, 980n]);
    const [first] = machines;
    first.release();
    const third = machineWith(programs[1], runtime, CONFIG);
    third.run(1_470);
    expect(third.register(5)).toBe(980n);
  });
});

describe("calls and returns", () => {
  it("come back to the right one of many callers", () => {
    const items: Item[] = [...li(6, 40), ...li(2, RAM + 0x20000), "loop"];
    for (let n = 0; n < 12; n++) items.push(addi(7, 7, n), jal(1, n % 2 === 0 ? "f" : "g"));
    items.push(addi(6, 6, -1 & 0xfff), bne(6, 0, "loop"), "end", jal(0, "end"));
    items.push("f", addi(8, 8, 1), jalr(0, 1, 0));
    items.push("g", addi(2, 2, -16 & 0xfff), sd(1, 2, 0), jal(1, "f"), ld(1, 2, 0), addi(2, 2, 16));
    items.push(jalr(0, 1, 0));
    compare(pairOf(assemble(items)), randomStops(3, 6_000));
  });
});
