// The other end of a copy: a spare host takes in a machine. Until all of it is here it is
// nothing: it has no role, asks no arbiter, and is forgotten when its source falls silent. A
// whole copy becomes a backup and acknowledges at once; a copy that shall be the primary waits until
// the storage has admitted it.

import { enterRole, type Side, type Step, updateControl } from "./parts.ts";
import type { ClonePoint } from "./message.ts";
import { admitted } from "./membership.ts";
import type { Contents } from "./protocol.ts";
import { pump } from "./replayer.ts";

export interface CopyTarget {
  readonly source: string;
  readonly generation: number;
  /** Whole: nothing is missing but the storage's word. */
  isWhole: boolean;
  /** Who asks the storage to admit the pair; known with the state. */
  opener: string;
  pair: { readonly primary: string; readonly backup: string };
}

const PAGE_BYTES = 4_096;

export function copyOffered(step: Step, source: string, generation: number): void {
  const { parts, out } = step;
  const isFree = parts.control.side === "spare" && parts.copyTarget?.isWhole !== true;
  if (!isFree) {
    out.sendTo(source, generation, { kind: "copy-abort", reason: "the host is not free" });
    return;
  }
  const pair = { primary: "", backup: "" };
  parts.copyTarget = { source, generation, isWhole: false, opener: "", pair };
  const keepsDisk = !parts.config.rules.copiesDisk;
  out.push({ kind: "memory", command: { do: "clear", keepsDisk } });
  out.sendTo(source, generation, { kind: "copy-accept" });
  watchSource(step);
}

export function pagesArrived(step: Step, { pages, blocks = [] }: Contents): void {
  const { parts, out } = step;
  const copy = parts.copyTarget;
  if (copy === undefined || copy.isWhole) return;
  out.push({ kind: "memory", command: { do: "put", pages, blocks } });
  const bytes = (pages.length + blocks.length) * PAGE_BYTES;
  out.sendTo(copy.source, copy.generation, { kind: "copy-credit", bytes });
  watchSource(step);
}

/** All that is not RAM: with it the copy is whole. */
export function stateArrived(step: Step, machine: Uint8Array, point: ClonePoint): void {
  const { parts, context, out } = step;
  const copy = parts.copyTarget;
  if (copy === undefined || copy.isWhole) return;
  const { self } = parts.config;
  const { primary, backup } = point;
  const side: Side = self === primary ? "primary" : "backup";
  copy.isWhole = true;
  copy.opener = side === "primary" ? copy.source : primary;
  copy.pair = { primary, backup };
  out.push({ kind: "memory", command: { do: "put", pages: [], machine } });
  parts.share = point.share;
  out.vm({ do: "share", percent: point.share });
  takeUpLog(step, point, side);
  updateControl(parts, (control) => {
    control.peer = side === "primary" ? backup : primary;
    control.generation = copy.generation;
    control.logGeneration = copy.generation;
    control.isAdmitted = false;
  });
  out.push({ kind: "enter-generation", generation: copy.generation });
  out.claim({ kind: "log-begin", lsn: point.lsn });
  out.sendTo(copy.source, copy.generation, { kind: "copy-done" });
  parts.detector.restart(context.uptime);
  if (side === "backup") becomeBackup(step);
  else watchSource(step);
}

/** The source fell silent, or gave up: what is here is worth nothing unless it is whole. */
export function forgetTarget(step: Step): void {
  const { parts, out } = step;
  if (parts.copyTarget === undefined || parts.copyTarget.isWhole) return;
  parts.copyTarget = undefined;
  out.push({ kind: "cancel-timer", timer: "copy" });
  out.mark("half-copy-forgotten");
}

/** The silence of a source: a half copy is forgotten, a whole one asks the storage what became of it. */
export function sourceIsSilent(step: Step): void {
  const { copyTarget } = step.parts;
  if (copyTarget === undefined) return;
  if (!copyTarget.isWhole) {
    if (step.parts.config.rules.forgetsHalfCopy) forgetTarget(step);
    else liveWithHalf(step, copyTarget);
    return;
  }
  if (step.parts.control.isAdmitted) return;
  step.out.push({ kind: "inquire" });
  watchSource(step);
}

/** The pair was admitted: a backup may ask for the flag from now on, a primary begins. */
export function pairBegins(step: Step): void {
  const copy = step.parts.copyTarget;
  if (copy === undefined || !copy.isWhole) return;
  step.parts.copyTarget = undefined;
  step.out.push({ kind: "cancel-timer", timer: "copy" });
  admitted(step, copy.pair);
}

/** BUG-50: what is here is taken for the VM. */
function liveWithHalf(step: Step, { generation }: CopyTarget): void {
  const { parts, out } = step;
  parts.copyTarget = undefined;
  updateControl(parts, (control) => {
    control.side = "primary";
    control.generation = generation;
  });
  enterRole(step, "SOLO", "its source is gone");
  out.vm({ do: "run" });
  out.push({ kind: "announce" });
}

function takeUpLog({ parts, context }: Step, point: ClonePoint, side: Side): void {
  const { lsn, group, ticks, releasedThrough } = point;
  parts.clock.rebase(ticks, context.now, ticks);
  parts.replay.releasedThrough = releasedThrough;
  if (side === "primary") parts.primaryLog.begin(lsn, group);
  else parts.backupLog.begin(lsn, group);
}

function becomeBackup(step: Step): void {
  const { parts, context, out } = step;
  const { params } = parts.config;
  updateControl(parts, (control) => {
    control.side = "backup";
  });
  enterRole(step, "BACKUP", `a copy of ${parts.copyTarget?.source ?? "nobody"}'s`);
  out.timer("heartbeat", context.now);
  out.timer("progress", context.now + params.progressInterval);
  out.timer("detector", parts.detector.nextCheck(context));
  out.send({ kind: "hello", next: parts.backupLog.storedThrough + 1 });
  watchSource(step);
  pump(step);
}

function watchSource({ parts, context, out }: Step): void {
  out.timer("copy", context.now + parts.config.params.copyTimeout);
}
