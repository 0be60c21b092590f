// The port of one machine: all that comes in from outside and goes out passes through here, is
// recorded, numbered, hashed and told to the observer. It knows no time; whether what crosses is this
// host's own or a repetition of what another machine did is for the caller to say.

import { assert } from "../base/assert.ts";
import type { Answer, NumberedOutput, VmExit } from "../ft/protocol.ts";
import type { Entry, Exit } from "../vm/exit.ts";
import type { VirtualMachine, VmSnapshot } from "../vm/virtual-machine.ts";
import { type Crossing, FlightRecorder, type RecordedCrossing } from "./flight-recorder.ts";

export interface PortObserver {
  /** Something crossed the port; `isLive`: the value is this host's own. */
  crossed(crossing: Crossing, index: number, stateHash: string, isLive: boolean): void;
  performed(output: NumberedOutput, count: number): void;
}

export interface PortOptions {
  /** Every how many crossings the state is hashed. */
  readonly hashEvery: number;
  /** Randomness of this host's own source. */
  readonly entropy: (length: number) => Uint8Array;
}

export interface PortSnapshot {
  readonly nextOrdinal: number;
  readonly adopted: number;
  readonly record: readonly RecordedCrossing[];
  readonly machine: VmSnapshot;
}

export class VmPort {
  readonly machine: VirtualMachine;
  readonly record: FlightRecorder;
  readonly #options: PortOptions;
  readonly #observer: PortObserver;
  #nextOrdinal: number;
  /** How much of the record came with a state of another machine. */
  #adopted: number;

  constructor(machine: VirtualMachine, options: PortOptions, observer: PortObserver) {
    this.machine = machine;
    this.record = new FlightRecorder();
    this.#options = options;
    this.#observer = observer;
    this.#nextOrdinal = 0;
    this.#adopted = 0;
  }

  /** How many outputs the machine has performed in its life. */
  get outputs(): number {
    return this.#nextOrdinal;
  }

  apply(entry: Entry, isLive: boolean): void {
    const { count } = this.machine;
    this.machine.apply(entry);
    this.#crossed({ kind: "entry", count, entry }, isLive);
  }

  /** What the guest did in the step before this one. */
  perform(exit: Extract<Exit, { kind: "output" }>, isLive: boolean): readonly NumberedOutput[] {
    const { count } = this.machine;
    const outputs = exit.outputs.map((output) => ({ ordinal: this.#nextOrdinal++, output }));
    this.#crossed({ kind: "output", count: count - 1, outputs: exit.outputs }, isLive);
    for (const output of outputs) this.#observer.performed(output, count - 1);
    return outputs;
  }

  /** What the protocol is asked; a sample of entropy is drawn even if the answer will be another's. */
  ask(exit: Extract<Exit, { kind: "request" }>): VmExit {
    return exit.what === "time"
      ? { kind: "request", what: "time" }
      : { kind: "request", what: "entropy", sample: this.#options.entropy(exit.length) };
  }

  /** Answers the request at which the machine stands, and executes that one step. */
  answer(answer: Answer, isLive: boolean): Exit {
    const { count } = this.machine;
    if (answer.what === "time") this.machine.answerTime(answer.ticks);
    else this.machine.answerEntropy(answer.bytes);
    const exit = this.machine.run(count + 1);
    assert(this.machine.count === count + 1, "the answered step was not executed");
    this.#crossed(
      answer.what === "time"
        ? { kind: "time", count, ticks: answer.ticks }
        : { kind: "entropy", count, bytes: answer.bytes },
      isLive,
    );
    return exit;
  }

  /** A machine that begins with another one's state: with its past, which has been told already. */
  begin(past: readonly RecordedCrossing[]): void {
    this.record.restore(past);
    this.#adopted = past.length;
    this.#nextOrdinal = outputsIn(past);
  }

  /**
   * Another machine's state was put into this one: its past is this machine's past now, and what it
   * performed was performed here, silently. A machine that had gone its own way begins a new life:
   * what it did on that way never happened, and is not told again. Says whether it did.
   */
  adopt(past: readonly RecordedCrossing[]): boolean {
    const known = this.record.length;
    const isNewLife = known !== this.#adopted;
    this.record.restore(past);
    this.#adopted = past.length;
    if (isNewLife) this.#nextOrdinal = outputsIn(past);
    else this.#tell(past, known);
    return isNewLife;
  }

  #tell(past: readonly RecordedCrossing[], known: number): void {
    for (let index = known; index < past.length; index++) {
      const { crossing } = past[index] as RecordedCrossing;
      this.#observer.crossed(crossing, index, "", false);
      if (crossing.kind !== "output") continue;
      for (const output of crossing.outputs)
        this.#observer.performed({ ordinal: this.#nextOrdinal++, output }, crossing.count);
    }
  }

  #crossed(crossing: Crossing, isLive: boolean): void {
    const index = this.record.length;
    const stateHash = index % this.#options.hashEvery === 0 ? this.machine.stateHash() : "";
    this.record.append({ crossing, stateHash });
    this.#observer.crossed(crossing, index, stateHash, isLive);
  }

  snapshot(): PortSnapshot {
    return {
      nextOrdinal: this.#nextOrdinal,
      adopted: this.#adopted,
      record: this.record.snapshot(),
      machine: this.machine.snapshot(),
    };
  }

  restore(snapshot: PortSnapshot): void {
    this.#nextOrdinal = snapshot.nextOrdinal;
    this.#adopted = snapshot.adopted;
    this.record.restore(snapshot.record);
    this.machine.restore(snapshot.machine);
  }
}

function outputsIn(past: readonly RecordedCrossing[]): number {
  let outputs = 0;
  for (const { crossing } of past)
    if (crossing.kind === "output") outputs += crossing.outputs.length;
  return outputs;
}

export function describeHalt(exit: Extract<Exit, { kind: "halt" }>): string {
  const { reason } = exit;
  if (reason.kind === "tohost") return `a test program wrote ${reason.value} to tohost`;
  return reason.kind === "fault" ? reason.detail : "power-off";
}
