// What clients asked for and what they got, in words: the same in findings, logs and charts.

import { count } from "../base/words.ts";
import type { Op, OpResult } from "./op.ts";

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
    case "command":
      return op.command;
    case "down":
    case "up":
      return `${op.kind.toUpperCase()} of ${count(op.bytes, "byte")}`;
    case "datagram":
      return `datagram ${op.text}`;
    case "get":
    case "incr":
    case "del":
    case "inc":
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
      return `WRONG: ${result.detail}`;
    case "done":
      return `"done"`;
  }
}
