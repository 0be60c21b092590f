// Rare situations that a run can come into, by the name under which the code marks them
// (`mark("...")`). A report says how often each came up; a campaign that never met one has not tested
// it. The house's test holds this list to the code.

export const MARKS: ReadonlyMap<string, string> = new Map([
  [
    "suspicion-taken-back",
    "a node in doubt heard its peer before it asked the arbiter, and went on",
  ],
  ["test-and-set-retried", "no answer of the arbiter came, and the question was sent again"],
  ["acknowledged-entries-lost", "what was acknowledged was lost with the socket (BUG-03)"],
  [
    "announcement-left-out",
    "a protected primary did not repeat an announcement: its backup might have taken over (R-4.4)",
  ],
  [
    "incomplete-group-dropped",
    "a backup went live without a group of which it had only a part (R-1.10)",
  ],
  ["group-torn", "a host died with half a group sent"],
  ["pending-disk-io-reissued", "a takeover found disk commands without a completion (R-9.7)"],
  [
    "disk-command-waits-for-overlap",
    "a disk command waited for one that touches the same blocks (R-9.1)",
  ],
  ["primary-stalls-on-full-buffer", "the primary's log buffer was full, and its machine stopped"],
  ["solo-ends-a-stall", "a machine that stood still for a full buffer ran on when it was alone"],
  ["damaged-message-refused", "a message did not decode, or its check sum was wrong"],
  ["backup-diverges", "a replay met something that the log does not explain"],
  ["copy-aborted", "a copy of the VM was given up before its target counted"],
  ["half-copy-forgotten", "a target whose source fell silent forgot what it had (R-6.4)"],
  ["primary-is-throttled", "the backup fell behind, and the primary's CPU was limited (R-7.4)"],
  ["throttle-is-over", "a primary that was limited had all of its CPU again"],
  [
    "incomplete-checkpoint-dropped",
    "a secondary took over with half a checkpoint, and began from the one before",
  ],
  ["own-read-retried", "a backup that reads the disk itself had to ask again (R-11.3)"],
  [
    "own-disk-command-repeated",
    "a command to a host's own disk failed, and was done again unknown to the guest (R-11.1)",
  ],
  [
    "write-waits-for-the-backups-read",
    "a write waited until the backup had read what it changes (R-11.3)",
  ],
]);
