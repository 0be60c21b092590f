// INV-23: what is issued again at a takeover is exactly the disk I/O that the survivor's machine had
// begun and that was not completed to it: each once, after the test-and-set, overlapping ones in
// their order and one after the other (H-10), flushes included.

import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import { liveActor } from "./acts.ts";
import type { CheckerContext, CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import {
  doesOverlap,
  ioOf,
  observeIo,
  type PendingIo,
  type PendingIoBook,
  startPendingIo,
} from "./pending-io.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeDisk } from "./words.ts";

interface Takeover {
  readonly node: NodeName;
  readonly time: number;
  readonly fact: number;
  /** In the order in which the guest issued them. */
  readonly expected: readonly PendingIo[];
}

interface State {
  reign: Reign;
  disturbance: Disturbance;
  book: PendingIoBook;
  stopped: Set<NodeName>;
  /** The winner of a test-and-set that has not shown itself yet. */
  awaited: NodeName | null;
  takeover: Takeover | null;
  issued: Set<number>;
  /** Re-issued and answered by the storage, or completed to the guest. */
  done: Set<number>;
  takeovers: number;
  looked: number;
}

export const REISSUE: CheckerKind = defineChecker({
  name: "reissue",
  invariants: ["INV-23"],
  rejects: "a pending disk I/O that is not issued again, one too many, or in the wrong order",
  property: "safety",
  appliesTo: "any",
  hears: [
    "run",
    "host",
    "fault",
    "machine-start",
    "state-take",
    "state-put",
    "machine-stop",
    "crossing",
    "output",
    "release",
    "announce",
    "disk-apply",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    disturbance: startDisturbance(),
    book: startPendingIo(),
    stopped: new Set(),
    awaited: null,
    takeover: null,
    issued: new Set(),
    done: new Set(),
    takeovers: 0,
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    // A backup with a disk of its own has issued everything already.
    if (desk.context.areDisksSeparate === true) return;
    if (observeReign(state.reign, fact, index) === "taken") state.awaited = state.reign.authority;
    observeDisturbance(state.disturbance, fact);
    goLive(state, fact, index);
    if (fact.kind === "release" && fact.isAgain && fact.outputClass === "disk")
      judgeRelease(state, fact, index, desk);
    if (fact.kind === "crossing" && fact.crossing === "disk-done")
      judgeCompletion(state, fact, index, desk);
    observeIo(state.book, fact, index);
    if (fact.kind === "disk-apply" && fact.node === state.takeover?.node)
      state.done.add(fact.disk.ioId);
    else if (fact.kind === "machine-stop") state.stopped.add(fact.node);
    else if (fact.kind === "machine-start") state.stopped.delete(fact.node);
    else if (fact.kind === "run" && fact.phase === "end") judgeEnd(state, fact, index, desk);
  },
  describe: (state, context) => ({
    summary: `${count(state.looked, "disk I/O")} pending at ${count(state.takeovers, "takeover")}, each issued again once and in order`,
    looked: state.looked,
    idle: idleOf(state, context),
    figures: [["reissued", state.looked]],
  }),
});

function idleOf({ takeovers }: State, { areDisksSeparate }: CheckerContext): string {
  if (areDisksSeparate === true) return "each host issues to its own disk, and nothing again";
  return takeovers === 0 ? "no takeover in this run" : "no disk I/O was pending at the takeover";
}

/** The first thing that the winner does shows that its replay is over: its pending set is final. */
function goLive(state: State, fact: Fact, index: number): void {
  const isShown =
    liveActor(fact) === state.awaited ||
    (fact.kind === "release" && fact.isAgain && fact.node === state.awaited);
  if (state.awaited === null || !isShown) return;
  const expected = [...ioOf(state.book, state.awaited).pending.values()];
  expected.sort((a, b) => a.ordinal - b.ordinal);
  state.takeover = Object.freeze({ node: state.awaited, time: fact.time, fact: index, expected });
  state.awaited = null;
  state.issued = new Set();
  state.done = new Set();
  state.takeovers += 1;
  state.looked += expected.length;
}

function judgeRelease(state: State, fact: FactOf<"release">, index: number, desk: Desk): void {
  const { disk, node, time } = fact;
  if (disk === null) return;
  const takeover = state.takeover;
  const io =
    takeover?.node === node
      ? takeover.expected.find((pending) => pending.disk.ioId === disk.ioId)
      : undefined;
  const problem = problemOf(state, fact, io);
  state.issued.add(disk.ioId);
  if (problem === null) return;
  desk.report({
    invariant: "INV-23",
    time,
    message: `${at(time)} ${node} issued ${describeDisk(disk)} again, ${problem.words}`,
    facts: [takeover?.fact ?? -1, problem.earlier?.fact ?? -1, io?.fact ?? -1, index],
    mark: problem.mark,
  });
}

interface Problem {
  readonly words: string;
  readonly mark: string;
  /** What should have gone first. */
  readonly earlier?: PendingIo;
}

function problemOf(
  state: State,
  fact: FactOf<"release">,
  io: PendingIo | undefined,
): Problem | null {
  const takeover = state.takeover;
  if (takeover?.node !== fact.node)
    return { words: "without having taken over by a test-and-set", mark: "without a takeover" };
  if (io === undefined)
    return {
      words:
        "though it was not pending at the takeover: its completion was in the log, or it was never begun",
      mark: "it was not pending",
    };
  if (state.issued.has(io.disk.ioId))
    return { words: "for the second time", mark: "for the second time" };
  for (const earlier of takeover.expected) {
    if (earlier.ordinal >= io.ordinal) break;
    if (!doesOverlap(earlier.disk, io.disk) || state.done.has(earlier.disk.ioId)) continue;
    const words = `before ${describeDisk(earlier.disk)}, which the guest issued earlier and which goes first, was done`;
    return { words, mark: `before ${earlier.disk.op} ${earlier.disk.ioId} was done`, earlier };
  }
  return null;
}

function judgeCompletion(state: State, fact: FactOf<"crossing">, index: number, desk: Desk): void {
  const takeover = state.takeover;
  if (takeover?.node !== fact.node) return;
  state.done.add(fact.ioId);
  const io = takeover.expected.find((pending) => pending.disk.ioId === fact.ioId);
  if (io === undefined || state.issued.has(fact.ioId)) return;
  state.issued.add(fact.ioId);
  desk.report({
    invariant: "INV-23",
    time: fact.time,
    message: `${at(fact.time)} the guest on ${fact.node} saw ${describeDisk(io.disk)} ${fact.ioStatus === "error" ? "fail" : "completed"}, which was pending at the takeover and was not issued again: nobody knows whether it happened`,
    facts: [io.fact, takeover.fact, index],
    mark: "never issued again",
  });
}

function judgeEnd(state: State, end: Fact, index: number, desk: Desk): void {
  const takeover = state.takeover;
  if (takeover === null || state.stopped.has(takeover.node)) return;
  if (state.reign.authority !== takeover.node) return;
  const times = { from: takeover.time, now: end.time, bound: desk.context.settleBound };
  if (!isOverdue(state.disturbance, times)) return;
  for (const io of takeover.expected) {
    if (state.issued.has(io.disk.ioId)) continue;
    desk.report({
      invariant: "INV-23",
      time: takeover.time,
      message: `${at(takeover.time)} ${takeover.node} went live with ${describeDisk(io.disk)} pending and did not issue it again by the end of the run`,
      facts: [io.fact, takeover.fact, index],
      mark: `disk ${io.disk.op} ${io.disk.ioId} is never issued again`,
    });
    return;
  }
}
