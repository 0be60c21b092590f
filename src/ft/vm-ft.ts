// The protocol of the paper: one replica, primary or backup. Every input is handled by the part of
// the paper that it belongs to; this file only says which.
//
//   machine stops, frames, disk, guest timer  -> recorder (primary, solo) or replayer (backup)
//   entries and acks                          -> the log buffers
//   heartbeats, silence, the arbiter          -> detector, arbitration, going live

import { clonePlain } from "../base/clone.ts";
import { checkPeer, handleArbiterAnswer, handleArbiterTimer, handleGrace } from "./arbitration.ts";
import { BackupLog } from "./backup-log.ts";
import { Detector, type SignOfLife } from "./detector.ts";
import { Effects } from "./effects.ts";
import { announceNext, goLiveWhenReady } from "./going-live.ts";
import { GuestClock } from "./guest-clock.ts";
import { haltReplica } from "./halting.ts";
import { receiveEntries, refill, repeatAck } from "./intake.ts";
import { LagMeter } from "./lag-meter.ts";
import type { LogEntry } from "./log-entry.ts";
import { decodeMessage, type Message } from "./message.ts";
import type { DiskOrder } from "./disk-order.ts";
import { OutputGate } from "./output-gate.ts";
import {
  type Control,
  enterRole,
  INITIAL_CONTROL,
  isLogging,
  isRunningLive,
  type Parts,
  type ReplayState,
  type Step,
  updateControl,
} from "./parts.ts";
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
import {
  appendProgress,
  armGuestTimer,
  deliverOrDefer,
  flush,
  handleAck,
  handleLiveExit,
} from "./recorder.ts";
import { handleReplayExit } from "./replayer.ts";
import { throttle, type ThrottleState, UNTHROTTLED } from "./throttle.ts";

export const VM_FT: Protocol = {
  name: "vm-ft",
  family: "replay",
  create: (config) => new VmFtReplica(config),
};

export interface VmFtSnapshot {
  readonly control: Control;
  readonly replay: ReplayState;
  readonly disk: DiskOrder;
  readonly deferred: readonly Input[];
  readonly arriving: readonly Uint8Array[];
  readonly throttle: ThrottleState;
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
      control: INITIAL_CONTROL,
      clock: new GuestClock(config.guestTicks, config.hostClock),
      primaryLog: new PrimaryLog(),
      lagMeter: new LagMeter(config.params.progressInterval, config.hostClock),
      throttle: UNTHROTTLED,
      backupLog: new BackupLog(),
      gate: new OutputGate(),
      detector: new Detector(config.params, config.rules, config.hostClock),
      replay: {
        target: [],
        hasDiverged: false,
        unreleased: [],
        releasedThrough: 0,
        recentWrites: [],
      },
      disk: { waiting: [], underWay: [] },
      deferred: [],
      arriving: [],
    };
  }

  step(input: Input, context: StepContext): readonly Effect[] {
    if (this.#parts.control.role === "HALTED") return [];
    const out = new Effects(this.#parts.config.generation);
    const step: Step = { parts: this.#parts, context, out };
    this.#parts.clock.look(context.now);
    this.#parts.lagMeter.look(context.now);
    handle(step, input);
    goLiveWhenReady(step);
    flush(step);
    return out.list();
  }

  snapshot(): VmFtSnapshot {
    const parts = this.#parts;
    return {
      control: parts.control,
      replay: clonePlain(parts.replay),
      disk: clonePlain(parts.disk),
      deferred: clonePlain(parts.deferred),
      arriving: [...parts.arriving],
      throttle: parts.throttle,
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
    parts.replay = clonePlain(state.replay);
    parts.disk = clonePlain(state.disk);
    parts.deferred = [...state.deferred];
    parts.arriving = [...state.arriving];
    parts.throttle = state.throttle;
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
      handleMessage(step, decodeMessage(input.bytes));
      break;
    case "channel":
      handleChannel(step, input.state === "up");
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
    case "test-and-set":
      if (input.generation === step.parts.config.generation)
        handleArbiterAnswer(step, input.result);
      break;
    case "state":
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
  const isPrimary = parts.config.role === "primary";
  enterRole(step, isPrimary ? "PRIMARY" : "BACKUP", `generation ${parts.config.generation}`);
  out.timer("heartbeat", context.now);
  out.timer("progress", context.now + params.progressInterval);
  out.timer("detector", parts.detector.nextCheck());
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
      announceNext(step);
      break;
    case "batch":
      // The time to send has come: every step ends with a flush.
      break;
    case "guest":
    case "receive":
      deliverOrDefer(step, input);
      break;
  }
}

function sendHeartbeat(step: Step): void {
  const { parts, context, out } = step;
  if (parts.control.role === "SOLO") return;
  out.send({ kind: "heartbeat", sequence: parts.control.heartbeats });
  updateControl(parts, (control) => {
    control.heartbeats += 1;
  });
  out.timer("heartbeat", context.now + parts.config.params.heartbeatInterval);
}

/** a hypervisor is never silent while it works: PROGRESS one way, the current ack the other. */
function keepAlive(step: Step): void {
  const { parts, context, out } = step;
  if (parts.control.role === "SOLO") return;
  if (isLogging(parts)) {
    // A full buffer takes no entry; its hypervisor says that it lives and why its machine does not run.
    if (parts.control.isStalled) out.send({ kind: "stopped", count: context.count });
    else appendProgress(step);
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

function handleChannel(step: Step, isUp: boolean): void {
  const { parts, out } = step;
  if (parts.config.role === "backup") {
    if (isUp) out.send({ kind: "hello", next: parts.backupLog.storedThrough + 1 });
    return;
  }
  // The primary sends only after the backup has said what it needs (D12).
  if (!isUp)
    updateControl(parts, (control) => {
      control.channelIsUp = false;
    });
}

function handleMessage(step: Step, message: Message | undefined): void {
  const { parts, out } = step;
  if (message === undefined) {
    out.mark("damaged-message-refused");
    return;
  }
  if (message.generation !== parts.config.generation) return;
  noteHeard(step, message);
  switch (message.kind) {
    case "entries":
      if (parts.config.role === "backup") receiveEntries(step, message);
      break;
    case "ack":
      if (isLogging(parts)) handleAck(step, message.through, message.executed);
      break;
    case "hello":
      if (!isLogging(parts)) break;
      parts.primaryLog.rewindTo(message.next);
      parts.lagMeter.forgetSent();
      updateControl(parts, (control) => {
        control.channelIsUp = true;
      });
      break;
    case "heartbeat":
    case "stopped":
      break;
  }
}

function noteHeard({ parts, context }: Step, message: Message): void {
  const { detector } = parts;
  if (message.kind === "heartbeat") detector.heardHeartbeat(context.now);
  else if (message.kind === "entries")
    detector.heardEntries(context.now, message.entries.map(signOfLife));
  else detector.heardLog(context.now);
}

function signOfLife({ count, body }: LogEntry): SignOfLife {
  return { count, isWaiting: body.kind === "progress" && body.state === "waiting" };
}

/** A command of ours was answered. A backup has none; a fenced node must stop (D11). */
function handleDiskDone(step: Step, input: Extract<Input, { kind: "disk-done" }>): void {
  if (input.status === "fenced") haltReplica(step, "the storage fenced this node off");
  else if (isRunningLive(step.parts)) deliverOrDefer(step, input);
}
