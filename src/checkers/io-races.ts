// INV-26: of the disk commands that a host has under way at the storage, no two touch the same
// sectors if one of them writes: in which order they take effect would be the disk's whim, and on
// another disk another. Under way is what was sent and has not been applied; what is sent
// again under its own number is the same command.
//
// Where a scenario has the pages of guest memory told (protocol.disk-races), neither do two of them touch
// the same page if one of them fills it; elsewhere that half of INV-26 is not judged. Flushes order, they touch nothing: reissue.ts judges them at takeovers.

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
  readonly pages: readonly number[];
  readonly time: number;
  readonly fact: number;
}

interface State {
  /** What the next release of a node touches in guest memory. */
  next: Map<NodeName, { readonly ioId: number; readonly pages: readonly number[] }>;
  /** Under way, by node and by number. */
  underWay: Map<NodeName, Map<number, Command>>;
  commands: number;
  /** Pairs that were under way at one time. */
  pairs: number;
}

export const IO_RACES: CheckerKind = defineChecker({
  name: "io-races",
  invariants: ["INV-26"],
  rejects:
    "two disk commands under way that touch the same sectors or pages, one of them changing them",
  property: "safety",
  appliesTo: "any",
  hears: ["machine-start", "release", "disk-issue", "disk-memory", "disk-apply", "storage-restart"],
  begin: (): State => ({ next: new Map(), underWay: new Map(), commands: 0, pairs: 0 }),
  observe(state, fact, index, desk) {
    if (fact.kind === "release" || fact.kind === "disk-issue") {
      if (fact.disk !== null) begin(state, fact, fact.disk, index, desk);
    } else if (fact.kind === "disk-memory") {
      const { ioId, pages } = fact;
      state.next.set(fact.node, Object.freeze({ ioId, pages: Object.freeze([...pages]) }));
    } else if (fact.kind === "disk-apply") state.underWay.get(fact.node)?.delete(fact.disk.ioId);
    else if (fact.kind === "machine-start") state.underWay.delete(fact.node);
    // A server that restarts forgets what it had begun; hosts send it again, or never.
    else if (fact.kind === "storage-restart") state.underWay.clear();
  },
  describe: (state) => ({
    summary: `${count(state.commands, "disk command")}, ${number(state.pairs)} pairs under way at one time, none of them on the same sectors${state.next.size > 0 ? " or pages" : ""}`,
    looked: state.commands,
    idle: "no disk command left a host",
    figures: [["pairs", state.pairs]],
  }),
});

function begin(
  state: State,
  fact: FactOf<"release" | "disk-issue">,
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
  const told = state.next.get(node);
  const pages = told?.ioId === disk.ioId ? told.pages : [];
  for (const other of commands.values()) {
    if (other.disk.ioId === disk.ioId) continue;
    state.pairs += 1;
    const page = sharedPage({ disk, pages }, other);
    const problem = doShareSectors(other.disk, disk)
      ? "which of them the disk performs last is chance"
      : page !== undefined
        ? `both touch page ${page} of guest memory, and which of them comes last is chance`
        : undefined;
    if (problem === undefined) continue;
    desk.report({
      invariant: "INV-26",
      time,
      message: `${at(time)} ${node} sent ${describeDisk(disk)} while ${describeDisk(other.disk)}, sent ${at(other.time)}, was under way: ${problem}`,
      facts: [other.fact, index],
    });
  }
  const command = Object.freeze({ disk: Object.freeze({ ...disk }), pages, time, fact: index });
  setBounded(commands, [disk.ioId, command], REMEMBERED);
}

/** One that both touch and one of them fills. */
function sharedPage(
  a: Pick<Command, "disk" | "pages">,
  b: Pick<Command, "disk" | "pages">,
): number | undefined {
  if (a.disk.op !== "read" && b.disk.op !== "read") return undefined;
  return a.pages.find((page) => b.pages.includes(page));
}

function doShareSectors(a: DiskSummary, b: DiskSummary): boolean {
  if (a.op !== "write" && b.op !== "write") return false;
  return a.sector < b.sector + b.sectorCount && b.sector < a.sector + a.sectorCount;
}
