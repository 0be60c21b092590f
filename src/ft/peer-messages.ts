// The other replica: its messages, in the order of the channel, and the channel to it.

import { backupAnswered } from "./announcing.ts";
import { abortCopy, backupMoved, handleCopyMessage } from "./copying.ts";
import { backupHasRead } from "./disk-order.ts";
import { receiveEntries } from "./intake.ts";
import { noteHeard } from "./keep-alive.ts";
import type { CopyMessage, Message } from "./message.ts";
import { quiesce } from "./operations.ts";
import { isLogging, type Step, updateControl } from "./parts.ts";
import { handleAck } from "./recorder.ts";

export function handleChannel(step: Step, other: string, isUp: boolean): void {
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

export function handleMessage(step: Step, message: Message | undefined, from: string): void {
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
