// L-2: while acks come, every held output leaves. An output whose ack is there, at a primary that
// suspects nothing, leaves at once; and a primary that goes on alone lets everything out that it
// holds, instead of waiting for acks that nobody will send. Whether acks come is the
// failure detector's business (INV-28); but where they come, and nothing is wrong, they get on: a pair
// that is alive and waits for each other serves nobody, and no detector will ever help it. From the
// clone point on a lone primary logs to its copy, which may become its backup any moment: until then,
// or until it gives the copy up, its outputs wait as well.

import { formatDuration } from "../base/time.ts";
import { count } from "../base/words.ts";
import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import type { CheckerKind } from "./checker.ts";
import { defineChecker, type Desk } from "./define.ts";
import {
  type Disturbance,
  isOverdue,
  observeDisturbance,
  startDisturbance,
} from "./disturbance.ts";
import { observeRole, type RoleBook } from "./role-book.ts";
import { at } from "./words.ts";

/** How long an output may stay that nothing holds back any more. */
const PROMPTLY = 10_000_000;

interface Held {
  readonly groupEnd: number;
  readonly outputClass: string;
  readonly time: number;
  readonly fact: number;
}

interface Node {
  generation: number;
  acked: number;
  /** When an ack last said more than the one before. */
  ackedAt: number;
  /** Said already of the acks that do not get on. */
  isStuck: boolean;
  /** In the order of the log. */
  held: Map<number, Held>;
  /** Since when the first of them could have left, and by which fact; -1 while it may not. */
  freeSince: number;
  freedBy: number;
}

interface State {
  roles: RoleBook;
  nodes: Map<NodeName, Node>;
  disturbance: Disturbance;
  looked: number;
}

export const HELD_OUTPUTS: CheckerKind = defineChecker({
  name: "held-outputs",
  invariants: ["L-2"],
  rejects: "an output that stays although its ack has come, or although none will ever come",
  property: "liveness",
  appliesTo: "replay",
  begin: (): State => ({
    roles: new Map(),
    nodes: new Map(),
    disturbance: startDisturbance(),
    looked: 0,
  }),
  observe(state, fact, index, desk) {
    for (const [node, holder] of state.nodes) judge(node, holder, fact, desk);
    observeRole(state.roles, fact, index);
    observeDisturbance(state.disturbance, fact);
    // A disk command may also wait for one that it overlaps.
    if (fact.kind === "output-hold" && fact.outputClass !== "disk") {
      const { ordinal, groupEnd, outputClass, time } = fact;
      const held = Object.freeze({ groupEnd, outputClass, time, fact: index });
      nodeOf(state, fact).held.set(ordinal, held);
      update(state, fact, index, nodeOf(state, fact));
    } else if (fact.kind === "log-ack-receive") {
      const node = nodeOf(state, fact);
      if (fact.through > node.acked) acknowledge(node, fact);
      else judgeStanding(state, node, fact, index, desk);
      update(state, fact, index, node);
    } else if (fact.kind === "release") leave(state, fact, index);
    else if (fact.kind === "machine-stop" || fact.kind === "machine-start")
      state.nodes.delete(fact.node);
    else if (fact.kind === "copy" && fact.stage === "aborted") giveUp(state, fact, index);
    else if (fact.kind === "role") {
      const node = state.nodes.get(fact.node);
      if (node !== undefined) update(state, fact, index, node);
    }
  },
  describe: (state) => ({
    summary: `${count(state.looked, "held output")} left as soon as nothing held them back`,
    looked: state.looked,
    idle: "no output was held",
  }),
});

function nodeOf(
  state: State,
  fact: { readonly node: NodeName; readonly generation: number; readonly time: number },
): Node {
  const known = state.nodes.get(fact.node);
  if (known !== undefined && known.generation >= fact.generation) return known;
  const node = {
    generation: fact.generation,
    acked: -1,
    ackedAt: fact.time,
    isStuck: false,
    held: new Map(),
    freeSince: -1,
    freedBy: -1,
  };
  state.nodes.set(fact.node, node);
  return node;
}

function acknowledge(node: Node, { through, time }: FactOf<"log-ack-receive">): void {
  node.acked = through;
  node.ackedAt = time;
  node.isStuck = false;
}

/** An ack that says nothing new, while an output waits for more. */
function judgeStanding(
  state: State,
  node: Node,
  fact: FactOf<"log-ack-receive">,
  index: number,
  desk: Desk,
): void {
  const [entry] = node.held;
  const role = state.roles.get(fact.node);
  if (entry === undefined || role?.role !== "PRIMARY" || node.isStuck) return;
  const [ordinal, held] = entry;
  const from = Math.max(node.ackedAt, held.time, role.time);
  const bound = desk.context.settleBound;
  if (held.groupEnd <= node.acked) return;
  if (!isOverdue(state.disturbance, { from, now: fact.time, bound })) return;
  node.isStuck = true;
  desk.report({
    invariant: "L-2",
    time: fact.time,
    message: `${at(fact.time)} ${fact.node} still held ${held.outputClass} output ${ordinal}: it needs the ack of entry ${held.groupEnd}, and for ${formatDuration(fact.time - from)} acks have come that say no more than ${node.acked}, though nothing was wrong`,
    facts: [held.fact, index],
  });
}

/** The copy will not become a backup: nobody is left to acknowledge what was logged for it. */
function giveUp(state: State, fact: FactOf<"copy">, index: number): void {
  const node = state.nodes.get(fact.node);
  const role = state.roles.get(fact.node);
  if (node === undefined || role?.role !== "SOLO") return;
  node.generation = role.generation;
  update(state, fact, index, node);
}

function leave(state: State, fact: FactOf<"release">, index: number): void {
  const node = state.nodes.get(fact.node);
  if (node?.held.delete(fact.ordinal) !== true) return;
  state.looked += 1;
  node.freeSince = -1;
  update(state, fact, index, node);
}

/** Whether the first held output may leave now, and since when. */
function update(
  state: State,
  fact: Extract<Fact, { node: NodeName }>,
  index: number,
  node: Node,
): void {
  const role = state.roles.get(fact.node);
  const [first] = node.held.values();
  const isAlone = role?.role === "SOLO" && node.generation <= role.generation;
  const isLogging = role?.role === "PRIMARY" || role?.role === "SOLO";
  const isFree = first !== undefined && (isAlone || (isLogging && first.groupEnd <= node.acked));
  if (!isFree) node.freeSince = -1;
  else if (node.freeSince < 0) {
    node.freeSince = fact.time;
    node.freedBy = index;
  }
}

function judge(node: NodeName, holder: Node, fact: Fact, desk: Desk): void {
  if (holder.freeSince < 0 || fact.time <= holder.freeSince + PROMPTLY) return;
  const [entry] = holder.held;
  const since = holder.freeSince;
  holder.freeSince = -1;
  if (entry === undefined) return;
  const [ordinal, held] = entry;
  holder.held.clear();
  const why =
    held.groupEnd <= holder.acked
      ? `it needed the ack of entry ${held.groupEnd}, and the ack of ${holder.acked} had come`
      : `${node} was alone, and nobody was left to acknowledge entry ${held.groupEnd} (newest ack ${holder.acked})`;
  desk.report({
    invariant: "L-2",
    time: fact.time,
    message: `${at(fact.time)} ${node} still held ${held.outputClass} output ${ordinal}, ${formatDuration(fact.time - since)} after nothing held it back any more: ${why}`,
    facts: [held.fact, holder.freedBy],
    mark: `out ${ordinal} still held ${formatDuration(fact.time - since)} later`,
  });
}
