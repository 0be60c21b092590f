// INV-21, at the disk: a write that was completed to the guest has been applied by the storage, and
// nothing that the guest had written before it is applied on top of it any more. Disk-audit looks at
// the same promise from the clients' end.

import type { DiskSummary, FactOf } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, count, describeDisk } from "./words.ts";

/** More writes than are under way, and than may be late. */
const REMEMBERED = 1024;

interface Applied {
  readonly disk: DiskSummary;
  readonly fact: number;
}

interface Completed extends Applied {
  readonly time: number;
}

interface State {
  reign: Reign;
  /** Writes that the guest issued and was not told about, by number: all nodes execute one history. */
  issued: Map<number, Applied>;
  applied: Map<number, Applied>;
  /** The newest writes that the guest was told about. */
  completed: Map<number, Completed>;
  looked: number;
}

export const LOST_WRITE: CheckerKind = defineChecker<State>({
  name: "lost-write",
  invariants: ["INV-21"],
  rejects: "a completed write that the disk never got, or that an older write lands on top of",
  property: "safety",
  appliesTo: "any",
  begin: (context) => ({
    reign: startReign(context),
    issued: new Map(),
    applied: new Map(),
    completed: new Map(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    observeReign(state.reign, fact, index);
    if (
      fact.kind === "output" &&
      fact.disk?.op === "write" &&
      fact.node === state.reign.authority
    ) {
      const issued = Object.freeze({ disk: Object.freeze({ ...fact.disk }), fact: index });
      setBounded(state.issued, [fact.disk.ioId, issued], REMEMBERED);
    } else if (fact.kind === "disk-apply" && fact.disk.op === "write" && fact.result === "ok")
      judgeApply(state, fact, index, desk);
    // A command that failed is completed as one.
    else if (fact.kind === "disk-apply" && fact.result === "error")
      state.issued.delete(fact.disk.ioId);
    else if (fact.kind === "crossing" && fact.crossing === "disk-done" && fact.isLive)
      judgeCompletion(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "write")} completed to the guest, each on the disk and not undone by an older one`,
    looked: state.looked,
    idle: "no write was completed to a guest",
  }),
});

function judgeApply(state: State, fact: FactOf<"disk-apply">, index: number, desk: Desk): void {
  const { disk } = fact;
  const applied = Object.freeze({ disk: Object.freeze({ ...disk }), fact: index });
  setBounded(state.applied, [disk.ioId, applied], REMEMBERED);
  for (const newer of state.completed.values()) {
    if (newer.disk.ioId <= disk.ioId || !doOverlap(newer.disk, disk)) continue;
    desk.report({
      invariant: "INV-21",
      time: fact.time,
      message: `${at(fact.time)} the storage applied ${describeDisk(disk)} of ${fact.node} on top of ${describeDisk(newer.disk)}, which the guest had issued later and knew to be written ${at(newer.time)}: a completed write is lost`,
      facts: [newer.fact, index],
    });
    return;
  }
}

function judgeCompletion(state: State, fact: FactOf<"crossing">, index: number, desk: Desk): void {
  const { ioId, node, time } = fact;
  if (node !== state.reign.authority) return;
  const applied = state.applied.get(ioId);
  const issued = state.issued.get(ioId);
  state.issued.delete(ioId);
  if (applied === undefined) {
    // A read or a flush; or a write that was issued on another node before this one took over.
    if (issued === undefined) return;
    state.looked += 1;
    desk.report({
      invariant: "INV-21",
      time,
      message: `${at(time)} the guest on ${node} was told that ${describeDisk(issued.disk)} is done, but the storage never applied it`,
      facts: [issued.fact, index],
    });
    return;
  }
  state.looked += 1;
  setBounded(state.completed, [ioId, Object.freeze({ ...applied, time })], REMEMBERED);
}

function doOverlap(a: DiskSummary, b: DiskSummary): boolean {
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}
