// The invariants by number, each with its name and what it says in one line. Checkers name them by
// number only; people should not have to look them up.

export interface Invariant {
  readonly name: string;
  readonly meaning: string;
}

export const INVARIANTS: ReadonlyMap<string, Invariant> = new Map(
  (
    [
      ["INV-01", "Output commit", "no output leaves before the backup acknowledged its log entry"],
      [
        "INV-02",
        "Ack implies held",
        "an acknowledged entry is in the backup's buffer, without a gap",
      ],
      ["INV-03", "Acked never discarded", "everything acknowledged is replayed before going live"],
      [
        "INV-04",
        "Output requirement",
        "the new primary knows every output that the old one let out",
      ],
      ["INV-05", "No run-ahead", "the backup never executes beyond the newest entry that it holds"],
      ["INV-06", "Exact delivery", "an event reaches both machines at the same step"],
      ["INV-07", "State equality", "both machines are in the same state after the same entry"],
      ["INV-08", "All non-determinism logged", "a backup takes nothing from its own host"],
      ["INV-09", "Silent backup", "a node that is not live lets nothing out"],
      ["INV-10", "At most one live", "no two nodes serve the same VM at a time"],
      ["INV-11", "No solo without the flag", "only who won the test-and-set goes on alone"],
      ["INV-12", "Loser halts", "who lost the test-and-set does nothing any more"],
      [
        "INV-13",
        "Wait on silence",
        "without an answer of the arbiter nobody goes live or gives up",
      ],
      ["INV-14", "Flag stability", "a flag that is set stays with its owner for ever"],
      ["INV-15", "Idempotent test-and-set", "the same question gets the same answer"],
      ["INV-16", "No release while suspecting", "a primary in doubt lets nothing out"],
      ["INV-17", "Ack freeze", "a backup that asked for the flag acknowledges nothing more"],
      ["INV-18", "Single-server illusion", "clients see one server that never failed"],
      ["INV-19", "Byte-stream integrity", "no connection has a gap, a duplicate or a reset"],
      ["INV-20", "Bounded duplicates", "what is sent again is the same, and not more than needed"],
      ["INV-21", "No lost completed write", "what the guest was told is written is on the disk"],
      ["INV-22", "Disk write commit", "a disk write obeys the Output Rule like any output"],
      ["INV-23", "Re-issue set and order", "pending disk I/O is issued again, each once, in order"],
      ["INV-24", "One completion per I/O", "the guest sees each I/O complete exactly once"],
      ["INV-25", "No stale writer", "the storage applies nothing of a superseded node"],
      ["INV-26", "I/O races serialised", "no two I/Os under way touch the same blocks or pages"],
      ["INV-27", "DMA atomicity", "memory under an I/O changes only at its completion"],
      ["INV-28", "Detection bounds", "silence is noticed in time, and only silence is"],
      [
        "INV-29",
        "Lag control",
        "a lagging backup slows its primary down, and no longer than needed",
      ],
      ["INV-30", "Buffers", "a full buffer stops the primary; nothing is dropped"],
      ["INV-31", "Re-protection", "a lone primary gets a new backup within bounds"],
      ["INV-32", "Anti-affinity", "primary and backup are never on the same host"],
      ["INV-33", "Exact clone", "a clone begins in exactly the state of its source"],
      ["INV-34", "Guest time monotone", "the guest's clock never goes backwards"],
      ["INV-35", "MAC ownership", "the network learns of the new host before it answers"],
      ["INV-36", "Control", "a power-off is confirmed only after the backup knows of it"],
      ["INV-37", "Log integrity", "the log arrives as it was written, without a gap"],
      ["INV-38", "Simulator determinism", "the same seed gives the same run"],
      ["INV-39", "Group atomicity", "replay never ends inside a group of entries"],
      ["INV-40", "VMotion continuity", "a moved replica loses nothing of the log"],
      ["INV-41", "Disk equality", "two disks are equal where the machines are"],
      ["INV-42", "Read before write", "a write waits for earlier reads of the same blocks"],
      ["INV-43", "Generation hygiene", "messages of an older generation change nothing"],
      ["L-1", "Service resumes", "after a failure the service is back within bounds"],
      ["L-2", "Held outputs drain", "while acks come, everything held is let out"],
      ["L-3", "No double suicide", "both machines stop only if both hosts died"],
      ["PERF-1", "Outputs wait, guests do not", "the guest goes on while its outputs are held"],
      ["PERF-2", "One round trip", "an output is held for a round trip of the log, not longer"],
      ["PERF-3", "Log bandwidth", "the log carries what came in, what was read, and the timer"],
      ["PERF-4", "Calm lag control", "the lag control settles and does not swing"],
      ["PERF-5", "Failover time", "a failover takes detection, the lag, and a constant"],
    ] as const
  ).map(([id, name, meaning]) => [id, { name, meaning }]),
);

/** What no checker of a run's history judges, and why, or where else it is. */
export const UNCHECKED: ReadonlyMap<string, string> = new Map([
  [
    "INV-38",
    "a property of two runs, not of one history: test/house/twice.test.ts and `ftsim verify` run twice",
  ],
  [
    "PERF-5",
    "a property of many runs: `ftsim tables 6` (b) judges it, over the lag and over the timeout; a report shows the parts of one failover",
  ],
]);
