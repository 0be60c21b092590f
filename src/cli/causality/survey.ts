// The run that violates something, by itself: which invariant, in which event, and when every event up
// to there was. Two runs in this process: the violation is known only at the end of the first.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Finding } from "../../history/verdict.ts";
import type { Fact } from "../../history/fact.ts";
import {
  type BootCache,
  createWorld,
  type RunRequest,
  type RunResult,
  runToEnd,
} from "../../testbed/run.ts";
import type { World } from "../../testbed/world.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import { UsageError } from "../usage-error.ts";

export interface Survey {
  readonly result: RunResult;
  readonly finding: Finding;
  readonly property: "safety" | "liveness";
  /** Of each event up to the violating one: virtual ns, and how many facts there were behind it. */
  readonly times: readonly number[];
  readonly facts: readonly number[];
}

/** Undefined: nothing was violated. */
export async function surveyViolation(
  engine: BootCache,
  request: RunRequest,
): Promise<Survey | undefined> {
  const result = withDeterminismGuard(() => runToEnd(build(engine, request)));
  const [found] = result.conclusion.findings;
  if (found === undefined) return undefined;
  await nextTurn();
  const { cause, property } = found;
  const world = build(engine, request);
  const events = withDeterminismGuard(() => eventsThrough(world, momentOf(cause, result.facts)));
  world.release();
  return { result, finding: cause, property, ...events };
}

/**
 * The index of the fact by which it was violated. What never came is noticed at the end of a run, but
 * was violated when it should have come: facts that are later than its moment are not meant.
 */
function momentOf({ facts, time }: Finding, history: readonly Fact[]): number {
  const shown = facts.findLast((index) => (history[index]?.time ?? Infinity) <= time);
  if (shown !== undefined) return shown;
  const later = history.findIndex((fact) => fact.time >= time);
  return later < 0 ? history.length - 1 : later;
}

function eventsThrough(
  world: World,
  index: number,
): { readonly times: readonly number[]; readonly facts: readonly number[] } {
  const times: number[] = [];
  const facts: number[] = [];
  const { kernel } = world;
  while (!world.isOver && world.facts.history.length <= index) {
    const before = kernel.dispatched;
    world.advance(1);
    if (kernel.dispatched === before) continue;
    times.push(kernel.now);
    facts.push(world.facts.history.length);
  }
  return { times, facts };
}

function build(engine: BootCache, request: RunRequest): World {
  const world = createWorld(engine, request);
  if (!world.ok) throw new UsageError(world.error);
  return world.value;
}
