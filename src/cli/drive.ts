// Drives a world to its end from the host's side: in chunks, with the determinism guard on, and back
// to Node's own loop between chunks for progress and Ctrl-C.

import { setImmediate as nextTurn } from "node:timers/promises";
import { judgeWorld, type RunResult } from "../testbed/run.ts";
import type { World } from "../testbed/world.ts";
import { withDeterminismGuard } from "./determinism-guard.ts";
import type { Progress } from "./progress.ts";

const CHUNK_EVENTS = 5_000;

export interface Driven {
  readonly result: RunResult;
  readonly isInterrupted: boolean;
}

/** Ctrl-C, from when it is listened for: a second one ends the process, as ever. */
export class Interrupt {
  readonly #listener: () => void;
  #isRaised: boolean;

  constructor() {
    this.#isRaised = false;
    this.#listener = () => {
      this.#isRaised = true;
    };
    process.once("SIGINT", this.#listener);
  }

  get isRaised(): boolean {
    return this.#isRaised;
  }

  /** Somebody else's way of saying it. */
  raise(): void {
    this.#isRaised = true;
  }

  stopListening(): void {
    process.removeListener("SIGINT", this.#listener);
  }
}

/** `goOn` advances the world, and may do more on the way. */
export async function drive(
  world: World,
  progress: Progress,
  interrupt: Interrupt,
  goOn: (maxEvents: number) => void = (maxEvents) => world.advance(maxEvents),
): Promise<Driven> {
  try {
    while (!world.isOver && !interrupt.isRaised) {
      withDeterminismGuard(() => goOn(CHUNK_EVENTS));
      progress.show(
        () => `${(world.kernel.now / 1e9).toFixed(3)} s virtual, ${world.kernel.dispatched} events`,
      );
      await nextTurn();
    }
    const isInterrupted = interrupt.isRaised;
    const result = withDeterminismGuard(() => judgeWorld(world));
    if (!isInterrupted) return { result, isInterrupted };
    // What was found so far is told; a run without its end is never valid.
    return { result: { ...result, verdict: "unknown", exhausted: "interrupted" }, isInterrupted };
  } finally {
    interrupt.stopListening();
    progress.done();
  }
}
