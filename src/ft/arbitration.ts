// From a suspicion to the right to go live. SUSPECT may be taken back while nothing was asked of the
// arbiter; once a test-and-set is sent the node is committed to its outcome (R-3.1, R-5.1, H-3).
// Both sides arbitrate. The backup has stopped acknowledging before it asks.

import { pairBegins } from "./copy-target.ts";
import { abortCopy } from "./copying.ts";
import { backupHasRead, hasOwnDisk, holdDisk, letDiskGo } from "./disk-order.ts";
import { goLiveWhenReady } from "./going-live.ts";
import { isChannelClosed } from "./intake.ts";
import { haltReplica } from "./halting.ts";
import { admitted } from "./membership.ts";
import { enterRole, type Step, updateControl } from "./parts.ts";
import { becameAlone } from "./protection.ts";
import type { Input } from "./protocol.ts";
import { unstall } from "./live-inputs.ts";
import { releaseAcknowledged, releaseAll } from "./releasing.ts";
import { endThrottle } from "./throttle.ts";

type StorageRecord = Extract<Input, { kind: "record" }>;

const LOST = "lost the test-and-set";

/** Asks the detector; enters SUSPECT, takes a suspicion back, or looks again later. */
export function checkPeer(step: Step): void {
  const { parts, context, out } = step;
  const { role } = parts.control;
  const isWatching = role === "PRIMARY" || role === "BACKUP";
  if (!isWatching) return;
  if (isChannelClosed(parts) && parts.config.rules.excusesClosedWindow) {
    parts.detector.heardLog(context.uptime);
    out.mark("silence-is-its-own-doing");
  }
  const silence = parts.detector.silence(context.uptime);
  if (silence === undefined) {
    out.timer("detector", parts.detector.nextCheck(context));
    return;
  }
  if (parts.opening !== undefined) {
    // Who is the peer is being decided: the storage's answer comes first.
    out.timer("detector", context.now + parts.config.params.testAndSetRetry);
    return;
  }
  abortCopy(step, "suspects its peer");
  out.claim({ kind: "suspect", reason: silence.signal, silence: silence.length });
  enterRole(
    step,
    "SUSPECT",
    silence.signal === "alarm"
      ? "a false alarm"
      : `no ${silence.signal} for ${Math.round(silence.length / 1_000_000)} ms`,
  );
  if (parts.control.side === "backup") loseUnread(step);
  else fallSilent(step);
  if (parts.config.rules.announce === "early") out.push({ kind: "announce" });
  out.timer("grace", context.now + parts.config.params.suspectGrace);
}

/** INV-16: what is held stays, whatever acks and completions still come. */
function fallSilent(step: Step): void {
  const { rules } = step.parts.config;
  if (rules.heldOnSuspect === "flush") releaseAll(step);
  else if (rules.quietSuspect && !hasOwnDisk(step)) holdDisk(step);
}

/** The grace is over: take the suspicion back if the peer was heard, else ask the arbiter. */
export function handleGrace(step: Step): void {
  const { parts, context } = step;
  if (parts.control.role !== "SUSPECT") return;
  if (parts.detector.silence(context.uptime) === undefined) {
    takeSuspicionBack(step);
    return;
  }
  if (parts.backupLog.holdsPowerOff) {
    awaitEnd(step);
    return;
  }
  const { rules } = parts.config;
  const mustAsk =
    parts.control.side === "primary" ? rules.primaryArbitrates : rules.backupArbitrates;
  if (mustAsk) ask(step);
  else win(step, "did not ask the arbiter");
}

/**
 * the silence of a VM that was switched off is no crash, however far behind the replay is. Once
 * the entry is stored it may be acknowledged and its operator told, so that nobody asks for the flag any
 * more; the replay ends the machine. A peer that is heard again meanwhile may still wait for the ack.
 */
function awaitEnd({ parts, context, out }: Step): void {
  out.mark("silence-of-a-vm-that-is-off");
  out.timer("grace", context.now + parts.config.params.testAndSetRetry);
}

function takeSuspicionBack(step: Step): void {
  const { parts, context, out } = step;
  enterRole(step, parts.control.side === "primary" ? "PRIMARY" : "BACKUP", "the peer was heard");
  out.timer("detector", parts.detector.nextCheck(context));
  letDiskGo(step);
  const { heldCount } = parts.gate;
  releaseAcknowledged(step);
  if (parts.gate.heldCount < heldCount) out.mark("suspicion-taken-back-frees-outputs");
}

/** No answer yet: ask again; the request is tagged with its owner, so that a retry is harmless. */
export function handleArbiterTimer(step: Step): void {
  const { arbitration } = step.parts.control;
  if (arbitration === "lost") askWhoIsIn(step);
  if (arbitration !== "asked") return;
  const { parts, context } = step;
  const { rules } = parts.config;
  if (rules.onArbiterSilence === "assume-won") win(step, "no answer");
  else if (!rules.boundByRequest && parts.detector.silence(context.uptime) === undefined) {
    updateControl(parts, (control) => {
      control.arbitration = "none";
    });
    takeSuspicionBack(step);
  } else ask(step);
}

export function handleArbiterAnswer(step: Step, result: "won" | "lost"): void {
  const { parts, out } = step;
  if (parts.control.arbitration !== "asked") return;
  out.claim({ kind: "test-and-set-result", result });
  out.push({ kind: "cancel-timer", timer: "arbiter" });
  if (result === "won" || !parts.config.rules.loserHalts) {
    win(step, "won the test-and-set");
    return;
  }
  updateControl(parts, (control) => {
    control.arbitration = "lost";
  });
  // Its primary may have moved, and the word of it, or the new primary, may be lost.
  if (parts.control.side === "backup") askWhoIsIn(step);
  else haltReplica(step, LOST);
}

function askWhoIsIn({ parts, context, out }: Step): void {
  out.push({ kind: "inquire" });
  out.timer("arbiter", context.now + parts.config.params.testAndSetRetry);
}

function ask(step: Step): void {
  const { parts, context, out } = step;
  if (!parts.control.isAdmitted) {
    // A copy that the storage may not know yet has no flag to ask for (copy-target.ts).
    out.mark("copy-asks-whether-it-counts");
    out.push({ kind: "inquire" });
    out.timer("grace", context.now + parts.config.params.testAndSetRetry);
    return;
  }
  updateControl(parts, (control) => {
    control.arbitration = "asked";
    control.attempts += 1;
  });
  if (parts.control.role === "SUSPECT") enterRole(step, "TAS_WAIT", "asks the arbiter");
  out.claim({ kind: "test-and-set-request", attempt: parts.control.attempts });
  out.push({ kind: "test-and-set", generation: parts.control.generation });
  out.timer("arbiter", context.now + parts.config.params.testAndSetRetry);
}

/** What is on record, for who lost the flag, or is a copy that does not know whether it counts. */
export function handleRecord(step: Step, record: StorageRecord): void {
  const { parts } = step;
  const { copyTarget, control } = parts;
  if (control.arbitration === "lost") {
    haltOrFollow(step, record);
    return;
  }
  if (control.isAdmitted || copyTarget?.isWhole !== true) return;
  const { primary, backup } = copyTarget.pair;
  const isOurs = record.primary === primary && record.backup === backup;
  if (record.generation === control.generation && isOurs) {
    step.out.mark("copy-learns-from-the-record-that-it-counts");
    pairBegins(step);
  } else if (
    record.generation >= control.generation ||
    (record.winner !== "" && record.winner !== copyTarget.opener)
  ) {
    step.out.mark("whole-copy-counts-for-nothing");
    haltReplica(step, `its copy counts for nothing: the VM is elsewhere`);
  }
}

/**
 * the loser halts. But a backup whose primary moved without its knowledge asked for the flag of a
 * generation that was over: it is a member of the next one, as if it had been told, and watches its peer.
 */
function haltOrFollow(step: Step, { generation, primary, backup, winner }: StorageRecord): void {
  const { control, config } = step.parts;
  if (generation === control.generation + 1 && backup === config.self && winner === "") {
    step.out.mark("loser-learns-that-its-primary-moved");
    admitted(step, { primary, backup }, generation);
  } else haltReplica(step, LOST);
}

function win(step: Step, how: string): void {
  const { parts } = step;
  updateControl(parts, (control) => {
    control.arbitration = "won";
  });
  if (parts.control.side === "primary") goSolo(step, how);
  else {
    enterRole(step, "GOING_LIVE", how);
    goLiveWhenReady(step);
  }
}

/** the backup is gone. Held outputs leave in order, logging ends, nothing is acked any more. */
function goSolo(step: Step, how: string): void {
  const { parts, out } = step;
  enterRole(step, "SOLO", how);
  letDiskGo(step);
  if (parts.gate.heldCount > 0) out.mark("solo-frees-held-outputs");
  if (parts.config.rules.releasesWhenAlone) releaseAll(step);
  parts.primaryLog.discard();
  backupHasRead(step);
  updateControl(parts, (control) => {
    control.isLogging = false;
    control.peer = "";
  });
  parts.lagMeter.discard();
  endThrottle(step);
  if (parts.control.isStalled) out.mark("solo-ends-a-stall");
  unstall(step);
  becameAlone(step);
}

/** BUG-03: what the socket had was acknowledged, and is lost with the socket. */
function loseUnread(step: Step): void {
  const { parts, out } = step;
  if (!parts.config.rules.ackAfterStore && parts.backupLog.dropSocket() > 0)
    out.mark("acknowledged-entries-lost");
}
