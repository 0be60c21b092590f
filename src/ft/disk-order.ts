// In what order disk commands reach the disk. Commands that touch the same blocks, one of them
// writing, are never under way together: which of them the disk would perform last is chance, and
// another disk would decide otherwise. The later one waits for the earlier one's completion; the
// guest notices nothing but a slower disk. At a takeover the same holds for what is issued again
// (H-10), and there a flush also stays where it was.

import type { DiskRequest } from "../vm/exit.ts";
import type { Effects } from "./effects.ts";
import type { NumberedOutput } from "./protocol.ts";
import type { FtRules } from "./rules.ts";

/** What of a step is needed here: any protocol that issues disk commands has it. */
interface Step {
  readonly parts: { readonly config: { readonly rules: FtRules }; readonly disk: DiskOrder };
  readonly out: Effects;
}

interface DiskCommand {
  readonly output: NumberedOutput;
  readonly request: DiskRequest;
  readonly isAgain: boolean;
}

export interface DiskOrder {
  /** Held back, in the order in which they were performed. */
  waiting: DiskCommand[];
  /** At the storage, not completed. */
  underWay: DiskCommand[];
}

/** Lets an output of the machine leave; a disk command when no earlier one is in its way. */
export function release(step: Step, output: NumberedOutput, isAgain: boolean = false): void {
  const { parts, out } = step;
  if (output.output.class !== "disk" || !parts.config.rules.serialisesDisk) {
    out.push({ ...output, kind: "release", isAgain });
    return;
  }
  parts.disk.waiting.push({ output, request: output.output.request, isAgain });
  issueNext(step);
}

/** A completion came back: what had to wait for it may go. */
export function handleDiskDone(step: Step, ioId: number): void {
  const { disk } = step.parts;
  disk.underWay = disk.underWay.filter(({ request }) => request.ioId !== ioId);
  if (disk.waiting.length > 0) issueNext(step);
}

function issueNext(step: Step): void {
  const { disk } = step.parts;
  const blocked: DiskCommand[] = [];
  for (const command of disk.waiting) {
    const isInTheWay = (other: DiskCommand): boolean => mustFollow(command, other);
    if (disk.underWay.some(isInTheWay) || blocked.some(isInTheWay)) {
      blocked.push(command);
      continue;
    }
    disk.underWay.push(command);
    step.out.push({ ...command.output, kind: "release", isAgain: command.isAgain });
  }
  if (blocked.length > 0) step.out.mark("disk-command-waits-for-overlap");
  disk.waiting = blocked;
}

function mustFollow(a: DiskCommand, b: DiskCommand): boolean {
  // Only of what is issued again nobody knows whether the guest had waited before it flushed.
  const mayBeCut = a.isAgain || b.isAgain;
  if (a.request.op === "flush" || b.request.op === "flush") return mayBeCut;
  if (a.request.op === "read" && b.request.op === "read") return false;
  return (
    a.request.sector < b.request.sector + b.request.sectorCount &&
    b.request.sector < a.request.sector + a.request.sectorCount
  );
}
