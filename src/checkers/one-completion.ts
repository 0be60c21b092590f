// INV-24: in each machine's history every disk I/O is completed exactly once. A completion that names
// no pending I/O is wrong at once; a pending one is missing when the run ends, the world has been
// whole for the settling time, and the live machine still waits for it.

import { count } from "../base/words.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import { ioOf, observeIo, type PendingIoBook, startPendingIo } from "./pending-io.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeDisk } from "./words.ts";

/** How far the command of an I/O got that was not completed yet. */
interface Way {
  readonly node: NodeName;
  readonly sent: number;
  /** "ok at 1.2 s"; "" before. */
  readonly applied: string;
  readonly facts: readonly number[];
}

interface State {
  reign: Reign;
  disturbance: Disturbance;
  book: PendingIoBook;
  /** By I/O, of whichever host sent it last. */
  ways: Map<number, Way>;
  stopped: Set<NodeName>;
  completions: number;
}

export const ONE_COMPLETION: CheckerKind = defineChecker({
  name: "one-completion",
  invariants: ["INV-24"],
  rejects: "a disk I/O that the guest sees completed twice, or never",
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
    "disk-issue",
    "disk-apply",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    disturbance: startDisturbance(),
    book: startPendingIo(),
    ways: new Map(),
    stopped: new Set(),
    completions: 0,
  }),
  observe(state, fact, index, desk) {
    observeReign(state.reign, fact, index);
    observeDisturbance(state.disturbance, fact);
    if (fact.kind === "machine-stop") state.stopped.add(fact.node);
    else if (fact.kind === "machine-start") state.stopped.delete(fact.node);
    else if (fact.kind === "run" && fact.phase === "end") judgeEnd(state, fact, index, desk);
    followWay(state.ways, fact, index);
    judgeCompletion(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.completions, "disk completion")}, one for each I/O`,
    looked: state.completions,
    idle: "no disk I/O was completed",
  }),
});

function followWay(ways: Map<number, Way>, fact: Fact, index: number): void {
  if (fact.kind === "crossing" && fact.crossing === "disk-done") ways.delete(fact.ioId);
  else if ((fact.kind === "release" || fact.kind === "disk-issue") && fact.disk !== null)
    ways.set(
      fact.disk.ioId,
      Object.freeze({ node: fact.node, sent: fact.time, applied: "", facts: [index] }),
    );
  else if (fact.kind === "disk-apply") {
    const way = ways.get(fact.disk.ioId);
    if (way === undefined || way.node !== fact.node) return;
    const applied = `${fact.result} ${at(fact.time)}`;
    ways.set(fact.disk.ioId, Object.freeze({ ...way, applied, facts: [...way.facts, index] }));
  }
}

function describeWay(node: NodeName, way: Way | undefined): string {
  if (way === undefined) return `its command never left ${node}`;
  const sent = `its command left ${way.node} ${at(way.sent)}`;
  return way.applied === ""
    ? `${sent}, and the storage did not answer it`
    : `${sent}, and the storage answered ${way.applied}`;
}

function judgeCompletion(state: State, fact: Fact, index: number, desk: Desk): void {
  const event = observeIo(state.book, fact, index);
  if (event === "completed") state.completions += 1;
  if ((event !== "twice" && event !== "never-begun") || fact.kind !== "crossing") return;
  state.completions += 1;
  const what = event === "twice" ? "had been completed before" : "it never began";
  desk.report({
    invariant: "INV-24",
    time: fact.time,
    message: `${at(fact.time)} the guest on ${fact.node} saw the completion of disk I/O ${fact.ioId}, which ${what} (step ${fact.count})`,
    facts: [index],
  });
}

function judgeEnd(state: State, end: Fact, index: number, desk: Desk): void {
  const node = state.reign.authority;
  if (state.stopped.has(node)) return;
  for (const io of ioOf(state.book, node).pending.values()) {
    // A takeover re-issues: the I/O may be complete no earlier than that.
    const from = Math.max(io.time, state.reign.wonAt);
    const times = { from, now: end.time, bound: desk.context.settleBound };
    if (!isOverdue(state.disturbance, times)) continue;
    const way = state.ways.get(io.disk.ioId);
    desk.report({
      invariant: "INV-24",
      time: end.time,
      isAbsence: true,
      message: `${at(end.time)} the guest on ${node} still waited for ${describeDisk(io.disk)}, which it had begun ${at(io.time)}: ${describeWay(node, way)}`,
      facts: [io.fact, ...(way?.facts ?? []), index],
    });
    return;
  }
}
