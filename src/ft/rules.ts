// Every decision of the protocol that the specification names, as a value (D13). The code reads
// like the paper because it asks the rule, not for a bug: options, switched-off protections and
// planted bugs are all this record with one value replaced.

export interface FtRules {
  /** `sent`: released as soon as the entry is sent (BUG-01). `none`: released at once. */
  readonly releaseOutput: "acknowledged" | "sent" | "none";
  /** H-5: an output waits for the end of its group, not for its own entry only. */
  readonly outputWaitsForGroup: boolean;
  /** an output waits, its machine does not. */
  readonly runsWhileHeld: boolean;
  /** an output's entry does not wait for the batch that others wait for (BUG-56 without it). */
  readonly flushesOutputs: boolean;
  /** only what is not sent yet is sent; `unacknowledged` sends all that has no ack, every time. */
  readonly sends: "unsent" | "unacknowledged";
  /** All that a step appends in one message, or one message for each entry, which tears groups apart. */
  readonly messages: "per-step" | "per-entry";
  /** what finds no room in the log buffer waits in the socket; off: it is lost. */
  readonly keepsUnread: boolean;
  /** what a full buffer of the primary does. `drop-oldest` is BUG-40, `run-on` grows without bound. */
  readonly onFullBuffer: "stop" | "drop-oldest" | "run-on";
  /** the backup's log buffer has an end, too. */
  readonly boundsBackupLog: boolean;
  /** `by-bytes` is BUG-42, `without-return` BUG-43, `all-or-nothing` BUG-44. */
  readonly throttle: "gradual" | "none" | "by-bytes" | "without-return" | "all-or-nothing";
  /** frames reach the backup in the groups of the log, or in its own. */
  readonly receiveGroups: "logged" | "own";
  /** R-2.2 (3): acknowledge what is stored in the log buffer, not what a socket has. */
  readonly ackAfterStore: boolean;
  /** INV-02: acknowledge only without gaps. */
  readonly ackContiguous: boolean;
  /** What an ack says: held in the log buffer (the paper), or replayed (ack-on-execute). */
  readonly acknowledges: "stored" | "executed";
  /** */
  readonly logClock: boolean;
  readonly logEntropy: boolean;
  /** asynchronous entries at the exact step; one step late; or when they arrive. */
  readonly delivery: "exact" | "late" | "on-arrival";
  /** groups of one position in the order of the log; `swapped` is BUG-10. */
  readonly tiedGroups: "in-order" | "swapped";
  /** what the guest reads after it waited is in the log too; `own` is BUG-13. */
  readonly wakingTime: "logged" | "own";
  /** a frame is in the guest's ring when its entry says so; `on-arrival` is BUG-54. */
  readonly fillsRing: "at-entry" | "on-arrival";
  /** stop when the log buffer is empty. */
  readonly stopWhenEmpty: boolean;
  /** replay a group only when its end is here. */
  readonly wholeGroups: boolean;
  /** R-4.1 (2b). */
  readonly drainBeforeLive: boolean;
  /** outputs are suppressed until the node is live. */
  readonly silentWhileDraining: boolean;
  /** who asks the arbiter before going live. */
  readonly primaryArbitrates: boolean;
  readonly backupArbitrates: boolean;
  /** no answer means wait. `assume-won` is BUG-27. */
  readonly onArbiterSilence: "wait" | "assume-won";
  /** H-3: who has asked for the flag is bound to the answer; off: it goes back if its peer is heard. */
  readonly boundByRequest: boolean;
  /** */
  readonly loserHalts: boolean;
  /** INV-17. */
  readonly freezeAcks: boolean;
  /** INV-16, H-9: a suspecting primary releases nothing. */
  readonly quietSuspect: boolean;
  /** `flush` is BUG-34. */
  readonly heldOnSuspect: "keep" | "flush";
  /** what is held leaves when the primary goes on alone. */
  readonly releasesWhenAlone: boolean;
  /** */
  readonly reissue: "ordered" | "parallel" | "none" | "error" | "assume-done" | "completed-too";
  /** commands that overlap are never under way together (BUG-19 without it). */
  readonly serialisesDisk: boolean;
  /** nor are commands that touch the same guest pages, one of them filling them. */
  readonly serialisesPages: boolean;
  /** writes to a shared disk wait like every output. */
  readonly diskWritesWait: boolean;
  /** R-11.3 (a): a backup that reads itself asks again after an error (BUG-57 without it). */
  readonly retriesOwnReads: boolean;
  /** R-11.3 (b): what a failed read left in memory goes through the log (BUG-58 without it). */
  readonly logsFailedReads: boolean;
  /** R-11.3 (c): a write waits until the backup has done the reads before it. */
  readonly writesAwaitOwnReads: boolean;
  /** a copy of a VM brings its disk along (BUG-60 without it). */
  readonly copiesDisk: boolean;
  /** a write that failed is done again until the disk has it, as the other host's has. */
  readonly repeatsFailedWrites: boolean;
  /** `early` is BUG-37. */
  readonly announce: "repeated" | "never" | "early";
  /** INV-35: a protected primary announces again only when its backup still follows it. */
  readonly asksToAnnounce: boolean;
  /** both signals. */
  readonly detector: "both" | "heartbeat";
  /** a window that this side has closed is no silence of the peer. */
  readonly excusesClosedWindow: boolean;
  /** the guest's clock goes on from what it last read. */
  readonly continuousTime: boolean;
  /** the log carries the operator's power-off to the backup (BUG-45 without it). */
  readonly logsPowerOff: boolean;
  /** H-7: the operator is told after the ack (BUG-46 without it). */
  readonly confirmsAfterAck: boolean;
  /** pages that were written in the last round are copied again (BUG-47 without it). */
  readonly copiesLastPages: boolean;
  /** logging begins at the clone point; or when the target is there (BUG-48). */
  readonly logsFrom: "clone-point" | "connect";
  /** a half copy is nothing; off: it takes the VM when its source falls silent (BUG-50). */
  readonly forgetsHalfCopy: boolean;
  /** H-8: a backup that moves acknowledges nothing that its copy will not have (BUG-52 without it). */
  readonly freezesWhenMoving: boolean;
  /** What the replica says of itself; a liar must still be caught (D7). */
  readonly claims: "honest" | "acks-never-received" | "stored-before-stored";
}

export const FT_RULES: FtRules = {
  releaseOutput: "acknowledged",
  outputWaitsForGroup: true,
  runsWhileHeld: true,
  flushesOutputs: true,
  sends: "unsent",
  messages: "per-step",
  keepsUnread: true,
  onFullBuffer: "stop",
  boundsBackupLog: true,
  throttle: "gradual",
  receiveGroups: "logged",
  ackAfterStore: true,
  ackContiguous: true,
  acknowledges: "stored",
  logClock: true,
  logEntropy: true,
  delivery: "exact",
  tiedGroups: "in-order",
  wakingTime: "logged",
  fillsRing: "at-entry",
  stopWhenEmpty: true,
  wholeGroups: true,
  drainBeforeLive: true,
  silentWhileDraining: true,
  primaryArbitrates: true,
  backupArbitrates: true,
  onArbiterSilence: "wait",
  boundByRequest: true,
  loserHalts: true,
  freezeAcks: true,
  quietSuspect: true,
  heldOnSuspect: "keep",
  releasesWhenAlone: true,
  reissue: "ordered",
  serialisesDisk: true,
  serialisesPages: true,
  diskWritesWait: true,
  retriesOwnReads: true,
  logsFailedReads: true,
  writesAwaitOwnReads: true,
  copiesDisk: true,
  repeatsFailedWrites: true,
  announce: "repeated",
  asksToAnnounce: true,
  detector: "both",
  excusesClosedWindow: true,
  continuousTime: true,
  logsPowerOff: true,
  confirmsAfterAck: true,
  copiesLastPages: true,
  logsFrom: "clone-point",
  forgetsHalfCopy: true,
  freezesWhenMoving: true,
  claims: "honest",
};

/** The cluster service. `together` is BUG-51: the VM's own host is named. */
export interface ClusterRules {
  readonly placement: "apart" | "together";
}

/** A node of a cluster that votes on who has the VM. */
export interface VoterRules {
  /** Votes are counted against the nodes of the founded cluster; or against those that answer (BUG-61). */
  readonly majorityOf: "original" | "visible";
  /** One vote for each generation. */
  readonly votesOnce: boolean;
  /** A vote survives a loss of power. */
  readonly durableVotes: boolean;
}
