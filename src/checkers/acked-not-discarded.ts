// INV-03: a backup that goes live has replayed every entry that it acknowledged, as far as its groups
// are complete: the primary has let outputs out on the strength of those acks. What it acknowledged in
// one generation it owes in the next one, too, when it is the backup of a primary that moved.

import { count } from "../base/words.ts";
import type { Fact, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import { dropThrough, type GroupEnds, observeGroups } from "./group-ends.ts";
import { at } from "./words.ts";

interface Replica {
  readonly generation: number;
  /** Entries are numbered from 1: 0 is none of them. */
  acked: number;
  /** What it owes from the generations before: the end of a group. */
  readonly owed: number;
  /** The fact that told of the newest ack. */
  ackedBy: number;
  replayed: number;
  isJudged: boolean;
}

interface State {
  groups: GroupEnds;
  replicas: Map<NodeName, Replica>;
  looked: number;
  takeovers: number;
}

export const ACKED_NOT_DISCARDED: CheckerKind = defineChecker({
  name: "acked-not-discarded",
  invariants: ["INV-03"],
  rejects: "a backup that goes live without having replayed what it acknowledged",
  property: "safety",
  appliesTo: "replay",
  hears: [
    "machine-start",
    "announce",
    "role",
    "log-begin",
    "log-append",
    "log-ack-send",
    "log-replay",
  ],
  begin: (): State => ({ groups: new Map(), replicas: new Map(), looked: 0, takeovers: 0 }),
  observe(state, fact, index, desk) {
    observeGroups(state.groups, fact);
    if (fact.kind === "log-ack-send") {
      const replica = replicaOf(state, fact);
      if (fact.through > replica.acked) replica.ackedBy = index;
      replica.acked = Math.max(replica.acked, fact.through);
    } else if (fact.kind === "log-begin") replicaOf(state, fact).replayed = fact.lsn;
    else if (fact.kind === "log-replay") {
      const replica = replicaOf(state, fact);
      replica.replayed = Math.max(replica.replayed, fact.lsn);
      const log = state.groups.get(fact.generation);
      if (log !== undefined) dropThrough(log, replica.replayed);
    } else if (fact.kind === "machine-start") state.replicas.delete(fact.node);
    else if (fact.kind === "announce" || (fact.kind === "role" && fact.role === "SOLO"))
      judge(state, fact, fact.node, index, desk);
  },
  describe: (state) => ({
    summary: `${count(state.looked, "acknowledged entry", "acknowledged entries")} replayed before ${count(state.takeovers, "takeover")}`,
    looked: state.looked,
    idle: "no backup went live in this run",
  }),
});

function replicaOf(
  state: State,
  fact: { readonly node: NodeName; readonly generation: number },
): Replica {
  const known = state.replicas.get(fact.node);
  if (known !== undefined && known.generation >= fact.generation) return known;
  const { generation } = fact;
  // Numbers go on over generations: what the same machine has replayed, and owes, stays.
  const { replayed = 0, ackedBy = -1, isJudged = false } = known ?? {};
  const owed = known === undefined || isJudged ? 0 : owedBy(state, known);
  const replica = { generation, acked: 0, owed, ackedBy, replayed, isJudged: false };
  state.replicas.set(fact.node, replica);
  return replica;
}

function judge(state: State, fact: Fact, node: NodeName, index: number, desk: Desk): void {
  const replica = state.replicas.get(node);
  if (replica === undefined || replica.isJudged) return;
  if (replica.acked === 0 && replica.owed === 0) return;
  replica.isJudged = true;
  state.takeovers += 1;
  const log = state.groups.get(replica.generation);
  state.looked += Math.max(0, replica.acked - (log?.first ?? 0) + 1);
  const owed = owedBy(state, replica);
  if (replica.replayed >= owed) return;
  const from = replica.replayed === 0 ? "none" : `only through entry ${replica.replayed}`;
  desk.report({
    invariant: "INV-03",
    time: fact.time,
    message: `${at(fact.time)} ${node} went live having acknowledged the log through entry ${owed}, but had replayed ${from}: what the primary let out on those acks may be gone`,
    facts: [replica.ackedBy, index],
    mark: `it had acknowledged ${owed}`,
  });
}

/** Entries of a group that never became complete are dropped on purpose. */
function owedBy({ groups }: State, { generation, acked, owed }: Replica): number {
  const log = groups.get(generation);
  const own = log === undefined ? acked : (log.ends.findLast((end) => end <= acked) ?? 0);
  return Math.max(owed, own);
}
