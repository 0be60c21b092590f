// Runs a random program in several arms and compares their states at common counts. Where two part,
// the first count at which they differ is found by bisection.

import { Prng } from "../../src/base/prng.ts";
import { type Arm, ARMS, REFERENCE } from "./arms.ts";
import { describeDifference } from "./difference.ts";
import { Execution } from "./execution.ts";
import { type Program, randomProgram } from "./program.ts";

export interface Outcome {
  /** By all arms together. */
  readonly steps: number;
  readonly comparisons: number;
  /** The program's own length: less than asked for when it halted. */
  readonly length: number;
  /** A report of each arm that came to another state. */
  readonly mismatches: readonly string[];
}

/** Every few thousand steps, never at a round number twice. */
function checkpoints(program: Program, steps: number): readonly number[] {
  const random = new Prng(`lockstep/${program.name}/checkpoints`);
  const counts: number[] = [];
  for (let at = 0; at < steps; ) {
    at = Math.min(steps, at + 1 + random.below(random.pick([50, 5000, 40_000])));
    counts.push(at);
  }
  return counts;
}

interface Trace {
  readonly states: readonly string[];
  readonly count: number;
}

function trace(program: Program, arm: Arm, counts: readonly number[]): Trace {
  const execution = new Execution(program, arm);
  const states = counts.map((count) => {
    execution.advance(count);
    return execution.state;
  });
  const { count } = execution.machine;
  execution.close();
  return { states, count };
}

function stateAt(program: Program, arm: Arm, count: number): string {
  return trace(program, arm, [count]).states[0] ?? "";
}

/** The smallest count above `low` at which the two differ; they do at `high`. */
function firstDifference(program: Program, arm: Arm, low: number, high: number): number {
  let [same, different] = [low, high];
  while (different - same > 1) {
    const middle = Math.floor((same + different) / 2);
    const isSame = stateAt(program, arm, middle) === stateAt(program, REFERENCE, middle);
    if (isSame) same = middle;
    else different = middle;
  }
  return different;
}

export function compare(name: string, steps: number, arms: readonly Arm[] = ARMS): Outcome {
  const program = randomProgram(name, steps);
  const counts = checkpoints(program, steps);
  const reference = trace(program, REFERENCE, counts);
  const mismatches: string[] = [];
  let total = reference.count;
  let comparisons = 0;
  for (const arm of arms) {
    const last = Math.max(1, steps * arm.share);
    const own = counts.filter((count, at) => at === 0 || count <= last);
    const found = trace(program, arm, own);
    total += found.count;
    comparisons += own.length;
    const at = found.states.findIndex((state, n) => state !== reference.states[n]);
    if (at < 0) continue;
    const count = firstDifference(program, arm, counts[at - 1] ?? 0, counts[at] ?? 0);
    mismatches.push(describeDifference(program, arm, count));
  }
  return { steps: total, comparisons, length: reference.count, mismatches };
}
