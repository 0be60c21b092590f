// What an operator asks of a VM. Operations begin at the primary, and a control entry on
// the log carries their effect to the backup; a move alone may be asked of either side.

import { type CopySource, startCopy } from "./copy-source.ts";
import { haltReplica } from "./halting.ts";
import type { EntryBody } from "./log-entry.ts";
import type { OperatorCommand } from "./protocol.ts";
import type { Step } from "./parts.ts";
import { append } from "./appending.ts";
import { resumeGuest, standStill } from "./stand-still.ts";

/** What the operator is told, and how the reason of its end begins (INV-36). */
const POWER_OFF = "power-off by its operator";

export function handleCommand(step: Step, command: OperatorCommand): void {
  switch (command.do) {
    case "move":
      move(step, command.to);
      break;
    case "power-off":
      powerOff(step);
      break;
    case "cpu-share":
      shareCpu(step, command.percent);
      break;
  }
}

/** A control entry has come to its place in the replay. */
export function replayControl(
  step: Step,
  { op, value }: Extract<EntryBody, { kind: "control" }>,
): void {
  const { copySource } = step.parts;
  if (op === "cpu-share") setShare(step, value);
  else if (op === "power-off") haltReplica(step, POWER_OFF, POWER_OFF);
  else if (copySource?.purpose === "move-backup" && isSeekingQuiet(copySource)) standStill(step);
}

function isSeekingQuiet({ stage }: CopySource): boolean {
  return stage === "quiescing" || stage === "draining";
}

/** Called after every step: what waited for quiet or for an ack may be done. */
export function continueOperations(step: Step): void {
  const { parts, context } = step;
  const { isStalled } = parts.control;
  if (parts.operation === "quiesce" && context.pendingDisk().length === 0 && !isStalled) {
    parts.operation = "none";
    append(step, "before", context.count, [{ kind: "control", op: "quiesced", value: 0 }]);
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
  if (step.context.pendingDisk().length > 0) step.out.mark("move-waits-for-disk-io");
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

/** what the primary may use, its backup must be able to follow with, and may not exceed. */
function shareCpu(step: Step, percent: number): void {
  const { parts, context, out } = step;
  if (!mayOperate(step)) {
    out.push({ kind: "confirm", command: "cpu-share", result: "refused" });
    return;
  }
  if (parts.control.isLogging)
    append(step, "before", context.count, [{ kind: "control", op: "cpu-share", value: percent }]);
  setShare(step, percent);
  out.push({ kind: "confirm", command: "cpu-share", result: "done" });
}

function setShare({ parts, out }: Step, percent: number): void {
  parts.share = percent;
  out.vm({ do: "share", percent });
}

/**
 * Operations are asked of the side that has the VM, not while it changes hands, and not while a full
 * log buffer has no room for their entry.
 */
function mayOperate({ parts }: Step): boolean {
  const { role, isStalled } = parts.control;
  const isBusy = parts.copySource !== undefined || parts.opening !== undefined || isStalled;
  return (role === "PRIMARY" || role === "SOLO") && !isBusy && parts.operation === "none";
}

function powerOff(step: Step): void {
  const { parts, context, out } = step;
  if (!mayOperate(step)) {
    out.push({ kind: "confirm", command: "power-off", result: "refused" });
    return;
  }
  parts.operation = "power-off";
  standStill(step);
  if (parts.control.isLogging && parts.config.rules.logsPowerOff)
    append(step, "before", context.count, [{ kind: "control", op: "power-off", value: 0 }]);
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
