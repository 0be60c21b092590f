// Runs one machine on one host under virtual time (D4, D6).
//
// Live, it runs in slices with lookahead: a slice ends no later than the next event of this host and
// no later than anybody else's next action plus the least latency of a way here, so that no slice is
// ever undone and what arrives at t finds the machine at exactly N(t). Replaying, it has no outputs
// of its own, so its arrival at a position is computed and the steps are executed there, in one go.
//
// Everything that crosses the machine's port passes through here: it is recorded, numbered, hashed
// and told to the observer.

import { assert } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import { latest, type VirtualTime } from "../base/time.ts";
import type { Answer, NumberedOutput, VmCost, VmExit } from "../ft/protocol.ts";
import { type EventHandle, type Kernel, LANE_EXIT, LANE_SLICE } from "../sim/kernel.ts";
import type { Entry, Exit } from "../vm/exit.ts";
import type { Machine } from "../vm/machine.ts";
import type { MachineSnapshot } from "../vm/snapshot.ts";
import type { HostCosts } from "./costs.ts";
import { type Crossing, FlightRecorder, type RecordedCrossing } from "./flight-recorder.ts";
import { Pacing, type PacingSnapshot } from "./pacing.ts";

export interface RunnerOptions {
  readonly actor: string;
  readonly costs: HostCosts;
  /** Most steps in one slice: an experiment's knob, without influence on the result. */
  readonly sliceCap: number;
  /** Every how many crossings the state is hashed. */
  readonly hashEvery: number;
}

export interface RunnerObserver {
  /** Something crossed the port; `isLive`: the value is this host's own. */
  crossed(crossing: Crossing, index: number, stateHash: string, isLive: boolean): void;
  performed(output: NumberedOutput, count: number): void;
}

/** What the host must provide. */
export interface RunnerHost {
  /** The first instant at which something could reach this host that is not in its queue yet. */
  horizon(): VirtualTime;
  /** The machine stopped; to be handed to the protocol. */
  handleExit(exit: VmExit): void;
  /** Randomness of this host's own source. */
  entropy(length: number): Uint8Array;
}

type Mode = "stopped" | "live" | "replay" | "halted";

interface RunnerState {
  mode: Mode;
  /** Stopped by the protocol (full buffer), by a fault (the VM hangs), with its host. */
  isPaused: boolean;
  isStalled: boolean;
  isHostPaused: boolean;
  /** Standing at a request that was handed to the protocol. */
  isAsking: boolean;
  replayUntil: number;
  answers: Answer[];
  /** Outputs performed in the replay under way. */
  performed: NumberedOutput[];
  nextOrdinal: number;
  pendingExit: EventHandle | undefined;
  pendingSlice: EventHandle | undefined;
}

export interface RunnerSnapshot {
  readonly state: Omit<RunnerState, "pendingExit" | "pendingSlice">;
  readonly pendingExit: EventHandle | undefined;
  readonly pendingSlice: EventHandle | undefined;
  readonly pacing: PacingSnapshot;
  readonly record: readonly RecordedCrossing[];
  readonly machine: MachineSnapshot;
}

export const EVENT_SLICE = "slice";
export const EVENT_EXIT = "vm-exit";
export const EVENT_ARRIVAL = "vm-arrival";

export class VmRunner {
  readonly machine: Machine;
  readonly record: FlightRecorder;
  readonly #kernel: Kernel;
  readonly #options: RunnerOptions;
  readonly #host: RunnerHost;
  readonly #observer: RunnerObserver;
  readonly #pacing: Pacing;
  #state: RunnerState;

  constructor(
    kernel: Kernel,
    machine: Machine,
    options: RunnerOptions,
    host: RunnerHost,
    observer: RunnerObserver,
  ) {
    this.#kernel = kernel;
    this.machine = machine;
    this.#options = options;
    this.#host = host;
    this.#observer = observer;
    this.record = new FlightRecorder();
    this.#pacing = new Pacing(options.costs.stepsPerSecond);
    this.#pacing.anchor(kernel.now, machine.count);
    this.#state = {
      mode: "stopped",
      isPaused: false,
      isStalled: false,
      isHostPaused: false,
      isAsking: false,
      replayUntil: 0,
      answers: [],
      performed: [],
      nextOrdinal: 0,
      pendingExit: undefined,
      pendingSlice: undefined,
    };
  }

  get isHalted(): boolean {
    return this.#state.mode === "halted";
  }

  /** Steps executed by now: exact while live; while replaying, what the pace says. */
  get count(): number {
    const { mode } = this.#state;
    if (mode === "replay") {
      const paced = this.#isFrozen()
        ? this.#pacing.frozenCount
        : this.#pacing.countAt(this.#kernel.now);
      return Math.min(this.#state.replayUntil, paced);
    }
    if (mode === "live") return Math.min(this.machine.count, this.#reachableNow());
    return this.machine.count;
  }

  /** When all that was executed already will have been due: a live machine runs ahead of the clock. */
  get executedUntil(): VirtualTime {
    const { now } = this.#kernel;
    if (this.#state.mode !== "live") return now;
    const executed = latest(now, this.#pacing.timeOf(this.machine.count));
    return latest(executed, this.#state.pendingExit?.time ?? now);
  }

  // ---- commands of the protocol

  run(): void {
    if (this.#state.mode === "replay") this.#abandonReplay();
    this.#state.mode = "live";
    this.#state.isPaused = false;
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#goOn();
  }

  replay(until: number, answers: readonly Answer[]): void {
    assert(until >= this.machine.count, `replay to ${until}, machine is at ${this.machine.count}`);
    this.#state.mode = "replay";
    this.#state.replayUntil = until;
    this.#state.answers = [...answers];
    this.#state.performed = [];
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#goOn();
  }

  inject(entry: Entry, cost: VmCost): void {
    const { count } = this.machine;
    this.machine.apply(entry);
    this.#crossed({ kind: "entry", count, entry }, this.#state.mode === "live");
    this.#pacing.anchor(this.#kernel.now, count);
    this.#charge(cost);
    if (this.#state.mode === "live") this.#goOn();
  }

  /** Answers the request at which the machine stands, out of this host, and executes that one step. */
  answer(answer: Answer, cost: VmCost): void {
    assert(this.#state.isAsking, "an answer to nothing");
    this.#state.isAsking = false;
    const exit = this.#answerStep(answer, true);
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#charge(cost);
    if (this.#state.mode === "replay") this.#continueReplay(exit);
    else if (exit.kind === "limit") this.#goOn();
    else this.#settleExit(exit);
  }

  pause(): void {
    this.#freeze();
    this.#state.isPaused = true;
  }

  resume(): void {
    this.#state.isPaused = false;
    this.#thaw();
  }

  halt(): void {
    this.#cancelPending();
    this.#state.mode = "halted";
  }

  /**
   * Another machine's state was put into this one: its past is this machine's past now, and what it
   * performed was performed here, silently.
   */
  adopt(past: readonly RecordedCrossing[]): void {
    const known = this.record.length;
    this.record.restore(past);
    for (let index = known; index < past.length; index++) {
      const { crossing } = past[index] as RecordedCrossing;
      this.#observer.crossed(crossing, index, "", false);
      if (crossing.kind !== "output") continue;
      for (const output of crossing.outputs)
        this.#observer.performed({ ordinal: this.#state.nextOrdinal++, output }, crossing.count);
    }
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
  }

  // ---- faults

  /** The VM hangs: no instructions, while its hypervisor goes on. */
  stall(): void {
    this.#freeze();
    this.#state.isStalled = true;
  }

  unstall(): void {
    if (!this.#state.isStalled) return;
    this.#state.isStalled = false;
    this.#thaw();
  }

  /** Nothing on the host runs: another fault than a VM that hangs, and both may strike at once. */
  pauseHost(): void {
    this.#freeze();
    this.#state.isHostPaused = true;
  }

  resumeHost(): void {
    this.#state.isHostPaused = false;
    this.#thaw();
  }

  setSpeed(percent: number): void {
    this.#freeze();
    this.#pacing.setPercent(percent, this.#kernel.now, this.#frozenCount());
    this.#thaw();
  }

  // ---- events of the kernel

  handleSlice(): void {
    this.#state.pendingSlice = undefined;
    if (!this.#isRunnable() || this.#state.mode !== "live") return;
    const horizon = this.#host.horizon();
    const cap = this.machine.count + this.#options.sliceCap;
    const reach = this.#pacing.countAt(horizon);
    const limit = Math.min(reach, cap);
    const exit: Exit = limit > this.machine.count ? this.machine.run(limit) : { kind: "limit" };
    if (exit.kind !== "limit") this.#settleExit(exit);
    else if (limit < reach) this.#scheduleSlice(this.#pacing.timeOf(limit));
    else this.#scheduleSlice(this.#justBeforeNextStep());
  }

  handleExit(payload: unknown): void {
    this.#state.pendingExit = undefined;
    const exit = payload as Exit;
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#pacing.charge(this.#options.costs.exit);
    this.#handOver(exit);
    this.#goOn();
  }

  /** A replay is due at its position: execute the steps up to it. */
  handleArrival(): void {
    this.#state.pendingExit = undefined;
    this.#continueReplay({ kind: "limit" });
  }

  release(): void {
    this.#cancelPending();
    if (this.machine.isAlive) this.machine.release();
  }

  snapshot(): RunnerSnapshot {
    const { pendingExit, pendingSlice, ...state } = this.#state;
    return {
      state: clonePlain(state),
      pendingExit,
      pendingSlice,
      pacing: this.#pacing.snapshot(),
      record: this.record.snapshot(),
      machine: this.machine.snapshot(),
    };
  }

  restore(snapshot: RunnerSnapshot): void {
    this.#state = {
      ...clonePlain(snapshot.state),
      pendingExit: snapshot.pendingExit,
      pendingSlice: snapshot.pendingSlice,
    };
    this.#pacing.restore(snapshot.pacing);
    this.record.restore(snapshot.record);
    this.machine.restore(snapshot.machine);
  }

  // ---- live

  #isRunnable(): boolean {
    const { mode, isAsking, pendingExit } = this.#state;
    const isOn = mode === "live" || mode === "replay";
    return isOn && !this.#isFrozen() && !isAsking && pendingExit === undefined;
  }

  #isFrozen(): boolean {
    const { isPaused, isStalled, isHostPaused } = this.#state;
    return isPaused || isStalled || isHostPaused;
  }

  #goOn(): void {
    if (!this.#isRunnable()) return;
    if (this.#state.mode === "replay") this.#scheduleArrival();
    else if (!this.machine.isWaiting && this.#state.pendingSlice === undefined)
      this.#scheduleSlice(latest(this.#kernel.now, this.#pacing.timeOf(this.machine.count)));
  }

  /**
   * The next step may ask something and must be tried before it is due, or when it is found out
   * would depend on where a slice happened to end. All that is due earlier has been handled by then.
   */
  #justBeforeNextStep(): VirtualTime {
    const due = this.#pacing.timeOf(this.machine.count + 1);
    return latest(this.#kernel.now, (due - 1) as VirtualTime);
  }

  #scheduleSlice(time: VirtualTime): void {
    this.#state.pendingSlice = this.#kernel.schedule(
      time,
      this.#options.actor,
      EVENT_SLICE,
      null,
      LANE_SLICE,
    );
  }

  /** The machine stopped in a slice that began earlier: the stop counts when it is reached. */
  #settleExit(exit: Exit): void {
    if (exit.kind === "wait" || exit.kind === "limit") return;
    // A request is made in a step that is not done yet: it counts when that step is due.
    const steps = exit.kind === "request" ? this.machine.count + 1 : this.machine.count;
    this.#state.pendingExit = this.#kernel.schedule(
      latest(this.#kernel.now, this.#pacing.timeOf(steps)),
      this.#options.actor,
      EVENT_EXIT,
      exit,
      LANE_EXIT,
    );
  }

  #handOver(exit: Exit): void {
    switch (exit.kind) {
      case "request":
        this.#state.isAsking = true;
        this.#host.handleExit(this.#asRequest(exit));
        break;
      case "output":
        this.#host.handleExit({ kind: "output", outputs: this.#performedOutputs(exit, true) });
        break;
      case "deadline":
        this.#host.handleExit({ kind: "deadline" });
        break;
      case "halt":
        this.#host.handleExit({ kind: "halt", detail: describeHalt(exit) });
        break;
      case "limit":
      case "wait":
        break;
    }
  }

  #asRequest(exit: Extract<Exit, { kind: "request" }>): VmExit {
    return exit.what === "time"
      ? { kind: "request", what: "time" }
      : { kind: "request", what: "entropy", sample: this.#host.entropy(exit.length) };
  }

  #performedOutputs(
    exit: Extract<Exit, { kind: "output" }>,
    isLive: boolean,
  ): readonly NumberedOutput[] {
    const { count } = this.machine;
    const outputs = exit.outputs.map((output) => ({ ordinal: this.#state.nextOrdinal++, output }));
    this.#crossed({ kind: "output", count: count - 1, outputs: exit.outputs }, isLive);
    for (const output of outputs) this.#observer.performed(output, count - 1);
    return outputs;
  }

  #answerStep(answer: Answer, isLive: boolean): Exit {
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

  // ---- replay

  #scheduleArrival(): void {
    const { replayUntil } = this.#state;
    const time = latest(this.#kernel.now, this.#pacing.timeOf(replayUntil));
    this.#state.pendingExit = this.#kernel.schedule(
      time,
      this.#options.actor,
      EVENT_ARRIVAL,
      null,
      LANE_EXIT,
    );
  }

  /** Executes up to the position; `exit` is what the step before came back with. */
  #continueReplay(exit: Exit): void {
    let current = exit;
    for (;;) {
      const stop = this.#replayStop(current);
      if (stop !== undefined) {
        this.#endReplay(stop);
        return;
      }
      if (this.machine.count === this.#state.replayUntil) break;
      current = this.machine.run(this.#state.replayUntil);
    }
    const outputs = this.#state.performed;
    this.#endReplay({ kind: "reached", outputs });
  }

  /** What a stop in the middle of a replay means: go on (undefined), or tell the protocol. */
  #replayStop(exit: Exit): VmExit | undefined {
    switch (exit.kind) {
      case "limit":
      case "deadline":
        return undefined;
      case "output":
        this.#state.performed.push(...this.#performedOutputs(exit, false));
        return undefined;
      case "wait":
        return this.machine.count === this.#state.replayUntil
          ? undefined
          : { kind: "diverged", detail: `the guest waits at step ${this.machine.count}` };
      case "halt":
        return { kind: "halt", detail: describeHalt(exit) };
      case "request":
        return this.#answerFromLog(exit);
    }
  }

  #answerFromLog(exit: Extract<Exit, { kind: "request" }>): VmExit | undefined {
    const isLastStep = this.machine.count + 1 === this.#state.replayUntil;
    const answer = this.#state.answers[0];
    if (!isLastStep || answer === undefined || answer.what !== exit.what) {
      this.#state.isAsking = true;
      return this.#asRequest(exit);
    }
    this.#state.answers.shift();
    return this.#replayStop(this.#answerStep(answer, false));
  }

  #endReplay(exit: VmExit): void {
    if (exit.kind !== "request") this.#state.mode = "stopped";
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#host.handleExit(exit);
  }

  /** Going live in the middle of a replay: execute what the pace has covered, then forget the rest. */
  #abandonReplay(): void {
    const reached = this.count;
    this.#cancelPending();
    this.#state.replayUntil = reached;
    this.#state.answers = [];
    while (this.machine.count < reached) {
      const exit = this.machine.run(reached);
      if (exit.kind === "output") this.#performedOutputs(exit, false);
      else if (exit.kind !== "limit" && exit.kind !== "deadline") break;
    }
  }

  // ---- stopping and going on

  #freeze(): void {
    const count = this.#frozenCount();
    if (this.#state.mode === "replay" && this.#state.pendingExit !== undefined)
      this.#cancelPending();
    if (this.#state.pendingSlice !== undefined) {
      this.#kernel.cancel(this.#state.pendingSlice);
      this.#state.pendingSlice = undefined;
    }
    this.#pacing.anchor(this.#kernel.now, count);
  }

  #thaw(): void {
    this.#pacing.anchor(this.#kernel.now, this.#frozenAnchorCount());
    this.#goOn();
  }

  /** Steps that count as executed when the machine is frozen now. */
  #frozenCount(): number {
    return this.#state.mode === "replay" ? this.count : this.machine.count;
  }

  #frozenAnchorCount(): number {
    return this.#state.mode === "replay"
      ? Math.min(this.#state.replayUntil, this.#pacing.frozenCount)
      : this.machine.count;
  }

  #cancelPending(): void {
    if (this.#state.pendingExit !== undefined) this.#kernel.cancel(this.#state.pendingExit);
    if (this.#state.pendingSlice !== undefined) this.#kernel.cancel(this.#state.pendingSlice);
    this.#state.pendingExit = undefined;
    this.#state.pendingSlice = undefined;
  }

  #reachableNow(): number {
    return Math.max(this.#pacing.countAt(this.#kernel.now), this.#pacing.frozenCount);
  }

  #charge(cost: VmCost): void {
    const { record, recordPerKib, replay, replayPerKib } = this.#options.costs;
    if (cost.kind === "record")
      this.#pacing.charge(record + Math.floor((cost.bytes * recordPerKib) / 1_024));
    else if (cost.kind === "replay")
      this.#pacing.charge(replay + Math.floor((cost.bytes * replayPerKib) / 1_024));
  }

  #crossed(crossing: Crossing, isLive: boolean): void {
    const index = this.record.length;
    const stateHash = index % this.#options.hashEvery === 0 ? this.machine.stateHash() : "";
    this.record.append({ crossing, stateHash });
    this.#observer.crossed(crossing, index, stateHash, isLive);
  }
}

function describeHalt(exit: Extract<Exit, { kind: "halt" }>): string {
  return exit.reason.kind === "fault" ? exit.reason.detail : "power-off";
}
