// The oracle's reference machine (D14): a machine that never failed. It starts from the ready mark
// and is given exactly what crossed the surviving machine's port; its state must be the same at every
// recorded position, and its output is what clients should have read.

import type { Output } from "../../vm/exit.ts";
import type { VirtualMachine } from "../../vm/virtual-machine.ts";
import { StreamAssembler } from "../../net/stream-assembler.ts";
import type { BootedGuest } from "../boot.ts";
import type { Crossing, RecordedCrossing } from "../flight-recorder.ts";
import type { WorldSpec } from "../world-spec.ts";
import type { ReferencePrefix } from "./reference-prefix.ts";

export interface ReferenceRun {
  readonly steps: number;
  /** Positions compared. */
  readonly positions: number;
  /** First index at which the reference is another machine, or -1. */
  readonly differsAt: number;
  /** What the reference sent, as streams. */
  readonly streams: StreamAssembler;
}

/**
 * The replica's every position was compared with the primary's while they ran; here a sample is
 * enough, since a state that differs once differs from there on. The last position is always in it.
 */
const COMPARE_EVERY = 4;

export function runReference(
  { booted }: WorldSpec,
  record: readonly RecordedCrossing[],
  prefix?: ReferencePrefix,
): ReferenceRun {
  const begun = prefix?.replayFor(record);
  const replay = begun?.replay ?? ReferenceReplay.begin(booted);
  let positions = 0;
  let differsAt = -1;
  for (let index = begun?.done ?? 0; index < record.length; index++) {
    const { crossing, stateHash } = record[index] as RecordedCrossing;
    const isSame = replay.follow(crossing);
    const isSampled = index % COMPARE_EVERY === 0 || index === record.length - 1;
    if (isSame && (stateHash === "" || !isSampled)) continue;
    positions += 1;
    if (isSame && replay.stateHash() === stateHash) continue;
    differsAt = index;
    break;
  }
  const steps = replay.count - booted.count;
  replay.release();
  return { steps, positions, differsAt, streams: replay.streams };
}

/** A machine that is led along a record. */
export class ReferenceReplay {
  readonly streams: StreamAssembler;
  readonly #machine: VirtualMachine;

  constructor(machine: VirtualMachine, streams: StreamAssembler) {
    this.streams = streams;
    this.#machine = machine;
  }

  static begin(booted: BootedGuest): ReferenceReplay {
    return new ReferenceReplay(booted.machine.createMachine(), new StreamAssembler());
  }

  get count(): number {
    return this.#machine.count;
  }

  stateHash(): string {
    return this.#machine.stateHash();
  }

  /** Another one that stands where this one stands. */
  fork(): ReferenceReplay {
    const streams = new StreamAssembler();
    streams.restore(this.streams.snapshot());
    return new ReferenceReplay(this.#machine.fork(), streams);
  }

  release(): void {
    this.#machine.release();
  }

  /** Goes to the crossing's position and lets it cross; false when the machine does something else. */
  follow(crossing: Crossing): boolean {
    const machine = this.#machine;
    if (crossing.kind === "output") return this.#performs(crossing);
    while (machine.count < crossing.count) {
      const exit = machine.run(crossing.count);
      const isOnItsWay = exit.kind === "limit" || exit.kind === "deadline" || exit.kind === "wait";
      if (!isOnItsWay || (exit.kind === "wait" && machine.count < crossing.count)) return false;
    }
    switch (crossing.kind) {
      case "entry":
        machine.apply(crossing.entry);
        return true;
      case "time":
      case "entropy":
        return this.#answers(crossing);
    }
  }

  #answers(crossing: Extract<Crossing, { kind: "time" | "entropy" }>): boolean {
    const machine = this.#machine;
    const request = machine.run(crossing.count + 1);
    if (request.kind !== "request" || request.what !== crossing.kind) return false;
    if (crossing.kind === "time") machine.answerTime(crossing.ticks);
    else machine.answerEntropy(crossing.bytes);
    machine.run(crossing.count + 1);
    return machine.count === crossing.count + 1;
  }

  #performs(crossing: Extract<Crossing, { kind: "output" }>): boolean {
    for (;;) {
      const exit = this.#machine.run(crossing.count + 1);
      if (exit.kind === "deadline" && this.#machine.count <= crossing.count) continue;
      if (exit.kind !== "output" || this.#machine.count !== crossing.count + 1) return false;
      this.#observe(exit.outputs);
      return exit.outputs.length === crossing.outputs.length;
    }
  }

  #observe(outputs: readonly Output[]): void {
    for (const output of outputs)
      if (output.class === "network") this.streams.observe(output.bytes);
  }
}
