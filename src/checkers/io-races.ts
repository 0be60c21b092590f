// INV-26: of the disk commands that a host has under way at the storage, no two touch the same
// sectors if one of them writes: in which order they take effect would be the disk's whim, and on
// another disk another. Under way is what was sent and has not been applied; what is sent
// again under its own number is the same command.
//
// The half of INV-26 about guest pages (two reads into one page, R-9.2) is not judged: facts carry no
// addresses of guest memory. Flushes order, they touch nothing: reissue.ts judges them at takeovers.

import { count, number } from "../base/words.ts";
import type { DiskSummary, FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { at, describeDisk } from "./words.ts";

/** More commands than a host has under way. */
const REMEMBERED = 512;

interface Command {
  readonly disk: DiskSummary;
  readonly time: number;
  readonly fact: number;
}

interface State {
  /** Under way, by node and by number. */
  underWay: Map<NodeName, Map<number, Command>>;
  commands: number;
  /** Pairs that were under way at one time. */
  pairs: number;
}

export const IO_RACES: CheckerKind = defineChecker({
  name: "io-races",
  invariants: ["INV-26"],
  rejects: "two disk commands under way that touch the same sectors, one of them a write",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "release", "disk-apply", "storage-restart"],
  begin: (): State => ({ underWay: new Map(), commands: 0, pairs: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "release" && fact.disk !== null) begin(state, fact, fact.disk, index, desk);
    else if (fact.kind === "disk-apply") state.underWay.get(fact.node)?.delete(fact.disk.ioId);
    else if (fact.kind === "machine-start") state.underWay.delete(fact.node);
    // A server that restarts forgets what it had begun; hosts send it again, or never.
    else if (fact.kind === "storage-restart") state.underWay.clear();
  },
  describe: (state) => ({
    summary: `${count(state.commands, "disk command")}, ${number(state.pairs)} pairs under way at one time, none of them on the same sectors`,
    looked: state.commands,
    idle: "no disk command left a host",
    figures: [["pairs", state.pairs]],
  }),
});

function begin(
  state: State,
  fact: FactOf<"release">,
  disk: DiskSummary,
  index: number,
  desk: Desk,
): void {
  const { node, time } = fact;
  let commands = state.underWay.get(node);
  if (commands === undefined) {
    commands = new Map();
    state.underWay.set(node, commands);
  }
  state.commands += 1;
  for (const other of commands.values()) {
    if (other.disk.ioId === disk.ioId) continue;
    state.pairs += 1;
    if (!doShareSectors(other.disk, disk)) continue;
    desk.report({
      invariant: "INV-26",
      time,
      message: `${at(time)} ${node} sent ${describeDisk(disk)} while ${describeDisk(other.disk)}, sent ${at(other.time)}, was under way: which of them the disk performs last is chance`,
      facts: [other.fact, index],
    });
  }
  const command = Object.freeze({ disk: Object.freeze({ ...disk }), time, fact: index });
  setBounded(commands, [disk.ioId, command], REMEMBERED);
}

function doShareSectors(a: DiskSummary, b: DiskSummary): boolean {
  if (a.op !== "write" && b.op !== "write") return false;
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}
