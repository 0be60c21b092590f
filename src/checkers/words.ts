// How findings and summaries say things. Numbers get their thousands separators here, because the
// simulated zone has no locale.

import { formatSeconds } from "../base/time.ts";
import type { DiskSummary, FactOf } from "../history/fact.ts";
import type { Op, OpResult } from "../history/op.ts";

/** 1412 -> "1,412". */
export function number(value: number): string {
  const digits = `${Math.abs(value)}`;
  let text = "";
  for (let at = 0; at < digits.length; at++) {
    if (at > 0 && (digits.length - at) % 3 === 0) text += ",";
    text += digits[at];
  }
  return value < 0 ? `-${text}` : text;
}

/** count(1, "output") -> "1 output"; count(2, "entry", "entries") -> "2 entries". */
export function count(value: number, one: string, many: string = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

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

/** "INCR n". */
export function describeOp(op: Op): string {
  switch (op.kind) {
    case "ping":
      return "PING";
    case "set":
      return `SET ${op.key} ${op.value}`;
    case "lock":
      return `LOCK ${op.key} by ${op.owner} for ${op.leaseMilliseconds} ms`;
    case "unlock":
      return `UNLOCK ${op.key} by ${op.owner}`;
    case "probe":
      return op.command;
    case "down":
    case "up":
      return `${op.kind.toUpperCase()} of ${count(op.bytes, "byte")}`;
    case "datagram":
      return `datagram ${op.text}`;
    default:
      return `${op.kind.toUpperCase()} ${op.key}`;
  }
}

export function describeResult(result: OpResult): string {
  switch (result.kind) {
    case "value":
      return result.value === null ? "nothing" : `"${result.value}"`;
    case "number":
      return `${result.value}`;
    case "held":
      return `"held by ${result.owner}"`;
    case "acquired":
      return `"acquired"`;
    case "text":
      return `"${result.text}"`;
    case "bytes":
      return count(result.bytes, "byte");
    case "wrong":
      return result.detail;
    default:
      return `"done"`;
  }
}
