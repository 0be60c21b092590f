// A machine that lives the life of another one, as its journal tells it. It can be stopped, looked at
// and sent back as one likes: nobody else notices.
//
// The twin at position k has executed k steps and taken in all that crosses before step k. So a
// position is one state, and the way from k to k + 1 is step k with what then arrives before step k + 1.

import { assert } from "../base/assert.ts";
import type { Exit } from "../vm/exit.ts";
import type { Machine } from "../vm/machine.ts";
import type { VmRuntime } from "../vm/runtime.ts";
import type { MachineSnapshot } from "../vm/snapshot.ts";
import type { Stops, StopHit } from "../vm/stops.ts";
import type { Edit, Input, Journal } from "./journal.ts";

export interface TwinSnapshot {
  readonly position: number;
  readonly cursor: number;
  readonly machine: MachineSnapshot;
}

export const NO_STOPS: Stops = { breakpoints: [], watches: [] };

export class Twin {
  readonly machine: Machine;
  readonly #journal: Journal;
  /** The next of the journal's inputs. */
  #cursor: number;

  constructor(runtime: VmRuntime, journal: Journal) {
    this.machine = runtime.machineFrom(journal.first);
    this.#journal = journal;
    this.#cursor = 0;
  }

  get position(): number {
    return this.machine.count;
  }

  /** To `limit`, which is within the horizon, or to the first stop behind the present position. */
  run(limit: number, stops: Stops): StopHit | undefined {
    assert(limit <= this.#journal.horizon, "a twin cannot go where nobody was");
    this.settle();
    while (this.position < limit) {
      const hit = this.#goOn(limit, stops);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }

  /** Takes in what has crossed here since it came: at the very beginning, and after an edit. */
  settle(): void {
    this.#takeIn(NO_STOPS);
  }

  /** False where nothing is to be changed. */
  edit(edit: Edit): boolean {
    const { editor } = this.#journal;
    if (editor === undefined) return false;
    applyEdit(this.machine, edit);
    editor.edit(this.machine, this.#cursor, edit);
    this.#cursor += 1;
    return true;
  }

  snapshot(): TwinSnapshot {
    return { position: this.position, cursor: this.#cursor, machine: this.machine.snapshot() };
  }

  restore(snapshot: TwinSnapshot): void {
    this.machine.restore(snapshot.machine);
    this.#cursor = snapshot.cursor;
    this.settle();
  }

  release(): void {
    this.machine.release();
  }

  /** To the next input, or to `limit`. */
  #goOn(limit: number, stops: Stops): StopHit | undefined {
    const { machine } = this;
    const before = this.position;
    const next = this.#peek();
    // An answer is given when the step before which it stands asks.
    const until = next === undefined || next.count === before ? before + 1 : next.count;
    const goal = Math.min(limit, next === undefined ? limit : until);
    const { exit, hit } = hasStops(stops)
      ? machine.seek(goal, stops)
      : { exit: machine.run(goal), hit: undefined };
    if (exit.kind === "request") return this.#answer(exit, next);
    assert(this.position > before, () => `the twin stands still at step ${before}`);
    const arrived = this.#takeIn(stops);
    if (hit?.kind === "watch") return hit;
    if (arrived.hit !== undefined) return arrived.hit;
    const mayStandBefore = hit !== undefined || arrived.count > 0;
    return mayStandBefore && stops.breakpoints.includes(machine.nextPc)
      ? { kind: "breakpoint" }
      : undefined;
  }

  #answer(exit: Extract<Exit, { kind: "request" }>, input: Input | undefined): undefined {
    const isAnswer = input?.kind === exit.what && input.count === this.position;
    assert(isAnswer, () => `the twin asks for ${exit.what} at step ${this.position}`);
    if (input?.kind === "time") this.machine.answerTime(input.ticks);
    else if (input?.kind === "entropy") this.machine.answerEntropy(input.bytes);
    this.#cursor += 1;
    return undefined;
  }

  /** What crosses before the next step; which watched bytes that changed. */
  #takeIn(stops: Stops): { readonly count: number; readonly hit: StopHit | undefined } {
    let count = 0;
    let hit: StopHit | undefined;
    for (;;) {
      const input = this.#peek();
      if (input === undefined || input.count !== this.position) break;
      if (input.kind !== "entry" && input.kind !== "edit") break;
      const watch = this.machine.changes(stops.watches, () => {
        if (input.kind === "entry") this.machine.apply(input.entry);
        else applyEdit(this.machine, input.edit);
      });
      if (watch !== undefined) hit ??= { kind: "watch", watch };
      this.#cursor += 1;
      count += 1;
    }
    return { count, hit };
  }

  /** The next input; what the machine put out on the way is passed over. */
  #peek(): Input | undefined {
    for (;;) {
      const input = this.#journal.input(this.#cursor);
      if (input?.kind !== "output" || input.count >= this.position) {
        return input?.kind === "output" ? this.#behindOutputs() : input;
      }
      this.#cursor += 1;
    }
  }

  /** The first input behind outputs that are still to come. */
  #behindOutputs(): Input | undefined {
    for (let index = this.#cursor; ; index++) {
      const input = this.#journal.input(index);
      if (input?.kind !== "output") return input;
    }
  }
}

function hasStops({ breakpoints, watches }: Stops): boolean {
  return breakpoints.length > 0 || watches.length > 0;
}

function applyEdit(machine: Machine, edit: Edit): void {
  if (edit.kind === "register") machine.setRegister(edit.name, edit.value);
  else machine.writeMemory(edit.address, edit.bytes);
}
