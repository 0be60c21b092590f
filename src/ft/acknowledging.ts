// What a backup tells its primary about the log: one cumulative ack. From the first suspicion on it
// says nothing any more (INV-17), so that the old primary can release nothing new.

import type { Parts, Step } from "./parts.ts";

/** How far the log is held, or, where the rule asks for it, replayed. */
export function acknowledgeHeld(step: Step): void {
  const { config, backupLog } = step.parts;
  const isStored = config.rules.acknowledges === "stored";
  acknowledge(step, isStored ? backupLog.storedThrough : backupLog.executedThrough);
}

export function acknowledge(step: Step, through: number): void {
  if (!isFrozen(step)) sendAck(step, through);
}

export function sendAck({ parts, out }: Step, through: number): void {
  const executed = parts.backupLog.executedThrough;
  out.send({ kind: "ack", through, executed });
  out.claim({ kind: "log-ack-send", through, executed });
}

export function isFrozen({ parts }: Step): boolean {
  if (isMovingAway(parts)) return true;
  return parts.control.role !== "BACKUP" && parts.config.rules.freezeAcks;
}

/** H-8: from the entry on at which its copy is taken. */
function isMovingAway({ copySource, config }: Parts): boolean {
  if (copySource?.purpose !== "move-backup" || !config.rules.freezesWhenMoving) return false;
  const { stage } = copySource;
  return stage !== "offered" && stage !== "copying" && stage !== "quiescing";
}
