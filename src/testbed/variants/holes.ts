// Holes that the published argument leaves (specification, 13.3): what goes wrong, what closes it
// here, where it is shown, and what opens it again. docs/holes.md is made from this.

export interface Hole {
  /** "H-1". */
  readonly id: string;
  readonly title: string;
  readonly story: string;
  /** Why the published argument does not see it. */
  readonly missed: string;
  readonly fix: string;
  /** Where it is shown: closed as it stands, open with the switch. */
  readonly scenario: string;
  /** What to add to the command to see it open: "--without fencing". */
  readonly opened: string;
  /** How that ends: a property is violated, or only liveness is lost. */
  readonly exit: 1 | 3;
}

export const HOLES: readonly Hole[] = [
  {
    id: "H-1",
    title: "a late disk command of the old primary",
    story:
      "A released write hangs in the storage's fabric while the new primary takes over, issues it again and later writes the same block. Then the old one lands, and the newer data is gone.",
    missed:
      "It speaks of outputs that are produced after the takeover, not of commands and acks that are already under way.",
    fix: "Disk commands carry a fence token; once the test-and-set is won the storage refuses older ones, and only then is anything issued again.",
    scenario: "late-disk-write",
    opened: "--without fencing",
    exit: 1,
  },
  {
    id: "H-2",
    title: "a flag that is reset, and a replica that was away",
    story:
      "The flag is cleared when a new backup is up. A replica of an earlier pair comes back, sets it, wins, and a third machine is live.",
    missed: "The paper does not say when the flag is cleared.",
    fix: "The test-and-set names a generation: one that is over cannot be won.",
    scenario: "three-generations",
    opened: "--bug flag-is-one-bit",
    exit: 1,
  },
  {
    id: "H-3",
    title: "a test-and-set that arrives after the suspicion is over",
    story:
      "A request of an attempt that was given up sets the flag of a healthy pair. At the next real failure both sides lose, and both halt.",
    missed: "It takes an attempt for an instant.",
    fix: "Who has sent a test-and-set is bound to its outcome, and any outcome ends the generation.",
    scenario: "forgotten-claim",
    opened: "--bug takes-back-after-asking",
    exit: 1,
  },
  {
    id: "H-4",
    title: "the answer of the test-and-set is lost",
    story:
      "The flag was set for this very host, the answer never came; it asks again, finds the flag set, and halts as the loser. Nobody is left.",
    missed: "The pseudo-code has no network in it.",
    fix: "The record names its owner: who asks again is told the same again.",
    scenario: "lost-claim-reply",
    opened: "--bug untagged-flag",
    exit: 1,
  },
  {
    id: "H-5",
    title: "an output inside a group that is not complete",
    story:
      "Groups of entries are replayed whole or not at all. The entry of an output is acknowledged while its group's end is missing: the output leaves, and the backup discards its group.",
    missed: "Output Rule and batching are described apart from each other.",
    fix: "An output waits for the ack of the last entry of its group.",
    scenario: "torn-group",
    opened: "--bug output-before-its-group",
    exit: 1,
  },
  {
    id: "H-6",
    title: "acknowledged, but never released",
    story:
      "The backup has the entry, the primary dies before it releases. The new primary regards the output as sent. TCP repairs that; a datagram or a line on the console is gone.",
    missed: "Networks lose packets anyway, it says.",
    fix: "`boundary: resend` releases again what may not have left; what may repeat is then the last round trip. Which of the two is right only the service knows: a scenario may promise that no datagram is lost.",
    scenario: "at-least-once",
    opened: "--set protocol.boundary=drop",
    exit: 1,
  },
  {
    id: "H-7",
    title: "power-off and crash at once",
    story:
      "A power-off is confirmed, the primary dies before the backup has heard of it, and the VM lives on after its operator was told that it does not.",
    missed: "Control operations are described as if nothing failed meanwhile.",
    fix: "A power-off is confirmed when the backup has acknowledged its entry.",
    scenario: "power-off-race",
    opened: "--bug power-off-before-ack",
    exit: 1,
  },
  {
    id: "H-8",
    title: "a backup that moves while its primary dies",
    story:
      "The old copy is deleted before the new one holds every entry that the old one acknowledged.",
    missed: "Moving the backup is called independent of the primary.",
    fix: "The new copy takes over the acknowledgments before the old one goes.",
    scenario: "move-backup",
    opened: "--bug moving-backup-acknowledges",
    exit: 1,
  },
  {
    id: "H-9",
    title: "late acks for a primary that suspects",
    story:
      "The primary hears nothing, asks the arbiter, and acks that were on their way arrive: it releases outputs while its backup may be winning.",
    missed: "It has two states, alive and failed, and nothing in between.",
    fix: "From suspicion to the arbiter's answer nothing is released.",
    scenario: "late-acks",
    opened: "--bug releases-while-suspecting",
    exit: 1,
  },
  {
    id: "H-10",
    title: "pending commands that overlap",
    story:
      "Two writes to one block are outstanding at the takeover. Issued again at once, either may come last.",
    missed: "It says that commands may be repeated, not that their order counts.",
    fix: "Overlapping commands are issued again in their first order, one after the other.",
    scenario: "overlapping-io-crash",
    opened: "--bug reissues-in-parallel",
    exit: 1,
  },
];
