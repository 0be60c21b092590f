// Checkpoints, as Remus and vSphere's SMP-FT make them. The primary runs speculatively: at the end of
// an epoch (25 ms) it stands while its dirty pages are copied, runs on, and what it lets out of that
// epoch - frames, console, disk writes - waits until the backup has that very checkpoint. The backup's
// machine stands; its memory is always the last whole checkpoint, from which it goes on at a takeover.
//
// Outputs carry the number of the checkpoint that covers them: the one taken after them, never the one
// that was on its way when they were performed.

import { clonePlain } from "../base/clone.ts";
import type {
  Effect,
  Input,
  NumberedOutput,
  Page,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmExit,
} from "../ft/protocol.ts";
import {
  type CheckpointMessage,
  decodeCheckpoint,
  encodeCheckpoint,
} from "./checkpoint-message.ts";
import { LiveMachine, type LiveMachineSnapshot, mustWait } from "./shared/live-machine.ts";
import { inParts } from "./shared/page-codec.ts";
import {
  beginStep,
  type Decision,
  type GuardSnapshot,
  PairGuard,
  type PairStep,
} from "./shared/pair-guard.ts";

interface HeldOutput extends NumberedOutput {
  /** The checkpoint whose ack lets it go. */
  readonly waitsFor: number;
}

interface CheckpointState {
  /** Primary: the checkpoint that will end the epoch under way. */
  next: number;
  acknowledged: number;
  held: HeldOutput[];
  /** Sent, or waiting for the channel; one at a time. */
  inFlight: { readonly number: number; readonly messages: readonly Uint8Array[] } | undefined;
  /** The next one is due and waits for the ack of the one in flight. */
  isDue: boolean;
  /** The backup has said what it needs. */
  isConnected: boolean;
  /** Backup: pages of a checkpoint whose end is not here yet. */
  pages: Page[];
  applied: number;
}

interface CheckpointSnapshot {
  readonly state: CheckpointState;
  readonly guard: GuardSnapshot;
  readonly machine: LiveMachineSnapshot;
}

class CheckpointReplica implements Replica {
  readonly #config: ReplicaConfig;
  readonly #guard: PairGuard;
  readonly #machine: LiveMachine;
  #state: CheckpointState;

  constructor(config: ReplicaConfig) {
    this.#config = config;
    this.#guard = new PairGuard(config);
    this.#machine = new LiveMachine(config);
    this.#state = {
      next: 1,
      acknowledged: 0,
      held: [],
      inFlight: undefined,
      isDue: false,
      isConnected: false,
      pages: [],
      applied: 0,
    };
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (this.#guard.role === "HALTED") return [];
    const step = beginStep(this.#config, context);
    this.#machine.clock.look(context.now);
    this.#handle(step, input);
    return step.out.list();
  }

  #handle(step: PairStep, input: Input): void {
    switch (input.kind) {
      case "start":
        this.#start(step);
        break;
      case "message":
        if (input.channel === "heartbeat") this.#guard.heardHeartbeat(step);
        else if (input.channel === "log") this.#hear(step, decodeCheckpoint(input.bytes));
        break;
      case "channel":
        this.#handleChannel(step, input.state === "up");
        break;
      case "timer":
        this.#handleTimer(step, input);
        break;
      case "exit":
        if (this.#isLive) this.#handleExit(step, input.exit);
        break;
      case "frame":
        this.#guard.frameArrived(input.bytes);
        if (this.#isLive) this.#machine.deliver(step, input);
        break;
      case "disk-done":
        if (input.status === "fenced") this.#halt(step, "the storage fenced this node off");
        else if (this.#isLive) this.#machine.deliver(step, input);
        break;
      case "test-and-set":
        this.#decide(step, this.#guard.handleAnswer(step, input.result));
        break;
      case "state":
        this.#ship(step, input);
        break;
      case "opened":
      case "record":
      case "own-read":
      case "pages":
      case "command":
      case "alarm":
        // A cluster and its spare hosts are nothing to a pair.
        break;
    }
  }

  get #isPrimary(): boolean {
    return this.#config.role === "primary";
  }

  /** The guest runs here. */
  get #isLive(): boolean {
    return this.#isPrimary || this.#guard.role === "SOLO";
  }

  #start(step: PairStep): void {
    const { context, out } = step;
    const { params } = this.#config;
    this.#guard.start(step);
    out.timer("progress", context.now + params.progressInterval);
    if (!this.#isPrimary) return;
    out.push({ kind: "memory", command: { do: "track" } });
    out.vm({ do: "run" });
    this.#machine.armTimer(step);
    out.timer("checkpoint", context.now + params.checkpointInterval);
  }

  #handleTimer(step: PairStep, input: Extract<Input, { kind: "timer" }>): void {
    if (input.timer === "guest") {
      if (this.#isLive) this.#machine.deliver(step, input);
    } else if (input.timer === "checkpoint") this.#endEpoch(step);
    else if (input.timer === "progress") this.#keepAlive(step);
    else this.#decide(step, this.#guard.handleTimer(step, input.timer));
  }

  /** neither side is silent while it works, however slowly a checkpoint gets through. */
  #keepAlive(step: PairStep): void {
    const { context } = step;
    if (this.#guard.role === "SOLO") return;
    if (!this.#isPrimary) this.#acknowledge(step);
    else if (this.#state.isConnected)
      this.#send(step, { kind: "alive", count: context.count, isWaiting: context.isWaiting });
    step.out.timer("progress", context.now + this.#config.params.progressInterval);
  }

  #handleExit(step: PairStep, exit: VmExit): void {
    switch (exit.kind) {
      case "request":
        this.#machine.answer(step, exit);
        break;
      case "output":
        for (const output of exit.outputs) this.#perform(step, output);
        break;
      case "deadline":
        this.#machine.armTimer(step);
        break;
      case "halt":
        this.#halt(step, `guest stopped: ${exit.detail}`);
        break;
      case "reached":
      case "diverged":
        break;
    }
  }

  #perform(step: PairStep, output: NumberedOutput): void {
    const { held, next } = this.#state;
    if (this.#guard.role === "SOLO" || !mustWait(output, held)) this.#machine.release(step, output);
    else held.push({ ...output, waitsFor: next });
  }

  // ---- the primary's checkpoints

  #endEpoch(step: PairStep): void {
    if (this.#guard.role === "SOLO") return;
    if (this.#state.inFlight !== undefined) {
      this.#state.isDue = true;
      return;
    }
    const { context, out } = step;
    this.#state.isDue = false;
    out.vm({ do: "pause" });
    out.push({ kind: "memory", command: { do: "take" } });
    out.timer("checkpoint", context.now + this.#config.params.checkpointInterval);
  }

  /** The copy is made: the machine goes on, at the cost of the copying, while the copy travels. */
  #ship(step: PairStep, { pages, machine }: Extract<Input, { kind: "state" }>): void {
    const { context, out } = step;
    out.vm({ do: "resume" });
    if (this.#guard.role === "SOLO") return;
    const number = this.#state.next++;
    const end: CheckpointMessage = {
      kind: "end",
      number,
      count: context.count,
      isWaiting: context.isWaiting,
      ticks: this.#machine.clock.read(context.now),
      machine,
    };
    const parts = inParts(pages).map((part): CheckpointMessage => {
      return { kind: "pages", number, pages: part };
    });
    const messages = [...parts, end].map(encodeCheckpoint);
    this.#state.inFlight = { number, messages };
    this.#sendInFlight(step);
  }

  #sendInFlight({ out }: PairStep): void {
    const { inFlight, isConnected } = this.#state;
    if (inFlight === undefined || !isConnected) return;
    for (const bytes of inFlight.messages) out.push({ kind: "send", channel: "log", bytes });
  }

  #handleAck(step: PairStep, through: number): void {
    const state = this.#state;
    state.acknowledged = Math.max(state.acknowledged, through);
    if (state.inFlight !== undefined && state.inFlight.number <= through) {
      state.inFlight = undefined;
      if (state.isDue) this.#endEpoch(step);
    }
    this.#releaseCovered(step);
  }

  /** What was performed before an acknowledged checkpoint was taken; a suspecting node waits. */
  #releaseCovered(step: PairStep): void {
    const { held, acknowledged } = this.#state;
    if (this.#guard.isQuiet) return;
    let covered = 0;
    while ((held[covered]?.waitsFor ?? acknowledged + 1) <= acknowledged) covered++;
    for (const output of held.splice(0, covered)) this.#release(step, output);
  }

  #release(step: PairStep, { ordinal, output }: HeldOutput): void {
    this.#machine.release(step, { ordinal, output });
  }

  // ---- the channel

  #handleChannel(step: PairStep, isUp: boolean): void {
    this.#state.pages = [];
    this.#state.isConnected = false;
    const isBackup = !this.#isPrimary && this.#guard.role !== "SOLO";
    if (isUp && isBackup) this.#send(step, { kind: "hello", next: this.#state.applied + 1 });
  }

  #hear(step: PairStep, message: CheckpointMessage | undefined): void {
    if (message === undefined) {
      step.out.refuse();
      return;
    }
    if (this.#guard.role === "SOLO") return;
    switch (message.kind) {
      case "pages":
        this.#guard.heardLog(step);
        if (message.number === this.#state.applied + 1) this.#state.pages.push(...message.pages);
        break;
      case "end":
        this.#guard.heardMachine(step, message.count, message.isWaiting);
        if (message.number === this.#state.applied + 1) this.#apply(step, message);
        this.#acknowledge(step);
        break;
      case "alive":
        this.#guard.heardMachine(step, message.count, message.isWaiting);
        break;
      case "ack":
        this.#guard.heardLog(step);
        this.#handleAck(step, message.through);
        break;
      case "hello":
        this.#guard.heardLog(step);
        this.#state.isConnected = true;
        this.#handleAck(step, message.next - 1);
        this.#sendInFlight(step);
        break;
    }
  }

  /** The checkpoint is whole: it replaces the one before. */
  #apply(step: PairStep, end: Extract<CheckpointMessage, { kind: "end" }>): void {
    const { context, out } = step;
    const { pages } = this.#state;
    out.push({ kind: "memory", command: { do: "put", pages, machine: end.machine } });
    this.#machine.clock.follow(end.ticks, context.now);
    this.#state.applied = end.number;
    this.#state.pages = [];
  }

  #acknowledge(step: PairStep): void {
    if (this.#guard.role === "BACKUP")
      this.#send(step, { kind: "ack", through: this.#state.applied });
  }

  #send({ out }: PairStep, message: CheckpointMessage): void {
    out.push({ kind: "send", channel: "log", bytes: encodeCheckpoint(message) });
  }

  // ---- alone, or not at all

  #decide(step: PairStep, decision: Decision): void {
    if (decision === "won") this.#goAlone(step);
    else if (decision === "lost") this.#halt(step, "lost the test-and-set");
    else if (decision === "heard-again") {
      this.#releaseCovered(step);
      if (!this.#isPrimary) this.#acknowledge(step);
    }
  }

  #goAlone(step: PairStep): void {
    const { out } = step;
    for (const timer of ["checkpoint", "progress"]) out.push({ kind: "cancel-timer", timer });
    if (this.#isPrimary) {
      this.#guard.goSolo(step, "won the test-and-set");
      for (const output of this.#state.held.splice(0)) this.#release(step, output);
      this.#state.inFlight = undefined;
      return;
    }
    if (this.#state.pages.length > 0) out.mark("incomplete-checkpoint-dropped");
    this.#state.pages = [];
    this.#guard.enter(step, "GOING_LIVE", "won the test-and-set");
    this.#guard.goSolo(step, `goes on from checkpoint ${this.#state.applied}`);
    out.vm({ do: "run" });
    this.#machine.armTimer(step);
    this.#guard.announce(step);
    this.#machine.reissuePending(step);
  }

  #halt(step: PairStep, why: string): void {
    const { out } = step;
    const ordinals = this.#state.held.splice(0).map(({ ordinal }) => ordinal);
    if (ordinals.length > 0) out.push({ kind: "drop", ordinals });
    for (const timer of ["checkpoint", "progress", "guest"])
      out.push({ kind: "cancel-timer", timer });
    out.vm({ do: "halt" });
    this.#guard.halt(step, why);
  }

  // ---- snapshots

  snapshot(): CheckpointSnapshot {
    return {
      state: clonePlain(this.#state),
      guard: this.#guard.snapshot(),
      machine: this.#machine.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const { state, guard, machine } = snapshot as CheckpointSnapshot;
    this.#state = clonePlain(state);
    this.#guard.restore(guard);
    this.#machine.restore(machine);
  }
}

export const CHECKPOINTS: Protocol = {
  name: "checkpoints",
  family: "other",
  create: (config) => new CheckpointReplica(config),
};
