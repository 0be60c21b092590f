// Marks of chapters 6 and 8 to 11 of the specification: copies and generations, operations, disk and
// network I/O, the alternatives.

import { type Mark, marksOf } from "./mark.ts";

const WATCHED = "src/testbed/marks/mark-watch.test.ts";

export const MARKS_OF_THE_SYSTEM: readonly Mark[] = [
  ...marksOf("R-6.1", "vm-ft", [
    ["copy-needs-a-third-round", "what the guest wrote meanwhile took a third round of a copy"],
    ["guest-stands-10-ms-for-a-copy", "the guest stood still for 10 ms or more"],
    [
      "output-held-before-its-backup-counts",
      "an output waited for a backup that the storage had not admitted yet",
    ],
    [
      "arriving-frames-lost-to-a-copy",
      "frames that waited for company were lost to a copy's pause",
    ],
    ["admission-is-told-again", "who opens a generation asked again, and was told the same"],
  ]),
  ...marksOf("R-6.2", "vm-ft", [
    ["a-host-is-named-again", "the cluster service named a host once more for one generation"],
    ["lost-host-gets-the-vm-again", "a host that had lost its VM was named for another one"],
    ["cluster-services-packet-lost", "a packet from or to the cluster service was lost"],
  ]),
  ...marksOf("R-6.3", "vm-ft", [
    ["protection-is-back", "a VM that ran alone had a backup again"],
    ["third-generation-opens", "a third generation was opened"],
    ["second-machine-on-one-host", "a host that had lost its VM took in another one"],
    ["second-host-dies", "a second host died in one run"],
    ["host-without-the-vm-dies", "a host died that had nothing of the VM"],
    ["host-dies-right-after-its-admission", "a host died within 100 ms of being admitted"],
  ]),
  ...marksOf("R-6.4", "vm-ft", [
    ["copy-aborted", "a copy of the VM was given up before its target counted"],
    ["copy-given-up-for-a-suspicion", "a node that copied its VM suspected its peer, and stopped"],
    ["copys-target-falls-silent", "the target of a copy was not heard any more"],
    ["copys-channel-breaks", "the channel to the target of a copy broke"],
    ["copys-source-dies", "the host from which a VM was copied died"],
    ["copys-target-dies-before-the-last-round", "the target of a copy died while the guest ran on"],
    [
      "copys-target-dies-while-the-guest-stands",
      "the target died while the guest stood still for the last round",
    ],
    ["half-copy-forgotten", "a target whose source fell silent forgot what it had"],
    [
      "copy-asks-whether-it-counts",
      "a backup that may not be admitted yet suspected its primary",
      "src/ft/copying.test.ts",
    ],
    [
      "copy-learns-from-the-record-that-it-counts",
      "a copy read in the record that it counts",
      "src/ft/copying.test.ts",
    ],
    [
      "loser-learns-that-its-primary-moved",
      "a backup that lost an old flag read in the record that it belongs to the next generation",
      "src/ft/arbitration.test.ts",
    ],
    [
      "whole-copy-counts-for-nothing",
      "a copy read in the record that the VM is elsewhere",
      "src/ft/copying.test.ts",
    ],
    ["fault-strikes-during-a-copy", "a fault struck while the VM was being copied"],
  ]),
  ...marksOf("R-6.4", "pair", [
    ["host-is-back-before-it-is-missed", "a host had its power again before anybody missed it"],
    ["restarted-host-stays-out", "a host that had lost its power kept out of it"],
  ]),
  ...marksOf("R-8.1", "vm-ft", [
    ["operator-changes-the-cpu-share", "an operator gave the VM another share of the CPU"],
    ["operation-in-a-bad-moment", "an operation was refused: the VM was changing hands"],
    ["power-off-is-confirmed", "an operator was told that the VM is off"],
    [
      "silence-of-a-vm-that-is-off",
      "a backup behind in its replay held a power-off, and asked for no flag",
      "src/ft/arbitration.test.ts",
    ],
  ]),
  ...marksOf("R-8.2", "vm-ft", [
    ["primary-has-moved", "a primary was moved to another host"],
    ["backup-has-moved", "a backup was moved to another host"],
    ["move-is-refused", "a move to another host was refused"],
    ["move-waits-for-disk-io", "a backup that moves waited for disk commands of its primary"],
  ]),

  ...marksOf("R-9.1", "pair", [
    [
      "disk-command-waits-for-overlap",
      "a disk command waited for one that touches the same blocks",
    ],
  ]),
  ...marksOf("R-9.1", "world", [
    ["writes-applied-out-of-order", "the disk performed a write behind a later one"],
    ["eight-writes-under-way", "a host had eight writes at the storage at one time"],
  ]),
  ...marksOf("R-9.2", "vm-ft", [
    [
      "disk-command-waits-for-the-same-memory",
      "a disk command waited for one that touches the same guest memory",
    ],
  ]),
  ...marksOf("R-9.4", "world", [
    ["two-completions-at-one-step", "two disk commands completed before the same step"],
  ]),
  ...marksOf("R-9.5", "vm-ft", [
    ["primary-dies-with-a-disk-write-held", "a primary died with a write that waited for an ack"],
  ]),
  ...marksOf("R-9.5", "pair", [
    ["write-applied-in-doubt", "the storage performed a write of a host that suspected its peer"],
  ]),
  ...marksOf("R-9.6", "world", [
    ["disk-command-fails", "the storage answered a command with an error"],
    ["disk-error-reaches-the-guest", "the guest was told that a disk command failed"],
  ]),
  // What a read brings, and what a write takes from memory, is as it was when it was issued.
  ...marksOf("R-9.3 R-9.7", "pair", [
    ["read-reissued", "a takeover found a read without a completion"],
    ["write-reissued", "a takeover found a write without a completion"],
  ]),
  ...marksOf("R-9.7", "pair", [
    ["pending-disk-io-reissued", "a takeover found disk commands without a completion"],
    ["three-disk-commands-reissued", "a takeover found three disk commands or more"],
    ["flush-reissued", "a takeover found a flush without a completion"],
    ["overlapping-commands-reissued", "a takeover found two commands on the same blocks", WATCHED],
    ["reissued-write-was-already-applied", "a write that was issued again was on the disk already"],
    ["primary-dies-with-a-write-under-way", "a primary died with a write at the storage"],
  ]),
  ...marksOf("R-9.7", "pair", [
    ["write-applied-after-its-host-died", "the storage performed a write of a dead host"],
  ]),
  ...marksOf("R-9.7", "world", [
    ["retried-write-answered-and-not-applied", "a write was sent again, and performed once"],
    ["write-is-torn", "power went with only a part of a write on the disk"],
    ["disks-packet-lost", "a packet from or to a disk was lost"],
    ["disks-packet-duplicated", "a packet from or to a disk came twice"],
    ["disks-packet-overtaken", "a packet from or to a disk came behind later ones"],
    ["disks-packet-damaged", "a bit of a packet from or to a disk was flipped"],
  ]),

  ...marksOf("R-10.1", "world", [
    ["frame-right-behind-an-output", "a frame came right after the guest had performed an output"],
  ]),
  ...marksOf("R-10.2", "vm-ft", [
    ["frames-share-an-interrupt", "frames that came together were one entry and one interrupt"],
    [
      "batch-of-frames-is-full",
      "so many frames came together that they did not wait longer",
      "src/ft/batching.test.ts",
    ],
  ]),
  ...marksOf("R-10.3", "vm-ft", [
    [
      "output-takes-waiting-entries-along",
      "an output's entry took those that waited along at once",
    ],
  ]),

  ...marksOf("R-11.1", "vm-ft", [
    [
      "own-disk-command-repeated",
      "a command to a host's own disk failed, and was done again unknown to the guest",
    ],
    ["own-disk-was-ahead-of-the-log", "a backup's disk had done more than its log had told"],
    [
      "replay-waits-for-the-backups-own-disk",
      "a completion was due, and the backup's own disk had not done the same",
    ],
  ]),
  ...marksOf("R-11.2", "vm-ft", [
    ["backup-reads-the-disk-itself", "a backup executed a disk read"],
    [
      "replay-waits-for-the-backups-own-read",
      "a completion was due, and the backup had not read the same",
    ],
    [
      "own-read-comes-after-the-takeover",
      "a backup's own read came when it was one no more",
      "src/ft/own-reads.test.ts",
    ],
  ]),
  ...marksOf("R-11.3", "vm-ft", [
    [
      "own-read-retried",
      "a backup that reads the disk itself had to ask again",
      "src/ft/own-reads.test.ts",
    ],
    [
      "copys-own-read-is-refused",
      "a copy read the disk before the storage had admitted it",
      "src/ft/own-reads.test.ts",
    ],
    ["backups-own-read-fails", "a backup's own read failed", WATCHED],
    [
      "write-waits-for-the-backups-read",
      "a write waited until the backup had read what it changes",
    ],
  ]),
  ...marksOf("R-11.5 PERF-2", "log", [
    ["output-held-for-20-ms", "an output waited 20 ms for its ack"],
    ["output-held-for-half-a-second", "an output waited half a second for its ack"],
  ]),

  ...marksOf("L-1", "world", [
    [
      "fault-left-out-for-the-budget",
      "a fault was left out: nobody would have had the VM any more",
    ],
    ["three-faults-at-once", "three faults were active at one time"],
  ]),
];
