// INV-22, by world facts: what the storage gets to apply is what its sender released, and what that
// sender's machine performed: the same sectors and the same bytes. That a write also waited for its
// ack is output-commit's business.

import { count } from "../base/words.ts";
import type { DiskSummary, FactOf } from "../history/fact.ts";
import { forgetNode, setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at, describeDisk } from "./words.ts";

/** More commands than can be on the way or be repeated. */
const REMEMBERED = 1024;

interface Command {
  readonly disk: DiskSummary;
  readonly fact: number;
}

interface State {
  /** Writes performed, by "node ioId": a re-issued command has no ordinal. */
  performed: Map<string, Command>;
  /** Writes released, by "node ioId". */
  released: Map<string, Command>;
  hasForgotten: boolean;
  looked: number;
}

export const DISK_COMMIT: CheckerKind = defineChecker({
  name: "disk-commit",
  invariants: ["INV-22"],
  rejects: "a write on the disk that its sender did not release or its machine did not perform",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "output", "release", "disk-issue", "disk-apply"],
  begin: (): State => ({
    performed: new Map(),
    released: new Map(),
    hasForgotten: false,
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    if (fact.kind === "machine-start") forgetNode(state.performed, fact.node);
    else if (fact.kind === "output" && fact.disk?.op === "write") {
      const command = Object.freeze({ disk: Object.freeze({ ...fact.disk }), fact: index });
      setBounded(state.performed, [`${fact.node} ${fact.disk.ioId}`, command], REMEMBERED);
    } else if (fact.kind === "release" || fact.kind === "disk-issue")
      judgeRelease(state, fact, index, desk);
    else if (fact.kind === "disk-apply" && fact.disk.op === "write")
      judgeApply(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "write")} at the storage, each as its sender's machine performed it`,
    looked: state.looked,
    idle: "nothing was written to the disk",
  }),
});

function judgeRelease(
  state: State,
  fact: FactOf<"release" | "disk-issue">,
  index: number,
  desk: Desk,
): void {
  const disk = fact.disk;
  if (disk?.op !== "write") return;
  const performed = state.performed.get(`${fact.node} ${disk.ioId}`);
  const command = Object.freeze({ disk: Object.freeze({ ...disk }), fact: index });
  const dropped = setBounded(state.released, [`${fact.node} ${disk.ioId}`, command], REMEMBERED);
  if (dropped !== undefined) state.hasForgotten = true;
  if (performed === undefined || isSame(performed.disk, disk)) return;
  desk.report({
    invariant: "INV-22",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} sent ${describeDisk(disk)} with data ${disk.dataHash}, but its machine performed ${describeDisk(performed.disk)} with data ${performed.disk.dataHash}`,
    facts: [performed.fact, index],
  });
}

function judgeApply(state: State, fact: FactOf<"disk-apply">, index: number, desk: Desk): void {
  state.looked += 1;
  const released = state.released.get(`${fact.node} ${fact.disk.ioId}`);
  if (released === undefined && state.hasForgotten) return;
  if (released !== undefined && isSame(released.disk, fact.disk)) return;
  const what =
    released === undefined
      ? "which that host never released"
      : `but that host released ${describeDisk(released.disk)} with data ${released.disk.dataHash}`;
  desk.report({
    invariant: "INV-22",
    time: fact.time,
    message: `${at(fact.time)} the storage got ${describeDisk(fact.disk)} with data ${fact.disk.dataHash} from ${fact.node}, ${what}`,
    facts: [released?.fact ?? -1, index],
  });
}

function isSame(a: DiskSummary, b: DiskSummary): boolean {
  return (
    a.ioId === b.ioId &&
    a.sector === b.sector &&
    a.sectorCount === b.sectorCount &&
    a.dataHash === b.dataHash
  );
}
