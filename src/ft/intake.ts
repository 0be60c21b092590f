// The backup's hypervisor reads the log channel: every entry is checked and stored, then one
// cumulative ack says how far the log is held (R-7.1, D12). From the first suspicion on nothing is
// acknowledged any more (INV-17): the old primary can then release nothing new.

import { hashEntry, type LogEntry } from "./log-entry.ts";
import type { Message } from "./message.ts";
import type { Step } from "./parts.ts";
import { pump } from "./replayer.ts";

export function receiveEntries(step: Step, message: Extract<Message, { kind: "entries" }>): void {
  const { parts, context } = step;
  const { rules } = parts.config;
  parts.backupLog.arrive(message.entries);
  for (const { body } of message.entries)
    if (body.kind === "time") parts.clock.follow(body.ticks, context.now);
  parts.replay.unreleased = parts.replay.unreleased.filter(
    ({ lsn }) => lsn > message.releasedThrough,
  );
  if (!rules.ackAfterStore) {
    if (rules.claims === "stored-before-stored")
      for (const entry of message.entries) claimStored(step, entry);
    acknowledge(step, parts.backupLog.arrivedThrough);
  }
  refill(step);
}

/** Reads on while there is room, and goes on replaying. */
export function refill(step: Step): void {
  const { parts, out } = step;
  if (parts.control.role === "HALTED") return;
  storeArrived(step);
  out.push({ kind: "read-channel", isOpen: parts.backupLog.unreadEntries < SOCKET_ENTRIES_MAX });
  pump(step);
}

function storeArrived(step: Step): void {
  const { parts } = step;
  const { rules, params } = parts.config;
  if (isFrozen(step)) return;
  const stored = parts.backupLog.store(params.backupBufferBytes, rules.ackContiguous);
  if (stored.length === 0) return;
  if (rules.claims === "honest") for (const entry of stored) claimStored(step, entry);
  if (rules.ackAfterStore) acknowledge(step, parts.backupLog.storedThrough);
}

/** with nothing new to ack the current ack is repeated, so that silence means death. */
export function repeatAck(step: Step): void {
  const { parts } = step;
  refill(step);
  const { rules } = parts.config;
  const through = rules.ackAfterStore
    ? parts.backupLog.storedThrough
    : parts.backupLog.arrivedThrough;
  acknowledge(step, through);
}

/** Entries that may lie unread in the socket before its window closes. */
const SOCKET_ENTRIES_MAX = 4_096;

function acknowledge(step: Step, through: number): void {
  const { parts, out } = step;
  if (isFrozen(step)) return;
  const executed = parts.backupLog.executedThrough;
  out.send({ kind: "ack", through, executed });
  out.claim({ kind: "log-ack-send", through, executed });
}

function isFrozen(step: Step): boolean {
  return step.parts.control.role !== "BACKUP" && step.parts.config.rules.freezeAcks;
}

function claimStored(step: Step, entry: LogEntry): void {
  step.out.claim({ kind: "log-buffered", lsn: entry.lsn, hash: hashEntry(entry) });
}
