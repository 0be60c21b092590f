// INV-41, where each host has a disk of its own: the disks are equal. At a clone point that is
// a hash of all that they hold. Later both hosts execute the guest's commands at their own pace, and
// what is compared is each command: what its sectors held when it took effect, and what they hold
// afterwards. Commands that overlap take effect in one order (INV-26), so both are a function of the
// guest's history alone, and whatever one disk missed shows at the next command that touches it.
//
// Commands are numbered by the guest. What a host that was superseded goes on doing to its own disk is
// nobody's: its commands are compared no more, and its disk counts again when a machine begins there.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { observeReign, type Reign, startReign } from "./reign.ts";
import { at } from "./words.ts";

/** More commands than a backup is behind. */
const REMEMBERED = 8192;

interface Content {
  readonly node: NodeName;
  readonly before: string;
  readonly after: string;
  readonly time: number;
  readonly fact: number;
}

interface State {
  reign: Reign;
  /** By command: what it met and left on the disk that executed it first. */
  first: Map<number, Content>;
  /** Commands of which a part was done when the power went, by "node ioId". */
  torn: Set<string>;
  copies: number;
  compared: number;
}

export const DISK_EQUALITY: CheckerKind = defineChecker({
  name: "disk-equality",
  invariants: ["INV-41"],
  rejects: "two hosts' own disks that differ at a clone point, or where both did the same command",
  property: "safety",
  appliesTo: "any",
  hears: [
    "disk-copy",
    "disk-content",
    "disk-apply",
    "machine-start",
    "test-and-set",
    "open-generation",
  ],
  begin: (context): State => ({
    reign: startReign(context),
    first: new Map(),
    torn: new Set(),
    copies: 0,
    compared: 0,
  }),
  observe(state, fact, index, desk) {
    // What the old owner of the VM did last the new one may never have heard of.
    if (observeReign(state.reign, fact, index) === "taken") state.first.clear();
    if (fact.kind === "disk-copy") judgeCopy(state, fact, index, desk);
    else if (fact.kind === "disk-content") judgeCommand(state, fact, index, desk);
    else if (fact.kind === "disk-apply" && fact.result === "torn")
      state.torn.add(`${fact.node} ${fact.disk.ioId}`);
  },
  describe: (state, context) => ({
    summary: `${count(state.copies, "disk")} equal to another one at a clone point, ${count(state.compared, "command")} that met and left the same on both disks`,
    looked: state.copies + state.compared,
    idle: context.areDisksSeparate === true ? "no disk was copied" : "there is one disk only",
    figures: [
      ["copies", state.copies],
      ["compared", state.compared],
    ],
  }),
});

function judgeCopy(state: State, fact: FactOf<"disk-copy">, index: number, desk: Desk): void {
  state.copies += 1;
  if (fact.sourceHash === fact.contentHash) return;
  const source = fact.source === "" ? "no host's" : `${fact.source}'s`;
  desk.report({
    invariant: "INV-41",
    time: fact.time,
    message: `${at(fact.time)} the disk of ${fact.node}, on which a machine begins, holds ${fact.contentHash}, and ${source} held ${fact.sourceHash} at the clone point: they are not one disk`,
    facts: [index],
  });
}

function judgeCommand(state: State, fact: FactOf<"disk-content">, index: number, desk: Desk): void {
  const { node, ioId, before, after, time } = fact;
  if (state.reign.left.has(node)) return;
  const other = state.first.get(ioId);
  if (other === undefined) {
    const content = Object.freeze({ node, before, after, time, fact: index });
    setBounded(state.first, [ioId, content], REMEMBERED);
    return;
  }
  // The same host's: it did it again.
  if (other.node === node) return;
  state.compared += 1;
  const isTorn = state.torn.has(`${node} ${ioId}`) || state.torn.has(`${other.node} ${ioId}`);
  const met = isTorn || before === other.before;
  if (met && after === other.after) return;
  const sectors = `sectors ${fact.sector} to ${fact.sector + fact.sectorCount - 1}`;
  const what = met ? `left ${after}` : `met ${before}`;
  const there = met ? other.after : other.before;
  desk.report({
    invariant: "INV-41",
    time,
    message: `${at(time)} disk command ${ioId} ${what} in ${sectors} of ${node}'s disk, and ${there} on ${other.node}'s ${at(other.time)}: the disks differ`,
    facts: [other.fact, index],
  });
}
