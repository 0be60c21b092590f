// A replay of one machine to a position: the steps up to it in one go, requests answered from the
// log, outputs performed but not live. It knows no time: when the position is reached is the
// runner's to say, and so is what comes of the exit.

import { clonePlain } from "../base/clone.ts";
import type { Answer, NumberedOutput, VmExit } from "../ft/protocol.ts";
import type { Exit } from "../vm/exit.ts";
import { describeHalt, type VmPort } from "./vm-port.ts";

interface ReplayState {
  until: number;
  answers: Answer[];
  /** Outputs performed in the replay under way. */
  performed: NumberedOutput[];
}

export type ReplaySnapshot = ReplayState;

export class VmReplay {
  readonly #port: VmPort;
  #state: ReplayState;

  constructor(port: VmPort) {
    this.#port = port;
    this.#state = { until: 0, answers: [], performed: [] };
  }

  /** The position to which the machine is to come. */
  get until(): number {
    return this.#state.until;
  }

  begin(until: number, answers: readonly Answer[]): void {
    this.#state = { until, answers: [...answers], performed: [] };
  }

  /**
   * Executes up to the position, or to where the protocol must be told something; `exit` is what the
   * step before came back with.
   */
  goOn(exit: Exit): VmExit {
    const { machine } = this.#port;
    let current = exit;
    for (;;) {
      const stop = this.#meaningOf(current);
      if (stop !== undefined) return stop;
      if (machine.count === this.#state.until) break;
      current = machine.run(this.#state.until);
    }
    return { kind: "reached", outputs: this.#state.performed };
  }

  /** Executes what the pace has covered, as far as that goes without an answer, and forgets the rest. */
  abandonAt(reached: number): void {
    const { machine } = this.#port;
    this.#state.until = reached;
    this.#state.answers = [];
    while (machine.count < reached) {
      const exit = machine.run(reached);
      if (exit.kind === "output") this.#port.perform(exit, false);
      else if (exit.kind !== "limit" && exit.kind !== "deadline") break;
    }
  }

  /** What a stop in the middle of a replay means: go on (undefined), or tell the protocol. */
  #meaningOf(exit: Exit): VmExit | undefined {
    const { count } = this.#port.machine;
    switch (exit.kind) {
      case "limit":
      case "deadline":
        return undefined;
      case "output":
        this.#state.performed.push(...this.#port.perform(exit, false));
        return undefined;
      case "wait":
        return count === this.#state.until
          ? undefined
          : { kind: "diverged", detail: `the guest waits at step ${count}` };
      case "halt":
        return { kind: "halt", detail: describeHalt(exit) };
      case "request":
        return this.#answerFromLog(exit);
    }
  }

  /** The log has an answer for the last step of a replay only; any other goes to the protocol. */
  #answerFromLog(exit: Extract<Exit, { kind: "request" }>): VmExit | undefined {
    const isLastStep = this.#port.machine.count + 1 === this.#state.until;
    const answer = this.#state.answers[0];
    if (!isLastStep || answer === undefined || answer.what !== exit.what)
      return this.#port.ask(exit);
    this.#state.answers.shift();
    return this.#meaningOf(this.#port.answer(answer, false));
  }

  snapshot(): ReplaySnapshot {
    return clonePlain(this.#state);
  }

  restore(snapshot: ReplaySnapshot): void {
    this.#state = clonePlain(snapshot);
  }
}
