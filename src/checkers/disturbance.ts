// What excuses lateness: a fault that is on, a host that is paused. A crash is no excuse for the
// others, so faults by that name do not count. A promise "within settleBound" runs from `quietSince`.

import type { Fact, NodeName } from "../history/fact.ts";

export interface Disturbance {
  /** Faults that are on, "partition h1-h2". */
  open: Set<string>;
  /** Hosts that execute nothing, or not at their speed. */
  slowed: Set<NodeName>;
  /** When the last of them went away. */
  quietSince: number;
}

export function startDisturbance(): Disturbance {
  return { open: new Set(), slowed: new Set(), quietSince: 0 };
}

export function observeDisturbance(state: Disturbance, fact: Fact): void {
  if (fact.kind === "fault" && fact.fault !== "crash") {
    const name = `${fact.fault} ${fact.target}`;
    if (fact.phase === "start") state.open.add(name);
    else if (state.open.delete(name)) state.quietSince = fact.time;
  } else if (fact.kind === "host") observeHost(state, fact.what, fact.node, fact.time);
  else if (fact.kind === "run" && fact.phase === "healed") {
    state.open.clear();
    state.slowed.clear();
    state.quietSince = fact.time;
  }
}

/** True when nothing has been wrong for `bound` at `time`, counted from `from` at the earliest. */
export function isOverdue(
  state: Disturbance,
  times: { readonly from: number; readonly now: number; readonly bound: number },
): boolean {
  if (state.open.size > 0 || state.slowed.size > 0) return false;
  return times.now > Math.max(times.from, state.quietSince) + times.bound;
}

function observeHost(state: Disturbance, what: string, node: NodeName, time: number): void {
  if (what === "pause" || what === "stall") state.slowed.add(node);
  else if (what !== "speed" && what !== "alarm" && state.slowed.delete(node))
    state.quietSince = time;
}
