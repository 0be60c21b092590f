// What faults do to a host's clock; they say whether they changed anything.

import { formatDuration } from "../base/time.ts";
import type { HostParts } from "./host-parts.ts";

/**
 * The clock shows another time from now on. Timers that are set keep the time that they have left,
 * as timers of an operating system do: only readings jump.
 */
export function stepClock({ host, facts }: HostParts, ns: number): boolean {
  if (host.status === "crashed") return false;
  facts.hostChanged("clock", `set by ${formatDuration(ns)}`);
  host.stepClock(ns);
  return true;
}

export function setDrift({ host, facts, kernel }: HostParts, ppm: number): boolean {
  if (host.status === "crashed" || host.drift === ppm) return false;
  facts.hostChanged("clock", `drifts by ${ppm} ppm`);
  host.setDrift(ppm, kernel.now);
  return true;
}
