// From the log buffer onto the channel: what was appended in a step, in one message; entries that may
// wait for company wait, and no more is under way than the bound of the buffer allows.

import { isLogging, type Step, updateControl } from "./parts.ts";
import { mayRelease, releaseAll } from "./releasing.ts";

/** Sends what was appended in this step, in one message. */
export function flush(step: Step): void {
  const { parts, context, out } = step;
  const { rules, params } = parts.config;
  if (!isLogging(parts) || !parts.control.channelIsUp) return;
  if (params.logBatch > 0 && mayWait(step)) return;
  if (rules.sends === "unacknowledged" && parts.primaryLog.hasUnsent)
    parts.primaryLog.rewindTo(parts.primaryLog.ackedThrough + 1);
  const { releasedThrough } = parts.gate;
  const entries = parts.primaryLog.takeUnsent(channelBytes(params.primaryBufferBytes));
  const last = entries.at(-1);
  if (last !== undefined) parts.lagMeter.sent(last.lsn, context.now);
  const messages = rules.messages === "per-entry" ? entries.map((entry) => [entry]) : [entries];
  for (const of of messages.filter(({ length }) => length > 0))
    out.sendEntries({ kind: "entries", entries: of, releasedThrough }, params.compression);
  if (rules.releaseOutput === "sent" && mayRelease(step)) releaseAll(step);
}

/** ordinary entries wait for company; an output takes all before it along at once. */
function mayWait({ parts, context, out }: Step): boolean {
  const { rules, params } = parts.config;
  const { batchAt } = parts.control;
  const isUrgent = rules.flushesOutputs && parts.primaryLog.hasUnsentOutput;
  if (
    isUrgent ||
    !parts.primaryLog.hasUnsent ||
    (batchAt !== undefined && context.now >= batchAt)
  ) {
    if (batchAt === undefined) return false;
    if (isUrgent) out.mark("output-takes-waiting-entries-along");
    updateControl(parts, (control) => {
      control.batchAt = undefined;
    });
    out.push({ kind: "cancel-timer", timer: "batch" });
    return false;
  }
  if (batchAt === undefined) {
    const due = context.now + params.logBatch;
    updateControl(parts, (control) => {
      control.batchAt = due;
    });
    out.timer("batch", due);
  }
  return true;
}

/**
 * What the channel may hold that is not acknowledged: beyond it entries stay in the log buffer, or the
 * bound of that would be none.
 */
function channelBytes(bufferBytes: number): number {
  return Math.min(CHANNEL_BYTES, bufferBytes / 2);
}

const CHANNEL_BYTES = 1_048_576;
