// What the paper (or our fix of one of its holes) protects with each rule, and how to switch it off:
// `--without NAME`. Each names a scenario in which its absence is caught.

import type { RuleChange } from "../rules.ts";

export interface Protection {
  readonly name: string;
  /** "R-2.2": where the specification asks for it. */
  readonly requirement: string;
  /** "2.2": the paper's section, or "-" for what the paper does not say. */
  readonly paper: string;
  readonly meaning: string;
  readonly breaks: string;
  readonly scenario: string;
  readonly off: RuleChange;
}

export const PROTECTIONS: readonly Protection[] = [
  {
    name: "output-rule",
    requirement: "R-2.2",
    paper: "2.2",
    meaning:
      "An output leaves the primary only after the backup has acknowledged the log entry of the very operation that produces it.",
    breaks:
      "A client sees a reply that the new primary knows nothing about: the counter says 11 twice.",
    scenario: "failover",
    off: { layer: "ft", change: { releaseOutput: "none" } },
  },
  {
    name: "ack-after-store",
    requirement: "R-2.2",
    paper: "2.2, 3.2",
    meaning:
      "An entry is acknowledged when the backup's hypervisor has stored it, not when a socket has it.",
    breaks:
      "Acknowledged entries are lost with the socket; outputs that they allowed are already out.",
    scenario: "stalled-backup",
    off: { layer: "ft", change: { ackAfterStore: false } },
  },
  {
    name: "test-and-set-primary",
    requirement: "R-5.2",
    paper: "2.3",
    meaning: "The primary, too, must win the test-and-set before it goes on without its backup.",
    breaks:
      "In a partition the backup wins, and the old primary goes on as well: two live machines.",
    scenario: "split-brain",
    off: { layer: "ft", change: { primaryArbitrates: false } },
  },
  {
    name: "test-and-set-backup",
    requirement: "R-5.1",
    paper: "2.3",
    meaning: "The backup must win the test-and-set before it goes live.",
    breaks: "In a partition the primary wins, and the backup goes live as well: two live machines.",
    scenario: "split-brain",
    off: { layer: "ft", change: { backupArbitrates: false } },
  },
  {
    name: "fencing",
    requirement: "H-1",
    paper: "-",
    meaning:
      "After a test-and-set is applied, the storage refuses commands of anybody but the winner.",
    breaks:
      "A write of the old primary that was delayed in the fabric lands on top of a newer one.",
    scenario: "late-disk-write",
    off: { layer: "storage", change: { fencing: false } },
  },
  {
    name: "reissue",
    requirement: "R-9.7",
    paper: "3.4",
    meaning: "The new primary issues again every disk command whose completion is not in the log.",
    breaks: "The guest waits for ever for commands that nobody will complete.",
    scenario: "pending-disk-io",
    off: { layer: "ft", change: { reissue: "none" } },
  },
  {
    name: "bounce-buffers",
    requirement: "R-9.3",
    paper: "3.4",
    meaning: "Data of a disk read reaches guest memory only at its logged completion.",
    breaks: "Memory of the primary changes at a moment that no entry tells the backup.",
    scenario: "pending-disk-io",
    off: { layer: "vm", change: { bounceBuffers: false } },
  },
  {
    name: "logged-clock",
    requirement: "R-1.6",
    paper: "2.1",
    meaning: "What the guest reads of the clock is logged and replayed.",
    breaks: "The backup reads its own clock and becomes another machine.",
    scenario: "failover",
    off: { layer: "ft", change: { logClock: false } },
  },
  {
    name: "logged-entropy",
    requirement: "R-1.6",
    paper: "2.1",
    meaning: "Random numbers that the guest draws are logged and replayed.",
    breaks:
      "The backup's connections have other sequence numbers: clients are reset after a takeover.",
    scenario: "failover",
    off: { layer: "ft", change: { logEntropy: false } },
  },
  {
    name: "exact-delivery",
    requirement: "R-1.3",
    paper: "2.1",
    meaning: "An asynchronous event is delivered at exactly the step at which the primary had it.",
    breaks:
      "The interrupt finds the backup one instruction further: other registers, other memory.",
    scenario: "failover",
    off: { layer: "ft", change: { delivery: "late" } },
  },
  {
    name: "drain-before-live",
    requirement: "R-4.1",
    paper: "2.2, 2.3",
    meaning: "The backup replays everything that it acknowledged before it goes live.",
    breaks: "It goes live in the past of outputs that are already out.",
    scenario: "lagging-backup",
    off: { layer: "ft", change: { drainBeforeLive: false } },
  },
  {
    name: "throttle",
    requirement: "R-7.4",
    paper: "3.2",
    meaning:
      "A primary whose backup is more than a second behind gets a little less CPU at a time, until the backup can follow.",
    breaks: "The backup falls further and further behind, and a takeover takes as long.",
    scenario: "overcommitted-backup",
    off: { layer: "ft", change: { throttle: "none" } },
  },
];
