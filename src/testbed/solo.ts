// A machine that runs alone, with fixed inputs: time is counted in its own steps, entropy comes from
// a stream of its own, its disk is a map of sectors, and what it sends goes nowhere. This is how a
// guest boots (D9), and what `ftsim vm` runs. The same machine does the same every time.

import { Prng } from "../base/prng.ts";
import type { DiskRequest, Entry, Exit, Output } from "../vm/exit.ts";
import type { VirtualMachine } from "../vm/virtual-machine.ts";
import type { Crossing } from "./flight-recorder.ts";

/** What the outside of the machine holds; with the machine's own state, all there is. */
export interface SoloState {
  /** The guest's clock. */
  readonly ticks: number;
  /** What the guest wrote to its disk, by sector. */
  readonly blocks: ReadonlyMap<number, Uint8Array>;
}

export const POWERED_ON: SoloState = { ticks: 0, blocks: new Map() };

export interface SoloOptions {
  /** The name of its stream of entropy. */
  readonly entropy: string;
  readonly print: (bytes: Uint8Array) => void;
  /** How many bytes at a time the stream gave before, when it is taken up in the middle. */
  readonly drawn?: readonly number[];
  /** Hears of all that crosses the machine's port. */
  readonly observe?: (crossing: Crossing) => void;
}

/** Guest steps per tick of its 10 MHz clock: 100 million steps a second. */
export const STEPS_PER_TICK = 10;
const SECTOR = 512;
/** Steps at a time, so that a bound in guest time is not missed by much. */
const SLICE = 100_000;

export class SoloMachine<M extends VirtualMachine = VirtualMachine> {
  readonly machine: M;
  readonly #entropy: Prng;
  readonly #blocks: Map<number, Uint8Array>;
  readonly #print: (bytes: Uint8Array) => void;
  readonly #observe: ((crossing: Crossing) => void) | undefined;
  /** Ticks that passed while the guest waited. */
  #waited: number;

  constructor(machine: M, state: SoloState, options: SoloOptions) {
    const { entropy, print, drawn = [], observe } = options;
    this.machine = machine;
    this.#entropy = new Prng(entropy);
    for (const length of drawn) this.#entropy.bytes(length);
    this.#observe = observe;
    this.#blocks = new Map(state.blocks);
    this.#print = print;
    this.#waited = state.ticks - Math.floor(machine.count / STEPS_PER_TICK);
  }

  /** The guest's clock. */
  get ticks(): number {
    return Math.floor(this.machine.count / STEPS_PER_TICK) + this.#waited;
  }

  get state(): SoloState {
    return { ticks: this.ticks, blocks: new Map(this.#blocks) };
  }

  /** Runs to `limit` at most, or to the next event, which is dealt with; returns what it was. */
  advance(limit: number): Exit {
    const { machine } = this;
    const due = this.#dueCount();
    if (due !== undefined && due <= machine.count) this.#apply({ kind: "timer" });
    const until = due !== undefined && due > machine.count ? Math.min(limit, due) : limit;
    const exit = machine.run(until);
    if (exit.kind !== "request") this.#handle(exit);
    else this.#handle(this.#answer(exit));
    return exit;
  }

  /**
   * Runs until one of the bounds is met or the machine halts: a count, a reading of the guest's clock,
   * so many events. A waiting guest's time passes at once.
   */
  run(bounds: {
    readonly count: number;
    readonly ticks: number;
    readonly events: number;
  }): "bound" | "events" | "halt" {
    const { machine } = this;
    for (let events = 0; events < bounds.events; events++) {
      if (machine.count >= bounds.count || this.ticks >= bounds.ticks) return "bound";
      const exit = this.advance(Math.min(bounds.count, machine.count + SLICE));
      if (exit.kind === "halt") return "halt";
      if (exit.kind === "wait") this.wait();
    }
    return "events";
  }

  /** A machine that waits now waits for ever, unless somebody sends it something. */
  get isStuck(): boolean {
    const { machine } = this;
    return machine.pendingDisk().length === 0 && machine.timerDeadline() === undefined;
  }

  /** Idle and nothing in flight: finish a disk command, else let time pass to the deadline. */
  wait(): void {
    const [request] = this.machine.pendingDisk();
    if (request !== undefined) {
      this.#complete(request);
      return;
    }
    const deadline = this.machine.timerDeadline();
    if (deadline === undefined) this.#waited += 1;
    else this.#waited += Math.max(0, deadline - this.ticks);
    this.#apply({ kind: "timer" });
  }

  #apply(entry: Entry): void {
    this.#observe?.({ kind: "entry", count: this.machine.count, entry });
    this.machine.apply(entry);
  }

  /** The count at which a running machine's clock reaches its deadline. */
  #dueCount(): number | undefined {
    const deadline = this.machine.timerDeadline();
    return deadline === undefined ? undefined : (deadline - this.#waited) * STEPS_PER_TICK;
  }

  /** Answers and executes the one step that asked, which may have outputs too. */
  #answer(exit: Extract<Exit, { kind: "request" }>): Exit {
    const { count } = this.machine;
    if (exit.what === "time") {
      const { ticks } = this;
      this.#observe?.({ kind: "time", count, ticks });
      this.machine.answerTime(ticks);
    } else {
      const bytes = this.#entropy.bytes(exit.length);
      this.#observe?.({ kind: "entropy", count, bytes });
      this.machine.answerEntropy(bytes);
    }
    return this.machine.run(this.machine.count + 1);
  }

  #handle(exit: Exit): void {
    if (exit.kind !== "output") return;
    this.#observe?.({ kind: "output", count: this.machine.count - 1, outputs: exit.outputs });
    for (const output of exit.outputs) this.#perform(output);
  }

  #perform(output: Output): void {
    if (output.class === "console") this.#print(output.bytes);
    else if (output.class === "disk") writeBlocks(this.#blocks, output.request);
  }

  #complete(request: DiskRequest): void {
    const data = new Uint8Array(request.op === "read" ? request.sectorCount * SECTOR : 0);
    if (request.op === "read")
      for (let i = 0; i < request.sectorCount; i++) {
        const block = this.#blocks.get(request.sector + i);
        if (block !== undefined) data.set(block, i * SECTOR);
      }
    this.#apply({ kind: "disk-done", ioId: request.ioId, status: "ok", data });
  }
}

/** What a write puts on the disk; other requests nothing. */
export function writeBlocks(blocks: Map<number, Uint8Array>, request: DiskRequest): void {
  if (request.op !== "write") return;
  for (let at = 0; at < request.data.length; at += SECTOR)
    blocks.set(request.sector + at / SECTOR, request.data.slice(at, at + SECTOR));
}
