// Goal: a position of a machine's life is one state, whichever way and however often one comes there.
// Method: a guest with a clock, interrupts and a console, moved forth and back; what is found going
// back must be what was found going forth.

import { describe, expect, it } from "vitest";
import { utf8Decode } from "../base/bytes.ts";
import { Prng } from "../base/prng.ts";
import {
  CLOCK,
  HANDLER,
  LOOP,
  LOOPS,
  move,
  TICKS,
  tickingExplorer,
  tickingJournal,
} from "../../test/support/gdb/ticking-program.ts";
import { Explorer } from "./explorer.ts";
import type { Motion, Stop } from "./target.ts";

const PC = 32;
const END = 6_000;

interface Found {
  readonly position: number;
  readonly stop: Stop;
}

/** All stops up to END, forth, and then all of them back. */
function bothWays(explorer: Explorer): { readonly forth: Found[]; readonly back: Found[] } {
  const forth: Found[] = [];
  while (explorer.position <= END) {
    explorer.begin({ kind: "continue" });
    let stop: Stop | undefined;
    while (stop === undefined && explorer.position <= END) stop = explorer.advance();
    if (stop !== undefined && explorer.position <= END)
      forth.push({ position: explorer.position, stop });
  }
  move(explorer, { kind: "goto", position: END });
  const back: Found[] = [];
  for (;;) {
    const stop = move(explorer, { kind: "continue-back" });
    if (stop.kind === "begin") return { forth, back: back.toReversed() };
    back.push({ position: explorer.position, stop });
  }
}

function numberAt(explorer: Explorer, address: bigint): bigint {
  const bytes = explorer.readMemory(address, 8);
  if (bytes === undefined) throw new Error("no memory");
  return new DataView(bytes.buffer).getBigUint64(0, true);
}

describe("an explorer", () => {
  it("finds the same state at a position, step by step, at a run, and in any order back", () => {
    const explorer = tickingExplorer();
    const seen = new Map<number, string>();
    while (explorer.position < 2_000) {
      expect(move(explorer, { kind: "step" })).toEqual({ kind: "step" });
      seen.set(explorer.position, explorer.stateHash());
    }
    const prng = new Prng("order");
    for (let visit = 0; visit < 60; visit++) {
      const position = prng.between(1, 2_000);
      move(explorer, { kind: "goto", position });
      expect([position, explorer.stateHash()]).toEqual([position, seen.get(position)]);
    }
    const other = tickingExplorer();
    move(other, { kind: "goto", position: 1_777 });
    expect(other.stateHash()).toBe(seen.get(1_777));
    expect(numberAt(other, TICKS)).toBeGreaterThan(2n);
  });

  it("steps back one step at a time, to the beginning and no further", () => {
    const explorer = tickingExplorer();
    move(explorer, { kind: "goto", position: 40 });
    const pcs: (bigint | undefined)[] = [];
    for (let step = 0; step < 40; step++) {
      pcs.push(explorer.register(PC));
      move(explorer, { kind: "step" });
    }
    for (let step = 39; step >= 0; step--) {
      expect(move(explorer, { kind: "step-back" }).kind).toBe("step");
      expect(explorer.register(PC)).toBe(pcs[step]);
    }
    move(explorer, { kind: "goto", position: 0 });
    expect(move(explorer, { kind: "step-back" })).toEqual({ kind: "begin" });
    expect(move(explorer, { kind: "continue-back" })).toEqual({ kind: "begin" });
    expect(explorer.position).toBe(0);
  });

  it("stops at a breakpoint as often back as forth, in an interrupt's handler too", () => {
    for (const address of [LOOP, HANDLER]) {
      const explorer = tickingExplorer();
      expect(explorer.place({ kind: "breakpoint", address })).toBe(true);
      const { forth, back } = bothWays(explorer);
      expect(forth.length).toBeGreaterThan(9);
      expect(back).toEqual(forth);
      for (const { stop } of forth) expect(stop).toEqual({ kind: "breakpoint" });
      move(explorer, { kind: "goto", position: forth[3]?.position ?? 0 });
      expect(explorer.register(PC)).toBe(address);
      explorer.remove({ kind: "breakpoint", address });
      expect(move(explorer, { kind: "continue-back" })).toEqual({ kind: "begin" });
    }
  });

  it("stops before each write going forth, and behind the same write going back", () => {
    const explorer = tickingExplorer();
    const place = { kind: "write", address: TICKS, length: 8 } as const;
    explorer.place(place);
    const { forth, back } = bothWays(explorer);
    expect(forth.length).toBeGreaterThan(9);
    expect(back.map(({ position }) => position - 1)).toEqual(forth.map(({ position }) => position));
    for (const { stop } of [...forth, ...back])
      expect(stop).toEqual({ kind: "watch", watch: "write", address: TICKS });
    for (const [index, { position }] of forth.slice(0, 5).entries()) {
      move(explorer, { kind: "goto", position });
      // The first try only says so: the watch strikes before the step, on either way.
      const struck = { kind: "watch", watch: "write", address: TICKS };
      expect(move(explorer, { kind: "step" })).toEqual(struck);
      expect([explorer.position, numberAt(explorer, TICKS)]).toEqual([position, BigInt(index)]);
      expect(move(explorer, { kind: "step" })).toEqual({ kind: "step" });
      expect([explorer.position, numberAt(explorer, TICKS)]).toEqual([
        position + 1,
        BigInt(index + 1),
      ]);
      expect(move(explorer, { kind: "step-back" })).toEqual(struck);
      expect(explorer.position).toBe(position + 1);
      expect(move(explorer, { kind: "step-back" })).toEqual({ kind: "step" });
      expect([explorer.position, numberAt(explorer, TICKS)]).toEqual([position, BigInt(index)]);
    }
  });

  it("tells reads from writes, and hears of a part of what is watched", () => {
    const stopsOf = (kind: "read" | "write" | "access", address: bigint, length: number) => {
      const explorer = tickingExplorer();
      explorer.place({ kind, address, length });
      return bothWays(explorer).forth.map(({ position }) => position);
    };
    const reads = stopsOf("read", LOOPS, 8);
    const writes = stopsOf("write", LOOPS, 8);
    const both = stopsOf("access", LOOPS, 8);
    expect(reads.length).toBeGreaterThan(200);
    expect(new Set([...reads, ...writes])).toEqual(new Set(both));
    expect(reads.length + writes.length).toBe(both.length);
    // The fourth byte of the counter never changes, but is written.
    expect(stopsOf("write", LOOPS + 3n, 1)).toEqual(writes);
    expect(stopsOf("read", CLOCK, 8)).toEqual([]);
    // One range over both counters: each write is one stop.
    expect(stopsOf("write", LOOPS + 4n, 16).length).toBeGreaterThan(writes.length);
  });

  it("steps through a range until it is left", () => {
    const explorer = tickingExplorer();
    const motion: Motion = { kind: "range", low: 0x80000000n, high: LOOP };
    expect(move(explorer, motion)).toEqual({ kind: "step" });
    expect(explorer.register(PC)).toBe(LOOP);
  });

  it("lets a hand change the machine, and then has another life, which is one life too", () => {
    const { runtime, journal } = tickingJournal();
    const explorer = new Explorer(runtime, journal);
    const hashAt = (position: number): string => {
      move(explorer, { kind: "goto", position });
      return explorer.stateHash();
    };
    const [before, after] = [hashAt(900), hashAt(3_000)];
    move(explorer, { kind: "goto", position: 1_000 });
    explorer.place({ kind: "breakpoint", address: LOOP });
    move(explorer, { kind: "continue" });
    expect(explorer.writeMemory(LOOPS, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0))).toBe(true);
    expect(explorer.setRegister(20, 77n)).toBe(true);
    expect([explorer.register(20), numberAt(explorer, LOOPS) >> 32n]).toEqual([77n, 1n]);
    const changed = hashAt(3_000);
    expect(changed).not.toBe(after);
    expect(numberAt(explorer, LOOPS)).toBeGreaterThan(1n << 32n);
    expect([hashAt(900), hashAt(3_000), explorer.register(20)]).toEqual([before, changed, 77n]);
    expect(explorer.setRegister(4200, 1n)).toBe(false);
    expect(explorer.writeMemory(0n, Uint8Array.of(1))).toBe(false);
    const text = utf8Decode(journal.takeConsole(explorer.position));
    expect(text).toBe(".".repeat(Number(numberAt(explorer, TICKS))));
    expect(text.length).toBeGreaterThan(3);
  });

  it("reads memory across pages and none that is not there", () => {
    const explorer = tickingExplorer();
    expect(explorer.readMemory(0x80000ffcn, 8)).toHaveLength(8);
    expect(explorer.readMemory(0x7ffffffcn, 8)).toBeUndefined();
    expect(explorer.readMemory(0xffff_ffff_ffff_fff0n, 8)).toBeUndefined();
    expect(explorer.readMemory(0x80000000n, 0)).toHaveLength(0);
  });

  it("has no room for more than it can look for", () => {
    const explorer = tickingExplorer();
    const place = { kind: "write", address: LOOPS, length: 4096 } as const;
    expect(explorer.place(place)).toBe(false);
    for (let index = 0; index < 64; index++)
      expect(explorer.place({ kind: "breakpoint", address: BigInt(index) })).toBe(true);
    expect(explorer.place({ kind: "breakpoint", address: 64n })).toBe(false);
  });
});
