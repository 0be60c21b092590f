// What a world is built from.

import type { CheckerKind } from "../checkers/checker.ts";
import type { Intervention } from "../faults/operator.ts";
import type { Protocol } from "../ft/protocol.ts";
import type { VmRuntime } from "../vm/runtime.ts";
import type { BootedGuest } from "./boot.ts";
import type { Rules } from "./rules.ts";
import type { Scenario } from "./scenario.ts";

/** Knobs that must not change a run's identity (tested). */
export interface Execution {
  readonly sliceCap: number;
  readonly hashEvery: number;
  /** No machine runs ahead of the next event: each gap between two events finds it where the clock is. */
  readonly isExact?: boolean;
}

export const DEFAULT_EXECUTION: Execution = { sliceCap: 50_000_000, hashEvery: 1 };

export interface WorldSpec {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly rules: Rules;
  readonly protocol: Protocol;
  readonly execution: Execution;
  /** What a person did, where that is known from the start: a replay. */
  readonly interventions: readonly Intervention[];
  /** Somebody's own, who judge beside those of the registry. */
  readonly checkers?: readonly CheckerKind[];
  readonly runtime: VmRuntime;
  readonly booted: BootedGuest;
}
