// The side of `colo` that speaks to the world. What its machine performs is held until the other
// machine has performed the same; where it does not, or not in time, the primary stands, sends its
// state, and what it holds leaves when the other machine has that state.
//
// Pages that differ are those that either machine wrote since the two were equal. The secondary says
// which it wrote, and both lists are kept until it has a state: a sync that breaks off loses none.

import { equalBytes } from "../base/bytes.ts";
import { clonePlain } from "../base/clone.ts";
import type { Input, NumberedOutput, ReplicaConfig, VmExit } from "../ft/protocol.ts";
import { type ColoMessage, encodeColo, type Twin, twinOf } from "./colo-message.ts";
import type { LiveMachine } from "./shared/live-machine.ts";
import { inParts } from "./shared/page-codec.ts";
import type { PairGuard, PairStep } from "./shared/pair-guard.ts";

interface Held extends NumberedOutput {
  /** Host clock, ns. */
  readonly since: number;
}

interface PrimaryState {
  /** Nobody listens; both run; waiting for the other's list of pages; waiting until it has the state. */
  phase: "apart" | "comparing" | "stopping" | "shipping";
  held: Held[];
  /** Of what is held, so many may leave: the other machine has them in its past. */
  covered: number;
  /** What the other machine performed and this one did not yet. */
  twins: Twin[];
  /** What came for the machine while it stood. */
  events: Input[];
  /** Pages that may differ on the other machine. */
  unequal: Set<number>;
}

export type ColoPrimarySnapshot = PrimaryState;

export class ColoPrimary {
  readonly #config: ReplicaConfig;
  readonly #guard: PairGuard;
  readonly #machine: LiveMachine;
  #state: PrimaryState;

  constructor(config: ReplicaConfig, guard: PairGuard, machine: LiveMachine) {
    this.#config = config;
    this.#guard = guard;
    this.#machine = machine;
    this.#state = {
      phase: "apart",
      held: [],
      covered: 0,
      twins: [],
      events: [],
      unequal: new Set(),
    };
  }

  start(step: PairStep): void {
    step.out.push({ kind: "memory", command: { do: "track" } });
    step.out.vm({ do: "run" });
    this.#machine.armTimer(step);
  }

  /** A frame, a completion, the guest's timer. */
  deliver(step: PairStep, input: Input): void {
    if (this.#isStanding) {
      this.#state.events.push(input);
      return;
    }
    if (input.kind === "frame") this.#tell(step, { kind: "frame", bytes: input.bytes });
    if (input.kind === "disk-done") {
      const { ioId, status, data } = input;
      this.#tell(step, { kind: "disk-done", ioId, isOk: status === "ok", data });
    }
    this.#machine.deliver(step, input);
  }

  handleExit(step: PairStep, exit: VmExit): void {
    if (exit.kind === "deadline") this.#machine.armTimer(step);
    else if (exit.kind === "request") {
      if (exit.what === "entropy") this.#tell(step, { kind: "entropy", bytes: exit.sample });
      this.#machine.answer(step, exit);
    } else if (exit.kind === "output") {
      const since = step.context.now;
      this.#state.held.push(...exit.outputs.map((output) => ({ ...output, since })));
      this.compare(step);
      this.#watch(step);
    }
  }

  handleMessage(step: PairStep, message: ColoMessage): void {
    switch (message.kind) {
      case "hello":
        step.out.mark("colo-synchronises-a-new-secondary");
        this.#synchronise(step);
        break;
      case "performed":
        if (this.#state.phase !== "comparing") break;
        this.#state.twins.push(...message.twins);
        this.compare(step);
        break;
      case "dirtied":
        if (this.#state.phase === "stopping") this.#take(step, message.pages);
        break;
      case "equal":
        if (this.#state.phase === "shipping") this.#goOn(step);
        break;
      case "alive":
      case "frame":
      case "entropy":
      case "disk-done":
      case "stop":
      case "pages":
      case "end":
        break;
    }
  }

  /** The other machine did not say the same in time. */
  handleTimeout(step: PairStep): void {
    const { phase, held } = this.#state;
    const [oldest] = held;
    if (phase !== "comparing" || oldest === undefined) return;
    if (oldest.since + this.#config.params.compareTimeout <= step.context.now) {
      step.out.mark("colo-synchronises-a-late-secondary");
      this.#synchronise(step);
    } else this.#watch(step);
  }

  /** Lets go what both machines have performed; a suspecting node lets nothing go (H-9). */
  compare(step: PairStep): void {
    const state = this.#state;
    if (this.#guard.isQuiet) return;
    for (const output of state.held.splice(0, state.covered)) this.#release(step, output);
    state.covered = 0;
    while (state.held.length > 0 && state.twins.length > 0) {
      const [mine, theirs] = [state.held[0] as Held, state.twins[0] as Twin];
      if (!isSame(twinOf(mine), theirs)) {
        step.out.mark("colo-synchronises-what-differs");
        this.#synchronise(step);
        return;
      }
      state.held.shift();
      state.twins.shift();
      this.#release(step, mine);
    }
  }

  /** The state is copied: it travels, and the machine stands until the other one has it. */
  ship(step: PairStep, { pages, machine }: Extract<Input, { kind: "state" }>): void {
    if (this.#state.phase !== "stopping") return;
    this.#state.phase = "shipping";
    for (const { index } of pages) this.#state.unequal.add(index);
    for (const part of inParts(pages)) this.#send(step, { kind: "pages", pages: part });
    const ticks = this.#machine.clock.read(step.context.now);
    this.#send(step, { kind: "end", ticks, machine });
  }

  /** The channel broke: nobody compares any more, and the machine runs on with what it holds. */
  partFrom(step: PairStep): void {
    const wasStanding = this.#isStanding;
    this.#state.phase = "apart";
    this.#state.twins = [];
    if (wasStanding) this.#resume(step);
  }

  goAlone(step: PairStep): void {
    for (const output of this.#state.held.splice(0)) this.#release(step, output);
    this.partFrom(step);
    step.out.push({ kind: "cancel-timer", timer: "compare" });
  }

  dropHeld(): readonly number[] {
    return this.#state.held.splice(0).map(({ ordinal }) => ordinal);
  }

  snapshot(): ColoPrimarySnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: ColoPrimarySnapshot): void {
    this.#state = clonePlain(snapshot);
  }

  get #isStanding(): boolean {
    return this.#state.phase === "stopping" || this.#state.phase === "shipping";
  }

  #synchronise(step: PairStep): void {
    const state = this.#state;
    state.phase = "stopping";
    state.twins = [];
    step.out.vm({ do: "pause" });
    this.#send(step, { kind: "stop" });
  }

  #take(step: PairStep, theirs: readonly number[]): void {
    const { unequal } = this.#state;
    for (const index of theirs) unequal.add(index);
    step.out.push({ kind: "memory", command: { do: "take", also: [...unequal] } });
  }

  /** Both are in one state: what this machine performed before it is in the other's past. */
  #goOn(step: PairStep): void {
    const state = this.#state;
    state.unequal = new Set();
    state.covered = state.held.length;
    state.phase = "comparing";
    this.compare(step);
    this.#resume(step);
  }

  #resume(step: PairStep): void {
    const { events } = this.#state;
    this.#state.events = [];
    step.out.vm({ do: "resume" });
    for (const event of events) this.deliver(step, event);
  }

  /** Wakes up when what is held longest has waited too long. */
  #watch(step: PairStep): void {
    const { phase, held } = this.#state;
    const [oldest] = held;
    if (phase !== "comparing" || oldest === undefined) return;
    step.out.timer("compare", oldest.since + this.#config.params.compareTimeout);
  }

  /** To the other machine, when it runs beside this one or is about to. */
  #tell(step: PairStep, message: ColoMessage): void {
    const { phase } = this.#state;
    if (phase === "comparing" || phase === "shipping") this.#send(step, message);
  }

  #send({ out }: PairStep, message: ColoMessage): void {
    out.push({ kind: "send", channel: "log", bytes: encodeColo(message) });
  }

  #release(step: PairStep, { ordinal, output }: Held): void {
    this.#machine.release(step, { ordinal, output });
  }
}

function isSame(a: Twin, b: Twin): boolean {
  return a.ordinal === b.ordinal && a.outputClass === b.outputClass && equalBytes(a.bytes, b.bytes);
}
