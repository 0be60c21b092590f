// INV-42: where a backup executes disk reads itself on a shared disk, a write that came after a read in
// the program is applied only after the backup's read is done (R-11.3 c). Otherwise the backup reads
// what was not there yet when the primary read.
//
// The numbers of I/Os are the program's order, the same on every machine. A write of a lower or the
// same number belongs before the read, and may be there.

import { count } from "../base/words.ts";
import type { DiskSummary, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker } from "./define.ts";
import { at, describeDisk } from "./words.ts";

/** More writes than the guest issues between a read and the moment at which its backup does it. */
const REMEMBERED = 1024;

interface Applied {
  readonly node: NodeName;
  readonly disk: DiskSummary;
  readonly time: number;
  readonly fact: number;
}

interface State {
  /** Writes that took effect, by number. */
  applied: Map<number, Applied>;
  /** Who let something out: what it had asked for as a backup, and comes now, is used by nobody. */
  live: Set<NodeName>;
  reads: number;
}

export const READ_BEFORE_WRITE: CheckerKind = defineChecker({
  name: "read-before-write",
  invariants: ["INV-42"],
  rejects: "a read of a backup that finds on the disk what the program wrote later",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "release", "disk-apply", "member-read"],
  begin: (): State => ({ applied: new Map(), live: new Set(), reads: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "machine-start") state.live.delete(fact.node);
    else if (fact.kind === "release") state.live.add(fact.node);
    else if (fact.kind === "disk-apply") {
      const { node, disk, time, result } = fact;
      if (disk.op !== "write" || (result !== "ok" && result !== "torn")) return;
      const applied = Object.freeze({ node, disk: Object.freeze({ ...disk }), time, fact: index });
      setBounded(state.applied, [disk.ioId, applied], REMEMBERED);
    } else if (fact.result === "ok" && !state.live.has(fact.node)) {
      state.reads += 1;
      for (const write of state.applied.values()) {
        if (write.disk.ioId <= fact.disk.ioId || !doShareSectors(write.disk, fact.disk)) continue;
        desk.report({
          invariant: "INV-42",
          time: fact.time,
          message: `${at(fact.time)} ${fact.node} did ${describeDisk(fact.disk)} for its backup, after ${describeDisk(write.disk)} of ${write.node}, which comes later in the program, had been applied ${at(write.time)}: it read what the primary had not read`,
          facts: [write.fact, index],
        });
        return;
      }
    }
  },
  describe: (state) => ({
    summary: `${count(state.reads, "read")} of a backup, each before the writes that follow it`,
    looked: state.reads,
    idle: "no backup read a disk that it shares",
  }),
});

function doShareSectors(a: DiskSummary, b: DiskSummary): boolean {
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}
