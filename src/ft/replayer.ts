// The side that replays. It runs the machine to the position of the next whole group in the log
// buffer, applies it there, and stops when the buffer is empty. Nothing that the
// machine does on the way leaves the host (INV-09).

import type { Entry } from "../vm/exit.ts";
import type { LogEntry } from "./log-entry.ts";
import { replayControl } from "./operations.ts";
import type { ReplayState, Step } from "./parts.ts";
import type { Answer, NumberedOutput, VmExit } from "./protocol.ts";
import { hashOutput } from "../vm/output-hash.ts";
import { isExecutedByBoth, release } from "./disk-order.ts";
import { hasOwnFor, withOwnResult } from "./own-disk.ts";
import { askNext, beginReads, hasReadFor, withOwnData } from "./own-reads.ts";
import { sizeOf } from "./appending.ts";
import { acknowledgeHeld } from "./acknowledging.ts";
import { haltReplica } from "./halting.ts";

const NO_COST = { kind: "none", bytes: 0 } as const;
const RECENT_WRITES = 64;
/** Steps that a backup which ignores runs ahead at a time. */
const RUN_AHEAD = 2_000;

/** Goes on replaying: applies what is due here and sets out for the next position. */
export function pump(step: Step): void {
  const { parts } = step;
  const { stopWhenEmpty } = parts.config.rules;
  while (parts.replay.target.length === 0 && !parts.replay.hasDiverged) {
    if (parts.control.isSwitching || parts.control.role === "HALTED") return;
    const group = nextGroup(step);
    const first = group[0];
    if (first === undefined) {
      if (parts.backupLog.unreplayedEntries > 0)
        step.out.mark("backup-waits-for-the-rest-of-a-group");
      if (!stopWhenEmpty) runAhead(step);
      return;
    }
    if (first.phase === "before" && isDue(step, first)) {
      if (!hasDiskFor(step, group)) return;
      applyBefore(step, group);
    } else setOut(step, group, first);
  }
}

/** BUG-10: of two groups at one position the later is taken first. */
function nextGroup({ parts }: Step): readonly LogEntry[] {
  const { tiedGroups, wholeGroups } = parts.config.rules;
  const group = parts.backupLog.nextGroup(wholeGroups);
  if (tiedGroups === "in-order") return group;
  const [first] = group;
  const later = parts.backupLog.groupAfter(group);
  const isTied =
    first?.phase === "before" && later[0]?.phase === "before" && later[0].count === first.count;
  return isTied ? [...later, ...group] : group;
}

/** The machine stopped while replaying. */
export function handleReplayExit(step: Step, exit: VmExit): void {
  const { parts } = step;
  switch (exit.kind) {
    case "reached":
      arrive(step, exit.outputs);
      break;
    case "request":
      answerUnlogged(step, exit);
      break;
    case "diverged":
      diverge(step, exit.detail);
      break;
    case "halt":
      haltReplica(step, `guest stopped: ${exit.detail}`);
      break;
    case "deadline":
    case "output":
      break;
  }
  if (parts.control.role !== "HALTED") pump(step);
}

/** True when every whole group that was stored has been replayed. */
export function isDrained(step: Step): boolean {
  const { replay, backupLog } = step.parts;
  return replay.target.length === 0 && backupLog.nextGroup(true).length === 0;
}

function isDue(step: Step, entry: LogEntry): boolean {
  if (step.parts.config.rules.delivery === "on-arrival") return true;
  return step.context.count >= entry.count && !isTooEarly(step, entry);
}

/** BUG-08: one step late, unless the guest waits and has no further step to make. */
function isTooEarly(step: Step, entry: LogEntry): boolean {
  const { context, parts } = step;
  return (
    parts.config.rules.delivery === "late" && context.count === entry.count && !context.isWaiting
  );
}

function setOut(step: Step, group: readonly LogEntry[], first: LogEntry): void {
  const { parts, context, out } = step;
  const isOneMore = first.phase === "during" || isTooEarly(step, first);
  const until = first.count + (isOneMore ? 1 : 0);
  if (until < context.count) {
    diverge(
      step,
      `entry ${first.lsn} belongs to step ${first.count}, the machine is at ${context.count}`,
      group,
    );
    return;
  }
  parts.replay.target = group;
  const answers = first.phase === "before" ? [] : answersOf(step, group);
  out.vm({ do: "replay", until, answers });
}

function runAhead(step: Step): void {
  const { context, out, parts } = step;
  if (context.isWaiting || parts.control.role !== "BACKUP") return;
  out.vm({ do: "replay", until: context.count + RUN_AHEAD, answers: [] });
}

function arrive(step: Step, outputs: readonly NumberedOutput[]): void {
  const { parts } = step;
  const group = parts.replay.target;
  const first = group[0];
  if (first === undefined) return;
  parts.replay.target = [];
  if (first.phase === "during") finishDuring(step, group, outputs);
  else if (isTooEarly(step, first)) setOut(step, group, first);
  else if (outputs.every(({ output }) => isRead(output))) {
    if (hasDiskFor(step, group)) applyBefore(step, group);
  } else diverge(step, "an output that the log does not have", group);
}

/** The disk has done, for this machine too, what the primary's guest was told of. */
function hasDiskFor(step: Step, group: readonly LogEntry[]): boolean {
  if (!hasReadFor(step, group)) step.out.mark("replay-waits-for-the-backups-own-read");
  else if (hasOwnFor(step, group)) return true;
  else step.out.mark("replay-waits-for-the-backups-own-disk");
  return false;
}

function applyBefore(step: Step, group: readonly LogEntry[]): void {
  for (const { body } of group) {
    const isEntry =
      body.kind === "timer" ||
      body.kind === "net-rx" ||
      body.kind === "disk-done" ||
      body.kind === "uart-rx";
    if (body.kind === "timer" && step.context.isWaiting) step.parts.replay.isWoken = true;
    if (isEntry) injectGroup(step, withOwnResult(step, withOwnData(step, body)), sizeOf(group));
  }
  consume(step, group);
  askNext(step);
  for (const { body } of group) if (body.kind === "control") replayControl(step, body);
}

/** Frames of one entry come with one interrupt here as there; `own`: the backup groups them itself. */
function injectGroup(step: Step, entry: Entry, bytes: number): void {
  if (step.parts.config.rules.receiveGroups === "logged" || entry.kind !== "net-rx")
    inject(step, entry, bytes);
  else for (const frame of entry.frames) inject(step, { kind: "net-rx", frames: [frame] }, bytes);
}

function inject(step: Step, entry: Entry, bytes: number): void {
  step.out.vm({ do: "inject", entry, cost: { kind: "replay", bytes } });
}

/** The step of a synchronous group has been executed: its outputs must be the logged ones. */
function finishDuring(
  step: Step,
  group: readonly LogEntry[],
  outputs: readonly NumberedOutput[],
): void {
  const { parts } = step;
  const logged = group.filter(({ body }) => body.kind === "output");
  const ordinals = new Set(logged.map(({ body }) => (body.kind === "output" ? body.ordinal : -1)));
  // Reads are inputs: they are logged only where one had to wait behind a held write.
  const performed = outputs.filter(
    ({ ordinal, output }) => ordinals.has(ordinal) || !isRead(output),
  );
  const isSame =
    logged.length === performed.length &&
    logged.every((entry, index) => isOutputOf(entry, performed[index] as NumberedOutput));
  if (!isSame) {
    const { lsn } = group[0] as LogEntry;
    diverge(
      step,
      logged.length === performed.length
        ? `outputs of entry ${lsn} differ from the log`
        : `outputs of entry ${lsn}: ${logged.length} in the log, ${performed.length} of the machine`,
      group,
    );
    return;
  }
  for (const entry of group) if (entry.body.kind === "time") parts.clock.replayed(entry.body.ticks);
  logged.forEach((entry, index) => perform(step, entry, performed[index] as NumberedOutput));
  consume(step, group);
  beginReads(step);
}

/** What is inside the VM happens here too; what would leave it does not. */
function perform(step: Step, entry: LogEntry, numbered: NumberedOutput): void {
  const { output } = numbered;
  if (output.class === "disk" && isExecutedByBoth(step, output.request)) release(step, numbered);
  else suppress(step, entry, numbered);
}

function suppress(step: Step, entry: LogEntry, output: NumberedOutput): void {
  const { parts, out } = step;
  out.claim({
    kind: "output-suppress",
    ordinal: output.ordinal,
    outputClass: output.output.class,
    lsn: entry.lsn,
    hash: hashOutput(output.output),
  });
  rememberUnreleased(parts.replay, entry.lsn, output);
  const isDraining = parts.control.role !== "BACKUP";
  if (isDraining && !parts.config.rules.silentWhileDraining)
    out.push({ ...output, kind: "release", isAgain: false });
}

function rememberUnreleased(replay: ReplayState, lsn: number, output: NumberedOutput): void {
  if (output.output.class !== "disk") {
    if (lsn > replay.releasedThrough) replay.unreleased.push({ lsn, output });
    return;
  }
  if (output.output.request.op !== "write") return;
  replay.recentWrites.push(output);
  if (replay.recentWrites.length > RECENT_WRITES) replay.recentWrites.shift();
}

function consume(step: Step, group: readonly LogEntry[]): void {
  const { parts, out } = step;
  parts.backupLog.consume(group);
  for (const { lsn, count } of group) out.claim({ kind: "log-replay", lsn, count });
  if (parts.config.rules.acknowledges === "executed") acknowledgeHeld(step);
}

function isOutputOf(entry: LogEntry, { ordinal, output }: NumberedOutput): boolean {
  const { body } = entry;
  if (body.kind !== "output") return false;
  return (
    body.ordinal === ordinal &&
    body.outputClass === output.class &&
    body.hash === hashOutput(output)
  );
}

function answersOf(step: Step, group: readonly LogEntry[]): readonly Answer[] {
  const answers: Answer[] = [];
  for (const { body } of group) {
    if (body.kind === "time") answers.push({ what: "time", ticks: ticksOf(step, body.ticks) });
    else if (body.kind === "entropy") answers.push({ what: "entropy", bytes: body.bytes });
  }
  return answers;
}

/** BUG-13: the first time that a woken guest reads is this host's own. */
function ticksOf({ parts, context }: Step, logged: number): number {
  const { replay, clock, config } = parts;
  const isOwn = replay.isWoken && config.rules.wakingTime === "own";
  replay.isWoken = false;
  return isOwn ? clock.read(context.now) : logged;
}

/** The log has nothing for a request: expected only where logging it is switched off (BUG-11, BUG-12). */
function answerUnlogged(step: Step, exit: Extract<VmExit, { kind: "request" }>): void {
  const { parts, context, out } = step;
  const { rules } = parts.config;
  const isLogged = exit.what === "time" ? rules.logClock : rules.logEntropy;
  if (isLogged) {
    diverge(step, `the guest asks for ${exit.what}, and the log does not have it`);
    return;
  }
  const answer: Answer =
    exit.what === "time"
      ? { what: "time", ticks: parts.clock.read(context.now) }
      : { what: "entropy", bytes: exit.sample };
  out.vm({ do: "answer", answer, cost: NO_COST });
}

function isRead(output: NumberedOutput["output"]): boolean {
  return output.class === "disk" && output.request.op === "read";
}

/** The execution is not the primary's any more: such a backup is worth nothing and stops. */
function diverge(
  step: Step,
  detail: string,
  group: readonly LogEntry[] = step.parts.replay.target,
): void {
  const { parts, out } = step;
  parts.replay.hasDiverged = true;
  const [lsn, through] = [group[0]?.lsn ?? -1, group.at(-1)?.lsn ?? -1];
  out.claim({ kind: "diverged", detail, lsn, through });
  out.mark("backup-diverges");
  haltReplica(step, `replay diverged: ${detail}`);
}
