// Device events for a machine that runs live: each is logged where it is delivered, then applied before
// the next step; while the machine stands still they wait.

import type { Entry } from "../vm/exit.ts";
import { frameArrived } from "./announcing.ts";
import { append, sizeOf } from "./appending.ts";
import { handleDiskDone, isBackupReading, repeatFailedWrite } from "./disk-order.ts";
import { haltReplica } from "./halting.ts";
import type { EntryBody } from "./log-entry.ts";
import { isLogging, type Parts, type Step, updateControl } from "./parts.ts";
import type { Input, VmCost } from "./protocol.ts";

export const NO_COST = { kind: "none", bytes: 0 } as const;

/** A device event for the guest: recorded, then applied before the next step. */
export function deliver(step: Step, entry: Entry): void {
  step.out.vm({ do: "inject", entry, cost: log(step, entry) });
}

/** What it costs to log it. */
function log(step: Step, entry: Entry): VmCost {
  const { parts, context } = step;
  if (!isLogging(parts)) return NO_COST;
  const appended = append(step, "before", context.count, [bodyOf(step, entry)]);
  return { kind: "record", bytes: sizeOf(appended) };
}

/** Device events that must wait while the machine stands still; frames are lost, as on any NIC. */
export function deliverOrDefer(step: Step, input: Input): void {
  if (mayDeliver(step.parts, input)) deliverInput(step, input);
  else if (input.kind === "frame") step.out.mark("frame-lost-to-a-standing-guest");
  else {
    step.out.mark("event-waits-for-a-standing-guest");
    step.parts.deferred.push(input);
  }
}

/** Before a copy's last round what is under way on the disk comes to its end. */
function mayDeliver({ control, copySource }: Parts, input: Input): boolean {
  if (control.isStalled) return false;
  if (!control.isSwitching) return true;
  const isTaken = copySource !== undefined && copySource.stage !== "quiescing";
  return input.kind === "disk-done" && !isTaken;
}

/** The machine runs again: what waited for it comes now, in order. */
export function deliverDeferred(step: Step): void {
  const { deferred } = step.parts;
  step.parts.deferred = [];
  for (const input of deferred) deliverOrDefer(step, input);
}

export function unstall(step: Step): void {
  const { parts, out } = step;
  if (!parts.control.isStalled) return;
  if (parts.primaryLog.bytes * 2 > parts.config.params.primaryBufferBytes) return;
  updateControl(parts, (control) => {
    control.isStalled = false;
  });
  if (!parts.control.isSwitching) out.vm({ do: "resume" });
  out.claim({ kind: "stalled", isStalled: false, bufferedBytes: parts.primaryLog.bytes });
  deliverDeferred(step);
}

function deliverInput(step: Step, input: Input): void {
  if (input.kind === "frame") receiveFrame(step, input.bytes);
  else if (input.kind === "timer" && input.timer === "receive") deliverArrived(step);
  else if (input.kind === "timer") deliverTimer(step);
  else if (input.kind === "disk-done") deliverDiskDone(step, input);
}

/** Sets the host timer for the guest's deadline; a deadline in the past fires once. */
export function armGuestTimer(step: Step): void {
  const { parts, context, out } = step;
  const deadline = context.guestDeadline;
  if (deadline === undefined) out.push({ kind: "cancel-timer", timer: "guest" });
  else out.timer("guest", Math.max(context.now, parts.clock.hostClockAt(deadline)));
}

/**
 * frames that arrive within the window are one entry, and the guest is interrupted once. Where
 * a group ends is decided here and nowhere else: the backup takes it from the log.
 */
function receiveFrame(step: Step, frame: Uint8Array): void {
  const { parts, context, out } = step;
  const { params, rules } = parts.config;
  const { receiveBatch } = params;
  frameArrived(step, frame);
  parts.arriving.push(frame);
  if (rules.fillsRing === "on-arrival") inject(step, { kind: "net-rx", frames: [frame] });
  if (receiveBatch === 0) deliverArrived(step);
  else if (parts.arriving.length === 1) out.timer("receive", context.now + receiveBatch);
  else if (parts.arriving.length === FRAMES_MAX) {
    out.mark("batch-of-frames-is-full");
    out.push({ kind: "cancel-timer", timer: "receive" });
    deliverArrived(step);
  }
}

function deliverArrived(step: Step): void {
  const frames = step.parts.arriving;
  if (frames.length === 0) return;
  if (frames.length > 1) step.out.mark("frames-share-an-interrupt");
  step.parts.arriving = [];
  const entry: Entry = { kind: "net-rx", frames };
  if (step.parts.config.rules.fillsRing === "at-entry") deliver(step, entry);
  else log(step, entry);
}

function inject(step: Step, entry: Entry): void {
  step.out.vm({ do: "inject", entry, cost: NO_COST });
}

/** A guest's receive ring has room for so many, and for as many again. */
const FRAMES_MAX = 64;

function deliverTimer(step: Step): void {
  const deadline = step.context.guestDeadline;
  // The guest may have moved its deadline since the host timer was set.
  if (deadline === undefined) return;
  if (step.parts.clock.hostClockAt(deadline) > step.context.now) armGuestTimer(step);
  else deliver(step, { kind: "timer" });
}

function deliverDiskDone(step: Step, input: Extract<Input, { kind: "disk-done" }>): void {
  const { parts, context } = step;
  if (input.status === "fenced") {
    haltReplica(step, "the storage fenced this node off");
    return;
  }
  const isRepeated = input.status === "error" && repeatFailedWrite(step, input.ioId);
  if (!isRepeated) handleDiskDone(step, input.ioId);
  const isPending = context.pendingDisk().some((request) => request.ioId === input.ioId);
  if (!isPending || parts.control.role === "HALTED") return;
  deliver(step, { kind: "disk-done", ioId: input.ioId, status: input.status, data: input.data });
}

/** what a read brought is not in the log where the backup reads itself, unless it failed. */
function bodyOf(step: Step, entry: Entry): EntryBody {
  if (entry.kind !== "disk-done" || !isBackupReading(step)) return entry;
  const mayLog = entry.status === "error" && step.parts.config.rules.logsFailedReads;
  return mayLog ? entry : { ...entry, data: NO_DATA };
}

const NO_DATA = new Uint8Array(0);
