// One machine on its way through a random program: it is given what happens at the counts where it
// happens, its questions are answered by a rule, and an arm may do things to it at counts of its own.

import { Digest } from "../../src/base/digest.ts";
import { Prng } from "../../src/base/prng.ts";
import type { Exit } from "../../src/vm/exit.ts";
import type { Machine } from "../../src/vm/machine.ts";
import type { VmRuntime } from "../../src/vm/runtime.ts";
import { CONFIG, RAM } from "../support/vm/load-core.ts";
import type { Arm } from "./arms.ts";
import { RAM_BYTES } from "./map.ts";
import type { Program } from "./program.ts";

export const MACHINE_CONFIG = { ...CONFIG, ramBytes: RAM_BYTES };

export class Execution {
  machine: Machine;
  readonly runtime: VmRuntime;
  readonly random: Prng;
  readonly #program: Program;
  readonly #arm: Arm;
  readonly #said: Digest;
  /** What an arm keeps from one meddling to the next. */
  readonly guests: (() => void)[];
  /** A machine that never runs. */
  bystander: Machine | undefined;
  #happening: number;
  #cut: number;
  #end: string;

  constructor(program: Program, arm: Arm) {
    this.random = new Prng(`lockstep/${program.name}/${arm.name}`);
    this.runtime = arm.open(this.random);
    this.machine = this.runtime.createMachine(MACHINE_CONFIG);
    for (const { address, bytes } of program.segments) this.machine.writeMemory(address, bytes);
    this.#program = program;
    this.#arm = arm;
    this.#said = new Digest();
    this.guests = [];
    this.bystander = undefined;
    this.#happening = 0;
    this.#cut = arm.gap?.(this.random) ?? Number.POSITIVE_INFINITY;
    this.#end = "";
  }

  /** Why it will not go any further, or "". */
  get end(): string {
    return this.#end;
  }

  /** All that must be the same in all arms. */
  get state(): string {
    return `${this.machine.count} ${this.machine.stateHash()} ${this.#said.toString()} ${this.#end}`;
  }

  /** Executes steps up to a count. What happens at that count has not happened then. */
  advance(to: number): void {
    while (this.machine.count < to && this.#end === "") {
      const next = this.#program.happenings[this.#happening];
      const { count } = this.machine;
      if (next && next.at <= count) {
        this.#happening += 1;
        if (next.kind === "entry") this.machine.apply(next.entry);
        else this.machine.writeMemory(next.address, next.bytes);
      } else if (this.#cut <= count) {
        this.#cut = count + (this.#arm.gap?.(this.random) ?? 0);
        this.#arm.meddle?.(this);
      } else this.#run(Math.min(to, next?.at ?? to, this.#cut));
    }
  }

  close(): void {
    for (const leave of this.guests) leave();
    this.bystander?.release();
    this.machine.release();
  }

  #run(limit: number): void {
    const { count } = this.machine;
    const before = this.#arm.isNosy === true ? this.machine.stateHash() : "";
    const exit = this.machine.run(limit);
    switch (exit.kind) {
      case "wait":
        this.machine.apply({ kind: "timer" });
        if (this.machine.isWaiting) this.#end = "waits for ever";
        return;
      case "request":
        if (this.#arm.isNosy === true && this.machine.count === count)
          if (this.machine.stateHash() !== before) this.#said.text("a question left a trace");
        return this.#answer(exit);
      case "output":
        for (const output of exit.outputs)
          if (output.class === "console") this.#said.text(output.bytes.join());
        return;
      case "halt":
        this.#end = exit.reason.kind;
        return;
      default:
        return;
    }
  }

  #answer(exit: Exit & { readonly kind: "request" }): void {
    const { count } = this.machine;
    // A question is a place where all arms stop, wherever their slices end: so it is compared too.
    this.#said.text(this.machine.stateHash());
    if (exit.what === "time") this.machine.answerTime(7 * count + 3);
    else this.machine.answerEntropy(new Uint8Array(exit.length).fill(count & 255));
    // The answer belongs to this very step: nothing may come between.
    this.#run(count + 1);
  }
}

/** Goes somewhere else for a while; nothing that happens there may be seen here. */
export function wander(machine: Machine, random: Prng): void {
  for (let turn = 1 + random.below(3); turn > 0; turn--) {
    if (machine.isHalted) return;
    if (machine.run(machine.count + 1 + random.below(3000)).kind !== "limit") return;
    machine.apply({ kind: "timer" });
    machine.writeMemory(RAM + 0x40000 + random.below(0x1c000), Uint8Array.of(random.below(256)));
  }
}
