// Marks of chapters 1 to 5 and 7 of the specification: replay, the Output Rule, detection, going live,
// split brain, the logging channel.

import { type Mark, marksOf } from "./mark.ts";

export const MARKS_OF_THE_PROTOCOL: readonly Mark[] = [
  ...marksOf("R-1.1", "pair", [
    ["randomness-asked-after-a-takeover", "the guest drew randomness from its new host"],
  ]),
  ...marksOf("R-1.2 R-1.3", "world", [
    ["frame-meets-timer", "a frame and the guest's timer came before the same step"],
    ["disk-completion-meets-frame", "a disk completion and a frame came before the same step"],
    ["disk-completion-meets-timer", "a disk completion and the timer came before the same step"],
    ["two-interrupts-for-frames-at-one-step", "two groups of frames came before the same step"],
    ["three-events-at-one-step", "three events came before the same step"],
  ]),
  ...marksOf("R-1.3 R-1.4", "world", [
    [
      "event-right-behind-an-output",
      "the timer or the disk interrupted the guest right after it had performed an output",
    ],
  ]),
  ...marksOf("R-1.5", "log", [
    ["backup-runs-dry", "a backup had replayed all that it had, and stopped"],
  ]),
  ...marksOf("R-1.6 R-4.5", "pair", [
    ["clock-read-after-a-takeover", "the guest read a clock that went on from another host's"],
  ]),
  ...marksOf("R-1.6 R-1.9", "pair", [
    ["clock-set-back-under-the-guest", "the clock of the host on which the guest ran was set back"],
    [
      "clock-set-forward-under-the-guest",
      "the clock of the host on which the guest ran was set forward",
    ],
    ["backups-clock-is-set", "the clock of a host whose guest replays was set"],
  ]),
  ...marksOf("R-1.10", "log", [
    ["group-of-three-or-more", "one step of the guest made three entries or more"],
    [
      "backup-waits-for-the-rest-of-a-group",
      "a backup had a part of a group only, and waited",
      "src/ft/arbitration.test.ts",
    ],
    [
      "incomplete-group-dropped",
      "a backup went live without a group of which it had only a part",
      "src/ft/arbitration.test.ts",
    ],
    ["group-torn", "a host died with half a group sent", "src/testbed/torn-group.test.ts"],
  ]),
  ...marksOf("R-1.3", "log", [
    [
      "backup-diverges",
      "a replay met something that the log does not explain",
      "src/ft/replaying.test.ts",
    ],
  ]),

  ...marksOf("R-2.1 R-2.2", "log", [
    ["primary-dies-with-outputs-held", "a primary died with outputs that waited for an ack"],
    [
      "primary-dies-with-entries-under-way",
      "a primary died with entries that its backup never stored",
    ],
    [
      "primary-dies-with-an-ack-under-way",
      "a primary died between the sending of an ack and its arrival",
    ],
  ]),
  ...marksOf("R-2.1", "pair", [
    ["primary-dies-right-after-an-output", "a primary died within 1 ms of a frame that left"],
  ]),
  ...marksOf("R-2.2", "log", [
    [
      "output-leaves-before-the-backup-executes-it",
      "an output left when its entry was stored and not executed",
    ],
    ["ack-arrives-after-the-suspicion", "an ack reached a primary that suspected its backup"],
    ["backup-dies-with-log-to-replay", "a backup died that had acknowledged more than it executed"],
  ]),
  ...marksOf("R-2.3", "vm-ft", [
    ["read-waits-behind-a-held-write", "a disk read had to wait, or it would overtake a write"],
    ["console-output-held", "the console had to wait for an ack"],
  ]),
  ...marksOf("R-2.4", "log", [
    ["sixteen-outputs-held", "sixteen outputs waited for acks while the guest ran on"],
  ]),
  ...marksOf("R-2.5", "log", [
    ["one-ack-frees-many-outputs", "four outputs or more left at one moment"],
    ["entries-arrive-twice", "entries came that the backup had already"],
    ["log-is-sent-again", "a primary sent its log again after the channel had broken"],
  ]),
  ...marksOf("R-2.6", "world", [
    ["client-gets-text-twice", "a client's TCP was given bytes that it had already"],
  ]),
  ...marksOf("R-2.6 R-2.8", "vm-ft", [
    ["output-sent-again-at-a-takeover", "what the old primary may have let out was sent again"],
    ["boundary-outputs-sent-again", "a new primary sent what the old one may not have released"],
    ["boundary-outputs-dropped", "a new primary left out what the old one may not have released"],
  ]),
  ...marksOf("R-2.7", "log", [
    ["received-frame-dies-with-its-host", "a frame was delivered, logged, and lost with its host"],
    ["frame-lost-to-a-standing-guest", "a frame came while the guest stood still, and was lost"],
  ]),
  ...marksOf("R-2.7", "world", [
    ["client-sends-again", "a client's TCP sent something again"],
    ["client-sends-again-at-once", "a client's TCP sent again without waiting for its timer"],
    ["client-hears-nothing", "a client's TCP waited for an ack until its timer ran out"],
    ["client-gets-text-out-of-order", "a client's TCP was given bytes before those in front"],
    ["clients-packet-lost", "a packet from or to a client was lost"],
    ["clients-packet-duplicated", "a packet from or to a client came twice"],
    ["clients-packet-overtaken", "a packet from or to a client came behind later ones"],
    ["clients-packet-damaged", "a bit of a packet from or to a client was flipped"],
    ["clients-packet-held-back", "a packet from or to a client was kept on its way"],
  ]),

  ...marksOf("R-3.1", "pair", [
    ["heartbeats-fall-silent", "a node suspected its peer for missing heartbeats"],
    ["only-the-log-falls-silent", "a node suspected its peer though heartbeats came"],
    ["both-suspect-each-other", "two nodes suspected each other at one time"],
    ["suspicion-taken-back", "a node in doubt heard its peer before it asked, and went on"],
    ["heartbeat-lost", "a heartbeat was lost"],
    ["heartbeat-duplicated", "a heartbeat came twice"],
    ["heartbeat-overtaken", "a heartbeat came behind a later one"],
    ["heartbeat-damaged", "a bit of a heartbeat was flipped"],
  ]),
  ...marksOf("R-3.1 R-4.2", "pair", [
    [
      "suspicion-taken-back-frees-outputs",
      "what had waited through a doubt left when it was taken back",
      "src/ft/arbitration.test.ts",
    ],
  ]),
  ...marksOf("R-3.2", "vm-ft", [
    [
      "hypervisor-speaks-for-a-standing-guest",
      "a hypervisor said that it lives while its guest stood still",
    ],
  ]),
  ...marksOf("R-3.2", "pair", [
    [
      "machine-hangs-while-its-hypervisor-lives",
      "the guest of a primary stood still, and heartbeats went on",
    ],
    ["backups-machine-hangs", "a backup's machine executed nothing for a while"],
  ]),
  ...marksOf("R-3.3", "log", [
    [
      "silence-is-its-own-doing",
      "a backup that read no further did not blame its peer for the silence",
    ],
  ]),
  ...marksOf("R-3.4", "pair", [
    ["false-alarm-makes-a-suspicion", "a detector fired for no reason"],
    ["living-peer-is-suspected", "a node was suspected that was up and running"],
    ["flag-won-against-a-living-peer", "a node won the flag while its peer was up and running"],
    ["paused-node-wakes-up-suspected", "a paused host went on while its peer was in doubt"],
    ["paused-node-wakes-up-superseded", "a paused host went on when another one had the flag"],
    ["pause-ends-unnoticed", "a host paused, and nobody suspected it"],
  ]),
  ...marksOf("R-3.5", "pair", [
    ["primary-goes-on-alone", "a primary lost its backup and went on without"],
  ]),
  ...marksOf("R-3.5 R-4.2", "log", [
    ["solo-frees-held-outputs", "what waited for a lost backup's acks left when that was certain"],
    ["solo-ends-a-stall", "a machine that stood still for a full buffer ran on when it was alone"],
  ]),

  ...marksOf("R-4.1 R-4.3", "log", [
    ["takeover-has-a-log-to-drain", "a backup took over with entries that it had not executed"],
    ["takeover-with-nothing-to-drain", "a backup took over that had executed all it had"],
  ]),
  ...marksOf("R-4.1", "log", [
    [
      "entries-arrive-after-the-suspicion",
      "entries reached a backup that did not acknowledge any more",
    ],
  ]),
  ...marksOf("R-4.1 R-6.1", "vm-ft", [
    ["second-takeover", "the VM was taken over for the second time"],
  ]),
  ...marksOf("R-4.3", "pair", [
    ["takeover-takes-200-ms", "from the suspicion to the takeover it took 200 ms or more"],
  ]),
  ...marksOf("R-4.4", "pair", [
    ["switch-learns-the-vm-at-another-port", "the switch learned that the VM's address moved"],
    ["switch-learns-an-old-port-again", "the VM's address came back to a port that it had left"],
  ]),
  ...marksOf("R-4.4", "vm-ft", [
    [
      "announcement-left-out",
      "a protected primary did not repeat an announcement: its backup might have taken over",
    ],
    [
      "nobody-has-found-the-vm-yet",
      "the VM was announced for as long as it is in any case, and no frame for it had come",
    ],
    ["protected-primary-announces", "a protected primary repeated an announcement, once it knew"],
  ]),
  ...marksOf("R-4.5", "log", [
    ["guests-timer-overdue-at-a-takeover", "the guest's timer had run out while nobody had the VM"],
  ]),

  ...marksOf("R-5.1", "pair", [
    ["test-and-set-retried", "no answer of the arbiter came, and the question was sent again"],
    ["flag-asked-while-the-arbiter-is-down", "the flag was asked for during a storage outage"],
    ["fault-strikes-in-doubt", "a fault struck while it was undecided who has the VM"],
  ]),
  ...marksOf("R-5.2", "pair", [
    ["both-claim-the-flag", "two nodes asked for the flag of one generation"],
  ]),
  ...marksOf("R-5.3", "pair", [
    ["loser-of-the-flag-halts", "a node lost the test-and-set, and halted"],
    ["takeover-from-a-living-primary", "a backup took over from a primary that was there"],
  ]),
  ...marksOf("R-5.3", "log", [
    ["halt-drops-held-outputs", "outputs that had waited were dropped, since their node halted"],
  ]),
  ...marksOf("R-5.4", "pair", [
    ["fenced-write-refused", "the storage refused a write of a superseded node"],
  ]),
  ...marksOf("R-5.4", "vm-ft", [
    [
      "superseded-peer-still-speaks",
      "messages of the log reached a node that had gone on without their sender",
    ],
  ]),
  ...marksOf("R-5.5", "vm-ft", [
    ["flag-of-a-later-generation-won", "the flag of a second or later generation was won"],
    [
      "flag-of-an-old-generation-refused",
      "the flag of a generation that was over was asked for, and refused",
    ],
    ["message-of-an-old-generation", "a message of an older generation came, and changed nothing"],
  ]),
  ...marksOf("R-5.6", "pair", [
    ["winner-is-told-again", "who had won the flag asked again, and was told the same"],
    ["loser-is-told-again", "who had lost the flag asked again, and was told the same"],
  ]),
  ...marksOf("R-5.7", "world", [["storage-restarts", "the storage lost its power and came back"]]),
  ...marksOf("R-5.7", "pair", [
    [
      "storage-restarts-with-the-flag-taken",
      "the storage came back and still knew who has the flag",
    ],
  ]),
  ...marksOf("R-5.8", "pair", [
    ["third-party-decides", "a third party decided who has the VM"],
    ["third-partys-packet-lost", "a packet from or to the third party was lost"],
  ]),
  ...marksOf("R-5.8", "vm-ft", [
    ["majority-decides", "a majority of the nodes decided who has the VM"],
    [
      "majority-decides-without-everybody",
      "a majority decided, and some nodes had not voted for it",
    ],
    ["majority-refuses", "a majority refused a node"],
    ["vote-refused", "a node refused its vote: another one has it"],
    ["votes-are-split", "two candidates had votes for one generation"],
    ["host-without-the-vm-votes", "a host without the VM voted"],
    ["vote-lost", "a vote, or the question for it, was lost"],
  ]),

  ...marksOf("R-7.1", "pair", [
    ["log-packet-lost", "a packet of the log channel was lost"],
    ["log-packet-duplicated", "a packet of the log channel came twice"],
    ["log-packet-overtaken", "a packet of the log channel came behind later ones"],
    ["log-packet-damaged", "a bit of a packet of the log channel was flipped"],
    ["log-packet-held-back", "a packet of the log channel was kept on its way"],
    ["log-channel-sends-again", "the TCP of the log channel sent something again"],
    ["log-channel-sends-again-at-once", "it did so without waiting for its timer"],
    ["log-channel-gets-text-out-of-order", "it was given bytes before those in front"],
    [
      "damaged-message-refused",
      "a message did not decode, or its check sum was wrong",
      "src/ft/replaying.test.ts",
    ],
  ]),
  ...marksOf("R-7.1", "log", [
    [
      "acknowledged-entries-lost",
      "what was acknowledged was lost with the socket (BUG-03)",
      "src/ft/arbitration.test.ts",
    ],
  ]),
  ...marksOf("R-7.2", "log", [
    ["primary-stalls-on-full-buffer", "the primary's log buffer was full, and its machine stopped"],
    ["backup-closes-its-window", "a backup read no further: its buffers were full"],
    ["backup-opens-its-window-again", "a backup whose buffers were full read on"],
    ["buffers-full-at-both-ends", "a primary stalled while its backup read no further"],
    [
      "event-waits-for-a-standing-guest",
      "the timer or the disk had to wait for a guest that stood",
    ],
  ]),
  ...marksOf("R-7.3", "log", [
    ["backup-a-tenth-of-a-second-behind", "the measured lag was 100 ms or more"],
  ]),
  ...marksOf("R-7.4", "vm-ft", [
    ["primary-is-throttled", "the backup fell behind, and the primary's CPU was limited"],
    ["throttled-three-steps-in-a-row", "a primary's CPU was cut three times in a row"],
    [
      "throttle-at-its-floor",
      "a primary had the least CPU that is ever left to it",
      "src/ft/throttle.test.ts",
    ],
    ["throttle-gives-a-little-back", "a limited primary got a part of its CPU back"],
    ["throttle-is-over", "a primary that was limited had all of its CPU again"],
  ]),
  ...marksOf("R-7.5", "log", [
    ["log-travels-packed", "messages of the log were packed"],
    ["message-does-not-shrink", "packing would have made a message longer, and it went as it was"],
  ]),
  ...marksOf("R-7.1", "epochs", [
    ["event-waits-for-the-epochs-end", "an event was kept until the epoch was over"],
  ]),
  ...marksOf("R-2.1", "checkpoints", [
    [
      "incomplete-checkpoint-dropped",
      "a secondary took over with half a checkpoint, and began from the one before",
    ],
  ]),
  ...marksOf("R-2.1", "colo", [
    ["half-a-colo-state-dropped", "a secondary took over with half of the primary's state"],
    ["colo-synchronises-a-new-secondary", "a secondary was given the primary's state at first"],
    ["colo-synchronises-a-late-secondary", "a secondary did not say the same in time"],
    ["colo-synchronises-what-differs", "two machines performed different outputs"],
  ]),
];
