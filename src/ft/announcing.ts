// Where the VM's address is now. An announcement can be lost, so it is repeated, when
// announcement-plan.ts says; and it is an output, so that a superseded node makes none (INV-35).
//
// Who is alone announces when it is time to. A protected primary cannot know whether its backup has
// taken over since: it writes an entry and announces when that is acknowledged within the grace period
// of a suspicion. A backup acknowledges nothing once it suspects, and asks for the flag no sooner than
// after its grace: whoever had the ack in that time still has the VM. Later, or while it does
// not know in which generation it is, it leaves that repetition out. So it does while its machine stands
// still: a full log buffer takes no entry, and behind a clone point there is none (INV-40).

import { isForOneReceiver, planNextAnnouncement } from "./announcement-plan.ts";
import { isLogging, isStandingStill, type Step, updateControl } from "./parts.ts";
import { appendProgress } from "./appending.ts";

/** The first one, when the node has got the VM. */
export function announceAtOnce(step: Step): void {
  updateControl(step.parts, (control) => {
    control.announcements = 0;
    control.isFound = false;
    control.announcementAsked = undefined;
  });
  step.out.push({ kind: "announce" });
  repeatLater(step);
}

export function announceAgain(step: Step): void {
  const { parts, out } = step;
  const { role } = parts.control;
  if (role === "SOLO" || !parts.config.rules.asksToAnnounce) out.push({ kind: "announce" });
  else if (role === "PRIMARY" && isLogging(parts) && !isStandingStill(parts)) askBackup(step);
  repeatLater(step);
}

/** A frame for this machine alone has come: the network knows where it is. */
export function frameArrived({ parts }: Step, frame: Uint8Array): void {
  if (parts.control.isFound || !isForOneReceiver(frame)) return;
  updateControl(parts, (control) => {
    control.isFound = true;
  });
}

/** An ack came: perhaps the one that an announcement waits for. */
export function backupAnswered(step: Step, through: number): void {
  const { parts, context, out } = step;
  const asked = parts.control.announcementAsked;
  if (asked === undefined || through < asked.lsn) return;
  updateControl(parts, (control) => {
    control.announcementAsked = undefined;
  });
  const isFresh = context.uptime - asked.at <= parts.config.params.suspectGrace;
  if (isFresh && parts.control.role === "PRIMARY" && parts.opening === undefined) {
    out.mark("protected-primary-announces");
    out.push({ kind: "announce" });
  } else out.mark("announcement-left-out");
}

function askBackup(step: Step): void {
  const { parts, context } = step;
  appendProgress(step);
  const { lastLsn } = parts.primaryLog;
  updateControl(parts, (control) => {
    control.announcementAsked = { lsn: lastLsn, at: context.uptime };
  });
}

function repeatLater({ parts, context, out }: Step): void {
  const { announcements: times, isFound } = parts.control;
  updateControl(parts, (control) => {
    control.announcements += 1;
  });
  planNextAnnouncement(out, context.now, parts.config.params.announceAt, { times, isFound });
}
