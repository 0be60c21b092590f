// Planted bugs: one-line mutations of a correct implementation, to prove the checkers (`--bug NAME`).
// A run with one says so first. Two of them also lie in their claims: those must be caught by world
// facts alone (D7).

import type { RuleChange } from "../rules.ts";

export interface PlantedBug {
  readonly name: string;
  /** "BUG-01" of the specification, or "own". */
  readonly id: string;
  readonly meaning: string;
  /** Where it is caught. */
  readonly scenario: string;
  /** Checkers of which at least one must reject it. */
  readonly killers: readonly string[];
  readonly changes: readonly RuleChange[];
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "release-on-send",
    id: "BUG-01",
    meaning: "outputs leave as soon as their entry is sent",
    scenario: "failover",
    killers: ["output-commit"],
    changes: [{ layer: "ft", change: { releaseOutput: "sent" } }],
  },
  {
    name: "ack-from-the-socket",
    id: "BUG-03",
    meaning: "the backup acknowledges what its socket has, and loses it at the takeover",
    scenario: "stalled-backup",
    killers: ["ack-held", "acked-not-discarded", "output-requirement"],
    changes: [{ layer: "ft", change: { ackAfterStore: false } }],
  },
  {
    name: "live-before-drained",
    id: "BUG-05",
    meaning: "the backup goes live where it is and discards the rest of the log",
    scenario: "lagging-backup",
    killers: ["acked-not-discarded", "output-requirement"],
    changes: [{ layer: "ft", change: { drainBeforeLive: false } }],
  },
  {
    name: "loud-while-draining",
    id: "BUG-06",
    meaning: "outputs of the replay leave while the log drains",
    scenario: "lagging-backup",
    killers: ["silent-backup", "duplicates"],
    changes: [{ layer: "ft", change: { silentWhileDraining: false } }],
  },
  {
    name: "interrupt-one-step-late",
    id: "BUG-08",
    meaning: "asynchronous entries are applied one step late on replay",
    scenario: "failover",
    killers: ["same-execution"],
    changes: [{ layer: "ft", change: { delivery: "late" } }],
  },
  {
    name: "interrupt-on-arrival",
    id: "BUG-09",
    meaning: "asynchronous entries are applied when they arrive",
    scenario: "failover",
    killers: ["same-execution"],
    changes: [{ layer: "ft", change: { delivery: "on-arrival" } }],
  },
  {
    name: "clock-of-the-backup",
    id: "BUG-11",
    meaning: "the backup reads its own clock",
    scenario: "failover",
    killers: ["same-execution"],
    changes: [{ layer: "ft", change: { logClock: false } }],
  },
  {
    name: "entropy-of-the-backup",
    id: "BUG-12",
    meaning: "the backup draws its own random numbers",
    scenario: "failover",
    killers: ["same-execution"],
    changes: [{ layer: "ft", change: { logEntropy: false } }],
  },
  {
    name: "runs-ahead",
    id: "BUG-16",
    meaning: "the backup runs on when its log buffer is empty",
    scenario: "failover",
    killers: ["same-execution"],
    changes: [{ layer: "ft", change: { stopWhenEmpty: false } }],
  },
  {
    name: "no-bounce-buffers",
    id: "BUG-17",
    meaning: "disk data reaches guest memory when the disk delivers it",
    scenario: "pending-disk-io",
    killers: ["same-execution"],
    changes: [{ layer: "vm", change: { bounceBuffers: false } }],
  },
  {
    name: "forgets-pending-io",
    id: "BUG-20",
    meaning: "pending disk commands are not issued again",
    scenario: "pending-disk-io",
    killers: ["reissue", "one-completion"],
    changes: [{ layer: "ft", change: { reissue: "none" } }],
  },
  {
    name: "fails-pending-io",
    id: "BUG-21",
    meaning: "pending disk commands are completed with an error",
    scenario: "pending-disk-io",
    killers: ["reissue", "linearizable"],
    changes: [{ layer: "ft", change: { reissue: "error" } }],
  },
  {
    name: "reissues-completed-io",
    id: "BUG-22",
    meaning: "disk commands whose completion was logged are issued again, too",
    scenario: "pending-disk-io",
    killers: ["reissue"],
    changes: [{ layer: "ft", change: { reissue: "completed-too" } }],
  },
  {
    name: "reissues-in-parallel",
    id: "BUG-23",
    meaning: "overlapping pending commands are issued again all at once",
    scenario: "pending-disk-io",
    killers: ["reissue"],
    changes: [{ layer: "ft", change: { reissue: "parallel" } }],
  },
  {
    name: "primary-solo-on-timeout",
    id: "BUG-25",
    meaning: "the primary goes on alone without the test-and-set",
    scenario: "split-brain",
    killers: ["solo-after-flag", "single-live", "no-solo-without-flag"],
    changes: [{ layer: "ft", change: { primaryArbitrates: false } }],
  },
  {
    name: "backup-live-on-timeout",
    id: "BUG-26",
    meaning: "the backup goes live without the test-and-set",
    scenario: "split-brain",
    killers: ["solo-after-flag", "single-live", "no-solo-without-flag"],
    changes: [{ layer: "ft", change: { backupArbitrates: false } }],
  },
  {
    name: "silence-is-consent",
    id: "BUG-27",
    meaning: "no answer of the arbiter is taken for a won test-and-set",
    scenario: "storage-unreachable",
    killers: ["solo-after-flag", "single-live", "waits-on-silence"],
    changes: [{ layer: "ft", change: { onArbiterSilence: "assume-won" } }],
  },
  {
    name: "untagged-flag",
    id: "BUG-29",
    meaning: "a retry of the winner is told that it lost",
    scenario: "lost-claim-reply",
    killers: ["flag", "no-double-suicide", "service-resumes"],
    changes: [{ layer: "storage", change: { ownerTaggedFlag: false } }],
  },
  {
    name: "volatile-flag",
    id: "BUG-31",
    meaning: "the storage forgets the flag when it restarts",
    scenario: "storage-restart",
    killers: ["flag", "single-live"],
    changes: [{ layer: "storage", change: { durableFlag: false } }],
  },
  {
    name: "loser-goes-on",
    id: "BUG-33",
    meaning: "the loser of the test-and-set goes on",
    scenario: "split-brain",
    killers: ["loser-role", "loser-halts", "single-live"],
    changes: [{ layer: "ft", change: { loserHalts: false } }],
  },
  {
    name: "flushes-held-outputs",
    id: "BUG-34",
    meaning: "the primary lets held outputs go when it suspects its backup",
    scenario: "split-brain",
    killers: ["quiet-suspect", "output-commit"],
    changes: [{ layer: "ft", change: { heldOnSuspect: "flush" } }],
  },
  {
    name: "no-fencing",
    id: "BUG-35",
    meaning: "the storage applies commands of a superseded node",
    scenario: "late-disk-write",
    killers: ["stale-writer", "disk-audit"],
    changes: [{ layer: "storage", change: { fencing: false } }],
  },
  {
    name: "never-announces",
    id: "BUG-36",
    meaning: "the new primary does not tell the network where the VM is",
    scenario: "failover",
    killers: ["mac-ownership", "service-resumes"],
    changes: [{ layer: "ft", change: { announce: "never" } }],
  },
  {
    name: "announces-early",
    id: "BUG-37",
    meaning: "the VM's address is announced before the arbiter has spoken",
    scenario: "split-brain",
    killers: ["mac-ownership", "silent-backup"],
    changes: [{ layer: "ft", change: { announce: "early" } }],
  },
  {
    name: "acks-while-suspecting",
    id: "own",
    meaning: "the backup goes on acknowledging after it has asked the arbiter (INV-17)",
    scenario: "one-way-cut",
    killers: ["ack-freeze"],
    changes: [{ layer: "ft", change: { freezeAcks: false } }],
  },
  {
    name: "disk-writes-do-not-wait",
    id: "own",
    meaning: "disk writes leave at once: only packets are outputs (R-9.5)",
    scenario: "failover",
    killers: ["disk-commit", "output-commit", "output-requirement"],
    changes: [{ layer: "ft", change: { diskWritesWait: false } }],
  },
  {
    name: "lying-primary",
    id: "own",
    meaning:
      "outputs leave when their entry is sent, and the primary claims acks that it never had",
    scenario: "lost-input-held",
    killers: ["output-requirement", "linearizable", "byte-streams"],
    changes: [{ layer: "ft", change: { releaseOutput: "sent", claims: "acks-never-received" } }],
  },
  {
    name: "lying-backup",
    id: "own",
    meaning: "the backup acknowledges what its socket has, and claims that it was stored",
    scenario: "stalled-backup",
    killers: ["output-requirement", "byte-streams", "linearizable"],
    changes: [{ layer: "ft", change: { ackAfterStore: false, claims: "stored-before-stored" } }],
  },
];
