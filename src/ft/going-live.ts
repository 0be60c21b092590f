// The backup takes over: the flag is won, everything acknowledged is replayed, and only then
// is anything let out. Order: clock, role, devices from replay to live, announcement, pending I/O.

import { announceAtOnce } from "./announcing.ts";
import { armGuestTimer } from "./live-inputs.ts";
import { enterRole, type Step, updateControl } from "./parts.ts";
import { becameAlone } from "./protection.ts";
import { hasOwnDisk } from "./disk-order.ts";
import { takeUpOwn } from "./own-disk.ts";
import { noOwnReads } from "./own-reads.ts";
import { isDrained } from "./replayer.ts";
import { reissuePending } from "./reissue.ts";

export function goLiveWhenReady(step: Step): void {
  const { parts } = step;
  if (parts.control.role !== "GOING_LIVE") return;
  if (parts.config.rules.drainBeforeLive && !isDrained(step)) return;
  goLive(step);
}

function goLive(step: Step): void {
  const { parts, context, out } = step;
  const replayed = parts.backupLog.executedThrough;
  parts.replay.target = [];
  parts.ownReads = noOwnReads();
  if (parts.backupLog.discardRest() > 0) out.mark("incomplete-group-dropped");
  if (!parts.config.rules.continuousTime) parts.clock.rebase(0, context.now);
  parts.primaryLog.begin(replayed, parts.backupLog.lastGroup);
  updateControl(parts, (control) => {
    control.side = "primary";
    control.peer = "";
  });
  enterRole(step, "SOLO", `replayed through entry ${replayed}`);
  out.vm({ do: "run" });
  if (isTimerOverdue(step)) out.mark("guests-timer-overdue-at-a-takeover");
  armGuestTimer(step);
  if (parts.config.rules.announce !== "never") announceAtOnce(step);
  if (hasOwnDisk(step)) takeUpOwn(step);
  else reissuePending(step);
  resendUnreleased(step);
  for (const timer of ["heartbeat", "progress", "detector"])
    out.push({ kind: "cancel-timer", timer });
  becameAlone(step);
}

/** it ran out while nobody had the VM. */
function isTimerOverdue({ parts, context }: Step): boolean {
  const { guestDeadline, now } = context;
  return guestDeadline !== undefined && parts.clock.hostClockAt(guestDeadline) < now;
}

/** under RESEND, outputs that the old primary may not have released leave now, in order. */
function resendUnreleased(step: Step): void {
  const { parts, out } = step;
  const isAny = parts.replay.unreleased.length > 0;
  if (parts.config.params.boundaryPolicy !== "resend") {
    if (isAny) out.mark("boundary-outputs-dropped");
    return;
  }
  if (isAny) out.mark("boundary-outputs-sent-again");
  for (const { output } of parts.replay.unreleased)
    out.push({ ...output, kind: "release", isAgain: true });
  parts.replay.unreleased = [];
}
