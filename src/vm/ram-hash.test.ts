// The hash of RAM is kept as a sum that written pages leave and join again. Whatever was written,
// hashed, forked, restored or asked for its dirty pages in between: it is the hash of a machine that
// was given the same bytes at once.

import { expect, it } from "vitest";
import { Prng } from "../base/prng.ts";
import { CONFIG, newRuntime } from "../../test/support/vm/load-core.ts";
import { PAGE_BYTES, RAM_BASE } from "./layout.ts";
import type { Machine } from "./machine.ts";

const ROUNDS = 400;
/** Neighbours, and pages of other chunks. */
const PAGES = [0, 1, 31, 32, 33, 63, 64, 500];

function page(fill: number): Uint8Array {
  return new Uint8Array(PAGE_BYTES).fill(fill);
}

it("is the hash of the contents, by any way to them", () => {
  const runtime = newRuntime();
  const random = new Prng("vm/ram-hash");
  const contents = new Map<number, number>();
  let machine: Machine = runtime.createMachine(CONFIG);
  machine.trackDirty(true);
  const write = (): void => {
    const at = PAGES[random.below(PAGES.length)] as number;
    const fill = random.below(3);
    machine.writeMemory(RAM_BASE + at * PAGE_BYTES, page(fill));
    contents.set(at, fill);
  };
  const fresh = (): string => {
    const other = runtime.createMachine(CONFIG);
    for (const [at, fill] of contents) other.writeMemory(RAM_BASE + at * PAGE_BYTES, page(fill));
    const hash = other.stateHash();
    other.release();
    return hash;
  };
  for (let round = 0; round < ROUNDS; round++) {
    write();
    const what = random.below(5);
    if (what === 0) machine.takeDirtyPages();
    if (what === 1) {
      const fork = machine.fork();
      write();
      // The one that stays has gone on alone, and both hashed what they shared.
      fork.stateHash();
      machine.stateHash();
      fork.release();
    }
    if (what === 2) {
      const snapshot = machine.snapshot();
      const kept = new Map(contents);
      write();
      machine.stateHash();
      machine.restore(snapshot);
      snapshot.release();
      contents.clear();
      for (const [at, fill] of kept) contents.set(at, fill);
    }
    if (what === 3) {
      const fork = machine.fork();
      machine.release();
      machine = fork;
    }
    if (random.below(2) === 0) expect(machine.stateHash(), `round ${round}`).toBe(fresh());
  }
});
