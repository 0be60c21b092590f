// Who may act for the VM, by world facts alone: the first host until a test-and-set gives the VM to
// somebody. Generations only grow: a win of an older generation changes nothing here (the flag
// checker rejects it).

import type { Fact, FactOf, NodeName } from "../history/fact.ts";
import type { CheckerContext } from "./checker.ts";

export interface Reign {
  authority: NodeName;
  /** Whom the authority superseded; null while nobody was. */
  superseded: NodeName | null;
  /** The newest generation that was won; -1 before the first. */
  generation: number;
  /** The newest generation that was opened; -1 before the first. */
  opened: number;
  /** Time and fact of that win; -1 before the first. */
  wonAt: number;
  wonFact: number;
  takeovers: number;
  /** Nodes whose present machine has been the authority. */
  hadIt: NodeName[];
  /** Nodes whose present machine the VM went on without, by a flag or because it moved. */
  left: Map<NodeName, Leaving>;
}

interface Leaving {
  readonly time: number;
  readonly fact: number;
  readonly how: "taken" | "moved";
}

export function startReign(context: CheckerContext): Reign {
  const authority = context.hosts[0] ?? "";
  return {
    authority,
    superseded: null,
    generation: -1,
    opened: -1,
    wonAt: -1,
    wonFact: -1,
    takeovers: 0,
    hadIt: [authority],
    left: new Map(),
  };
}

export type ReignChange = "none" | "kept" | "taken" | "opened" | "moved";

/**
 * "taken": another node became the authority. "kept": the authority won the flag for itself. "opened":
 * the authority has a new backup. "moved": it gave the VM to another node.
 */
export function observeReign(reign: Reign, fact: Fact, index: number): ReignChange {
  const change = changeOf(reign, fact, index);
  if (change === "taken" || change === "moved") {
    reign.left.delete(reign.authority);
    if (reign.superseded !== null)
      reign.left.set(
        reign.superseded,
        Object.freeze({ time: fact.time, fact: index, how: change }),
      );
  }
  if (fact.kind === "machine-start") reign.left.delete(fact.node);
  return change;
}

function changeOf(reign: Reign, fact: Fact, index: number): ReignChange {
  if (fact.kind === "test-and-set") {
    if (fact.result !== "won" || fact.generation <= reign.generation) return "none";
    reign.generation = fact.generation;
    reign.wonAt = fact.time;
    reign.wonFact = index;
    return giveTo(reign, fact.owner);
  }
  if (fact.kind === "open-generation" && fact.result === "won") return open(reign, fact);
  // A machine that begins again as a backup has no claim left from its former life.
  if (fact.kind === "machine-start" && fact.node !== reign.authority)
    reign.hadIt = reign.hadIt.filter((node) => node !== fact.node);
  return "none";
}

export function isOpening(change: ReignChange): boolean {
  return change === "opened" || change === "moved";
}

/**
 * A request that is repeated gets its answer again, however late: meanwhile somebody else may
 * have won the generation that it opened, and has the VM.
 */
function open(reign: Reign, { generation, primary }: FactOf<"open-generation">): ReignChange {
  if (generation <= reign.opened || generation <= reign.generation) return "none";
  reign.opened = generation;
  return giveTo(reign, primary) === "taken" ? "moved" : "opened";
}

function giveTo(reign: Reign, owner: NodeName): ReignChange {
  if (reign.authority === owner) return "kept";
  reign.superseded = reign.authority;
  reign.authority = owner;
  reign.takeovers += 1;
  if (!reign.hadIt.includes(owner)) reign.hadIt.push(owner);
  return "taken";
}
