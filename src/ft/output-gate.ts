// The Output Rule: an output stays here until the backup holds the end of the group of the
// very entry that produces it. Outputs are let go in the order in which they were performed.

import { clonePlain } from "../base/clone.ts";
import type { NumberedOutput } from "./protocol.ts";

export interface HeldOutput extends NumberedOutput {
  readonly lsn: number;
  /** The lsn whose ack lets it go. */
  readonly waitsFor: number;
  /** Host clock, ns. */
  readonly since: number;
}

interface OutputGateState {
  held: HeldOutput[];
  releasedThrough: number;
}

export type OutputGateSnapshot = OutputGateState;

export class OutputGate {
  #state: OutputGateState;

  constructor() {
    this.#state = { held: [], releasedThrough: 0 };
  }

  get heldCount(): number {
    return this.#state.held.length;
  }

  /** Highest lsn whose output has left. */
  get releasedThrough(): number {
    return this.#state.releasedThrough;
  }

  hold(output: HeldOutput): void {
    this.#state.held.push(output);
  }

  /** Whether a disk command is still waiting: a later one must not overtake it. */
  get holdsDisk(): boolean {
    return this.#state.held.some((held) => held.output.class === "disk");
  }

  /** What an ack of everything up to `acked` sets free, in order. */
  takeReleasable(acked: number): readonly HeldOutput[] {
    const { held } = this.#state;
    let count = 0;
    while (count < held.length && (held[count] as HeldOutput).waitsFor <= acked) count++;
    return this.#take(count);
  }

  /** What waits, in order. */
  held(): readonly HeldOutput[] {
    return this.#state.held;
  }

  takeAll(): readonly HeldOutput[] {
    return this.#take(this.#state.held.length);
  }

  snapshot(): OutputGateSnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: OutputGateSnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  #take(count: number): readonly HeldOutput[] {
    const taken = this.#state.held.splice(0, count);
    const last = taken[taken.length - 1];
    if (last !== undefined) this.#state.releasedThrough = last.lsn;
    return taken;
  }
}
