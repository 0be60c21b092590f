// The protocol of the paper: one replica, primary or backup. Every input is handled by the part of
// the paper that it belongs to; this file only says which.
//
//   machine stops                             -> recorder (primary, solo) or replayer (backup)
//   frames, disk, guest timer                 -> live inputs
//   entries and acks                          -> the log buffers, sending, releasing
//   heartbeats, silence, the arbiter          -> detector, arbitration, going live

import { clonePlain } from "../base/clone.ts";
import { appendProgress } from "./appending.ts";
import {
  checkPeer,
  handleArbiterAnswer,
  handleArbiterTimer,
  handleGrace,
  handleRecord,
} from "./arbitration.ts";
import { BackupLog } from "./backup-log.ts";
import {
  abortCopy,
  backupMoved,
  handleCopyMessage,
  handleCopyTimer,
  handleSwitchTimer,
} from "./copying.ts";
import { pagesRead, stateTaken, takeWhenQuiet } from "./copy-source.ts";
import { backupHasRead, startDiskOrder } from "./disk-order.ts";
import { announceAgain, backupAnswered } from "./announcing.ts";
import { Detector, type SignOfLife } from "./detector.ts";
import { Effects } from "./effects.ts";
import { goLiveWhenReady } from "./going-live.ts";
import { GuestClock } from "./guest-clock.ts";
import { haltReplica } from "./halting.ts";
import { receiveEntries, refill, repeatAck } from "./intake.ts";
import { LagMeter } from "./lag-meter.ts";
import { armGuestTimer, deliverOrDefer } from "./live-inputs.ts";
import type { LogEntry } from "./log-entry.ts";
import { askToOpen, openAnswered } from "./membership.ts";
import { type CopyMessage, decodeMessage, type Message } from "./message.ts";
import { continueOperations, handleCommand, quiesce } from "./operations.ts";
import { ownDone } from "./own-disk.ts";
import { noOwnReads, ownReadDone } from "./own-reads.ts";
import { OutputGate } from "./output-gate.ts";
import {
  type Control,
  emptyReplay,
  enterRole,
  initialControl,
  isLogging,
  isRunningLive,
  isStandingStill,
  type Parts,
  type PlainParts,
  plainParts,
  type Step,
  updateControl,
} from "./parts.ts";
import { askForBackup, becameAlone, placed, report } from "./protection.ts";
import { PrimaryLog } from "./primary-log.ts";
import type {
  Effect,
  Input,
  Protocol,
  Replica,
  ReplicaConfig,
  StepContext,
  VmExit,
} from "./protocol.ts";
import { handleAck, handleLiveExit } from "./recorder.ts";
import { handleReplayExit, pump } from "./replayer.ts";
import { flush } from "./sending.ts";
import { throttle, UNTHROTTLED } from "./throttle.ts";

export const VM_FT: Protocol = {
  name: "vm-ft",
  family: "replay",
  copies: true,
  ownDisks: true,
  create: (config) => new VmFtReplica(config),
};

export interface VmFtSnapshot {
  readonly control: Control;
  readonly plain: PlainParts;
  readonly lagMeter: ReturnType<LagMeter["snapshot"]>;
  readonly clock: ReturnType<GuestClock["snapshot"]>;
  readonly primaryLog: ReturnType<PrimaryLog["snapshot"]>;
  readonly backupLog: ReturnType<BackupLog["snapshot"]>;
  readonly gate: ReturnType<OutputGate["snapshot"]>;
  readonly detector: ReturnType<Detector["snapshot"]>;
}

class VmFtReplica implements Replica {
  readonly #parts: Parts;

  constructor(config: ReplicaConfig) {
    this.#parts = {
      config,
      control: initialControl(config),
      clock: new GuestClock(config.guestTicks, config.hostClock),
      primaryLog: new PrimaryLog(),
      lagMeter: new LagMeter(config.params.progressInterval, config.hostClock),
      throttle: UNTHROTTLED,
      backupLog: new BackupLog(),
      gate: new OutputGate(),
      detector: new Detector(config.params, config.rules, config.hostUptime),
      replay: emptyReplay(),
      disk: startDiskOrder(),
      ownReads: noOwnReads(),
      ownDone: [],
      deferred: [],
      arriving: [],
      share: 100,
      opening: undefined,
      operation: "none",
      copySource: undefined,
      copyTarget: undefined,
    };
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (this.#parts.control.role === "HALTED") return [];
    const out = new Effects(() => this.#parts.control);
    const step: Step = { parts: this.#parts, context, out };
    this.#parts.clock.look(context.now);
    this.#parts.lagMeter.look(context.now);
    handle(step, input);
    goLiveWhenReady(step);
    continueOperations(step);
    takeWhenQuiet(step);
    flush(step);
    return out.list();
  }

  snapshot(): VmFtSnapshot {
    const parts = this.#parts;
    return {
      control: parts.control,
      plain: plainParts(parts),
      lagMeter: parts.lagMeter.snapshot(),
      clock: parts.clock.snapshot(),
      primaryLog: parts.primaryLog.snapshot(),
      backupLog: parts.backupLog.snapshot(),
      gate: parts.gate.snapshot(),
      detector: parts.detector.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const parts = this.#parts;
    const state = snapshot as VmFtSnapshot;
    parts.control = state.control;
    Object.assign(parts, clonePlain(state.plain));
    parts.lagMeter.restore(state.lagMeter);
    parts.clock.restore(state.clock);
    parts.primaryLog.restore(state.primaryLog);
    parts.backupLog.restore(state.backupLog);
    parts.gate.restore(state.gate);
    parts.detector.restore(state.detector);
  }
}

function handle(step: Step, input: Input): void {
  switch (input.kind) {
    case "start":
      start(step);
      break;
    case "message":
      if (input.channel === "cluster") placed(step, input.bytes);
      else {
        step.out.received(input.bytes);
        handleMessage(step, decodeMessage(input.bytes), input.from);
      }
      break;
    case "channel":
      handleChannel(step, input.with, input.state === "up");
      break;
    case "timer":
      handleTimer(step, input);
      break;
    case "exit":
      handleExit(step, input.exit);
      break;
    case "frame":
      if (isRunningLive(step.parts)) deliverOrDefer(step, input);
      break;
    case "disk-done":
      handleDiskDone(step, input);
      break;
    case "own-read":
      // What it had asked for as a backup, and comes when it is live, is used by nobody.
      if (step.parts.control.side !== "backup") {
        step.out.mark("own-read-comes-after-the-takeover");
        break;
      }
      ownReadDone(step, input);
      pump(step);
      break;
    case "test-and-set":
      if (input.generation === step.parts.control.generation)
        handleArbiterAnswer(step, input.result);
      break;
    case "opened":
      openAnswered(step, input.generation, input.result);
      break;
    case "record":
      handleRecord(step, input);
      break;
    case "pages":
      pagesRead(step, input);
      break;
    case "state":
      stateTaken(step, input, input.machine);
      break;
    case "command":
      handleCommand(step, input.command);
      break;
    case "alarm":
      step.parts.detector.alarm();
      checkPeer(step);
      break;
  }
}

function handleExit(step: Step, exit: VmExit): void {
  if (isRunningLive(step.parts)) {
    handleLiveExit(step, exit);
    return;
  }
  handleReplayExit(step, exit);
  // A replayed group made room in the log buffer.
  if (step.parts.backupLog.unreadEntries > 0) refill(step);
}

function start(step: Step): void {
  const { parts, context, out } = step;
  const { params } = parts.config;
  report(step);
  if (parts.control.side === "spare") return;
  const isAlone = parts.config.role === "alone";
  const isPrimary = parts.control.side === "primary";
  const role = isAlone ? "SOLO" : isPrimary ? "PRIMARY" : "BACKUP";
  enterRole(step, role, `generation ${parts.control.generation}`);
  if (!isAlone) {
    out.timer("heartbeat", context.now);
    out.timer("progress", context.now + params.progressInterval);
    out.timer("detector", parts.detector.nextCheck(context));
  } else becameAlone(step);
  if (!isPrimary) return;
  out.vm({ do: "run" });
  armGuestTimer(step);
}

function handleTimer(step: Step, input: Extract<Input, { kind: "timer" }>): void {
  switch (input.timer) {
    case "heartbeat":
      sendHeartbeat(step);
      break;
    case "progress":
      keepAlive(step);
      break;
    case "detector":
      checkPeer(step);
      break;
    case "grace":
      handleGrace(step);
      break;
    case "arbiter":
      handleArbiterTimer(step);
      break;
    case "announce":
      announceAgain(step);
      break;
    case "batch":
      // The time to send has come: every step ends with a flush.
      break;
    case "guest":
    case "receive":
      deliverOrDefer(step, input);
      break;
    case "copy":
      handleCopyTimer(step);
      break;
    case "switch":
      handleSwitchTimer(step);
      break;
    case "open":
      askToOpen(step);
      break;
    case "protect":
      askForBackup(step);
      break;
    case "report":
      report(step);
      break;
  }
}

function sendHeartbeat(step: Step): void {
  const { parts, context, out } = step;
  if (!hasPeer(parts)) return;
  out.send({ kind: "heartbeat", sequence: parts.control.heartbeats });
  updateControl(parts, (control) => {
    control.heartbeats += 1;
  });
  out.timer("heartbeat", context.now + parts.config.params.heartbeatInterval);
}

/** Somebody listens for signs of life: not while it is alone, or has no VM. */
function hasPeer({ control }: Parts): boolean {
  return control.isLogging || control.side === "backup";
}

/** a hypervisor is never silent while it works: PROGRESS one way, the current ack the other. */
function keepAlive(step: Step): void {
  const { parts, context, out } = step;
  if (!hasPeer(parts)) return;
  if (isLogging(parts)) {
    // Its hypervisor says that it lives and why its machine does not run: a full buffer takes no entry,
    // and behind a clone point there is none.
    if (isStandingStill(parts) || standsAtOutput(parts)) {
      out.mark("hypervisor-speaks-for-a-standing-guest");
      out.send({ kind: "stopped", count: context.count });
    } else appendProgress(step);
    const { lagMeter } = parts;
    lagMeter.endPeriod(context.now);
    const { lag } = lagMeter.behind;
    out.claim({ kind: "lag", lag, bufferedEntries: lagMeter.unexecutedEntries });
    throttle(step);
  } else {
    repeatAck(step);
  }
  out.timer("progress", context.now + parts.config.params.progressInterval);
}

/** without its rule: what looks like a hung machine waits for an ack. */
function standsAtOutput({ config, gate }: Parts): boolean {
  return !config.rules.runsWhileHeld && gate.heldCount > 0;
}

function handleChannel(step: Step, other: string, isUp: boolean): void {
  const { parts, out } = step;
  if (other === parts.copySource?.target && !isUp) abortCopy(step, "the channel to it broke");
  if (other !== parts.control.peer) return;
  if (parts.control.side === "backup") {
    if (isUp) out.send({ kind: "hello", next: parts.backupLog.storedThrough + 1 });
    return;
  }
  // The primary sends only after the backup has said what it needs (D12).
  if (!isUp)
    updateControl(parts, (control) => {
      control.channelIsUp = false;
    });
}

function handleMessage(step: Step, message: Message | undefined, from: string): void {
  const { parts, out } = step;
  if (message === undefined) {
    out.refuse();
    return;
  }
  if (isOfCopy(message)) {
    // A peer that says so on the log channel is not silent there.
    if (message.kind === "begin" && from === parts.control.peer) noteHeard(step, message);
    handleCopyMessage(step, message, from);
    return;
  }
  // What another generation's members say is nothing to this one (INV-43).
  if (message.generation !== parts.control.logGeneration || from !== parts.control.peer) {
    if (message.generation < parts.control.logGeneration) out.mark("message-of-an-old-generation");
    else if (parts.control.role === "SOLO") out.mark("superseded-peer-still-speaks");
    return;
  }
  noteHeard(step, message);
  switch (message.kind) {
    case "entries":
      if (parts.control.side === "backup") receiveEntries(step, message);
      break;
    case "ack":
      if (!isLogging(parts)) break;
      handleAck(step, message.through, message.executed);
      backupAnswered(step, message.through);
      break;
    case "hello":
      if (!isLogging(parts)) break;
      if (parts.primaryLog.sentThrough >= message.next) out.mark("log-is-sent-again");
      parts.primaryLog.rewindTo(message.next);
      parts.lagMeter.forgetSent();
      updateControl(parts, (control) => {
        control.channelIsUp = true;
      });
      break;
    case "read-through":
      if (isLogging(parts)) backupHasRead(step, message.ioId);
      break;
    case "quiesce":
      quiesce(step);
      break;
    case "moved":
      backupMoved(step, message.to, message.through);
      break;
    case "heartbeat":
    case "stopped":
      break;
  }
}

function isOfCopy(message: Message): message is CopyMessage & { readonly generation: number } {
  return message.kind.startsWith("copy-") || message.kind === "begin";
}

function noteHeard({ parts, context }: Step, message: Message): void {
  const { detector } = parts;
  if (message.kind === "heartbeat") detector.heardHeartbeat(context.uptime);
  else if (message.kind === "entries")
    detector.heardEntries(context.uptime, message.entries.map(signOfLife));
  else detector.heardLog(context.uptime);
}

function signOfLife({ count, body }: LogEntry): SignOfLife {
  return { count, isWaiting: body.kind === "progress" && body.state === "waiting" };
}

/** A command of ours was answered; a fenced node must stop (D11). */
function handleDiskDone(step: Step, input: Extract<Input, { kind: "disk-done" }>): void {
  if (input.status === "fenced") haltReplica(step, "the storage fenced this node off");
  else if (isRunningLive(step.parts)) deliverOrDefer(step, input);
  else if (step.parts.control.side === "backup") {
    ownDone(step, input);
    pump(step);
  }
}
