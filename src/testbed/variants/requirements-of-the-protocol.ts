// Requirements: replay, the Output Rule, detection, going live, arbitration. The columns are
// told in requirement.ts.

import type { Requirement } from "./requirement.ts";

export const PROTOCOL_REQUIREMENTS: readonly Requirement[] = [
  {
    id: "R-1.1",
    says: "Inputs, asynchronous events and operations whose result is not a function of the state are logged; all else is recomputed.",
    files: ["src/ft/recorder.ts", "src/ft/live-inputs.ts", "src/ft/replayer.ts", "src/vm/exit.ts"],
    checkers: ["all-logged", "same-execution", "reference"],
    tests: [
      {
        file: "test/conformance/replay.test.ts",
        name: "executes the same whatever its own host's clock, drift, speed and costs are",
      },
    ],
    broken: ["--bug clock-of-the-backup", "--bug entropy-of-the-backup"],
  },
  {
    id: "R-1.2",
    says: "An entry has what it takes to do the same again, and an event also the exact step; entries of one step keep their order.",
    files: ["src/ft/log-entry.ts", "src/ft/primary-log.ts"],
    checkers: ["log-integrity", "same-execution"],
    tests: [
      { file: "src/ft/codec.test.ts", name: "read back, one after the other" },
      {
        file: "src/ft/logs.test.ts",
        name: "numbers entries without gaps and marks the end of each group",
      },
    ],
    broken: ["--bug interrupt-one-step-late"],
  },
  {
    id: "R-1.3",
    says: "An event reaches the backup before exactly the step at which it reached the primary.",
    files: ["src/ft/replayer.ts", "src/testbed/vm-replay.ts", "src/vm/machine.ts"],
    checkers: ["same-execution"],
    tests: [
      { file: "src/ft/replaying.test.ts", name: "applies an entry exactly before its step" },
      {
        file: "src/vm/interrupts.test.ts",
        name: "are taken before the step at which they were applied, at zero steps",
      },
    ],
    broken: [
      "--bug interrupt-one-step-late",
      "--bug interrupt-on-arrival",
      "--bug swaps-tied-entries",
    ],
  },
  {
    id: "R-1.4",
    says: "There are no epochs: an event is logged and delivered by itself, at the step at which it comes.",
    files: ["src/testbed/vm-runner.ts", "src/testbed/pacing.ts"],
    checkers: ["same-execution"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "are appended at the exact step and only then applied",
      },
      {
        file: "test/property/identity.test.ts",
        name: "is the same with slices of one step, on a world of more than 200,000 steps",
      },
    ],
    broken: [],
    unbroken:
      "The digest is the same for every slicing, so that no quantum of the emulator can show; a protocol with epochs would be another one, not a mistake in this one.",
  },
  {
    id: "R-1.5",
    says: "The backup runs only while it holds an entry that it has not replayed, and to that entry's step at most.",
    files: ["src/ft/replayer.ts", "src/ft/backup-log.ts"],
    checkers: ["run-ahead", "same-execution"],
    tests: [
      {
        file: "src/ft/replaying.test.ts",
        name: "keeps the machine standing when the log is empty; runs ahead without the rule",
      },
    ],
    broken: ["--bug runs-ahead"],
  },
  {
    id: "R-1.6",
    says: "What the guest reads of the clock and of randomness is logged, and the backup's guest gets the logged value.",
    files: ["src/ft/recorder.ts", "src/ft/guest-clock.ts"],
    checkers: ["all-logged", "same-execution", "guest-time"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "of the clock and of randomness are logged in the step that asks, then answered",
      },
    ],
    broken: [
      "--bug clock-of-the-backup",
      "--bug entropy-of-the-backup",
      "--bug wakes-by-its-own-clock",
    ],
  },
  {
    id: "R-1.7",
    says: "Nothing that the guest can see depends on what the emulator's TLB happens to hold.",
    files: ["src/vm/core/tlb.ts", "src/vm/core/walk.ts"],
    checkers: ["same-execution"],
    tests: [
      {
        file: "src/vm/paging.test.ts",
        name: "cannot be noticed: dropping all of them at any step changes nothing",
      },
      { file: "src/vm/paging.test.ts", name: "are set by the machine" },
    ],
    broken: [],
    unbroken:
      "It is a property of the machine, not a rule of the protocol that a run could be without; every step of a program is repeated with all TLBs dropped instead.",
  },
  {
    id: "R-1.8",
    says: "What the architecture leaves open is fixed as a function of the state, and is in every copy of it.",
    files: ["src/vm/core/index.ts", "src/vm/state-codec.ts"],
    checkers: ["same-execution", "exact-copy"],
    tests: [
      {
        file: "src/vm/instructions.test.ts",
        name: "sc succeeds only on the address of a valid reservation, once",
      },
      {
        file: "src/vm/instructions.test.ts",
        name: "does misaligned accesses, also across a page, as one",
      },
      { file: "src/vm/snapshot.test.ts", name: "carry a machine to another host page by page" },
    ],
    broken: [],
    unbroken: "As R-1.7; another emulator is the judge in test/lockstep.",
  },
  {
    id: "R-1.9",
    says: "No clock but the count of steps drives what a guest sees without a log entry.",
    files: ["src/testbed/pacing.ts", "src/cli/determinism-guard.ts"],
    checkers: ["same-execution"],
    tests: [
      { file: "test/house/twice.test.ts", name: "gives the same digest, events and facts" },
      {
        file: "src/vm/snapshot.test.ts",
        name: "injects the timer at every count of a window, sliced or not, alike",
      },
    ],
    broken: ["--bug clock-of-the-backup"],
  },
  {
    id: "R-1.10",
    says: "The entries of one step are replayed together or not at all.",
    files: ["src/ft/backup-log.ts"],
    checkers: ["group-atomicity", "output-commit"],
    tests: [
      {
        file: "src/ft/logs.test.ts",
        name: "gives out whole groups only; a part of one when the rule is off",
      },
      { file: "src/ft/arbitration.test.ts", name: "drops a group of which only a part is here" },
    ],
    broken: ["--bug replays-half-a-group", "--bug output-before-its-group"],
  },
  {
    id: "R-2.1",
    says: "Whatever the primary let out, the machine that goes on has done as well.",
    files: ["src/ft/output-gate.ts", "src/ft/going-live.ts"],
    checkers: ["output-requirement", "linearizable", "byte-streams"],
    tests: [
      {
        file: "src/checkers/black-box.test.ts",
        name: "INV-04 holds in a takeover that drains the log",
      },
    ],
    broken: ["--without output-rule", "--bug lying-primary"],
  },
  {
    id: "R-2.2",
    says: "An output leaves when the backup holds the entry of the very operation that produces it: received, stored where it will be drained, not executed.",
    files: ["src/ft/output-gate.ts", "src/ft/releasing.ts", "src/ft/intake.ts"],
    checkers: ["output-commit", "ack-held"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "wait for the ack of the end of their group and leave in order",
      },
      {
        file: "src/ft/replaying.test.ts",
        name: "stores first, then sends one cumulative ack for the batch",
      },
    ],
    broken: ["--bug release-on-send", "--bug ack-from-the-socket"],
  },
  {
    id: "R-2.3",
    says: "Frames, disk writes and flushes, and the console are outputs; disk reads are inputs.",
    files: ["src/ft/recorder.ts", "src/vm/exit.ts"],
    checkers: ["output-commit", "disk-commit"],
    tests: [
      {
        file: "src/ft/recording.test.ts",
        name: "gets writes and flushes when they are acknowledged, reads at once",
      },
    ],
    broken: ["--bug disk-writes-do-not-wait"],
  },
  {
    id: "R-2.4",
    says: "The output waits, the machine goes on.",
    files: ["src/ft/recorder.ts", "src/ft/output-gate.ts"],
    checkers: ["runs-while-held"],
    tests: [{ file: "src/ft/recording.test.ts", name: "let the machine run on: it is not paused" }],
    broken: ["--bug stops-at-outputs"],
  },
  {
    id: "R-2.5",
    says: "Outputs leave in the order of the log; an ack stands for everything before it; a gap is noticed and filled.",
    files: ["src/ft/output-gate.ts", "src/ft/backup-log.ts"],
    checkers: ["ack-held", "log-integrity", "output-requirement"],
    tests: [
      {
        file: "src/ft/logs.test.ts",
        name: "lets go in order, each with the ack that it waits for",
      },
      { file: "src/ft/logs.test.ts", name: "goes on when what was missing arrives after all" },
    ],
    broken: ["--bug acks-across-a-gap"],
  },
  {
    id: "R-2.6",
    says: "Nothing leaves exactly once: what is sent again at a takeover is the same, byte for byte.",
    files: ["src/ft/going-live.ts", "src/ft/replayer.ts"],
    checkers: ["duplicates", "byte-streams", "udp-answers"],
    tests: [
      {
        file: "src/checkers/black-box-service.test.ts",
        name: "INV-20: the same sequence range with other bytes",
      },
    ],
    broken: ["--bug loud-while-draining"],
  },
  {
    id: "R-2.7",
    says: "An input that was not acknowledged to its sender may be lost: its sender repeats it.",
    files: ["src/ft/live-inputs.ts"],
    checkers: ["linearizable", "output-commit"],
    tests: [
      {
        file: "src/checkers/linearizable.test.ts",
        name: "INV-18: an increment without an answer may have happened, once",
      },
    ],
    broken: ["--bug lying-primary"],
  },
  {
    id: "R-2.8",
    says: "What happens to outputs that were acknowledged and perhaps not released is decided: dropped, or sent again from where they may have stopped.",
    files: ["src/ft/announcing.ts", "src/ft/params.ts"],
    checkers: ["duplicates", "udp-answers", "at-least-once"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "are dropped, or sent again from where the old primary may have stopped, in order",
      },
      {
        file: "test/conformance/probe-guest.test.ts",
        name: "drop loses the answer that was acknowledged and not released",
      },
    ],
    broken: [],
    unbroken:
      "Both policies are right; a scenario that promises its datagrams is violated by drop (docs/holes.md, H-6).",
  },
  {
    id: "R-3.1",
    says: "Heartbeats between hosts and the traffic of the log, both ways, are watched; either silence makes a suspicion and nothing more.",
    files: ["src/ft/detector.ts", "src/ft/arbitration.ts"],
    checkers: ["detection"],
    tests: [{ file: "src/ft/arbitration.test.ts", name: "is raised by either signal alone" }],
    broken: ["--bug heartbeats-only"],
  },
  {
    id: "R-3.2",
    says: "An idle guest does not make the log silent: the hypervisor says where it is.",
    files: ["src/ft/appending.ts", "src/testbed/signs-of-life.ts"],
    checkers: ["detection"],
    tests: [
      { file: "src/ft/recording.test.ts", name: "say where the machine is and whether it waits" },
    ],
    broken: [],
    unbroken:
      "A log that is silent at every idle moment is a false suspicion, which `detection` rejects by its own bad history.",
  },
  {
    id: "R-3.3",
    says: "A silence that one has made oneself is none of the peer's.",
    files: ["src/ft/detector.ts", "src/ft/intake.ts"],
    checkers: ["detection"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "is not made by its own full buffer: it does not read, the primary is not silent",
      },
      {
        file: "src/ft/recording.test.ts",
        name: "does not make the hypervisor silent: it says that the machine is stopped",
      },
    ],
    broken: ["--bug closed-window-is-silence"],
  },
  {
    id: "R-3.4",
    says: "Safety does not depend on the detector being right.",
    files: ["src/ft/arbitration.ts", "src/sim/vm-record.ts"],
    checkers: ["single-live", "solo-after-flag"],
    tests: [
      {
        file: "src/checkers/black-box.test.ts",
        name: "INV-10: a backup goes live without the flag beside a live primary",
      },
    ],
    broken: ["--bug backup-live-on-timeout", "--bug primary-solo-on-timeout"],
  },
  {
    id: "R-3.5",
    says: "A primary that has lost its backup stops logging and needs no acks; a backup that has lost its primary goes live.",
    files: ["src/ft/arbitration.ts"],
    checkers: ["held-outputs", "service-resumes"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "alone releases what was held, in order, and logs no more",
      },
    ],
    broken: ["--bug forgets-held-outputs"],
  },
  {
    id: "R-4.1",
    says: "The backup stops acknowledging, wins the flag, replays what it acknowledged, announces the VM, issues pending disk commands again, and runs.",
    files: ["src/ft/going-live.ts", "src/ft/arbitration.ts"],
    checkers: ["acked-not-discarded", "silent-backup", "reissue", "mac-ownership"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "with the flag replays all that it acknowledged before it goes live",
      },
    ],
    broken: ["--bug live-before-drained", "--bug loud-while-draining"],
  },
  {
    id: "R-4.2",
    says: "The primary holds what is not acknowledged, wins the flag, releases it in order and logs no more.",
    files: ["src/ft/arbitration.ts"],
    checkers: ["quiet-suspect", "solo-after-flag", "held-outputs"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "releases nothing whatever is acknowledged, and all of it when it takes it back",
      },
    ],
    broken: ["--bug flushes-held-outputs", "--bug forgets-held-outputs"],
  },
  {
    id: "R-4.3",
    says: "A failover takes the detection, the lag, and a constant.",
    files: ["src/ft/going-live.ts", "src/report/away.ts"],
    checkers: ["service-resumes"],
    tests: [
      {
        file: "src/report/summary.test.ts",
        name: "whose old primary served on says how long clients really waited",
      },
      { file: "src/checkers/black-box-service.test.ts", name: "L-1 holds in a takeover" },
    ],
    broken: [],
    unbroken: "What makes it longer is a mistake of another rule; the report tells its parts.",
  },
  {
    id: "R-4.4",
    says: "The new primary tells the network where the VM is, several times, and never before it has won.",
    files: [
      "src/ft/going-live.ts",
      "src/ft/announcing.ts",
      "src/ft/announcement-plan.ts",
      "src/testbed/announcement.ts",
    ],
    checkers: ["mac-ownership"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "announces itself several times, at the declared delays",
      },
      {
        file: "src/ft/announcing.test.ts",
        name: "goes on announcing until a frame for it has come: every announcement may have been lost",
      },
      {
        file: "src/protocols/shared/pair-guard.test.ts",
        name: "goes on announcing until a frame for it has come",
      },
    ],
    broken: ["--bug never-announces", "--bug announces-early"],
  },
  {
    id: "R-4.5",
    says: "The guest's clock goes on after a takeover; the outage is elapsed time.",
    files: ["src/ft/guest-clock.ts"],
    checkers: ["guest-time"],
    tests: [
      {
        file: "src/ft/clock-and-detector.test.ts",
        name: "shows an outage as elapsed time: last reading plus what this host counted since",
      },
    ],
    broken: ["--bug clock-of-the-new-host"],
  },
  {
    id: "R-5.1",
    says: "Whoever goes on alone has won a test-and-set at the shared storage; without an answer it waits.",
    files: ["src/ft/arbitration.ts", "src/sim/vm-record.ts"],
    checkers: ["solo-after-flag", "waits-on-silence", "single-live"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "asks again while there is no answer, and never acts without one",
      },
    ],
    broken: ["--bug silence-is-consent", "--bug backup-live-on-timeout"],
  },
  {
    id: "R-5.2",
    says: "Both sides arbitrate, the primary too.",
    files: ["src/ft/arbitration.ts"],
    checkers: ["solo-after-flag", "single-live"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "becomes a request to the arbiter after the grace; then there is no way back",
      },
    ],
    broken: ["--bug primary-solo-on-timeout"],
  },
  {
    id: "R-5.3",
    says: "The loser halts: it executes, releases and announces nothing more.",
    files: ["src/ft/halting.ts"],
    checkers: ["loser-halts", "loser-role"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "ends in HALTED when the test-and-set is lost: nothing more, ever",
      },
    ],
    broken: ["--bug loser-goes-on"],
  },
  {
    id: "R-5.4",
    says: "A backup acknowledges nothing from its suspicion on, so that the old primary can release nothing new; its disk commands under way are fenced.",
    files: ["src/ft/intake.ts", "src/sim/storage.ts", "src/sim/vm-record.ts"],
    checkers: ["ack-freeze", "stale-writer"],
    tests: [
      {
        file: "src/ft/arbitration.test.ts",
        name: "stores and acknowledges nothing any more: the old primary can release nothing new",
      },
    ],
    broken: ["--bug acks-while-suspecting", "--bug no-fencing"],
  },
  {
    id: "R-5.5",
    says: "The flag belongs to a generation; one that is over cannot be won.",
    files: ["src/sim/vm-record.ts"],
    checkers: ["flag", "generation-hygiene"],
    tests: [
      {
        file: "src/sim/storage.test.ts",
        name: "is a compare-and-set that only the owner of the last one may do",
      },
    ],
    broken: ["--bug flag-is-one-bit"],
  },
  {
    id: "R-5.6",
    says: "Who asks again is told the same again.",
    files: ["src/sim/vm-record.ts", "src/sim/retry-memory.ts"],
    checkers: ["flag", "no-double-suicide"],
    tests: [
      {
        file: "src/sim/storage.test.ts",
        name: "is won once, and the owner's retry is told so again",
      },
    ],
    broken: ["--bug untagged-flag"],
  },
  {
    id: "R-5.7",
    says: "The flag survives a restart of the storage.",
    files: ["src/sim/storage.ts"],
    checkers: ["flag"],
    tests: [
      {
        file: "src/sim/storage.test.ts",
        name: "survives a restart; without the rule it is won a second time",
      },
    ],
    broken: ["--bug volatile-flag"],
  },
  {
    id: "R-5.8",
    says: "Without shared storage another arbiter decides: a third party, or a majority of the original nodes.",
    files: ["src/ft/voter.ts", "src/testbed/host-arbiter.ts", "src/testbed/third-party.ts"],
    checkers: ["arbiter"],
    tests: [
      {
        file: "src/ft/voter.test.ts",
        name: "is three of the original nodes, whichever of them are there",
      },
      {
        file: "src/ft/voter.test.ts",
        name: "is there for one of the living after their votes were split, with a node lost",
      },
    ],
    broken: ["--bug majority-of-the-visible", "--bug votes-twice", "--bug forgets-its-vote"],
  },
];
