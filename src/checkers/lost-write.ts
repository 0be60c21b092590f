// INV-21, at the disk: a write that was completed to the guest has been applied by the storage, and
// nothing that the guest had written before it is applied on top of it any more. Disk-audit looks at
// the same promise from the clients' end.

import { count } from "../base/words.ts";
import type { DiskSummary, FactOf, NodeName } from "../history/fact.ts";
import { forgetNode, setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at, describeDisk } from "./words.ts";

/** More writes than are under way, and than may be late. */
const REMEMBERED = 1024;

interface Applied {
  readonly disk: DiskSummary;
  readonly fact: number;
}

/** Kept with the command until the guest is told, however many others come and go meanwhile. */
interface Issued extends Applied {
  readonly applied: Applied | undefined;
}

interface Completed extends Applied {
  readonly time: number;
}

/** One machine's history: after a takeover, what the old one alone went through counts no more. */
interface Guest {
  /** Writes that it issued and was not told about, by number. */
  issued: Map<number, Issued>;
  /** The newest writes that it was told about. */
  completed: Map<number, Completed>;
}

interface State {
  reign: Reign;
  guests: Map<NodeName, Guest>;
  /** By number, and by host where each has its own disk: what was applied of late, for who lags behind. */
  applied: Map<string, Applied>;
  looked: number;
}

export const LOST_WRITE: CheckerKind = defineChecker({
  name: "lost-write",
  invariants: ["INV-21"],
  rejects: "a completed write that the disk never got, or that an older write lands on top of",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "crossing", "output", "disk-apply", "test-and-set", "open-generation"],
  begin: (context): State => ({
    reign: startReign(context),
    guests: new Map(),
    applied: new Map(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    observeReign(state.reign, fact, index);
    if (fact.kind === "output" && fact.disk?.op === "write") {
      const { node, disk } = fact;
      // A machine that lags behind issues what the storage has applied for the other one already.
      const applied = state.applied.get(keyOf(node, disk.ioId, desk));
      const issued = Object.freeze({ disk: Object.freeze({ ...disk }), fact: index, applied });
      setBounded(guestOf(state, node).issued, [disk.ioId, issued], REMEMBERED);
    } else if (fact.kind === "disk-apply" && fact.disk.op === "write")
      judgeApply(state, fact, index, desk);
    else if (fact.kind === "crossing" && fact.crossing === "disk-done")
      judgeCompletion(state, fact, index, desk);
    else if (fact.kind === "machine-start") {
      state.guests.delete(fact.node);
      // Of a disk of its own: what a machine wrote there that the VM went on without is not its past.
      forgetNode(state.applied, fact.node);
    }
  },
  describe: (state) => ({
    summary: `${count(state.looked, "write")} completed to the guest, each on the disk and not undone by an older one`,
    looked: state.looked,
    idle: "no write was completed to a guest",
  }),
});

function guestOf(state: State, node: NodeName): Guest {
  const known = state.guests.get(node);
  if (known !== undefined) return known;
  const guest = { issued: new Map(), completed: new Map() };
  state.guests.set(node, guest);
  return guest;
}

function judgeApply(state: State, fact: FactOf<"disk-apply">, index: number, desk: Desk): void {
  const { disk } = fact;
  // A command that failed is completed as one.
  if (fact.result === "error") guestOf(state, fact.node).issued.delete(disk.ioId);
  if (fact.result !== "ok") return;
  const applied = Object.freeze({ disk: Object.freeze({ ...disk }), fact: index });
  const key = keyOf(fact.node, disk.ioId, desk);
  setBounded(state.applied, [key, applied], REMEMBERED);
  for (const [node, { issued }] of state.guests) {
    const waiting = issued.get(disk.ioId);
    if (waiting !== undefined && keyOf(node, disk.ioId, desk) === key)
      issued.set(disk.ioId, Object.freeze({ ...waiting, applied }));
  }
  if (desk.context.areDisksSeparate === true && fact.node !== state.reign.authority) return;
  for (const newer of guestOf(state, state.reign.authority).completed.values()) {
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
  const guest = guestOf(state, node);
  const issued = guest.issued.get(ioId);
  // A read or a flush.
  if (issued === undefined) return;
  guest.issued.delete(ioId);
  const { applied } = issued;
  if (applied !== undefined) {
    setBounded(guest.completed, [ioId, Object.freeze({ ...applied, time })], REMEMBERED);
    if (fact.isLive) state.looked += 1;
    return;
  }
  // A superseded node's history is not the VM's any more.
  if (!fact.isLive || node !== state.reign.authority) return;
  state.looked += 1;
  desk.report({
    invariant: "INV-21",
    time,
    message: `${at(time)} the guest on ${node} was told that ${describeDisk(issued.disk)} is done, but the storage never applied it`,
    facts: [issued.fact, index],
  });
}

/** Of a shared disk all hosts have what was applied in common. */
function keyOf(node: NodeName, ioId: number, { context }: Desk): string {
  return context.areDisksSeparate === true ? `${node} ${ioId}` : `${ioId}`;
}

function doOverlap(a: DiskSummary, b: DiskSummary): boolean {
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}
