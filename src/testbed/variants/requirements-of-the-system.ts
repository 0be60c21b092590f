// Requirements: copies, the channel, operations, disk, network, alternatives. The columns
// are told in requirement.ts.

import type { Requirement } from "./requirement.ts";

export const SYSTEM_REQUIREMENTS: readonly Requirement[] = [
  {
    id: "R-6.1",
    says: "One mechanism protects a running VM at first and again: its pages are copied while it runs, it stands still for less than a second, and from that step on it is logged.",
    files: ["src/ft/copy-source.ts", "src/ft/copy-target.ts"],
    checkers: ["exact-copy", "same-execution"],
    tests: [
      {
        file: "src/ft/copying.test.ts",
        name: "lets the guest stand still when what is left fits a short pause, and logs from there on",
      },
      {
        file: "src/vm/snapshot.test.ts",
        name: "list the pages written since the last time, whatever the slicing",
      },
    ],
    broken: ["--bug copy-without-last-pages", "--bug logging-from-connect"],
  },
  {
    id: "R-6.2",
    says: "A cluster service names the host of the backup, never the VM's own.",
    files: ["src/ft/cluster-service.ts", "src/testbed/cluster-host.ts"],
    checkers: ["anti-affinity"],
    tests: [
      {
        file: "src/ft/cluster-service.test.ts",
        name: "names a free host that is not the VM's own (R-6.2, INV-32)",
      },
    ],
    broken: ["--bug backup-beside-primary"],
  },
  {
    id: "R-6.3",
    says: "Redundancy comes back by itself, also when the chosen host dies.",
    files: ["src/ft/protection.ts", "src/ft/cluster-service.ts"],
    checkers: ["re-protection"],
    tests: [
      {
        file: "src/ft/copying.test.ts",
        name: "asks the cluster service, and again while no copy is under way (R-6.3)",
      },
      {
        file: "src/ft/copying.test.ts",
        name: "gives up a target that falls silent: what it held leaves, and it asks for another",
      },
    ],
    broken: [],
    unbroken:
      "A node that never asks is a bad history of the checker's own test; no rule of the protocol says when it may be left out.",
  },
  {
    id: "R-6.4",
    says: "While there is no backup the run says so, and half a copy is nothing.",
    files: ["src/ft/copy-target.ts", "src/report/generations.ts"],
    checkers: ["exact-copy", "no-solo-without-flag"],
    tests: [
      {
        file: "src/ft/copying.test.ts",
        name: "forgets a half copy whose source is silent, and is free again (R-6.4)",
      },
      {
        file: "test/report-of-three-hosts.test.ts",
        name: "a new generation says how long the VM was unprotected, and what is still open is",
      },
    ],
    broken: ["--bug half-copy-lives"],
  },
  {
    id: "R-7.1",
    says: "The log leaves at once; the backup acknowledges each time that it has read.",
    files: ["src/ft/intake.ts", "src/ft/primary-log.ts"],
    checkers: ["ack-held", "output-latency"],
    tests: [
      {
        file: "src/ft/replaying.test.ts",
        name: "stores first, then sends one cumulative ack for the batch",
      },
    ],
    broken: ["--bug batched-outputs"],
  },
  {
    id: "R-7.2",
    says: "An empty buffer stops the backup, a full one stops the primary; nothing is dropped.",
    files: ["src/ft/appending.ts", "src/ft/stand-still.ts", "src/ft/backup-log.ts"],
    checkers: ["buffers", "run-ahead", "same-execution", "log-integrity"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "pauses the machine; frames are lost, the timer and the disk wait",
      },
      {
        file: "src/ft/replaying.test.ts",
        name: "with a full buffer acknowledges no more than it holds, and reads on when there is room",
      },
      {
        file: "src/ft/batching.test.ts",
        name: "that drops its oldest entries leaves a gap (BUG-40)",
      },
    ],
    broken: [
      "--bug runs-on-a-full-buffer",
      "--bug drops-oldest-entries",
      "--bug hoards-entries",
      "--bug runs-ahead",
    ],
  },
  {
    id: "R-7.3",
    says: "How far the backup is behind is measured by the primary's own clock.",
    files: ["src/ft/lag-meter.ts"],
    checkers: ["lag-control"],
    tests: [
      {
        file: "src/ft/lag-meter.test.ts",
        name: "is the age of what is not executed, less half a round trip",
      },
    ],
    broken: ["--bug throttles-by-bytes"],
  },
  {
    id: "R-7.4",
    says: "A primary that is followed too slowly is slowed down a little at a time, and gets everything back.",
    files: ["src/ft/throttle.ts"],
    checkers: ["lag-control", "lag-converges"],
    tests: [
      {
        file: "src/ft/throttle.test.ts",
        name: "finds the share at which the backup follows, and stays near it",
      },
    ],
    broken: ["--bug never-restores-the-cpu", "--bug bang-bang-throttle"],
  },
  {
    id: "R-7.5",
    says: "The log can be compressed.",
    files: ["src/ft/compression.ts", "src/ft/message.ts"],
    checkers: ["log-rate"],
    tests: [
      {
        file: "src/ft/codec.test.ts",
        name: "read back, are never longer, and say how long they were",
      },
    ],
    broken: [],
    unbroken: "A damaged message is refused whole: no rule of it is left to break.",
  },
  {
    id: "R-8.1",
    says: "A power-off goes through the log: the backup stops too, asks for no flag, and the operator is told after the ack.",
    files: ["src/ft/operations.ts", "src/ft/halting.ts", "src/ft/arbitration.ts"],
    checkers: ["power-off"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "asks nobody for the flag, however long its replay takes (INV-36)",
      },
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "INV-36: a backup that wins the flag, and one that goes live",
      },
      {
        file: "src/checkers/redundancy.test.ts",
        name: "INV-36: what its operator ended goes on elsewhere",
      },
    ],
    broken: ["--bug power-off-without-entry", "--bug power-off-before-ack"],
  },
  {
    id: "R-8.2",
    says: "Either replica can be moved to another host, never its peer's; a backup asks its primary for a quiet moment over the log.",
    files: ["src/ft/quiesce.ts", "src/ft/copy-source.ts", "src/ft/operations.ts"],
    checkers: ["move-continuity", "anti-affinity"],
    tests: [
      {
        file: "src/checkers/redundancy.test.ts",
        name: "INV-40 holds when the new backup has all that was acknowledged",
      },
    ],
    broken: ["--bug moving-backup-acknowledges"],
  },
  {
    id: "R-9.1",
    says: "Disk commands on the same blocks go one after the other, in the guest's order.",
    files: ["src/ft/disk-order.ts"],
    checkers: ["io-races", "lost-write"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "gets overlapping commands one after the other, in the order of the guest (R-9.1)",
      },
    ],
    broken: ["--bug overlaps-in-parallel"],
  },
  {
    id: "R-9.2",
    says: "So do disk commands on the same guest memory.",
    files: ["src/ft/disk-order.ts"],
    checkers: ["io-races"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "gets commands that race in guest memory one after the other, where it is asked to (R-9.2)",
      },
    ],
    broken: ["--bug pages-in-parallel"],
  },
  {
    id: "R-9.3",
    says: "Data of a disk read reaches guest memory at its logged completion, and a write takes what memory held when it was issued.",
    files: ["src/vm/devices/virtio-blk.ts", "src/vm/devices/io-state.ts"],
    checkers: ["dma", "same-execution"],
    tests: [
      { file: "src/vm/devices/virtio.test.ts", name: "brings read data only with the completion" },
    ],
    broken: ["--bug no-bounce-buffers"],
  },
  {
    id: "R-9.4",
    says: "A completion, its data and its interrupt come in one logged step.",
    files: ["src/vm/devices/virtio-blk.ts", "src/ft/live-inputs.ts"],
    checkers: ["one-completion", "dma"],
    tests: [
      {
        file: "src/vm/devices/virtio.test.ts",
        name: "issues a write with its data, and completes it at the entry",
      },
      {
        file: "src/ft/recording.test.ts",
        name: "of the disk are delivered only for commands that are pending",
      },
    ],
    broken: ["--bug forgets-pending-io"],
  },
  {
    id: "R-9.5",
    says: "Only the primary writes to a shared disk, and each write waits for its ack.",
    files: ["src/ft/recorder.ts"],
    checkers: ["disk-commit", "output-commit", "silent-backup"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "gets no read before a write that is held: it would read the past",
      },
    ],
    broken: ["--bug disk-writes-do-not-wait"],
  },
  {
    id: "R-9.6",
    says: "An error of the disk is logged with its status, and both guests see it.",
    files: ["src/ft/log-entry.ts", "src/ft/live-inputs.ts"],
    checkers: ["same-execution", "reissue"],
    tests: [
      {
        file: "src/sim/storage.test.ts",
        name: "error: a block command does nothing; the arbiter's record is not concerned",
      },
    ],
    broken: ["--bug fails-pending-io"],
  },
  {
    id: "R-9.7",
    says: "Disk commands without a logged completion are issued again, each once, overlapping ones in their order, after the flag is won.",
    files: ["src/ft/reissue.ts"],
    checkers: ["reissue", "one-completion", "lost-write"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "that overlap go in their order, each after the one before is done",
      },
    ],
    broken: [
      "--bug forgets-pending-io",
      "--bug reissues-in-parallel",
      "--bug pending-io-taken-for-done",
    ],
  },
  {
    id: "R-10.1",
    says: "Rings change only in a logged step of the machine.",
    files: ["src/vm/devices/virtio-net.ts", "src/ft/live-inputs.ts"],
    checkers: ["same-execution", "all-logged"],
    tests: [
      {
        file: "src/vm/devices/virtio.test.ts",
        name: "receives into buffers, keeps what finds none, drops beyond the FIFO",
      },
      {
        file: "test/conformance/probe-guest.test.ts",
        name: "answers %s, the same on both sides and on the reference",
      },
    ],
    broken: ["--bug interrupt-on-arrival"],
  },
  {
    id: "R-10.2",
    says: "Frames that arrive together can be one entry and one interrupt; which ones is logged, not decided again.",
    files: ["src/ft/live-inputs.ts", "src/ft/stand-still.ts"],
    checkers: ["same-execution"],
    tests: [
      {
        file: "src/ft/batching.test.ts",
        name: "that arrive within the window are one entry and one interrupt",
      },
    ],
    broken: ["--bug splits-batches", "--bug fills-the-ring-on-arrival"],
  },
  {
    id: "R-10.3",
    says: "The entry of an output leaves at once, and its ack too.",
    files: ["src/ft/sending.ts", "src/ft/intake.ts"],
    checkers: ["output-latency"],
    tests: [
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "PERF-2: outputs that wait for ten milliseconds",
      },
      { file: "src/ft/batching.test.ts", name: "of an output take all before them along at once" },
    ],
    broken: ["--bug batched-outputs"],
  },
  {
    id: "R-11.1",
    says: "Each side can have a disk of its own, which is part of the VM's state: its writes do not wait, and a new backup gets it.",
    files: ["src/ft/own-disk.ts", "src/testbed/disks.ts", "src/sim/disk-blocks.ts"],
    checkers: ["disk-equality", "lost-write", "disk-audit"],
    tests: [
      {
        file: "src/ft/own-disk.test.ts",
        name: "writes at once: its disk is inside the VM, and no output of it; a frame still waits",
      },
      {
        file: "src/ft/own-disk.test.ts",
        name: "writes too, and tells the guest when its own disk has done what the primary's has",
      },
      {
        file: "src/ft/copying.test.ts",
        name: "sends its blocks behind the pages, in the same rounds and the same window",
      },
      {
        file: "test/protocol/separate-disks.test.ts",
        name: "have wrong data after the second takeover where the disk is not copied (BUG-60)",
      },
    ],
    broken: ["--bug disk-left-behind", "--bug failed-write-not-repeated"],
  },
  {
    id: "R-11.2",
    says: "The backup can read the disk itself instead of the log.",
    files: ["src/ft/own-reads.ts"],
    checkers: ["same-execution"],
    tests: [
      {
        file: "src/ft/own-reads.test.ts",
        name: "asks its own disk when the guest has asked, and delivers its own data",
      },
    ],
    broken: ["--bug own-read-error-delivered"],
  },
  {
    id: "R-11.3",
    says: "It then repeats a read that fails, gets what a failed read of the primary left, and is waited for by writes to the same place.",
    files: ["src/ft/own-reads.ts", "src/checkers/read-before-write.ts"],
    checkers: ["read-before-write", "same-execution"],
    tests: [
      {
        file: "src/ft/own-reads.test.ts",
        name: "asks again after an error, and tells nobody (R-11.3 a)",
      },
      {
        file: "src/ft/own-reads.test.ts",
        name: "has what a failed read left in memory (R-11.3 b)",
      },
    ],
    broken: [
      "--bug own-read-error-delivered",
      "--bug failed-read-not-logged",
      "--bug write-before-backup-read",
    ],
  },
  {
    id: "R-11.4",
    says: "That saves log bandwidth and costs a little throughput.",
    files: ["src/tables/tab-4.ts", "src/ft/own-reads.ts"],
    checkers: [],
    unjudged: "it is a matter of two runs, not of one history",
    tests: [{ file: "src/tables/tables.test.ts", name: "ask for runs whose scenarios are sound" }],
    broken: [],
    unbroken: "It is a figure to be measured: no rule of the protocol is behind it.",
  },
  {
    id: "R-11.5",
    says: "Ten milliseconds between the hosts delay outputs by twenty, and change nothing else.",
    files: ["scenarios/long-distance.yaml"],
    checkers: ["detection", "output-latency", "log-rate"],
    tests: [
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "PERF-2 holds for outputs that wait a round trip",
      },
    ],
    broken: ["--bug resends-the-unacknowledged"],
  },
];
