// The backup's hypervisor reads the log channel: every entry is checked and stored, then one
// cumulative ack says how far the log is held (R-7.1, D12). From the first suspicion on nothing is
// acknowledged any more (INV-17): the old primary can then release nothing new.

import { hashEntry, type LogEntry } from "./log-entry.ts";
import { acknowledge, acknowledgeHeld, isFrozen, sendAck } from "./acknowledging.ts";
import type { Message } from "./message.ts";
import { type Parts, type ReplayState, type Step, updateControl } from "./parts.ts";
import { tellReadThrough } from "./own-reads.ts";
import { pump } from "./replayer.ts";

export function receiveEntries(step: Step, message: Extract<Message, { kind: "entries" }>): void {
  const { parts } = step;
  const { rules } = parts.config;
  // Late entries of the old primary are nobody's business once the machine is live here.
  if (parts.control.role === "SOLO") return;
  // A full socket that does not close its window loses what arrives.
  if (!rules.keepsUnread && parts.backupLog.unreadEntries > 0) return;
  if (parts.control.role !== "BACKUP") step.out.mark("entries-arrive-after-the-suspicion");
  if (isKnown(step, message.entries[0])) step.out.mark("entries-arrive-twice");
  parts.backupLog.arrive(message.entries);
  noteReleased(parts.replay, message.releasedThrough);
  if (!rules.ackAfterStore) {
    if (rules.claims === "stored-before-stored")
      for (const entry of message.entries) claimStored(step, entry);
    acknowledge(step, parts.backupLog.arrivedThrough);
  }
  refill(step);
}

/** After a reconnect the log is sent again from what is stored on. */
function isKnown({ parts }: Step, first: LogEntry | undefined): boolean {
  return first !== undefined && first.lsn <= parts.backupLog.arrivedThrough;
}

/** What the primary has let out need not be sent again, replayed already or not. */
function noteReleased(replay: ReplayState, through: number): void {
  replay.releasedThrough = Math.max(replay.releasedThrough, through);
  replay.unreleased = replay.unreleased.filter(({ lsn }) => lsn > replay.releasedThrough);
}

/** Reads on while there is room, and goes on replaying. */
export function refill(step: Step): void {
  if (step.parts.control.role === "HALTED") return;
  storeArrived(step);
  turnWindow(step);
  pump(step);
}

/** while it read nothing the peer could not be heard, so that its silence begins when it reads again. */
function turnWindow(step: Step): void {
  const { parts, context, out } = step;
  const from = parts.control.peer;
  const isClosed = isChannelClosed(parts);
  if (from !== "") out.push({ kind: "read-channel", isOpen: !isClosed, from });
  if (isClosed === parts.control.isWindowClosed) return;
  updateControl(parts, (control) => {
    control.isWindowClosed = isClosed;
  });
  if (!isClosed && parts.config.rules.excusesClosedWindow) parts.detector.heardLog(context.uptime);
}

function storeArrived(step: Step): void {
  const { parts, context } = step;
  const { rules, params } = parts.config;
  if (isFrozen(step)) return;
  const most = rules.boundsBackupLog ? params.backupBufferBytes : Infinity;
  const stored = parts.backupLog.store(most, rules.ackContiguous, (entry) => endsHere(step, entry));
  if (stored.length === 0) return;
  for (const { body } of stored)
    if (body.kind === "time") parts.clock.follow(body.ticks, context.now);
  if (rules.claims === "honest") for (const entry of stored) claimStored(step, entry);
  if (rules.ackAfterStore && rules.acknowledges === "stored")
    sendAck(step, parts.backupLog.storedThrough);
}

/** with nothing new to ack the current ack is repeated, so that silence means death. */
export function repeatAck(step: Step): void {
  const { parts } = step;
  refill(step);
  if (parts.config.rules.ackAfterStore) acknowledgeHeld(step);
  else acknowledge(step, parts.backupLog.arrivedThrough);
  tellReadThrough(step, true);
}

/** Whether we read no further for now: then the peer's silence is our own doing. */
export function isChannelClosed(parts: Parts): boolean {
  return parts.backupLog.unreadEntries >= parts.config.params.backupSocketEntries;
}

/**
 * H-8: what a backup stores and acknowledges behind the entry at which its copy is taken would not be
 * where it is going to be.
 */
function endsHere({ parts }: Step, { body }: LogEntry): boolean {
  const { copySource } = parts;
  const isAwaited = copySource?.purpose === "move-backup" && copySource.stage === "quiescing";
  if (!isAwaited || body.kind !== "control" || body.op !== "quiesced") return false;
  if (!parts.config.rules.freezesWhenMoving) return false;
  copySource.stage = "draining";
  return true;
}

function claimStored(step: Step, entry: LogEntry): void {
  step.out.claim({ kind: "log-buffered", lsn: entry.lsn, hash: hashEntry(entry) });
}
