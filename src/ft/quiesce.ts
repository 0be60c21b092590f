// A guest that stands still is quiet when nothing of it is under way outside: every disk command has
// completed and was delivered, and no output waits for an ack. A node that is alone need not
// wait: what is pending is part of the state that is copied, and its completions will be logged. Where
// its disk is copied too everybody waits until that stands still.

import type { CopySource } from "./copy-source.ts";
import { hasOwnDisk, isDiskQuiet } from "./disk-order.ts";
import type { Step } from "./parts.ts";

export function isQuiet(step: Step, purpose: CopySource["purpose"]): boolean {
  const { parts, context } = step;
  const isOwn = hasOwnDisk(step);
  if (isOwn && !isDiskQuiet(step)) return false;
  if (purpose === "protect" && !isOwn) return true;
  if (context.pendingDisk().length > 0) return false;
  if (purpose !== "move-primary") return true;
  const { primaryLog, gate, disk } = parts;
  // The next primary would not know what the backup still has to read.
  if (disk.unread.length > 0) return false;
  return gate.heldCount === 0 && primaryLog.ackedThrough === primaryLog.lastLsn;
}
