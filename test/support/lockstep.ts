// Two worlds, event by event side by side: where do they part?

import type { World } from "../../src/testbed/world.ts";

export interface Difference {
  /** Events dispatched up to and with the first one that differs. */
  readonly index: number;
  readonly time: number;
}

/** Advances both by one event that counts (slices do not) until they differ or both are over. */
export function firstDifference(a: World, b: World): Difference | undefined {
  while (!a.isOver && !b.isOver) {
    stepOne(a);
    stepOne(b);
    if (a.digest() !== b.digest()) return { index: a.kernel.dispatched, time: a.kernel.now };
  }
  return a.isOver === b.isOver
    ? undefined
    : { index: a.kernel.dispatched, time: Math.min(a.kernel.now, b.kernel.now) };
}

function stepOne(world: World): void {
  const { dispatched } = world.kernel;
  while (!world.isOver && world.kernel.dispatched === dispatched) world.advance(1);
}
