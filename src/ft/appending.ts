// Entries into the log, each at its exact position, and what becomes of a machine whose log
// buffer is full.

import { type EntryBody, entryBytes, hashEntry, type LogEntry } from "./log-entry.ts";
import { type Step, updateControl } from "./parts.ts";

export function append(
  step: Step,
  phase: "before" | "during",
  count: number,
  bodies: readonly EntryBody[],
): readonly LogEntry[] {
  const { parts, context } = step;
  const entries = parts.primaryLog.append({ count, phase }, bodies, context.now);
  for (const { lsn } of entries) parts.lagMeter.appended(lsn, count, context.now);
  for (const entry of entries) claimAppended(step, entry);
  const { primaryBufferBytes } = parts.config.params;
  if (parts.primaryLog.bytes >= primaryBufferBytes) handleFullBuffer(step, primaryBufferBytes);
  return entries;
}

export function appendProgress(step: Step): void {
  const { context } = step;
  const state = context.isWaiting ? "waiting" : "running";
  append(step, "before", context.count, [{ kind: "progress", state }]);
}

/**
 * The log goes on in another generation without a gap (INV-40): what is not acknowledged yet, and
 * what waits for it, belongs to the new one.
 */
export function tellLogAgain(step: Step): void {
  const { parts } = step;
  for (const entry of parts.primaryLog.retained()) claimAppended(step, entry);
  for (const { ordinal, output, lsn, waitsFor } of parts.gate.held())
    step.out.claim({
      kind: "output-hold",
      ordinal,
      outputClass: output.class,
      lsn,
      groupEnd: waitsFor,
    });
}

function claimAppended({ out }: Step, entry: LogEntry): void {
  out.claim({
    kind: "log-append",
    lsn: entry.lsn,
    entry: entry.body.kind,
    count: entry.count,
    phase: entry.phase,
    group: entry.group,
    isGroupEnd: entry.isGroupEnd,
    hash: hashEntry(entry),
    bytes: sizeOf([entry]),
  });
}

/** full means stop completely; nothing is dropped and nothing runs on. */
function handleFullBuffer(step: Step, bufferBytes: number): void {
  const { parts } = step;
  const { onFullBuffer } = parts.config.rules;
  if (onFullBuffer === "drop-oldest") parts.primaryLog.dropOldest(bufferBytes);
  else if (onFullBuffer === "stop" && !parts.control.isStalled) stall(step);
}

function stall(step: Step): void {
  const { parts, out } = step;
  updateControl(parts, (control) => {
    control.isStalled = true;
  });
  out.vm({ do: "pause" });
  out.claim({ kind: "stalled", isStalled: true, bufferedBytes: parts.primaryLog.bytes });
  out.mark("primary-stalls-on-full-buffer");
}

/** Bytes of the entries: what the declared record and replay costs are charged on. */
export function sizeOf(entries: readonly LogEntry[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}
