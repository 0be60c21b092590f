// What a backup tells its primary about the log: one cumulative ack. From the first suspicion on it
// says nothing any more (INV-17), so that the old primary can release nothing new.

import type { Step } from "./parts.ts";

/** How far the log is held, or, where the rule asks for it, replayed. */
export function acknowledgeHeld(step: Step): void {
  const { config, backupLog } = step.parts;
  const isStored = config.rules.acknowledges === "stored";
  acknowledge(step, isStored ? backupLog.storedThrough : backupLog.executedThrough);
}

export function acknowledge(step: Step, through: number): void {
  const { parts, out } = step;
  if (isFrozen(step)) return;
  const executed = parts.backupLog.executedThrough;
  out.send({ kind: "ack", through, executed });
  out.claim({ kind: "log-ack-send", through, executed });
}

export function isFrozen(step: Step): boolean {
  return step.parts.control.role !== "BACKUP" && step.parts.config.rules.freezeAcks;
}
