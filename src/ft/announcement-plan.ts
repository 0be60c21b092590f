// When the VM's address is announced again, for whatever protocol: at the delays that are due in
// any case, since one announcement can be lost, and on at the last interval until a frame for the VM has
// come. All of them can be lost, where a link is cut for longer than they last. Then frames for the VM go
// to the old host for ever, and a guest that has nothing to say never corrects that.

import type { Effects } from "./effects.ts";

/** The bit of an Ethernet address that makes it one of several receivers. */
const GROUP_BIT = 1;

/** A frame for this machine alone: where it comes, the network knows where the VM is. */
export function isForOneReceiver(frame: Uint8Array): boolean {
  return ((frame[0] ?? GROUP_BIT) & GROUP_BIT) === 0;
}

/** How far a node has come with its announcements. */
export interface Announced {
  /** How often before this time. */
  readonly times: number;
  /** A frame for the VM has come since the first. */
  readonly isFound: boolean;
}

/** Sets the timer `announce`, if it is not over. */
export function planNextAnnouncement(
  out: Effects,
  now: number,
  announceAt: readonly number[],
  { times, isFound }: Announced,
): void {
  const next = announceAt[times + 1];
  if (next !== undefined) out.timer("announce", now + next - (announceAt[times] ?? 0));
  else if (!isFound) {
    out.mark("nobody-has-found-the-vm-yet");
    out.timer("announce", now + (announceAt.at(-1) ?? 0) - (announceAt.at(-2) ?? 0));
  }
}
