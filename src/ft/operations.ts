// What an operator asks of a VM. Operations begin at the primary, and a control entry on
// the log carries their effect to the backup; a move alone may be asked of either side.

import { type CopySource, startCopy } from "./copy-source.ts";
import { haltReplica } from "./halting.ts";
import type { EntryBody } from "./log-entry.ts";
import type { OperatorCommand } from "./protocol.ts";
import type { Step } from "./parts.ts";
import { append } from "./recorder.ts";
import { resumeGuest, standStill } from "./stand-still.ts";

/** What the operator is told, and how the reason of its end begins (INV-36). */
const POWER_OFF = "power-off by its operator";

export function handleCommand(step: Step, command: OperatorCommand): void {
  if (command.do === "move") move(step, command.to);
  else powerOff(step);
}

/** A control entry has come to its place in the replay. */
export function replayControl(step: Step, op: Extract<EntryBody, { kind: "control" }>["op"]): void {
  const { copySource } = step.parts;
  if (op === "power-off") haltReplica(step, POWER_OFF, POWER_OFF);
  else if (copySource?.purpose === "move-backup" && isSeekingQuiet(copySource)) standStill(step);
}

function isSeekingQuiet({ stage }: CopySource): boolean {
  return stage === "quiescing" || stage === "draining";
}

/** Called after every step: what waited for quiet or for an ack may be done. */
export function continueOperations(step: Step): void {
  const { parts, context } = step;
  if (parts.operation === "quiesce" && context.pendingDisk().length === 0) {
    parts.operation = "none";
    append(step, "before", context.count, [{ kind: "control", op: "quiesced" }]);
    resumeGuest(step);
  }
  if (parts.operation === "power-off" && mayConfirmPowerOff(step)) confirmPowerOff(step);
}

/** A backup that moves asks for a moment without disk I/O. */
export function quiesce(step: Step): void {
  const { parts } = step;
  const isBusy = parts.copySource !== undefined || parts.opening !== undefined;
  if (parts.control.role !== "PRIMARY" || isBusy || parts.operation !== "none") return;
  parts.operation = "quiesce";
  standStill(step);
}

function move(step: Step, to: string): void {
  const { parts, out } = step;
  const { role, peer, isAdmitted } = parts.control;
  const isBusy =
    parts.copySource !== undefined || parts.opening !== undefined || parts.operation !== "none";
  const isMember = role === "PRIMARY" || role === "BACKUP";
  // Never onto the peer's host (R-8.2, INV-32).
  if (!isMember || !isAdmitted || isBusy || to === peer || to === parts.config.self) {
    out.push({ kind: "confirm", command: "move", result: "refused" });
    return;
  }
  startCopy(step, role === "PRIMARY" ? "move-primary" : "move-backup", to);
}

function powerOff(step: Step): void {
  const { parts, context, out } = step;
  const { role } = parts.control;
  if (parts.control.side !== "primary" || (role !== "PRIMARY" && role !== "SOLO")) {
    out.push({ kind: "confirm", command: "power-off", result: "refused" });
    return;
  }
  parts.operation = "power-off";
  standStill(step);
  if (parts.control.isLogging && parts.config.rules.logsPowerOff)
    append(step, "before", context.count, [{ kind: "control", op: "power-off" }]);
}

/** H-7: "it is off" is an output like any other, and waits for the ack of its entry. */
function mayConfirmPowerOff({ parts }: Step): boolean {
  const { isLogging, role } = parts.control;
  if (!isLogging || !parts.config.rules.confirmsAfterAck) return true;
  return role === "PRIMARY" && parts.primaryLog.ackedThrough === parts.primaryLog.lastLsn;
}

function confirmPowerOff(step: Step): void {
  step.parts.operation = "none";
  step.out.push({ kind: "confirm", command: "power-off", result: "done" });
  haltReplica(step, POWER_OFF, POWER_OFF);
}
