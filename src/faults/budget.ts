// What a run must survive: never the last host that has the VM lost (where nobody replaces hosts: one
// at most), nor so many that the rest is no majority where that is the arbiter, whatever else is
// wrong heals in the end, and nothing that the storage made durable is lost. A schedule that goes
// further is refused before the run when it can be seen, and else the strike is left out in the run
// (nemesis.ts).

import { must } from "../base/assert.ts";
import { type Duration, formatDuration } from "../base/time.ts";
import type { Fault, FaultKind } from "./fault.ts";
import type { PlannedFault } from "./nemesis.ts";
import { findFaultKind } from "./registry.ts";

export type BudgetRule = "survivable" | "unbounded";

/** What the schedule is held against. */
export interface BudgetPair {
  /** Silence after which the others go on without a host. */
  readonly detection: Duration;
  /** A lost host is replaced: when one may be lost again is seen in the run only (nemesis.ts). */
  readonly isReplaced: boolean;
  /** Whose VM runs at first: when a backup's VM hangs, nobody goes on without it. */
  isFirstPrimary(target: string): boolean;
  /** Whether these links carry what the hosts hear of each other. */
  isBetweenHosts(target: string): boolean;
}

export interface BudgetProblem {
  readonly index: number;
  readonly message: string;
}

/** A fault that spends the pair's one spare host, and from when on. */
interface Spending {
  readonly index: number;
  /** The host without which the other goes on; "" when it may be either. */
  readonly target: string;
  readonly from: number;
}

/** The first fault with a time of its own that the run need not survive; undefined: none. */
export function findBeyondBudget(
  plan: readonly PlannedFault[],
  pair: BudgetPair,
): BudgetProblem | undefined {
  const scheduled = plan
    .map((planned, index) => ({ ...planned, index, time: planned.at ?? -1 }))
    .filter(({ time }) => time >= 0)
    .sort((a, b) => a.time - b.time || a.index - b.index);
  const spent: Spending[] = [];
  for (const { fault, index, time } of scheduled) {
    const kind = must(findFaultKind(fault.kind), fault.kind);
    if (destroysDurable(kind)) return { index, message: destroyed(fault) };
    if (pair.isReplaced) continue;
    const before = spent.find(({ from, target }) => from <= time && !isSameHost(target, fault));
    if (losesHost(kind, fault) && before !== undefined) {
      const earlier = must(plan[before.index], "planned fault").fault;
      return { index, message: beyond(fault, time, earlier) };
    }
    const from = spendingFrom(kind, fault, time, pair);
    if (from !== undefined)
      spent.push({ index, from, target: kind.aim === "links" ? "" : fault.target });
  }
  return undefined;
}

export function losesHost(kind: FaultKind, fault: Fault): boolean {
  return kind.losesHost !== undefined && fault.target !== "storage";
}

/** What clients were told is durable may be gone: no protocol can make that good. */
export function destroysDurable(kind: FaultKind): boolean {
  return kind.bite === "cache-lost";
}

function spendingFrom(
  kind: FaultKind,
  fault: Fault,
  time: number,
  pair: BudgetPair,
): number | undefined {
  if (losesHost(kind, fault)) return time;
  const isSilence =
    kind.name === "pause" ||
    (kind.name === "stall" && pair.isFirstPrimary(fault.target)) ||
    ((kind.name === "cut" || kind.name === "hold") && pair.isBetweenHosts(fault.target));
  const isLong = fault.lasts === undefined || fault.lasts >= pair.detection;
  return isSilence && isLong ? time + pair.detection : undefined;
}

/** By name; a role may have moved on to another host meanwhile. */
function isSameHost(target: string, fault: Fault): boolean {
  return target === fault.target && target !== "primary" && target !== "backup";
}

function beyond(fault: Fault, time: number, earlier: Fault): string {
  return `${fault.kind} ${fault.target} at ${formatDuration(time)} is beyond the budget: ${earlier.kind} ${earlier.target} may have left one host only; say \`budget: unbounded\` if it is meant`;
}

function destroyed(fault: Fault): string {
  return `${fault.kind} is beyond the budget: it loses what the storage has answered; say \`budget: unbounded\` if it is meant`;
}
