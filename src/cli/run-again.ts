// A run of somebody's own protocol, made a second time: up to the middle in one world, from there on in
// a fork of it. A state that is not all of the state, or a module that remembers, shows here.

import {
  createWorld,
  type RunRequest,
  type RunResult,
  runToEnd,
  type BootCache,
} from "../testbed/run.ts";
import { withDeterminismGuard } from "./determinism-guard.ts";
import { UsageError } from "./usage-error.ts";

/** Undefined: the same to the last bit. Else where the two part. */
export function differenceWhenForked(
  engine: BootCache,
  request: RunRequest,
  first: RunResult,
): string | undefined {
  const second = withDeterminismGuard(() => runForked(engine, request, first.events));
  if (second.digest === first.digest) return undefined;
  const facts = Math.max(first.facts.length, second.facts.length);
  for (let index = 0; index < facts; index++) {
    const [one, other] = [first.facts[index], second.facts[index]];
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    const fact = one ?? other;
    const node = fact !== undefined && "node" in fact ? ` of ${fact.node}` : "";
    const at = ((fact?.time ?? 0) / 1e9).toFixed(6);
    return `at ${at} s fact ${index} (${fact?.kind ?? "none"}${node}) is another one when the run is made again from a snapshot`;
  }
  return "the same facts, caused by other events, when the run is made again from a snapshot";
}

function runForked(engine: BootCache, request: RunRequest, events: number): RunResult {
  const half = create(engine, request);
  half.advance(Math.floor(events / 2));
  const fork = create(engine, request);
  const snapshot = half.snapshot();
  // What goes on beside it must not show in the fork.
  half.advance(1_000);
  fork.restore(snapshot);
  snapshot.release();
  half.release();
  return runToEnd(fork);
}

function create(engine: BootCache, request: RunRequest) {
  const world = createWorld(engine, request);
  if (!world.ok) throw new UsageError(world.error);
  return world.value;
}
