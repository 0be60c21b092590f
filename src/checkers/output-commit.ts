// INV-01, the Output Rule: an output of a primary leaves its host only after the backup's ack covers
// the entry of that very output, through the end of the entry's group (H-5). The release is what the
// world saw; hold, entry and ack are claims of the primary. An output that was performed before the
// clone point needs no entry: it is in the copy itself, pending.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import { isOutput, type Release } from "./acts.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk, nearer } from "./define.ts";
import {
  addEarlyRelease,
  type EarlyReleases,
  lostRelease,
  noEarlyReleases,
  observeEarlyReleases,
} from "./early-releases.ts";
import { dropThrough, endOfGroup, type GroupEnds, observeGroups } from "./group-ends.ts";
import { newestThat, observeRole, type RoleBook, type RoleEntry } from "./role-book.ts";
import { at, describeRelease } from "./words.ts";

const REMEMBERED = 4096;
/** Entries this far behind the newest ack cannot be held any more. */
const BEHIND = 2048;

interface Hold {
  readonly lsn: number;
  readonly groupEnd: number;
  readonly fact: number;
  /** When the ack came that covers it; -1 before. */
  readonly coveredAt: number;
}

interface Gate {
  generation: number;
  /** The newest ack; -1 before the first. */
  acked: number;
  ackedBy: number;
  /** Not covered by an ack yet, in log order; then those that are. */
  waiting: Map<number, Hold>;
  covered: Map<number, Hold>;
}

interface State {
  roles: RoleBook;
  groups: GroupEnds;
  gates: Map<NodeName, Gate>;
  /** How many outputs of a node are in the newest copy of its machine. */
  copied: Map<NodeName, number>;
  looked: number;
  /** The shortest time between an ack and a release that needed it; -1 before the first. */
  closest: number;
  /** Fewest entries that an ack went beyond the one that an output waited for. */
  nearest: number | undefined;
  early: EarlyReleases;
}

export const OUTPUT_COMMIT: CheckerKind = defineChecker({
  name: "output-commit",
  invariants: ["INV-01", "INV-22"],
  rejects: "an output that leaves before the backup holds the log entry that produced it",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "host",
    "release",
    "state-take",
    "client",
    "client-read",
    "role",
    "log-append",
    "log-buffered",
    "log-ack-receive",
    "output-hold",
  ],
  begin: (): State => ({
    roles: new Map(),
    groups: new Map(),
    gates: new Map(),
    copied: new Map(),
    looked: 0,
    closest: -1,
    nearest: undefined,
    early: noEarlyReleases(),
  }),
  observe(state, fact, index, desk) {
    observeRole(state.roles, fact, index);
    observeGroups(state.groups, fact);
    if (fact.kind === "output-hold") hold(gateOf(state, fact), fact, index);
    else if (fact.kind === "log-ack-receive") acknowledge(state, fact, index);
    else if (fact.kind === "state-take") state.copied.set(fact.node, fact.outputs);
    else if (fact.kind === "release" && isOutput(fact) && !fact.isAgain)
      judge(state, fact, index, desk);
    observeEarlyReleases(state.early, fact, index);
  },
  missing(state) {
    const lost = lostRelease(state.early);
    return lost === undefined ? [] : [lost];
  },
  describe: (state) => ({
    summary: `${count(state.looked, "output")}, each released after the ack of its entry${state.closest < 0 ? "" : ` (closest ${formatDuration(state.closest)})`}`,
    looked: state.looked,
    figures: [
      ["outputs", state.looked],
      ["closestMargin", state.closest],
    ],
  }),
  closeness: {
    unit: "entries",
    between: "the entry that an output waited for and the newest ack at its release",
    of: ({ nearest }) => nearest,
  },
});

function gateOf(
  state: State,
  fact: { readonly node: NodeName; readonly generation: number },
): Gate {
  const known = state.gates.get(fact.node);
  if (known !== undefined && known.generation >= fact.generation) return known;
  const { generation } = fact;
  const gate = { generation, acked: -1, ackedBy: -1, waiting: new Map(), covered: new Map() };
  state.gates.set(fact.node, gate);
  return gate;
}

function hold(gate: Gate, fact: FactOf<"output-hold">, index: number): void {
  const { ordinal, lsn, groupEnd, time } = fact;
  const isCovered = groupEnd <= gate.acked;
  const entry = Object.freeze({ lsn, groupEnd, fact: index, coveredAt: isCovered ? time : -1 });
  setBounded(isCovered ? gate.covered : gate.waiting, [ordinal, entry], REMEMBERED);
}

function acknowledge(state: State, fact: FactOf<"log-ack-receive">, index: number): void {
  const gate = gateOf(state, fact);
  if (gate.generation !== fact.generation || fact.through <= gate.acked) return;
  gate.acked = fact.through;
  gate.ackedBy = index;
  const log = state.groups.get(fact.generation);
  if (log !== undefined) dropThrough(log, fact.through - BEHIND);
  for (const [ordinal, entry] of gate.waiting) {
    if (entry.groupEnd > gate.acked) break;
    gate.waiting.delete(ordinal);
    const covered = Object.freeze({ ...entry, coveredAt: fact.time });
    setBounded(gate.covered, [ordinal, covered], REMEMBERED);
  }
}

function judge(state: State, fact: Release, index: number, desk: Desk): void {
  const role = state.roles.get(fact.node);
  // Without a backup there is nothing to wait for; a suspecting primary is INV-16's business.
  if (role?.role !== "PRIMARY") return;
  state.looked += 1;
  const gate = gateOf(state, { node: fact.node, generation: role.generation });
  const entry = gate.covered.get(fact.ordinal) ?? gate.waiting.get(fact.ordinal);
  if (entry === undefined && fact.ordinal < (state.copied.get(fact.node) ?? 0)) return;
  gate.covered.delete(fact.ordinal);
  gate.waiting.delete(fact.ordinal);
  const problem = problemOf(state, gate, entry);
  if (problem === null) {
    const margin = fact.time - (entry as Hold).coveredAt;
    if (state.closest < 0 || margin < state.closest) state.closest = margin;
    state.nearest = nearer(state.nearest, gate.acked - (entry as Hold).groupEnd);
    return;
  }
  const isBackup = ({ side, generation }: RoleEntry): boolean =>
    side === "BACKUP" && generation <= role.generation;
  const backup = newestThat(state.roles, isBackup) ?? "the backup";
  const { node, time } = fact;
  const invariant = fact.outputClass === "disk" ? "INV-22" : "INV-01";
  const what = describeRelease(fact);
  const facts = [entry?.fact ?? -1, entry === undefined ? -1 : gate.ackedBy, index];
  const message = `${at(time)} ${node} released ${what}, ${problem.replace("BACKUP", backup)}`;
  const mark = entry === undefined ? "no log entry for it" : `before the ack of ${entry.groupEnd}`;
  desk.report({ invariant, time, message, facts, mark });
  if (entry === undefined) return;
  const connection = fact.segment?.connection ?? null;
  const { lsn } = entry;
  const needed = Math.max(entry.groupEnd, endOfGroup(state.groups.get(gate.generation), lsn) ?? 0);
  const release = { invariant, node, backup, time, what, connection, lsn, needed, facts };
  addEarlyRelease(state.early, fact.ordinal, release);
}

function problemOf(state: State, gate: Gate, entry: Hold | undefined): string | null {
  if (entry === undefined) return "for which it had logged no entry";
  const end = endOfGroup(state.groups.get(gate.generation), entry.lsn);
  if (end === null) return `before the group of entry ${entry.lsn} that produced it was complete`;
  const needed = Math.max(entry.groupEnd, end ?? 0);
  if (needed <= gate.acked && entry.coveredAt >= 0) return null;
  const what =
    needed === entry.lsn
      ? `entry ${entry.lsn} that produced it`
      : `the group of entry ${entry.lsn} that produced it, which ends at entry ${needed}`;
  const had = gate.acked < 0 ? "it had no ack yet" : `the newest ack it had was for ${gate.acked}`;
  return `before BACKUP held ${what}: ${had}`;
}
