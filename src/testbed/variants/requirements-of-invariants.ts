// Where each invariant is kept, and the test that shows a history which breaks it. What it says, its
// checkers and the planted bugs that they catch are in their own registries.

import type { InvariantPlace } from "./requirement.ts";

export const INVARIANT_PLACES: readonly InvariantPlace[] = [
  {
    id: "INV-01",
    files: ["src/ft/output-gate.ts"],
    tests: [
      {
        file: "src/checkers/white-box.test.ts",
        name: "INV-01: released before the ack of its entry",
      },
    ],
  },
  {
    id: "INV-02",
    files: ["src/ft/intake.ts", "src/ft/backup-log.ts"],
    tests: [
      {
        file: "src/checkers/white-box.test.ts",
        name: "INV-02: an ack of entries that only the socket has",
      },
    ],
  },
  {
    id: "INV-03",
    files: ["src/ft/going-live.ts"],
    tests: [
      {
        file: "src/checkers/white-box.test.ts",
        name: "INV-03: live at once, with acknowledged entries unread",
      },
    ],
  },
  {
    id: "INV-04",
    files: ["src/ft/output-gate.ts", "src/ft/going-live.ts"],
    tests: [
      {
        file: "src/checkers/black-box.test.ts",
        name: "INV-04: an output that left and that the survivor never performed",
      },
    ],
  },
  {
    id: "INV-05",
    files: ["src/ft/replayer.ts"],
    tests: [
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "INV-05: a backup beyond what it holds",
      },
    ],
  },
  {
    id: "INV-06",
    files: ["src/ft/replayer.ts", "src/testbed/vm-replay.ts"],
    tests: [
      { file: "src/checkers/black-box.test.ts", name: "INV-06: an interrupt one instruction late" },
    ],
  },
  {
    id: "INV-07",
    files: ["src/vm/machine.ts", "src/ft/replayer.ts"],
    tests: [
      { file: "src/checkers/black-box.test.ts", name: "INV-07: another value, another state" },
    ],
  },
  {
    id: "INV-08",
    files: ["src/ft/recorder.ts", "src/ft/live-inputs.ts"],
    tests: [
      { file: "src/checkers/held-and-logged.test.ts", name: "INV-08: an input without an entry" },
    ],
  },
  {
    id: "INV-09",
    files: ["src/ft/replayer.ts"],
    tests: [
      { file: "src/checkers/white-box.test.ts", name: "INV-09: an announcement before it is SOLO" },
    ],
  },
  {
    id: "INV-10",
    files: ["src/ft/arbitration.ts", "src/sim/vm-record.ts"],
    tests: [
      { file: "src/checkers/black-box.test.ts", name: "INV-10: two owners of one generation" },
    ],
  },
  {
    id: "INV-11",
    files: ["src/ft/arbitration.ts"],
    tests: [
      {
        file: "src/checkers/white-box.test.ts",
        name: "INV-11: the flag of another generation does not count",
      },
    ],
  },
  {
    id: "INV-12",
    files: ["src/ft/halting.ts"],
    tests: [{ file: "src/checkers/black-box.test.ts", name: "INV-12: the loser runs on" }],
  },
  {
    id: "INV-13",
    files: ["src/ft/arbitration.ts"],
    tests: [
      { file: "src/checkers/white-box.test.ts", name: "INV-13: an error is taken for a win" },
    ],
  },
  {
    id: "INV-14",
    files: ["src/sim/storage.ts", "src/sim/vm-record.ts"],
    tests: [
      {
        file: "src/checkers/black-box.test.ts",
        name: "INV-14: the storage forgets the flag in a restart",
      },
    ],
  },
  {
    id: "INV-15",
    files: ["src/sim/vm-record.ts"],
    tests: [
      { file: "src/checkers/black-box.test.ts", name: "INV-15: a retry loses what it had won" },
    ],
  },
  {
    id: "INV-16",
    files: ["src/ft/releasing.ts"],
    tests: [
      {
        file: "src/checkers/white-box.test.ts",
        name: "INV-16: held outputs are flushed when the backup is suspected",
      },
    ],
  },
  {
    id: "INV-17",
    files: ["src/ft/intake.ts"],
    tests: [{ file: "src/checkers/white-box.test.ts", name: "INV-17: an ack after the request" }],
  },
  {
    id: "INV-18",
    files: ["src/ft/output-gate.ts"],
    tests: [
      { file: "src/checkers/linearizable.test.ts", name: "INV-18: a counter reads 11 twice" },
    ],
  },
  {
    id: "INV-19",
    files: ["src/ft/replayer.ts", "src/ft/going-live.ts"],
    tests: [
      {
        file: "src/checkers/black-box-service.test.ts",
        name: "INV-19: a byte that one server would not have sent",
      },
    ],
  },
  {
    id: "INV-20",
    files: ["src/ft/going-live.ts"],
    tests: [
      {
        file: "src/checkers/black-box-service.test.ts",
        name: "INV-20: replayed outputs are let out while draining",
      },
      { file: "src/checkers/answers.test.ts", name: "INV-20: resend never loses an answer" },
    ],
  },
  {
    id: "INV-21",
    files: ["src/ft/reissue.ts"],
    tests: [
      {
        file: "src/checkers/disk-promises.test.ts",
        name: "INV-21: a completion of what the storage never applied",
      },
    ],
  },
  {
    id: "INV-22",
    files: ["src/ft/recorder.ts"],
    tests: [
      {
        file: "src/checkers/black-box-service.test.ts",
        name: "INV-22: the storage gets what nobody released",
      },
    ],
  },
  {
    id: "INV-23",
    files: ["src/ft/reissue.ts"],
    tests: [
      {
        file: "src/checkers/black-box-service.test.ts",
        name: "INV-23: overlapping writes in parallel",
      },
    ],
  },
  {
    id: "INV-24",
    files: ["src/ft/live-inputs.ts", "src/ft/reissue.ts"],
    tests: [
      { file: "src/checkers/black-box-service.test.ts", name: "INV-24: a second completion" },
    ],
  },
  {
    id: "INV-25",
    files: ["src/sim/storage.ts", "src/sim/vm-record.ts"],
    tests: [
      {
        file: "src/checkers/black-box-service.test.ts",
        name: "INV-25: a late write of the old primary is applied (H-1)",
      },
    ],
  },
  {
    id: "INV-26",
    files: ["src/ft/disk-order.ts"],
    tests: [
      {
        file: "src/checkers/disk-promises.test.ts",
        name: "INV-26: two writes to the same sectors under way",
      },
    ],
  },
  {
    id: "INV-27",
    files: ["src/vm/devices/virtio-blk.ts"],
    tests: [
      {
        file: "src/checkers/disk-promises.test.ts",
        name: "INV-27: read data in guest memory before the completion",
      },
    ],
  },
  {
    id: "INV-28",
    files: ["src/ft/detector.ts"],
    tests: [{ file: "src/checkers/detection.test.ts", name: "a suspicion without a silence" }],
  },
  {
    id: "INV-29",
    files: ["src/ft/throttle.ts"],
    tests: [
      { file: "src/checkers/channel.test.ts", name: "a lag that nobody does anything about" },
    ],
  },
  {
    id: "INV-30",
    files: ["src/ft/stand-still.ts", "src/ft/backup-log.ts"],
    tests: [
      {
        file: "src/checkers/channel.test.ts",
        name: "a machine that runs on while the buffer is full",
      },
    ],
  },
  {
    id: "INV-31",
    files: ["src/ft/protection.ts"],
    tests: [{ file: "src/checkers/redundancy.test.ts", name: "INV-31: nobody asks for a backup" }],
    unbroken: "As R-6.3: no rule says when a node may leave it.",
  },
  {
    id: "INV-32",
    files: ["src/ft/cluster-service.ts"],
    tests: [
      {
        file: "src/checkers/redundancy.test.ts",
        name: "INV-32: the service names the primary's host",
      },
    ],
  },
  {
    id: "INV-33",
    files: ["src/ft/copy-target.ts", "src/ft/copy-source.ts"],
    tests: [
      { file: "src/checkers/redundancy.test.ts", name: "INV-33: something is missing in the copy" },
    ],
  },
  {
    id: "INV-34",
    files: ["src/ft/guest-clock.ts"],
    tests: [
      { file: "src/checkers/black-box.test.ts", name: "INV-34: the new host's clock is behind" },
    ],
  },
  {
    id: "INV-35",
    files: ["src/ft/announcing.ts", "src/testbed/announcement.ts"],
    tests: [
      {
        file: "src/checkers/black-box.test.ts",
        name: "INV-35: an announcement before arbitration",
      },
    ],
  },
  {
    id: "INV-36",
    files: ["src/ft/operations.ts"],
    tests: [
      {
        file: "src/checkers/redundancy.test.ts",
        name: "INV-36: what its operator ended goes on elsewhere",
      },
    ],
  },
  {
    id: "INV-37",
    files: ["src/ft/primary-log.ts", "src/ft/backup-log.ts"],
    tests: [{ file: "src/checkers/white-box.test.ts", name: "INV-37: a gap at the backup" }],
  },
  {
    id: "INV-38",
    files: ["src/cli/determinism-guard.ts", "src/sim/kernel.ts"],
    tests: [
      { file: "test/house/twice.test.ts", name: "gives the same digest, events and facts" },
      { file: "test/house/twice.test.ts", name: "is found at the very event that makes it" },
    ],
    unbroken: "Its test plants the difference itself: a slice of another length that counts.",
  },
  {
    id: "INV-39",
    files: ["src/ft/backup-log.ts"],
    tests: [{ file: "src/checkers/white-box.test.ts", name: "INV-39: half a group is replayed" }],
  },
  {
    id: "INV-40",
    files: ["src/ft/quiesce.ts", "src/ft/copy-source.ts"],
    tests: [
      {
        file: "src/checkers/redundancy.test.ts",
        name: "INV-40: acknowledged entries are in no copy",
      },
    ],
  },
  {
    id: "INV-41",
    files: ["src/ft/own-disk.ts", "src/ft/copy-source.ts", "src/sim/disk-blocks.ts"],
    tests: [
      {
        file: "src/checkers/disk-equality.test.ts",
        name: "INV-41: the disk on which a machine begins is not its source's",
      },
      {
        file: "src/checkers/disk-equality.test.ts",
        name: "INV-41: a command meets something else on the other disk",
      },
      {
        file: "test/protocol/separate-disks.test.ts",
        name: "take over, copy the disk back, and take over again: equal at each clone point (SCN-46)",
      },
    ],
  },
  {
    id: "INV-42",
    files: ["src/ft/own-reads.ts"],
    tests: [
      {
        file: "src/checkers/read-before-write.test.ts",
        name: "INV-42: the write was applied before the backup had read",
      },
    ],
  },
  {
    id: "INV-43",
    files: ["src/ft/peer-messages.ts", "src/sim/vm-record.ts"],
    tests: [
      {
        file: "src/checkers/disk-promises.test.ts",
        name: "INV-43: a replica of the new generation that counts an ack of the old one",
      },
    ],
    unbroken:
      "A message names its generation in its first bytes; there is no rule to take away, and its checker's test has the bad histories.",
  },
  {
    id: "L-1",
    files: ["src/ft/arbitration.ts", "src/ft/going-live.ts"],
    tests: [
      { file: "src/checkers/black-box-service.test.ts", name: "L-1: nobody takes over" },
      {
        file: "test/protocol/service-that-is-gone.test.ts",
        name: "is shown to be gone where clients ask on",
      },
    ],
  },
  {
    id: "L-2",
    files: ["src/ft/output-gate.ts"],
    tests: [
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "L-2: the ack has come, and the output stays",
      },
    ],
  },
  {
    id: "L-3",
    files: ["src/ft/arbitration.ts", "src/sim/vm-record.ts"],
    tests: [{ file: "src/checkers/black-box-service.test.ts", name: "L-3: the owner halts" }],
  },
  {
    id: "PERF-1",
    files: ["src/ft/recorder.ts"],
    tests: [
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "PERF-1: a machine that stands at each of its outputs",
      },
    ],
  },
  {
    id: "PERF-2",
    files: ["src/ft/sending.ts", "src/ft/intake.ts"],
    tests: [
      {
        file: "src/checkers/held-and-logged.test.ts",
        name: "PERF-2: outputs that wait for ten milliseconds",
      },
    ],
  },
  {
    id: "PERF-3",
    files: ["src/testbed/log-meter.ts"],
    tests: [{ file: "src/checkers/channel.test.ts", name: "a log that carries more" }],
  },
  {
    id: "PERF-4",
    files: ["src/ft/throttle.ts"],
    tests: [
      {
        file: "src/checkers/channel.test.ts",
        name: "a limit that comes down, goes up a little and hovers",
      },
    ],
  },
  {
    id: "PERF-5",
    files: ["src/report/away.ts", "src/ft/going-live.ts"],
    tests: [
      {
        file: "src/report/summary.test.ts",
        name: "whose old primary served on says how long clients really waited",
      },
    ],
    unbroken: "It is a measurement; the report tells the parts of each failover.",
  },
];
