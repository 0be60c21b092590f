// What clients asked for and what they got, as one record an operation instead of two facts.

import type { FactOf } from "../history/fact.ts";
import type { Op } from "../history/op.ts";

export interface Operation {
  readonly opId: string;
  readonly op: Op;
  /** Virtual ns. */
  readonly invokedAt: number;
  /** null: no answer by the end of the run. */
  readonly completedAt: number | null;
  readonly outcome: "ok" | "fail" | "info" | "open";
}

/** In the order of invocation. */
export class OperationBook {
  readonly #order: Operation[];
  readonly #open: Map<string, number>;
  #lastAnswer: number;

  constructor() {
    this.#order = [];
    this.#open = new Map();
    this.#lastAnswer = 0;
  }

  /**
   * Since when clients have waited for an answer, all of them: since the last one, or since somebody
   * asked again. undefined: nobody waits.
   */
  get unansweredSince(): number | undefined {
    const [oldest] = this.#open.values();
    const operation = oldest === undefined ? undefined : this.#order[oldest];
    return operation === undefined ? undefined : Math.max(this.#lastAnswer, operation.invokedAt);
  }

  get inFlight(): number {
    return this.#open.size;
  }

  observe(fact: FactOf<"client">): void {
    const { event } = fact;
    const { opId, op } = event;
    if (event.kind === "invoke") {
      this.#open.set(opId, this.#order.length);
      this.#order.push({ opId, op, invokedAt: fact.time, completedAt: null, outcome: "open" });
      return;
    }
    const at = this.#open.get(opId);
    const operation = at === undefined ? undefined : this.#order[at];
    if (at === undefined || operation === undefined) return;
    this.#open.delete(opId);
    if (event.kind === "ok") this.#lastAnswer = fact.time;
    this.#order[at] = { ...operation, completedAt: fact.time, outcome: event.kind };
  }

  operations(): readonly Operation[] {
    return this.#order;
  }
}

/** How long a client waited, ns; for one without an answer, how long it had waited at the end. */
export function latencyOf(operation: Operation, endTime: number): number {
  return (operation.completedAt ?? endTime) - operation.invokedAt;
}
