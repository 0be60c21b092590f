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

export async function drive(world: World, progress: Progress): Promise<Driven> {
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.once("SIGINT", interrupt);
  try {
    while (!world.isOver && !isInterrupted) {
      withDeterminismGuard(() => world.advance(CHUNK_EVENTS));
      progress.show(
        `${(world.kernel.now / 1e9).toFixed(3)} s virtual, ${world.kernel.dispatched} events`,
      );
      await nextTurn();
    }
    const result = withDeterminismGuard(() => judgeWorld(world));
    if (!isInterrupted) return { result, isInterrupted };
    // What was found so far is told; a run without its end is never valid.
    return { result: { ...result, verdict: "unknown", exhausted: "interrupted" }, isInterrupted };
  } finally {
    process.removeListener("SIGINT", interrupt);
    progress.done();
  }
}
