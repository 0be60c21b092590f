// Coarse-grained lock-stepping (COLO, 2013): two machines run on the same input, and an output leaves
// when both have performed it. While they agree nothing is shipped and nothing waits for an epoch;
// where they do not, the secondary is given the primary's state, as a checkpoint.
//
// Compared is output by output, byte by byte and in order, console and disk commands too. That is more
// than COLO asks, which compares the bytes of a connection: an acknowledgement in another segment is a
// difference here. Randomness is the primary's on both machines, so that sequence numbers agree.

import type {
  Effect,
  Input,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
} from "../ft/protocol.ts";
import { type ColoMessage, decodeColo, encodeColo } from "./colo-message.ts";
import { ColoPrimary, type ColoPrimarySnapshot } from "./colo-primary.ts";
import { ColoSecondary, type ColoSecondarySnapshot } from "./colo-secondary.ts";
import { LiveMachine, type LiveMachineSnapshot } from "./shared/live-machine.ts";
import {
  beginStep,
  type Decision,
  type GuardSnapshot,
  PairGuard,
  type PairStep,
} from "./shared/pair-guard.ts";

interface ColoSnapshot {
  readonly guard: GuardSnapshot;
  readonly machine: LiveMachineSnapshot;
  readonly primary: ColoPrimarySnapshot;
  readonly secondary: ColoSecondarySnapshot;
}

class ColoReplica implements Replica {
  readonly #config: ReplicaConfig;
  readonly #guard: PairGuard;
  readonly #machine: LiveMachine;
  readonly #primary: ColoPrimary;
  readonly #secondary: ColoSecondary;

  constructor(config: ReplicaConfig) {
    this.#config = config;
    this.#guard = new PairGuard(config);
    this.#machine = new LiveMachine(config);
    this.#primary = new ColoPrimary(config, this.#guard, this.#machine);
    this.#secondary = new ColoSecondary(this.#guard, this.#machine);
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (this.#guard.role === "HALTED") return [];
    const step = beginStep(this.#config, context);
    this.#machine.clock.look(context.now);
    if (input.kind === "exit" && input.exit.kind === "halt" && this.#isSpeaking)
      this.#halt(step, `guest stopped: ${input.exit.detail}`);
    else if (input.kind === "disk-done" && input.status === "fenced")
      this.#halt(step, "the storage fenced this node off");
    else if (!this.#handlePair(step, input)) this.#handleMachine(step, input);
    return step.out.list();
  }

  get #isPrimary(): boolean {
    return this.#config.role === "primary";
  }

  get #isAlone(): boolean {
    return this.#guard.role === "SOLO";
  }

  get #isSpeaking(): boolean {
    return this.#isPrimary || this.#isAlone;
  }

  /** What has to do with the other host; says whether it was that. */
  #handlePair(step: PairStep, input: Input): boolean {
    switch (input.kind) {
      case "start":
        this.#start(step);
        return true;
      case "message":
        if (input.channel === "heartbeat") this.#guard.heardHeartbeat(step);
        else if (input.channel === "log") this.#hear(step, decodeColo(input.bytes));
        return true;
      case "channel":
        this.#handleChannel(step, input.state === "up");
        return true;
      case "test-and-set":
        this.#decide(step, this.#guard.handleAnswer(step, input.result));
        return true;
      case "timer":
        if (input.timer === "guest") return false;
        if (input.timer === "progress") this.#keepAlive(step);
        else if (input.timer === "compare") this.#primary.handleTimeout(step);
        else this.#decide(step, this.#guard.handleTimer(step, input.timer));
        return true;
      case "frame":
        this.#guard.frameArrived(input.bytes);
        return false;
      case "exit":
      case "disk-done":
      case "state":
        return false;
      default:
        // A cluster and its spare hosts are nothing to a pair.
        return true;
    }
  }

  /** What has to do with the machine here. */
  #handleMachine(step: PairStep, input: Input): void {
    if (this.#isAlone) this.#handleAlone(step, input);
    else if (input.kind === "state") {
      if (this.#isPrimary) this.#primary.ship(step, input);
      else this.#secondary.handleState(step, input);
    } else if (input.kind === "exit") {
      if (this.#isPrimary) this.#primary.handleExit(step, input.exit);
      else this.#secondary.handleExit(step, input.exit);
    } else if (this.#isPrimary) this.#primary.deliver(step, input);
    // Frames of the network and completions of the storage are the primary's; the timer is its own.
    else if (input.kind === "timer") this.#secondary.handleTimer(step, input);
  }

  #handleAlone(step: PairStep, input: Input): void {
    if (input.kind !== "exit") this.#machine.deliver(step, input);
    else if (input.exit.kind === "request") this.#machine.answer(step, input.exit);
    else if (input.exit.kind === "deadline") this.#machine.armTimer(step);
    else if (input.exit.kind === "output")
      for (const output of input.exit.outputs) this.#machine.release(step, output);
  }

  #start(step: PairStep): void {
    this.#guard.start(step);
    step.out.timer("progress", step.context.now + this.#config.params.progressInterval);
    if (this.#isPrimary) this.#primary.start(step);
    else this.#secondary.start(step);
  }

  #keepAlive(step: PairStep): void {
    const { context, out } = step;
    if (this.#isAlone) return;
    const { count, isWaiting } = context;
    const alive: ColoMessage = { kind: "alive", count, isWaiting };
    out.push({ kind: "send", channel: "log", bytes: encodeColo(alive) });
    out.timer("progress", context.now + this.#config.params.progressInterval);
  }

  #hear(step: PairStep, message: ColoMessage | undefined): void {
    if (message === undefined) {
      step.out.refuse();
      return;
    }
    if (this.#isAlone) return;
    if (message.kind === "alive") this.#guard.heardMachine(step, message.count, message.isWaiting);
    else this.#guard.heardLog(step);
    if (this.#isPrimary) this.#primary.handleMessage(step, message);
    else this.#secondary.handleMessage(step, message);
  }

  #handleChannel(step: PairStep, isUp: boolean): void {
    if (this.#isAlone) return;
    if (!this.#isPrimary) this.#secondary.handleChannel(step, isUp);
    else if (!isUp) this.#primary.partFrom(step);
  }

  // ---- alone, or not at all

  #decide(step: PairStep, decision: Decision): void {
    if (decision === "won") this.#goAlone(step);
    else if (decision === "lost") this.#halt(step, "lost the test-and-set");
    else if (decision === "heard-again") {
      if (this.#isPrimary) this.#primary.compare(step);
      else this.#secondary.confirm(step);
    }
  }

  #goAlone(step: PairStep): void {
    step.out.push({ kind: "cancel-timer", timer: "progress" });
    if (this.#isPrimary) {
      this.#guard.goSolo(step, "won the test-and-set");
      this.#primary.goAlone(step);
      return;
    }
    this.#guard.enter(step, "GOING_LIVE", "won the test-and-set");
    this.#guard.goSolo(step, "goes on from where it is");
    this.#secondary.goLive(step);
    this.#guard.announce(step);
    this.#machine.reissuePending(step);
  }

  #halt(step: PairStep, why: string): void {
    const { out } = step;
    const ordinals = this.#primary.dropHeld();
    if (ordinals.length > 0) out.push({ kind: "drop", ordinals });
    for (const timer of ["compare", "progress", "guest"]) out.push({ kind: "cancel-timer", timer });
    out.vm({ do: "halt" });
    this.#guard.halt(step, why);
  }

  // ---- snapshots

  snapshot(): ColoSnapshot {
    return {
      guard: this.#guard.snapshot(),
      machine: this.#machine.snapshot(),
      primary: this.#primary.snapshot(),
      secondary: this.#secondary.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const { guard, machine, primary, secondary } = snapshot as ColoSnapshot;
    this.#guard.restore(guard);
    this.#machine.restore(machine);
    this.#primary.restore(primary);
    this.#secondary.restore(secondary);
  }
}

export const COLO: Protocol = {
  name: "colo",
  family: "other",
  create: (config) => new ColoReplica(config),
};
