// The side that runs freely. In record mode everything that a replica could not recompute is
// appended to the log at its exact position before the machine sees it, and every output waits for
// the ack of its own group. Alone (SOLO) the same machine runs without a log.

import type { Entry, Output } from "../vm/exit.ts";
import { hashOutput } from "../vm/output-hash.ts";
import { type EntryBody, entryBytes, hashEntry, type LogEntry } from "./log-entry.ts";
import type { HeldOutput } from "./output-gate.ts";
import { isLogging, isStandingStill, type Parts, type Step, updateControl } from "./parts.ts";
import type { Answer, Input, NumberedOutput, VmCost, VmExit } from "./protocol.ts";
import { haltReplica } from "./halting.ts";
import {
  awaitBackupRead,
  handleDiskDone,
  hasOwnDisk,
  isBackupReading,
  isExecutedByBoth,
  release,
  repeatFailedWrite,
} from "./disk-order.ts";

const NO_COST = { kind: "none", bytes: 0 } as const;

/** The machine stopped while running live. */
export function handleLiveExit(step: Step, exit: VmExit): void {
  switch (exit.kind) {
    case "request":
      answerLive(step, exit);
      break;
    case "output":
      recordOutputs(step, exit.outputs);
      break;
    case "deadline":
      armGuestTimer(step);
      break;
    case "halt":
      haltReplica(step, `guest stopped: ${exit.detail}`);
      break;
    case "reached":
    case "diverged":
      break;
  }
}

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

/** Sends what was appended in this step, in one message. */
export function flush(step: Step): void {
  const { parts, context, out } = step;
  const { rules, params } = parts.config;
  if (!isLogging(parts) || !parts.control.channelIsUp) return;
  if (params.logBatch > 0 && mayWait(step)) return;
  if (rules.sends === "unacknowledged" && parts.primaryLog.hasUnsent)
    parts.primaryLog.rewindTo(parts.primaryLog.ackedThrough + 1);
  const { releasedThrough } = parts.gate;
  const entries = parts.primaryLog.takeUnsent(channelBytes(params.primaryBufferBytes));
  const last = entries.at(-1);
  if (last !== undefined) parts.lagMeter.sent(last.lsn, context.now);
  const messages = rules.messages === "per-entry" ? entries.map((entry) => [entry]) : [entries];
  for (const of of messages.filter(({ length }) => length > 0))
    out.sendEntries({ kind: "entries", entries: of, releasedThrough }, params.compression);
  if (rules.releaseOutput === "sent" && mayRelease(step)) releaseAll(step);
}

/** ordinary entries wait for company; an output takes all before it along at once. */
function mayWait({ parts, context, out }: Step): boolean {
  const { rules, params } = parts.config;
  const { batchAt } = parts.control;
  const isUrgent = rules.flushesOutputs && parts.primaryLog.hasUnsentOutput;
  if (
    isUrgent ||
    !parts.primaryLog.hasUnsent ||
    (batchAt !== undefined && context.now >= batchAt)
  ) {
    if (batchAt === undefined) return false;
    if (isUrgent) out.mark("output-takes-waiting-entries-along");
    updateControl(parts, (control) => {
      control.batchAt = undefined;
    });
    out.push({ kind: "cancel-timer", timer: "batch" });
    return false;
  }
  if (batchAt === undefined) {
    const due = context.now + params.logBatch;
    updateControl(parts, (control) => {
      control.batchAt = due;
    });
    out.timer("batch", due);
  }
  return true;
}

/**
 * What the channel may hold that is not acknowledged: beyond it entries stay in the log buffer, or the
 * bound of that would be none.
 */
function channelBytes(bufferBytes: number): number {
  return Math.min(CHANNEL_BYTES, bufferBytes / 2);
}

const CHANNEL_BYTES = 1_048_576;

export function appendProgress(step: Step): void {
  const { context } = step;
  const state = context.isWaiting ? "waiting" : "running";
  append(step, "before", context.count, [{ kind: "progress", state }]);
}

/** An ack arrived: outputs that it covers may leave, and a stalled machine may have room again. */
export function handleAck(step: Step, through: number, executed: number): void {
  const { parts, out } = step;
  parts.primaryLog.acknowledge(through);
  parts.lagMeter.acknowledged(through, executed, step.context.now);
  out.claim({ kind: "log-ack-receive", through, executed });
  releaseAcknowledged(step);
  unstall(step);
}

export function releaseAcknowledged(step: Step): void {
  const { parts } = step;
  if (!mayRelease(step)) return;
  for (const held of parts.gate.takeReleasable(parts.primaryLog.ackedThrough)) letOut(step, held);
}

export function releaseAll(step: Step): void {
  const { parts, out } = step;
  const held = parts.gate.takeAll();
  const last = held[held.length - 1];
  if (last !== undefined && parts.config.rules.claims === "acks-never-received")
    out.claim({ kind: "log-ack-receive", through: last.waitsFor, executed: 0 });
  for (const output of held) letOut(step, output);
}

/** H-9: a suspecting primary lets nothing go, whatever acks still come in. */
function mayRelease(step: Step): boolean {
  const { role } = step.parts.control;
  return role === "PRIMARY" || role === "SOLO" || !step.parts.config.rules.quietSuspect;
}

function letOut(step: Step, held: HeldOutput): void {
  const { context, out } = step;
  out.claim({
    kind: "output-release",
    ordinal: held.ordinal,
    outputClass: held.output.class,
    lsn: held.lsn,
    heldFor: context.now - held.since,
  });
  release(step, { ordinal: held.ordinal, output: held.output });
  if (mayRunAgain(step)) out.vm({ do: "resume" });
}

/** The machine of a primary that stops at its outputs, once the last of them has left. */
function mayRunAgain({ parts }: Step): boolean {
  return !parts.config.rules.runsWhileHeld && parts.gate.heldCount === 0 && !isStandingStill(parts);
}

function answerLive(step: Step, exit: Extract<VmExit, { kind: "request" }>): void {
  const { parts, context, out } = step;
  const { rules } = parts.config;
  const answer: Answer =
    exit.what === "time"
      ? { what: "time", ticks: parts.clock.read(context.now) }
      : { what: "entropy", bytes: exit.sample };
  const isLogged = exit.what === "time" ? rules.logClock : rules.logEntropy;
  let cost: VmCost = NO_COST;
  if (isLogging(parts) && isLogged) {
    const body: EntryBody =
      answer.what === "time"
        ? { kind: "time", ticks: answer.ticks }
        : { kind: "entropy", bytes: answer.bytes };
    cost = { kind: "record", bytes: sizeOf(append(step, "during", context.count, [body])) };
  }
  out.vm({ do: "answer", answer, cost });
}

/** The outputs of one step: one group of entries, one hold each. */
function recordOutputs(step: Step, outputs: readonly NumberedOutput[]): void {
  const { parts, context } = step;
  if (!isLogging(parts)) {
    for (const output of outputs) release(step, output);
    return;
  }
  const waiting: NumberedOutput[] = [];
  const logged: NumberedOutput[] = [];
  for (const output of outputs) {
    const isHeld = mustWait(step, output.output, waiting);
    if (isHeld && isRead(output)) step.out.mark("read-waits-behind-a-held-write");
    if (isHeld) waiting.push(output);
    else release(step, output);
    const isForBackup = isReadOfBackup(step, output) || isForBoth(step, output);
    if (isHeld || isForBackup) logged.push(output);
  }
  if (logged.length === 0) return;
  const entries = append(step, "during", context.count - 1, logged.map(outputBody));
  entries.forEach((entry, index) => {
    const output = logged[index] as NumberedOutput;
    if (waiting.includes(output)) holdOutput(step, output, entry, entries);
  });
  if (parts.config.rules.releaseOutput === "none") releaseAll(step);
}

function isRead({ output }: NumberedOutput): boolean {
  return output.class === "disk" && output.request.op === "read";
}

/** a command that the backup executes on its own disk has an entry, too. */
function isForBoth(step: Step, { output }: NumberedOutput): boolean {
  return output.class === "disk" && isExecutedByBoth(step, output.request);
}

/** a read that the backup executes has an entry, so that it begins there without delay. */
function isReadOfBackup(step: Step, { output }: NumberedOutput): boolean {
  if (output.class !== "disk" || output.request.op !== "read" || !isBackupReading(step))
    return false;
  awaitBackupRead(step, output.request);
  return true;
}

/**
 * reads are inputs, unless one would overtake a write that is held. A disk of the host's own is
 * inside the VM: what goes there is no output at all.
 */
function mustWait(step: Step, output: Output, before: readonly NumberedOutput[]): boolean {
  if (output.class !== "disk") return true;
  if (hasOwnDisk(step)) return false;
  if (output.request.op === "read")
    return step.parts.gate.holdsDisk || before.some((other) => other.output.class === "disk");
  return step.parts.config.rules.diskWritesWait;
}

function holdOutput(
  step: Step,
  output: NumberedOutput,
  entry: LogEntry,
  group: readonly LogEntry[],
): void {
  const { parts, context, out } = step;
  const end = (group[group.length - 1] as LogEntry).lsn;
  const waitsFor = parts.config.rules.outputWaitsForGroup ? end : entry.lsn;
  parts.gate.hold({
    ordinal: output.ordinal,
    output: output.output,
    lsn: entry.lsn,
    waitsFor,
    since: context.now,
  });
  if (!parts.config.rules.runsWhileHeld) out.vm({ do: "pause" });
  out.claim({
    kind: "output-hold",
    ordinal: output.ordinal,
    outputClass: output.output.class,
    lsn: entry.lsn,
    groupEnd: end,
  });
}

export function append(
  step: Step,
  phase: "before" | "during",
  count: number,
  bodies: readonly EntryBody[],
): readonly LogEntry[] {
  const { parts, context } = step;
  const entries = parts.primaryLog.append({ count, phase }, bodies, context.now);
  for (const { lsn } of entries) parts.lagMeter.appended(lsn, count, context.now);
  for (const entry of entries) claimAppended(step, entry);
  const { primaryBufferBytes } = parts.config.params;
  if (parts.primaryLog.bytes >= primaryBufferBytes) handleFullBuffer(step, primaryBufferBytes);
  return entries;
}

/**
 * The log goes on in another generation without a gap (INV-40): what is not acknowledged yet, and
 * what waits for it, belongs to the new one.
 */
export function tellLogAgain(step: Step): void {
  const { parts } = step;
  for (const entry of parts.primaryLog.retained()) claimAppended(step, entry);
  for (const { ordinal, output, lsn, waitsFor } of parts.gate.held())
    step.out.claim({
      kind: "output-hold",
      ordinal,
      outputClass: output.class,
      lsn,
      groupEnd: waitsFor,
    });
}

function claimAppended({ out }: Step, entry: LogEntry): void {
  out.claim({
    kind: "log-append",
    lsn: entry.lsn,
    entry: entry.body.kind,
    count: entry.count,
    phase: entry.phase,
    group: entry.group,
    isGroupEnd: entry.isGroupEnd,
    hash: hashEntry(entry),
    bytes: sizeOf([entry]),
  });
}

/** full means stop completely; nothing is dropped and nothing runs on. */
function handleFullBuffer(step: Step, bufferBytes: number): void {
  const { parts } = step;
  const { onFullBuffer } = parts.config.rules;
  if (onFullBuffer === "drop-oldest") parts.primaryLog.dropOldest(bufferBytes);
  else if (onFullBuffer === "stop" && !parts.control.isStalled) stall(step);
}

function stall(step: Step): void {
  const { parts, out } = step;
  updateControl(parts, (control) => {
    control.isStalled = true;
  });
  out.vm({ do: "pause" });
  out.claim({ kind: "stalled", isStalled: true, bufferedBytes: parts.primaryLog.bytes });
  out.mark("primary-stalls-on-full-buffer");
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

function outputBody(output: NumberedOutput): EntryBody {
  return {
    kind: "output",
    outputClass: output.output.class,
    ordinal: output.ordinal,
    ioId: output.output.class === "disk" ? output.output.request.ioId : 0,
    hash: hashOutput(output.output),
  };
}

/** Bytes of the entries: what the declared record and replay costs are charged on. */
export function sizeOf(entries: readonly LogEntry[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}
