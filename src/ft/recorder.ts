// The side that runs freely. In record mode everything that a replica could not recompute is
// appended to the log at its exact position before the machine sees it, and every output waits for
// the ack of its own group. Alone (SOLO) the same machine runs without a log.

import type { Output } from "../vm/exit.ts";
import { hashOutput } from "../vm/output-hash.ts";
import { append, sizeOf } from "./appending.ts";
import {
  awaitBackupRead,
  hasOwnDisk,
  isBackupReading,
  isExecutedByBoth,
  release,
} from "./disk-order.ts";
import { haltReplica } from "./halting.ts";
import { armGuestTimer, NO_COST, unstall } from "./live-inputs.ts";
import type { EntryBody, LogEntry } from "./log-entry.ts";
import { isLogging, type Step } from "./parts.ts";
import type { Answer, NumberedOutput, VmCost, VmExit } from "./protocol.ts";
import { releaseAcknowledged, releaseAll } from "./releasing.ts";

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

/** An ack arrived: outputs that it covers may leave, and a stalled machine may have room again. */
export function handleAck(step: Step, through: number, executed: number): void {
  const { parts, out } = step;
  parts.primaryLog.acknowledge(through);
  parts.lagMeter.acknowledged(through, executed, step.context.now);
  out.claim({ kind: "log-ack-receive", through, executed });
  releaseAcknowledged(step);
  unstall(step);
}

function outputBody(output: NumberedOutput): EntryBody {
  return {
    kind: "output",
    outputClass: output.output.class,
    ordinal: output.ordinal,
    ioId: output.output.class === "disk" ? output.output.request.ioId : 0,
    hash: hashOutput(output.output),
  };
}
