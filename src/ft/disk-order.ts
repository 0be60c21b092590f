// In what order disk commands reach the disk. Commands that touch the same blocks, one of them
// writing, are never under way together, nor, where the scenario asks for it, commands that touch the
// same pages of guest memory, one of them filling them: which of them the disk would perform last is chance, and
// another disk would decide otherwise. The later one waits for the earlier one's completion; the
// guest notices nothing but a slower disk. At a takeover the same holds for what is issued again
// (H-10), and there a flush also stays where it was.

import type { DiskRequest } from "../vm/exit.ts";
import type { Effects } from "./effects.ts";
import type { FtParams } from "./params.ts";
import type { NumberedOutput, StepContext } from "./protocol.ts";
import type { FtRules } from "./rules.ts";

/** What of a step is needed here: any protocol that issues disk commands has it. */
interface Step {
  readonly parts: {
    readonly config: { readonly rules: FtRules; readonly params: FtParams };
    readonly disk: DiskOrder;
  };
  readonly out: Effects;
}

export interface DiskCommand {
  readonly output: NumberedOutput;
  readonly request: DiskRequest;
  readonly isAgain: boolean;
}

export interface DiskOrder {
  /** Reads that the guest began and that the backup, which executes them too, has not done. */
  unread: DiskRequest[];
  /** Held back, in the order in which they were performed. */
  waiting: DiskCommand[];
  /** At the storage, not completed. */
  underWay: DiskCommand[];
  /** Nothing more goes to the storage for now, whatever its turn (H-9). */
  isHeld: boolean;
}

export function startDiskOrder(): DiskOrder {
  return { unread: [], waiting: [], underWay: [], isHeld: false };
}

/** Lets an output of the machine leave; a disk command when no earlier one is in its way. */
export function release(step: Step, output: NumberedOutput, isAgain: boolean = false): void {
  const { parts, out } = step;
  if (output.output.class !== "disk" || !parts.config.rules.serialisesDisk) {
    out.push({ kind: "release", ordinal: output.ordinal, output: output.output, isAgain });
    return;
  }
  parts.disk.waiting.push({ output, request: output.output.request, isAgain });
  issueNext(step);
}

/** H-9: whoever suspects lets nothing out, also not what only waited for another command's completion. */
export function holdDisk({ parts }: Step): void {
  parts.disk.isHeld = true;
}

export function letDiskGo(step: Step): void {
  const { disk } = step.parts;
  disk.isHeld = false;
  if (disk.waiting.length > 0) issueNext(step);
}

/** The backup executes disk reads itself. */
export function isBackupReading({ parts }: Pick<Step, "parts">): boolean {
  return parts.config.params.diskReads === "backup";
}

/** And on the disk that the primary writes to: then a write has to wait for it (R-11.3 c). */
export function isBackupReadingShared(step: Pick<Step, "parts">): boolean {
  return isBackupReading(step) && !hasOwnDisk(step);
}

/** Each host has a disk of its own: commands to it are no outputs, and both hosts execute them. */
export function hasOwnDisk({ parts }: Pick<Step, "parts">): boolean {
  return parts.config.params.disks === "separate";
}

/** Whether the backup executes a command too, on its own disk. */
export function isExecutedByBoth(step: Pick<Step, "parts">, { op }: DiskRequest): boolean {
  return hasOwnDisk(step) && (op !== "read" || isBackupReading(step));
}

/** Nothing waits for its turn or is under way. */
export function isDiskQuiet({ parts }: Pick<Step, "parts">): boolean {
  return parts.disk.waiting.length === 0 && parts.disk.underWay.length === 0;
}

/** R-11.3 (c): the backup has to read this too, before a later write changes it. */
export function awaitBackupRead(step: Step, request: DiskRequest): void {
  const { config, disk } = step.parts;
  if (config.rules.writesAwaitOwnReads && isBackupReadingShared(step)) disk.unread.push(request);
}

/** What is pending at a clone point the new backup begins too. */
export function awaitPendingReads(
  step: Step & { readonly context: Pick<StepContext, "pendingDisk"> },
): void {
  if (!isBackupReadingShared(step)) return;
  for (const request of step.context.pendingDisk())
    if (request.op === "read") awaitBackupRead(step, request);
}

/** The backup has done all its reads up to this number; no number: there is no such backup. */
export function backupHasRead(step: Step, through: number = Number.MAX_SAFE_INTEGER): void {
  const { disk } = step.parts;
  disk.unread = disk.unread.filter(({ ioId }) => ioId > through);
  if (disk.waiting.length > 0) issueNext(step);
}

/** A completion came back: what had to wait for it may go. */
export function handleDiskDone(step: Step, ioId: number): void {
  const { disk } = step.parts;
  disk.underWay = disk.underWay.filter(({ request }) => request.ioId !== ioId);
  if (disk.waiting.length > 0) issueNext(step);
}

/**
 * a write to a host's own disk failed, or left a part. The other host's disk has it, or will: it
 * is done again, and what overlaps waits. False: the failure is the end of the command.
 */
export function repeatFailedWrite(step: Step, ioId: number): boolean {
  const { config, disk } = step.parts;
  if (!hasOwnDisk(step) || !config.rules.repeatsFailedWrites) return false;
  const failed = disk.underWay.find(({ request }) => request.ioId === ioId);
  if (failed?.request.op !== "write") return false;
  repeat(step, failed);
  return true;
}

/** The same command once more; it is still under way. */
export function repeat(step: Step, { output }: DiskCommand): void {
  step.out.mark("own-disk-command-repeated");
  step.out.push({ ...output, kind: "release", isAgain: true });
}

function issueNext(step: Step): void {
  const { disk, config } = step.parts;
  if (disk.isHeld) return;
  const mindsPages = config.params.diskRaces === "blocks-and-pages" && config.rules.serialisesPages;
  const blocked: DiskCommand[] = [];
  for (const command of disk.waiting) {
    const before = [...disk.underWay, ...blocked];
    const doesFollow = before.some((other) => mustFollow(command, other));
    const isRace = mindsPages && before.some((other) => doRaceInMemory(command, other));
    const isUnread = disk.unread.some((read) => mustSpare(command.request, read));
    if (isUnread) step.out.mark("write-waits-for-the-backups-read");
    if (doesFollow) step.out.mark("disk-command-waits-for-overlap");
    else if (isRace) step.out.mark("disk-command-waits-for-the-same-memory");
    if (isUnread || doesFollow || isRace) {
      blocked.push(command);
      continue;
    }
    disk.underWay.push(command);
    const { output, isAgain } = command;
    step.out.push({ kind: "release", ordinal: output.ordinal, output: output.output, isAgain });
  }
  disk.waiting = blocked;
}

function mustFollow(a: DiskCommand, b: DiskCommand): boolean {
  // Only of what is issued again nobody knows whether the guest had waited before it flushed.
  const mayBeCut = a.isAgain || b.isAgain;
  if (a.request.op === "flush" || b.request.op === "flush") return mayBeCut;
  if (a.request.op === "read" && b.request.op === "read") return false;
  return doShareSectors(a.request, b.request);
}

/** one of them fills a page of guest memory that the other one reads or fills. */
function doRaceInMemory({ request: a }: DiskCommand, { request: b }: DiskCommand): boolean {
  if (a.op !== "read" && b.op !== "read") return false;
  return a.pages.some((page) => b.pages.includes(page));
}

function mustSpare(command: DiskRequest, read: DiskRequest): boolean {
  return command.op === "write" && command.ioId > read.ioId && doShareSectors(command, read);
}

export function doShareSectors(a: DiskRequest, b: DiskRequest): boolean {
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}
