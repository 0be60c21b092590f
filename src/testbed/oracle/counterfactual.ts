// "What if the primary died here?" (INV-04 and INV-07 by counterfactual forks, D14). The comparison
// reads two things only: what really left hosts and crossed machines' ports, and the flight records.
// Everything that the dead primary had let out must be among the outputs that the survivor performed
// before it showed itself alive, with the same bytes; and at the last crossing that both executed,
// their states must be equal.

import type { Fact, FactOf } from "../../history/fact.ts";
import type { World } from "../world.ts";

export type CounterfactualFact = FactOf<"counterfactual">;

export interface Killing {
  /** Events dispatched before it. */
  readonly afterEvent: number;
  readonly killed: string;
  readonly survivor: string;
  /** Facts that there were. */
  readonly facts: number;
}

/** A primary with a backup that might take over; undefined where there is nothing to ask. */
export function killingOf(world: World, killed: string): Killing | undefined {
  const survivor = world.roles.nodeOf("backup");
  const isPair =
    world.roles.roleOf(killed) === "PRIMARY" &&
    world.roles.roleOf(survivor) === "BACKUP" &&
    survivor !== killed;
  if (!isPair) return undefined;
  const facts = world.facts.history.length;
  return { afterEvent: world.kernel.dispatched, killed, survivor, facts };
}

/** The fact that shows somebody's machine alive: an input of its own host, or something let out. */
export function isAlive(fact: Fact, node: string): boolean {
  if (fact.kind === "crossing") return fact.node === node && fact.isLive;
  return (fact.kind === "release" || fact.kind === "announce") && fact.node === node;
}

export function compareCounterfactual(world: World, killing: Killing): CounterfactualFact {
  const { afterEvent, killed, survivor } = killing;
  const facts = world.facts.history.facts();
  const aliveAt = facts.findIndex(
    (fact, index) => index >= killing.facts && isAlive(fact, survivor),
  );
  const isLive = aliveAt >= 0;
  const replayed = isLive ? facts.slice(0, aliveAt) : facts;
  const { released, missing } = unexplained(replayed, killing);
  const { position, differsAt } = lastCommon(world, replayed, killing);
  return {
    kind: "counterfactual",
    witness: "world",
    time: world.kernel.now,
    event: afterEvent,
    killed,
    survivor,
    isLive,
    released,
    missing,
    position,
    differsAt,
  };
}

/** Outputs of the dead, in order, that the survivor had not performed with the same bytes. */
function unexplained(
  facts: readonly Fact[],
  { killed, survivor, facts: before }: Killing,
): { readonly released: number; readonly missing: number } {
  let start = -1;
  const performedAt = new Map<number, number>();
  const performed = new Map<number, string>();
  for (const fact of facts)
    if (fact.kind === "machine-start" && fact.node === survivor) start = fact.count;
    else if (fact.kind === "output" && fact.node === survivor)
      performed.set(fact.ordinal, fact.hash);
    else if (fact.kind === "output" && fact.node === killed)
      performedAt.set(fact.ordinal, fact.count);
  let released = 0;
  let missing = -1;
  for (let index = 0; index < before && missing < 0; index++) {
    const fact = facts[index] as Fact;
    if (fact.kind !== "release" || fact.node !== killed || !isJudged(fact)) continue;
    // What was performed before the clone point is in the survivor's past.
    if ((performedAt.get(fact.ordinal) ?? start) < start) continue;
    released += 1;
    if (performed.get(fact.ordinal) !== fact.hash) missing = fact.ordinal;
  }
  return { released, missing };
}

/** Reads are inputs; a command that is issued again was judged the first time. */
function isJudged({ isAgain, disk }: FactOf<"release">): boolean {
  return !isAgain && disk?.op !== "read";
}

/** The newest crossing that both executed and hashed, and whether they were one machine there. */
function lastCommon(
  world: World,
  facts: readonly Fact[],
  { killed, survivor }: Killing,
): { readonly position: number; readonly differsAt: number } {
  let replayed = 0;
  for (const fact of facts)
    if (fact.kind === "crossing" && fact.node === survivor) replayed = fact.index + 1;
  const [one, other] = [killed, survivor].map((node) => recordOf(world, node));
  if (one === undefined || other === undefined) return { position: -1, differsAt: -1 };
  for (let at = Math.min(one.length, replayed) - 1; at >= 0; at--) {
    const [a, b] = [one[at], other[at]];
    if (a === undefined || b === undefined || a.stateHash === "" || b.stateHash === "") continue;
    return { position: at, differsAt: a.stateHash === b.stateHash ? -1 : at };
  }
  return { position: -1, differsAt: -1 };
}

function recordOf(world: World, node: string): ReturnType<typeof crossingsOf> | undefined {
  const host = world.hosts.find(({ name }) => name === node);
  return host && crossingsOf(host);
}

function crossingsOf(host: World["hosts"][number]) {
  return host.parts.runner.record.crossings();
}
