// INV-39: a group of log entries belongs to one instruction. It is replayed only when its end is
// held, and a backup goes live only between groups, never inside one.

import { count } from "../base/words.ts";
import type { FactOf, NodeName } from "../history/fact.ts";
import { setBounded } from "./bounded.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { dropThrough, endOfGroup, type GroupEnds, observeGroups } from "./group-ends.ts";
import { at } from "./words.ts";

const REMEMBERED = 1024;

interface Replica {
  readonly generation: number;
  buffered: number;
  /** Last entry replayed, and where its group ends (null: it had no end yet). */
  replayed: number;
  openUntil: number | null;
}

interface State {
  groups: GroupEnds;
  replicas: Map<NodeName, Replica>;
  /** Facts that appended the newest entries, by lsn: shown beside half a group. */
  appends: Map<number, number>;
  looked: number;
  takeovers: number;
}

export const GROUP_ATOMICITY: CheckerKind = defineChecker({
  name: "group-atomicity",
  invariants: ["INV-39"],
  rejects: "half a group replayed; a backup that goes live inside a group",
  property: "safety",
  appliesTo: "replay",
  hears: ["machine-start", "role", "log-append", "log-buffered", "log-replay", "diverged"],
  begin: (): State => ({
    groups: new Map(),
    replicas: new Map(),
    appends: new Map(),
    looked: 0,
    takeovers: 0,
  }),
  observe(state, fact, index, desk) {
    observeGroups(state.groups, fact);
    if (fact.kind === "log-append") setBounded(state.appends, [fact.lsn, index], REMEMBERED);
    else if (fact.kind === "log-buffered") {
      const replica = replicaOf(state, fact);
      replica.buffered = Math.max(replica.buffered, fact.lsn);
    } else if (fact.kind === "log-replay") judgeReplay(state, fact, index, desk);
    else if (fact.kind === "diverged") judgeDivergence(state, fact, index, desk);
    else if (fact.kind === "machine-start") state.replicas.delete(fact.node);
    else if (fact.kind === "role" && fact.role === "SOLO") judgeSolo(state, fact, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "entry", "entries")} replayed in whole groups, ${count(state.takeovers, "takeover")} between groups`,
    looked: state.looked,
    idle: "no log entry was replayed",
  }),
});

function replicaOf(
  state: State,
  fact: { readonly node: NodeName; readonly generation: number },
): Replica {
  const known = state.replicas.get(fact.node);
  if (known !== undefined && known.generation >= fact.generation) return known;
  const { generation } = fact;
  const replica = { generation, buffered: -1, replayed: -1, openUntil: null };
  state.replicas.set(fact.node, replica);
  return replica;
}

function judgeReplay(state: State, fact: FactOf<"log-replay">, index: number, desk: Desk): void {
  const { node, lsn } = fact;
  const log = state.groups.get(fact.generation);
  const end = endOfGroup(log, lsn);
  const replica = replicaOf(state, fact);
  if (end === undefined) return;
  state.looked += 1;
  replica.replayed = lsn;
  replica.openUntil = end;
  if (log !== undefined) dropThrough(log, lsn);
  if (end !== null && end <= replica.buffered) return;
  const what =
    end === null
      ? "whose group has no end yet"
      : `whose group ends at ${end}, but it held the log only through ${replica.buffered}`;
  desk.report({
    invariant: "INV-39",
    time: fact.time,
    message: `${at(fact.time)} ${node} replayed log entry ${lsn}, ${what}: a group is replayed whole or not at all`,
    facts: [index],
  });
}

/** What it took for a group and could not replay: was it one? */
function judgeDivergence(state: State, fact: FactOf<"diverged">, index: number, desk: Desk): void {
  const { node, lsn, through } = fact;
  const end = lsn < 0 ? undefined : endOfGroup(state.groups.get(fact.generation), through);
  if (end === undefined) return;
  state.looked += 1;
  if (end === through) return;
  const appended = (entry: number): number => state.appends.get(entry) ?? -1;
  const whole = end === null ? "has no end yet" : `ends at ${end}`;
  desk.report({
    invariant: "INV-39",
    time: fact.time,
    message: `${at(fact.time)} ${node} replayed log ${lsn === through ? `entry ${lsn}` : `entries ${lsn} to ${through}`} as a group, which ${whole}, and its machine left the log: ${fact.detail}`,
    facts: [appended(lsn), appended(end ?? -1), index],
    mark: "half a group",
  });
}

function judgeSolo(state: State, fact: FactOf<"role">, index: number, desk: Desk): void {
  const replica = state.replicas.get(fact.node);
  if (replica === undefined || replica.replayed < 0) return;
  state.replicas.delete(fact.node);
  state.takeovers += 1;
  if (replica.openUntil === replica.replayed) return;
  const end = replica.openUntil === null ? "is not complete" : `ends at ${replica.openUntil}`;
  desk.report({
    invariant: "INV-39",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} went live after log entry ${replica.replayed}, whose group ${end}: half an instruction`,
    facts: [index],
  });
}
