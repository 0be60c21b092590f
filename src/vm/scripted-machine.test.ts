// A scripted machine is a machine: where it stops does not depend on how it is run, its state is all of
// its state, and what comes in one step later makes another machine.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MachineConfig } from "./config.ts";
import type { Entry, Exit } from "./exit.ts";
import type { Script } from "./script.ts";
import { PAGE_BYTES, ScriptRam } from "./script-ram.ts";
import { ScriptedMachine } from "./scripted-machine.ts";

const CONFIG: MachineConfig = {
  ramBytes: 2 * PAGE_BYTES,
  mac: new Uint8Array(6),
  diskSectors: 64,
  firmware: "none",
  rules: { bounceBuffers: true },
};
const FRAME: Entry = { kind: "net-rx", frames: [Uint8Array.of(1, 2, 3)] };

/** Each frame: the clock, eight bytes of entropy, a write of what it knows, and an answer. */
const SCRIPT: Script = {
  name: "test 1",
  phases: [
    {
      run: (desk) => {
        const arrival = desk.take();
        if (arrival === undefined) desk.wait();
        else if (arrival.kind === "frame") desk.goTo(1, 500);
        else if (arrival.kind === "disk-done")
          desk.transmit(Uint8Array.of(desk.trace(), desk.load(0), arrival.isOk ? 1 : 0));
      },
    },
    {
      needs: "time",
      run: (desk) => {
        desk.store(0, desk.load(0) + desk.ticks());
        desk.setTimer(desk.ticks() + 100);
        desk.goTo(2, 10);
      },
    },
    {
      needs: 8,
      run: (desk) => {
        desk.store(1_024, desk.entropy()[0] as number);
        desk.writeSector(3, 0);
        desk.goTo(0, 20);
      },
    },
  ],
};

const fresh = (): ScriptedMachine => ScriptedMachine.create(SCRIPT, CONFIG);

/** Runs to `limit` in slices; all that was said on the way, with the counts at which it was. */
function drive(machine: ScriptedMachine, limit: number, slice: number): readonly string[] {
  const said: string[] = [];
  while (machine.count < limit) {
    const exit: Exit = machine.run(Math.min(limit, machine.count + slice));
    if (exit.kind === "wait") break;
    if (exit.kind === "limit") continue;
    said.push(`${machine.count} ${JSON.stringify(exit)}`);
    if (exit.kind !== "request") continue;
    if (exit.what === "time") machine.answerTime(machine.count);
    else machine.answerEntropy(new Uint8Array(exit.length).fill(7));
  }
  return said;
}

/** Waits; a frame comes in after so many steps of the work for another one. */
function withFrameAt(steps: number): ScriptedMachine {
  const machine = fresh();
  drive(machine, 10, 10);
  machine.apply(FRAME);
  drive(machine, machine.count + steps, 1_000);
  machine.apply(FRAME);
  return machine;
}

describe("a scripted machine", () => {
  it("stops at the same counts with the same words, however it is sliced", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (slice) => {
        const [one, other] = [withFrameAt(100), withFrameAt(100)];
        expect(drive(other, 5_000, slice)).toEqual(drive(one, 5_000, 5_000));
        expect(other.stateHash()).toBe(one.stateHash());
      }),
    );
  });

  it("is another one when something came in one step later, and says other things", () => {
    const [one, later] = [withFrameAt(100), withFrameAt(101)];
    const answers = [one, later].map((machine) => {
      drive(machine, 5_000, 5_000);
      const [request] = machine.pendingDisk();
      machine.apply({
        kind: "disk-done",
        ioId: request?.ioId ?? 0,
        status: "ok",
        data: new Uint8Array(),
      });
      return drive(machine, 9_000, 9_000);
    });
    expect(later.stateHash()).not.toBe(one.stateHash());
    expect(answers[1]).not.toEqual(answers[0]);
  });

  it("goes on identically from a snapshot, a fork, and in another machine from pages and bytes", () => {
    const machine = withFrameAt(50);
    drive(machine, 560, 560);
    const copies = [
      machine.snapshot().createMachine() as ScriptedMachine,
      machine.fork(),
      copied(machine),
    ];
    const restored = fresh();
    restored.restore(machine.snapshot());
    const said = drive(machine, 5_000, 5_000);
    expect(said.length).toBeGreaterThan(2);
    for (const copy of [...copies, restored]) {
      expect(drive(copy, 5_000, 37)).toEqual(said);
      expect(copy.stateHash()).toBe(machine.stateHash());
    }
  });

  it("has a request taken back by what comes in before it is answered", () => {
    const machine = withFrameAt(50);
    expect(machine.run(5_000)).toEqual({ kind: "request", what: "time" });
    machine.apply(FRAME);
    expect(() => machine.answerTime(1)).toThrow("no clock reading");
    expect(machine.run(5_000)).toEqual({ kind: "request", what: "time" });
  });

  it("refuses bytes of another script, and bytes that are cut", () => {
    const state = withFrameAt(50).exportState();
    const other = ScriptedMachine.create({ ...SCRIPT, name: "test 2" }, CONFIG);
    expect(other.importState(state)).toMatchObject({
      error: "machine state: of the script test 1, expected test 2",
    });
    expect(fresh().importState(state.slice(0, -1)).ok).toBe(false);
    expect(fresh().importState(Uint8Array.of(...state, 0)).ok).toBe(false);
  });
});

describe("its RAM", () => {
  it("has a hash of its content, whatever was there before", () => {
    const store = fc.tuple(fc.nat({ max: 2_047 }), fc.integer());
    fc.assert(
      fc.property(fc.array(store), (stores) => {
        const ram = new ScriptRam(2 * PAGE_BYTES);
        for (const [word, value] of stores) ram.store(word, value);
        const copy = new ScriptRam(2 * PAGE_BYTES);
        for (const page of ram.written()) copy.writePage(page, ram.readPage(page));
        expect(copy.hash).toEqual(ram.hash);
        const [word, value] = stores[0] ?? [0, 0];
        copy.store(word, value + 1);
        ram.store(word, value);
        expect(copy.hash).not.toEqual(ram.hash);
      }),
    );
  });

  it("knows which pages were written since they were last taken", () => {
    const ram = new ScriptRam(2 * PAGE_BYTES);
    ram.store(5, 1);
    ram.track(true);
    expect(ram.takeDirty()).toEqual([]);
    ram.store(1_024, 9);
    ram.store(5, 1);
    expect(ram.takeDirty()).toEqual([1]);
    expect(ram.takeDirty()).toEqual([]);
  });
});

function copied(machine: ScriptedMachine): ScriptedMachine {
  const copy = fresh();
  for (const page of machine.writtenPages()) copy.writePage(page, machine.readPage(page));
  const imported = copy.importState(machine.exportState());
  if (!imported.ok) throw new Error(imported.error);
  return copy;
}
