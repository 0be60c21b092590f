// What hosts say to each other about copies, and what their silence means: to the end of the copy
// that it concerns. Messages of a copy carry the generation that it will begin.

import {
  claimCopy,
  copyAccepted,
  type CopySource,
  creditArrived,
  forgetCopy,
  pairOf,
  watchCopy,
} from "./copy-source.ts";
import {
  copyOffered,
  forgetTarget,
  pagesArrived,
  pairBegins,
  sourceIsSilent,
  stateArrived,
} from "./copy-target.ts";
import { backupHasRead } from "./disk-order.ts";
import { haltReplica } from "./halting.ts";
import { admitted, openGeneration, type Pair } from "./membership.ts";
import type { CopyMessage } from "./message.ts";
import { type Step, updateControl } from "./parts.ts";
import { handleAck } from "./recorder.ts";
import { releaseAll } from "./releasing.ts";
import { pump } from "./replayer.ts";
import { resumeGuest } from "./stand-still.ts";
import { askForBackup } from "./protection.ts";

type Received = CopyMessage & { readonly generation: number };

export function handleCopyMessage(step: Step, message: Received, from: string): void {
  const { copySource, copyTarget } = step.parts;
  if (message.kind === "copy-offer") copyOffered(step, from, message.generation);
  else if (message.kind === "begin") begins(step, message, message.generation);
  else if (isOf(message, copySource, copySource?.target, from)) fromTarget(step, message);
  else if (isOf(message, copyTarget, copyTarget?.source, from)) fromSource(step, message);
}

/** Nothing was heard of the other end for too long. */
export function handleCopyTimer(step: Step): void {
  const { copySource } = step.parts;
  if (copySource === undefined) sourceIsSilent(step);
  else if (copySource.stage === "handing-over") handOver(step, copySource);
  else abortCopy(step, "its target is silent");
}

/** The devices are saved: what stood still for the copy goes on. */
export function handleSwitchTimer(step: Step): void {
  const copy = step.parts.copySource;
  if (copy?.stage !== "handing-over") return;
  if (copy.purpose !== "protect") {
    handOver(step, copy);
    return;
  }
  claimCopy(step, "resume", "");
  forgetCopy(step);
}

export function abortCopy(step: Step, reason: string): void {
  const { parts, out } = step;
  const copy = parts.copySource;
  if (copy === undefined) return;
  // The storage was asked: only its answer ends this.
  if (parts.opening !== undefined && copy.purpose !== "move-backup") return;
  // It was admitted, and is the backup: that its channel breaks is for the log, not for the copy.
  if (parts.control.generation >= copy.generation) return;
  claimCopy(step, "aborted", reason);
  out.sendTo(copy.target, copy.generation, { kind: "copy-abort", reason });
  if (copy.purpose === "protect") endLogging(step);
  forgetCopy(step);
  if (copy.purpose === "protect") askForBackup(step);
  else if (copy.purpose === "move-backup") pump(step);
}

function isOf(
  message: Received,
  copy: { readonly generation: number } | undefined,
  partner: string | undefined,
  from: string,
): boolean {
  return copy !== undefined && copy.generation === message.generation && partner === from;
}

function fromTarget(step: Step, message: Received): void {
  switch (message.kind) {
    case "copy-accept":
      copyAccepted(step);
      break;
    case "copy-credit":
      creditArrived(step, message.bytes);
      break;
    case "copy-done":
      copyIsWhole(step);
      break;
    case "copy-abort":
      abortCopy(step, message.reason);
      break;
    default:
      break;
  }
}

function fromSource(step: Step, message: Received): void {
  switch (message.kind) {
    case "copy-pages":
      pagesArrived(step, message);
      break;
    case "copy-blocks":
      pagesArrived(step, { pages: [], blocks: message.pages });
      break;
    case "copy-state":
      stateArrived(step, message.machine, message);
      break;
    case "copy-abort":
      forgetTarget(step);
      break;
    default:
      break;
  }
}

/** The target has everything. A node that was alone asks at once to be two; the others switch first. */
function copyIsWhole(step: Step): void {
  const { parts, context, out } = step;
  const copy = parts.copySource;
  if (copy?.stage !== "sending") return;
  copy.stage = "handing-over";
  out.push({ kind: "cancel-timer", timer: "copy" });
  out.timer("switch", context.now + parts.config.params.switchTime);
  if (copy.purpose !== "protect") return;
  out.timer("heartbeat", context.now);
  out.timer("progress", context.now + parts.config.params.progressInterval);
  const { generation, target } = copy;
  openGeneration(step, { generation, ...pairOf(step, copy), tell: [target] });
  if (parts.config.rules.logsFrom === "connect") resumeGuest(step);
}

/** The primary asks for the pair itself; a backup tells its primary, until it is answered. */
function handOver(step: Step, copy: CopySource): void {
  const { parts, out } = step;
  if (copy.purpose === "move-backup") {
    out.send({ kind: "moved", to: copy.target, through: copy.lsn });
    watchCopy(step);
    return;
  }
  if (parts.opening !== undefined) return;
  const { generation, target } = copy;
  const tell = [target, parts.control.peer];
  openGeneration(step, { generation, ...pairOf(step, copy), tell });
}

/** A backup's copy is whole elsewhere: this primary admits it. */
export function backupMoved(step: Step, to: string, through: number): void {
  const { parts } = step;
  const { generation, peer, role } = parts.control;
  if (parts.opening !== undefined || role !== "PRIMARY") return;
  handleAck(step, through, through);
  const pair: Pair = { primary: parts.config.self, backup: to };
  openGeneration(step, { generation: generation + 1, ...pair, tell: [to, peer] });
}

/** The storage has admitted a pair: this node is a new member, an old one, or none any more. */
function begins(step: Step, pair: Pair, generation: number): void {
  const { parts } = step;
  const { self } = parts.config;
  const { copyTarget, control } = parts;
  if (copyTarget?.isWhole === true && copyTarget.generation === generation) {
    pairBegins(step);
    return;
  }
  if (control.side === "spare" || generation !== control.generation + 1) return;
  if (pair.backup !== self) {
    haltReplica(step, `moved to ${pair.backup}`);
    return;
  }
  admitted(step, pair, generation);
}

/** alone as before; what was held for a backup that will not be leaves. */
function endLogging(step: Step): void {
  const { parts } = step;
  if (!parts.control.isLogging) return;
  updateControl(parts, (control) => {
    control.isLogging = false;
    control.logGeneration = control.generation;
    control.peer = "";
  });
  releaseAll(step);
  parts.primaryLog.discard();
  backupHasRead(step);
}
