// How findings say things.

import { formatSeconds } from "../base/time.ts";
import { count } from "../base/words.ts";
import type { DiskSummary, FactOf } from "../history/fact.ts";

/** "at 1.999981 s": how every finding begins. */
export function at(time: number): string {
  return `at ${formatSeconds(time)} s`;
}

export function describeDisk(disk: DiskSummary): string {
  if (disk.op === "flush") return `disk flush ${disk.ioId}`;
  return `disk ${disk.op} ${disk.ioId} (${count(disk.sectorCount, "sector")} from ${disk.sector})`;
}

/** "network output 409 (61 bytes to 10.0.0.21:49152)". */
export function describeRelease(release: FactOf<"release">): string {
  if (release.disk !== null) return `output ${release.ordinal}, ${describeDisk(release.disk)}`;
  const to = release.segment === null ? "" : ` to ${release.segment.connection}`;
  return `${release.outputClass} output ${release.ordinal} (${count(release.length, "byte")}${to})`;
}
