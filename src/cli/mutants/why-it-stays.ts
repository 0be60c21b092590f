// Checkers that are not the only one to catch any planted bug in its named scenario, and why they stay.

export const WHY_IT_STAYS: ReadonlyMap<string, string> = new Map([
  [
    "log-integrity",
    "it names the entry; what diverges later is told by same-execution, on protocols that replay only",
  ],
  [
    "ack-held",
    "it judges the ack when it is sent; without a failure of the primary nobody else sees a false one",
  ],
  [
    "group-atomicity",
    "half a group that does no harm in this run is a bug all the same: no other checker knows groups",
  ],
  [
    "all-logged",
    "it names the input that is missing at the moment it is; same-execution sees the difference later, if the guest lets it show",
  ],
  [
    "run-ahead",
    "a backup that ran too far and met nothing there is in the same state: nobody else would notice",
  ],
  [
    "flag",
    "it looks at the storage's answers, not at what nodes make of them: two winners that both die violate nothing else",
  ],
  [
    "loser-role",
    "it judges the loser's own words; loser-halts judges what it does, and either may be a lie",
  ],
  [
    "acked-not-discarded",
    "an entry that is thrown away and held no output changes nothing that a client sees",
  ],
  [
    "silent-backup",
    "an output with the right bytes at the wrong moment is none of duplicates' business",
  ],
  [
    "re-protection",
    "no planted bug is there for it: a VM without a backup still serves, so only it can tell (INV-31)",
  ],
  [
    "no-solo-without-flag",
    "it needs no claims: it still holds where a node lies about its role, or says nothing",
  ],
  [
    "single-live",
    "the property itself: it judges machines and packets of any protocol, whatever flags and roles say",
  ],
  [
    "loser-halts",
    "by world facts what loser-role has by claims: a loser that says it halted and goes on",
  ],
  [
    "output-requirement",
    "the property itself, of any protocol that lets outputs go; output-commit knows VM-FT's log only",
  ],
  [
    "generation-hygiene",
    "what is of an old generation and has an effect looks right to all that judge one generation",
  ],
  [
    "read-before-write",
    "it names the write that overtook the read; same-execution needs a guest that looks at the bytes",
  ],
  ["dma", "memory that changed early and was not read by the guest makes no other difference"],
  [
    "disk-commit",
    "by world facts, of any protocol: a disk command that nobody performed; --without output-rule shows it",
  ],
  [
    "one-completion",
    "a second completion that the guest ignores leaves all states and bytes right",
  ],
  [
    "lost-write",
    "it judges what the disk holds, whatever the order of commands was; io-races judges the order, whatever came of it",
  ],
  [
    "duplicates",
    "black box: what clients' networks saw twice, of any protocol; silent-backup knows roles",
  ],
  ["udp-answers", "what TCP absorbs a datagram shows; of any protocol, without its claims"],
  ["at-least-once", "the only one for what must not be lost under --set protocol.boundary=resend"],
  [
    "reference",
    "the oracle: the survivor against a machine that never failed. It believes nobody, and proves the others",
  ],
  [
    "counterfactual",
    "it judges every moment at which nothing happened, where the others judge the one at which something did",
  ],
  [
    "linearizable",
    "black box, by clients' operations alone: the one checker that would judge a real system",
  ],
  [
    "byte-streams",
    "black box, by clients' bytes alone: what linearizable accepts may still be resent wrongly",
  ],
  [
    "right-answers",
    "the probe guest's own view: a hazard that happened inside the guest and left no trace outside",
  ],
  ["disk-audit", "what clients were told against what the disk holds at the end, whoever wrote it"],
  [
    "service-resumes",
    "liveness of the whole: every other checker is satisfied with a service that does nothing",
  ],
  [
    "no-double-suicide",
    "it says why the VM is gone: its replicas halted each other. service-resumes says only that it is",
  ],
  [
    "lag-converges",
    "a limit that swings and still keeps the lag within its bounds satisfies lag-control",
  ],
]);
