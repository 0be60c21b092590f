// What the probe guest's replies mean. A line that begins with BROKEN tells of something that no
// correct machine can show: it is an answer, and the violation is in it.

import type { RespValue } from "./resp.ts";
import type { Outcome } from "./workload.ts";

const BROKEN = "BROKEN ";
/** This one alone may come of a fault: how much of the command was done nobody knows. */
const DISK_FAILED = "the disk failed";

/** An error reply, as far as it does not depend on the operation. */
export function decodeError(reply: RespValue & { readonly kind: "error" }): Outcome {
  if (reply.text === BROKEN + DISK_FAILED) return { kind: "info", error: DISK_FAILED };
  if (reply.text.startsWith(BROKEN))
    return { kind: "ok", result: { kind: "wrong", detail: reply.text.slice(BROKEN.length) } };
  return { kind: "fail", error: reply.text };
}

export function decodeCount(reply: RespValue): Outcome {
  if (reply.kind === "error") return decodeError(reply);
  if (reply.kind === "integer")
    return { kind: "ok", result: { kind: "number", value: reply.value } };
  return { kind: "info", error: `a ${reply.kind} reply to inc` };
}
