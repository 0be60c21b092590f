// The journal of a machine that runs alone (testbed/solo.ts): its time is counted in its own steps, so
// it lives the same life each time, until a debugger's hand changes it.

import { concatBytes } from "../base/bytes.ts";
import type { VmRuntime } from "../vm/runtime.ts";
import type { MachineSnapshot } from "../vm/snapshot.ts";
import type { Machine } from "../vm/machine.ts";
import { SoloMachine, type SoloState, STEPS_PER_TICK, writeBlocks } from "../testbed/solo.ts";
import type { Edit, Editor, Input, Journal } from "./journal.ts";

/** What it begins with. */
export interface SoloStart extends SoloState {
  readonly machine: MachineSnapshot;
  readonly count: number;
}

const STEPS_AT_A_TIME = 200_000;
const EVENTS_AT_A_TIME = 1_000;
const NS_PER_TICK = 100;

interface Recorded {
  readonly input: Input;
  /** Ticks that had passed while the guest waited. */
  readonly waited: number;
}

export class SoloJournal implements Journal, Editor {
  readonly first: MachineSnapshot;
  readonly #start: SoloStart;
  /** The name of its stream of entropy. */
  readonly #entropy: string;
  #solo: SoloMachine<Machine>;
  #recorded: Recorded[];
  /** Inputs whose text was given out. */
  #told: number;
  #isHalted: boolean;

  constructor(runtime: VmRuntime, start: SoloStart, entropy: string) {
    this.first = start.machine;
    this.#start = start;
    this.#entropy = entropy;
    this.#told = 0;
    this.#recorded = [];
    this.#isHalted = false;
    this.#solo = this.#soloOf(runtime.machineFrom(start.machine), start);
  }

  get editor(): Editor {
    return this;
  }

  get horizon(): number {
    const { count } = this.#solo.machine;
    // Before the step at which it stands more may yet cross.
    return this.isOver ? count : count - 1;
  }

  get isOver(): boolean {
    return this.#isHalted;
  }

  input(index: number): Input | undefined {
    return this.#recorded[index]?.input;
  }

  extend(): void {
    const count = this.#solo.machine.count + STEPS_AT_A_TIME;
    const bounds = { count, ticks: Number.MAX_SAFE_INTEGER, events: EVENTS_AT_A_TIME };
    if (this.#solo.run(bounds) === "halt") this.#isHalted = true;
  }

  edit(twin: Machine, known: number, edit: Edit): void {
    const { count } = twin;
    this.#recorded.length = known;
    this.#told = Math.min(this.#told, known);
    const state = this.#stateAt(count);
    const { machine } = this.#solo;
    const changed = twin.snapshot();
    machine.restore(changed);
    changed.release();
    this.#isHalted = machine.isHalted;
    this.#solo = this.#soloOf(machine, state);
    this.#recorded.push({ input: { kind: "edit", count, edit }, waited: this.#waited() });
  }

  describe(position: number): string {
    const seconds = (this.#ticksAt(position) * NS_PER_TICK) / 1e9;
    return `${seconds.toFixed(6)} s of the guest's time`;
  }

  /** The last position that is known to be no later. */
  positionAt(time: number): number | undefined {
    const ticks = Math.floor(time / NS_PER_TICK);
    let waited = this.#start.ticks - Math.floor(this.#start.count / STEPS_PER_TICK);
    for (const { input, waited: after } of this.#recorded) {
      if (Math.floor(input.count / STEPS_PER_TICK) + waited > ticks) break;
      if (Math.floor(input.count / STEPS_PER_TICK) + after > ticks) return input.count;
      waited = after;
    }
    const position = (ticks - waited) * STEPS_PER_TICK;
    return position < this.#start.count ? undefined : position;
  }

  /** What the guest printed up to a position; each time what was not given before. */
  takeConsole(position: number): Uint8Array {
    const texts: Uint8Array[] = [];
    for (; this.#told < this.#recorded.length; this.#told++) {
      const { input } = this.#recorded[this.#told] as Recorded;
      if (input.count >= position) break;
      if (input.kind !== "output") continue;
      for (const output of input.outputs) if (output.class === "console") texts.push(output.bytes);
    }
    return concatBytes(texts);
  }

  release(): void {
    this.#solo.machine.release();
  }

  #soloOf(machine: Machine, state: SoloState): SoloMachine<Machine> {
    const drawn: number[] = [];
    for (const { input } of this.#recorded)
      if (input.kind === "entropy") drawn.push(input.bytes.length);
    const observe = (input: Input): void => {
      this.#recorded.push({ input, waited: this.#waited() });
    };
    return new SoloMachine(machine, state, {
      entropy: this.#entropy,
      print: () => undefined,
      drawn,
      observe,
    });
  }

  #waited(): number {
    return this.#solo.ticks - Math.floor(this.#solo.machine.count / STEPS_PER_TICK);
  }

  /** What is outside the machine after all that is recorded. */
  #stateAt(count: number): SoloState {
    const blocks = new Map(this.#start.blocks);
    for (const { input } of this.#recorded)
      if (input.kind === "output")
        for (const output of input.outputs)
          if (output.class === "disk") writeBlocks(blocks, output.request);
    return { ticks: this.#ticksAt(count), blocks };
  }

  #ticksAt(position: number): number {
    let waited = this.#start.ticks - Math.floor(this.#start.count / STEPS_PER_TICK);
    for (const { input, waited: after } of this.#recorded) {
      if (input.count > position) break;
      waited = after;
    }
    return Math.floor(position / STEPS_PER_TICK) + waited;
  }
}
