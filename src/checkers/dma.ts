// INV-27: the disk does not touch a running guest's memory. What a read brings appears in
// guest memory at its completion, not when it reaches the host; what a write takes to the disk is
// what guest memory held when the guest issued it.

import { count } from "../base/words.ts";
import type { FactOf } from "../history/fact.ts";
import { forgetNode, setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at, describeDisk } from "./words.ts";

/** More writes than are under way. */
const REMEMBERED = 1024;

interface Issued {
  readonly dataHash: string;
  readonly fact: number;
}

interface State {
  /** Writes that a machine issued, by "node ioId", until the storage has applied them. */
  issued: Map<string, Issued>;
  reads: number;
  writes: number;
}

export const DMA: CheckerKind = defineChecker({
  name: "dma",
  invariants: ["INV-27"],
  rejects: "guest memory that a disk transfer changes or reads at another moment than the guest's",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "output", "disk-transfer", "disk-apply"],
  begin: (): State => ({ issued: new Map(), reads: 0, writes: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "machine-start") forgetNode(state.issued, fact.node);
    else if (fact.kind === "disk-transfer") judgeRead(state, fact, index, desk);
    else if (fact.kind === "output" && fact.disk?.op === "write") {
      const issued = Object.freeze({ dataHash: fact.disk.dataHash, fact: index });
      setBounded(state.issued, [`${fact.node} ${fact.disk.ioId}`, issued], REMEMBERED);
    } else if (fact.kind === "disk-apply" && fact.disk.op === "write")
      judgeWrite(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.reads, "read")} that touched no memory before the completion, ${count(state.writes, "write")} of what memory held at the issue`,
    looked: state.reads + state.writes,
    idle: "no disk I/O in this run",
    figures: [
      ["reads", state.reads],
      ["writes", state.writes],
    ],
  }),
});

function judgeRead(state: State, fact: FactOf<"disk-transfer">, index: number, desk: Desk): void {
  state.reads += 1;
  if (fact.before === fact.after) return;
  desk.report({
    invariant: "INV-27",
    time: fact.time,
    message: `${at(fact.time)} the data of disk read ${fact.ioId} changed the memory of the guest on ${fact.node} when it reached the host, before its completion: no log entry tells the backup that moment`,
    facts: [index],
  });
}

function judgeWrite(state: State, fact: FactOf<"disk-apply">, index: number, desk: Desk): void {
  const issued = state.issued.get(`${fact.node} ${fact.disk.ioId}`);
  // Who released what it never issued is disk-commit's business.
  if (issued === undefined || fact.result !== "ok") return;
  state.issued.delete(`${fact.node} ${fact.disk.ioId}`);
  state.writes += 1;
  if (issued.dataHash === fact.disk.dataHash) return;
  desk.report({
    invariant: "INV-27",
    time: fact.time,
    message: `${at(fact.time)} the disk got ${fact.disk.dataHash} by ${describeDisk(fact.disk)} of ${fact.node}, but guest memory held ${issued.dataHash} when the guest issued it`,
    facts: [issued.fact, index],
  });
}
