// Runs one machine on one host under virtual time (D4, D6).
//
// Live, it runs in slices with lookahead: a slice ends no later than the next event of this host and
// no later than anybody else's next action plus the least latency of a way here, so that no slice is
// ever undone and what arrives at t finds the machine at exactly N(t). Replaying, it has no outputs
// of its own, so its arrival at a position is computed and the steps are executed there, in one go.
//
// What crosses the machine's port goes through vm-port.ts; the steps of a replay are vm-replay.ts.

import { assert } from "../base/assert.ts";
import { clonePlain } from "../base/clone.ts";
import { latest, type VirtualTime } from "../base/time.ts";
import type { Answer, VmCost, VmExit } from "../ft/protocol.ts";
import { type EventHandle, type Kernel, LANE_EXIT, LANE_SLICE } from "../sim/kernel.ts";
import type { Entry, Exit } from "../vm/exit.ts";
import type { VirtualMachine } from "../vm/virtual-machine.ts";
import type { HostCosts } from "./costs.ts";
import type { FlightRecorder, RecordedCrossing } from "./flight-recorder.ts";
import { Pacing, type PacingSnapshot } from "./pacing.ts";
import { describeHalt, type PortObserver, type PortSnapshot, VmPort } from "./vm-port.ts";
import { type ReplaySnapshot, VmReplay } from "./vm-replay.ts";

export interface RunnerOptions {
  readonly actor: string;
  readonly costs: HostCosts;
  /** Most steps in one slice: an experiment's knob, without influence on the result. */
  readonly sliceCap: number;
  /** Every how many crossings the state is hashed. */
  readonly hashEvery: number;
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
  /** Live, but beside the machine that is the VM. */
  isShadow: boolean;
  /** Live: where the protocol wants to have it back. */
  until: number | undefined;
  pendingExit: EventHandle | undefined;
  pendingSlice: EventHandle | undefined;
}

export interface RunnerSnapshot {
  readonly state: Omit<RunnerState, "pendingExit" | "pendingSlice">;
  readonly pendingExit: EventHandle | undefined;
  readonly pendingSlice: EventHandle | undefined;
  readonly pacing: PacingSnapshot;
  readonly port: PortSnapshot;
  readonly replay: ReplaySnapshot;
}

function stoppedState(): RunnerState {
  return {
    mode: "stopped",
    isPaused: false,
    isStalled: false,
    isHostPaused: false,
    isAsking: false,
    isShadow: false,
    until: undefined,
    pendingExit: undefined,
    pendingSlice: undefined,
  };
}

export const EVENT_SLICE = "slice";
export const EVENT_EXIT = "vm-exit";
export const EVENT_ARRIVAL = "vm-arrival";

export class VmRunner {
  readonly machine: VirtualMachine;
  readonly #kernel: Kernel;
  readonly #options: RunnerOptions;
  readonly #host: RunnerHost;
  readonly #port: VmPort;
  readonly #replay: VmReplay;
  readonly #pacing: Pacing;
  #state: RunnerState;

  constructor(
    kernel: Kernel,
    machine: VirtualMachine,
    options: RunnerOptions,
    host: RunnerHost,
    observer: PortObserver,
  ) {
    this.#kernel = kernel;
    this.machine = machine;
    this.#options = options;
    this.#host = host;
    const { hashEvery } = options;
    this.#port = new VmPort(
      machine,
      { hashEvery, entropy: (length) => host.entropy(length) },
      observer,
    );
    this.#replay = new VmReplay(this.#port);
    this.#pacing = new Pacing(options.costs.stepsPerSecond);
    this.#pacing.anchor(kernel.now, machine.count);
    this.#state = stoppedState();
  }

  /** Everything that crossed the machine's port. */
  get record(): FlightRecorder {
    return this.#port.record;
  }

  get isHalted(): boolean {
    return this.#state.mode === "halted";
  }

  /** It executes what another machine has done, or nothing yet. */
  get isReplica(): boolean {
    return this.#state.mode === "replay" || this.#state.mode === "stopped";
  }

  get outputs(): number {
    return this.#port.outputs;
  }

  /** Steps executed by now: exact while live; while replaying, what the pace says. */
  get count(): number {
    const { mode } = this.#state;
    if (mode === "replay") {
      const paced = this.#isFrozen()
        ? this.#pacing.frozenCount
        : this.#pacing.countAt(this.#kernel.now);
      return Math.min(this.#replay.until, paced);
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

  /** Steps were executed that are not due yet. */
  get isAhead(): boolean {
    return this.#state.mode === "live" && this.machine.count > this.#reachableNow();
  }

  // ---- commands of the protocol

  run(until?: number, isShadow: boolean = false): void {
    if (this.#state.mode === "replay") this.#abandonReplay();
    this.#state.mode = "live";
    this.#state.isShadow = isShadow;
    this.#state.until = until;
    this.#state.isPaused = false;
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#goOn();
  }

  replay(until: number, answers: readonly Answer[]): void {
    assert(
      until >= this.machine.count,
      () => `replay to ${until}, machine is at ${this.machine.count}`,
    );
    this.#state.mode = "replay";
    this.#replay.begin(until, answers);
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#goOn();
  }

  inject(entry: Entry, cost: VmCost): void {
    const { count } = this.machine;
    this.#port.apply(entry, this.#state.mode === "live" && !this.#state.isShadow);
    this.#pacing.anchor(this.#kernel.now, count);
    this.#charge(cost);
    if (this.#state.mode === "live") this.#goOn();
  }

  /** Answers the request at which the machine stands, out of this host, and executes that one step. */
  answer(answer: Answer, cost: VmCost): void {
    assert(this.#state.isAsking, "an answer to nothing");
    this.#state.isAsking = false;
    const exit = this.#port.answer(answer, !this.#state.isShadow);
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

  /** The protocol's limit and a fault's speed are two things: both apply. */
  limit(percent: number): void {
    this.#freeze();
    this.#pacing.setLimit(percent, this.#kernel.now, this.#frozenCount());
    this.#thaw();
  }

  /** What its operator gives the VM: beside a limit and a fault, which apply too. */
  share(percent: number): void {
    this.#freeze();
    this.#pacing.setShare(percent, this.#kernel.now, this.#frozenCount());
    this.#thaw();
  }

  /** Guest pages are copied, out of the machine or into it: it goes on that much later. */
  chargeCopy(pages: number): void {
    this.#pacing.anchor(this.#kernel.now, this.#frozenCount());
    this.#pacing.charge(pages * this.#options.costs.copyPerPage);
  }

  /** The host works on the log instead of the machine, which goes on that much later. */
  chargePacking(kind: "pack" | "unpack", bytes: number): void {
    const { packPerKib, unpackPerKib } = this.#options.costs;
    const perKib = kind === "pack" ? packPerKib : unpackPerKib;
    this.#freeze();
    this.#pacing.charge(Math.floor((bytes * perKib) / 1_024));
    this.#thaw();
  }

  halt(): void {
    this.#cancelPending();
    this.#state.mode = "halted";
  }

  /** There is no machine here any more, until another one's state is put in; its record is kept till then. */
  vacate(): void {
    this.#cancelPending();
    this.#state = stoppedState();
    // Another VM: neither limit nor share of the last one holds for it.
    this.#pacing.setLimit(100, this.#kernel.now, this.machine.count);
    this.#pacing.setShare(100, this.#kernel.now, this.machine.count);
  }

  /** Its first state came from another machine: what was before is known. */
  begin(past: readonly RecordedCrossing[]): void {
    this.#port.begin(past);
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
  }

  /** Another state is about to be put into the machine: what it was about to do is not done. */
  abandon(): void {
    this.#cancelPending();
    this.#state.isAsking = false;
    this.#state.mode = "stopped";
  }

  /** Another machine's state was put into this one, and its past with it; true: its own past is gone. */
  adopt(past: readonly RecordedCrossing[]): boolean {
    const isNewLife = this.#port.adopt(past);
    // Another VM: no limit of the last one holds for it.
    this.#pacing.setLimit(100, this.#kernel.now, this.machine.count);
    return isNewLife;
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
    const { until } = this.#state;
    const limit = Math.min(reach, cap, until ?? cap);
    const exit: Exit = limit > this.machine.count ? this.machine.run(limit) : { kind: "limit" };
    if (exit.kind !== "limit") this.#settleExit(exit);
    else if (until !== undefined && this.machine.count >= until) this.#scheduleExit(exit);
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
      port: this.#port.snapshot(),
      replay: this.#replay.snapshot(),
    };
  }

  restore(snapshot: RunnerSnapshot): void {
    this.#state = {
      ...clonePlain(snapshot.state),
      pendingExit: snapshot.pendingExit,
      pendingSlice: snapshot.pendingSlice,
    };
    this.#pacing.restore(snapshot.pacing);
    this.#port.restore(snapshot.port);
    this.#replay.restore(snapshot.replay);
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
    const isOnItsWay = exit.kind === "wait" || exit.kind === "limit";
    if (!isOnItsWay || (exit.kind === "wait" && this.#state.until !== undefined))
      this.#scheduleExit(exit);
  }

  #scheduleExit(exit: Exit): void {
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
        this.#host.handleExit(this.#port.ask(exit));
        break;
      case "output":
        this.#host.handleExit({
          kind: "output",
          outputs: this.#port.perform(exit, !this.#state.isShadow),
        });
        break;
      case "deadline":
        this.#host.handleExit({ kind: "deadline" });
        break;
      case "halt":
        this.#host.handleExit({ kind: "halt", detail: describeHalt(exit) });
        break;
      case "limit":
      case "wait":
        this.#comeBack();
        break;
    }
  }

  /** It was told to run to here, or waits: it stands until it is told to run again. */
  #comeBack(): void {
    this.#state.until = undefined;
    this.#state.isPaused = true;
    this.#host.handleExit({ kind: "reached", outputs: [] });
  }

  // ---- replay

  #scheduleArrival(): void {
    this.#state.pendingExit = this.#kernel.schedule(
      latest(this.#kernel.now, this.#pacing.timeOf(this.#replay.until)),
      this.#options.actor,
      EVENT_ARRIVAL,
      null,
      LANE_EXIT,
    );
  }

  /** `exit` is what the step before came back with. */
  #continueReplay(exit: Exit): void {
    const stop = this.#replay.goOn(exit);
    if (stop.kind === "request") this.#state.isAsking = true;
    else this.#state.mode = "stopped";
    this.#pacing.anchor(this.#kernel.now, this.machine.count);
    this.#host.handleExit(stop);
  }

  /** Going live in the middle of a replay. */
  #abandonReplay(): void {
    const reached = this.count;
    this.#cancelPending();
    this.#replay.abandonAt(reached);
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
      ? Math.min(this.#replay.until, this.#pacing.frozenCount)
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
}
