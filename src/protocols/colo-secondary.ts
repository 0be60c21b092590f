// The side of `colo` that is silent: its machine runs on the frames, the entropy and the disk
// completions that the primary took, at moments of its own, and what it performs goes to the primary
// to be compared. Its disk commands are suppressed: the primary alone reads and writes, so that both
// machines see one disk. Its clock and its timer are its own.
//
// At a takeover it goes on from where it is: all that was let out, this machine has performed.

import { clonePlain } from "../base/clone.ts";
import type { Input, Page, VmExit } from "../ft/protocol.ts";
import { type ColoMessage, encodeColo, type Twin, twinOf } from "./colo-message.ts";
import { type LiveMachine, NO_COST } from "./shared/live-machine.ts";
import type { PairGuard, PairStep } from "./shared/pair-guard.ts";

interface SecondaryState {
  /** It runs, or stands while the primary's state is on its way; at first it was never started. */
  isRunning: boolean;
  /** Randomness that the primary's machine was given and this one has not asked for yet. */
  entropy: Uint8Array[];
  /** The machine stands at a request for randomness; what its own host would have offered. */
  asking: Uint8Array | undefined;
  /** What has to wait until that is answered. */
  waiting: Extract<ColoMessage, { kind: "frame" | "disk-done" }>[];
  /** Said to nobody yet: a suspecting node confirms nothing (INV-17). */
  withheld: Twin[];
  isEqualWithheld: boolean;
  /** Pages written here since the last state came. */
  dirtied: Set<number>;
  pages: Page[];
}

export type ColoSecondarySnapshot = SecondaryState;

export class ColoSecondary {
  readonly #guard: PairGuard;
  readonly #machine: LiveMachine;
  #state: SecondaryState;

  constructor(guard: PairGuard, machine: LiveMachine) {
    this.#guard = guard;
    this.#machine = machine;
    this.#state = {
      isRunning: false,
      entropy: [],
      asking: undefined,
      waiting: [],
      withheld: [],
      isEqualWithheld: false,
      dirtied: new Set(),
      pages: [],
    };
  }

  start({ out }: PairStep): void {
    out.push({ kind: "memory", command: { do: "track" } });
  }

  handleChannel(step: PairStep, isUp: boolean): void {
    this.#state.pages = [];
    if (isUp) this.#send(step, { kind: "hello" });
  }

  handleTimer(step: PairStep, input: Extract<Input, { kind: "timer" }>): void {
    if (this.#state.isRunning && this.#state.asking === undefined)
      this.#machine.deliver(step, input);
    else if (this.#state.isRunning) step.out.timer("guest", step.context.now + RETRY);
  }

  handleExit(step: PairStep, exit: VmExit): void {
    if (exit.kind === "deadline") this.#machine.armTimer(step);
    else if (exit.kind === "output") {
      this.#state.withheld.push(...exit.outputs.map(twinOf));
      this.confirm(step);
    } else if (exit.kind === "request") {
      if (exit.what === "time") this.#machine.answer(step, exit);
      else {
        this.#state.asking = exit.sample;
        this.#answer(step);
      }
    }
  }

  handleMessage(step: PairStep, message: ColoMessage): void {
    switch (message.kind) {
      case "frame":
      case "disk-done":
        this.#state.waiting.push(message);
        this.#deliver(step);
        break;
      case "entropy":
        this.#state.entropy.push(message.bytes);
        this.#answer(step);
        break;
      case "stop":
        this.#state.isRunning = false;
        this.#state.pages = [];
        step.out.vm({ do: "pause" });
        step.out.push({ kind: "memory", command: { do: "take" } });
        break;
      case "pages":
        this.#state.pages.push(...message.pages);
        break;
      case "end":
        this.#put(step, message);
        break;
      case "hello":
      case "performed":
      case "dirtied":
      case "equal":
      case "alive":
        break;
    }
  }

  /** The pages that this machine wrote: the primary's copies of them are needed too. */
  handleState(step: PairStep, { pages }: Extract<Input, { kind: "state" }>): void {
    const { dirtied } = this.#state;
    for (const { index } of pages) dirtied.add(index);
    this.#send(step, { kind: "dirtied", pages: [...dirtied] });
  }

  /** Says what this machine has performed, and that it is in the primary's state. */
  confirm(step: PairStep): void {
    const state = this.#state;
    if (this.#guard.isQuiet) return;
    if (state.isEqualWithheld) this.#send(step, { kind: "equal" });
    state.isEqualWithheld = false;
    const twins = state.withheld.splice(0);
    if (twins.length > 0) this.#send(step, { kind: "performed", twins });
  }

  /** This machine is the VM from here on. */
  goLive(step: PairStep): void {
    const state = this.#state;
    if (state.pages.length > 0) step.out.mark("half-a-colo-state-dropped");
    step.out.vm({ do: "run" });
    if (state.asking !== undefined) {
      const bytes = state.entropy.shift() ?? state.asking;
      state.asking = undefined;
      step.out.vm({ do: "answer", answer: { what: "entropy", bytes }, cost: NO_COST });
    }
    state.isRunning = true;
    this.#deliver(step);
    this.#machine.armTimer(step);
  }

  snapshot(): ColoSecondarySnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: ColoSecondarySnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  #put(step: PairStep, { ticks, machine }: Extract<ColoMessage, { kind: "end" }>): void {
    const { out, context } = step;
    const state = this.#state;
    out.push({ kind: "memory", command: { do: "put", pages: state.pages, machine } });
    // What the put wrote is equal, and not dirty.
    out.push({ kind: "memory", command: { do: "track" } });
    this.#machine.clock.follow(ticks, context.now);
    this.#state = {
      isRunning: true,
      entropy: [],
      asking: undefined,
      waiting: [],
      withheld: [],
      isEqualWithheld: true,
      dirtied: new Set(),
      pages: [],
    };
    out.vm({ do: "run", isShadow: true });
    // The deadline that came with the state can be asked for in the next step only.
    out.timer("guest", context.now);
    this.confirm(step);
  }

  #answer(step: PairStep): void {
    const state = this.#state;
    const [bytes] = state.entropy;
    if (state.asking === undefined || bytes === undefined) return;
    // Another length: the machines differ already, and what they say will show it.
    const isAsked = bytes.length === state.asking.length;
    const answer = { what: "entropy", bytes: isAsked ? bytes : state.asking } as const;
    if (isAsked) state.entropy.shift();
    state.asking = undefined;
    step.out.vm({ do: "answer", answer, cost: NO_COST });
    this.#deliver(step);
  }

  #deliver(step: PairStep): void {
    const state = this.#state;
    if (!state.isRunning || state.asking !== undefined) return;
    for (const message of state.waiting.splice(0)) {
      if (message.kind === "frame") this.#machine.deliver(step, message);
      else {
        const { ioId, isOk, data } = message;
        const status = isOk ? "ok" : "error";
        this.#machine.deliverDiskDone(step, { kind: "disk-done", ioId, status, data });
      }
    }
  }

  #send({ out }: PairStep, message: ColoMessage): void {
    out.push({ kind: "send", channel: "log", bytes: encodeColo(message) });
  }
}

/** ns: a timer that finds the machine at a request for randomness looks again. */
const RETRY = 100_000;
