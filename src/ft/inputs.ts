// What a replica does about each input: the part of the paper that it belongs to. This file only says
// which.
//
//   machine stops                             -> recorder (primary, solo) or replayer (backup)
//   frames, disk, guest timer                 -> live inputs
//   messages and channels                     -> peer-messages, keep-alive
//   heartbeats, silence, the arbiter          -> detector, arbitration, going live

import { announceAgain } from "./announcing.ts";
import {
  checkPeer,
  handleArbiterAnswer,
  handleArbiterTimer,
  handleGrace,
  handleRecord,
} from "./arbitration.ts";
import { pagesRead, stateTaken } from "./copy-source.ts";
import { handleCopyTimer, handleSwitchTimer } from "./copying.ts";
import { haltReplica } from "./halting.ts";
import { refill } from "./intake.ts";
import { keepAlive, sendHeartbeat } from "./keep-alive.ts";
import { armGuestTimer, deliverOrDefer } from "./live-inputs.ts";
import { askToOpen, openAnswered } from "./membership.ts";
import { decodeMessage } from "./message.ts";
import { handleCommand } from "./operations.ts";
import { ownDone } from "./own-disk.ts";
import { ownReadDone } from "./own-reads.ts";
import { enterRole, isRunningLive, type Step } from "./parts.ts";
import { handleChannel, handleMessage } from "./peer-messages.ts";
import { askForBackup, becameAlone, placed, report } from "./protection.ts";
import type { Input, VmExit } from "./protocol.ts";
import { handleLiveExit } from "./recorder.ts";
import { handleReplayExit, pump } from "./replayer.ts";

export function handleInput(step: Step, input: Input): void {
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

/** A command of ours was answered; a fenced node must stop (D11). */
function handleDiskDone(step: Step, input: Extract<Input, { kind: "disk-done" }>): void {
  if (input.status === "fenced") haltReplica(step, "the storage fenced this node off");
  else if (isRunningLive(step.parts)) deliverOrDefer(step, input);
  else if (step.parts.control.side === "backup") {
    ownDone(step, input);
    pump(step);
  }
}
